"""What rules need to know of a compilation; `PassContext` has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from seaofnodes.passes.analyses.manager import AnalysisManager
from seaofnodes.passes.remarks import RuleCount


class RuleContext(Protocol):
    """Attributes: disabled_rules: names of rules that must not fire; gate: asked with the name of a rule that is about
    to fire, False keeps it from firing; phase: of nodes that are made; rules: counts by name; timed: take the time;
    analyses: what facts are known from.
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
    def timed(self) -> bool: ...
    @property
    def analyses(self) -> AnalysisManager: ...
