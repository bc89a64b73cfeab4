"""What rules need to know of a compilation; `PassContext` has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops.shapes import FieldAccess
from seaofnodes.passes.analyses.manager import AnalysisManager
from seaofnodes.passes.remarks import RuleCount

# (operator on the context of a graph, loads of constant fields, one after the other) -> what they read, or None
ConstantField = Callable[[Operator, Sequence[FieldAccess]], Operator | None]


class EnabledRules(Protocol):
    """A rule set, which says what rules it has for a root operator that are not disabled."""

    def enabled(self, name: str, disabled: frozenset[str]) -> Sequence[NamedRule]: ...


class NamedRule(Protocol):
    """A rule."""

    @property
    def name(self) -> str: ...


class RuleContext(Protocol):
    """Attributes: disabled_rules: names of rules that must not fire; gate: asked with the name of a rule that is about
    to fire, False keeps it from firing; phase: of nodes that are made; rules: counts by name; counts: the same, without
    what `add_tried` has been told; timed: take the time;
    analyses: what facts are known from; constant_field: what is read from a field that never changes, if it is known;
    verdicts: by rule set, of a rule's name and its constants: do they meet its condition?
    """

    @property
    def disabled_rules(self) -> frozenset[str]: ...
    @property
    def gate(self) -> Callable[[str], bool] | None: ...
    @property
    def phase(self) -> str: ...
    @property
    def rules(self) -> dict[str, RuleCount]: ...
    @property
    def counts(self) -> dict[str, RuleCount]: ...
    def add_tried(self, rules: EnabledRules, disabled: frozenset[str], tried: dict[str, int]) -> None:
        """Rules of these root operators have been tried so often."""
    @property
    def timed(self) -> bool: ...
    @property
    def constant_field(self) -> ConstantField: ...
    @property
    def verdicts(self) -> dict[object, dict[tuple[object, ...], bool]]: ...
    @property
    def analyses(self) -> AnalysisManager: ...
