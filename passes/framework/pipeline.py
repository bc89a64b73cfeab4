"""Pipelines: passes in order, as a value and as text that round-trips.

    inline{budget=5000},fix(simplify,gvn),dead-code

`fix(...)` repeats its passes until none changes the graph, at most `limit` times (`fix{limit=3}(...)`);
`with{...}(...)` switches rules on and off. What else a text may say is in parser.py; a pipeline's own text has presets
and changes spelled out.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PipelineObserver, run_pass
from seaofnodes.passes.framework.edits import Place, change
from seaofnodes.passes.framework.parser import make_pass as make_pass, parse_steps
from seaofnodes.passes.framework.presets import EXTENSION_POINTS as EXTENSION_POINTS, PRESETS as PRESETS
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.passes.framework.rule_names import rules_matching
from seaofnodes.passes.framework.steps import (
    Fix as Fix,
    Step as Step,
    With as With,
    passes_of,
    rule_sets_of,
    run_steps,
    step_text as step_text,
    steps_text,
)

if TYPE_CHECKING:
    from seaofnodes.passes.rules.declare import RuleSet


@dataclass(frozen=True)
class Pipeline:
    """Passes to run in order. `str(pipeline)` gives text that `parse` reads back."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return steps_text(self.steps)

    @classmethod
    def parse(cls, text: str, registry: PassRegistry | None = None) -> Pipeline:
        """From text; the name of a preset stands for its passes. Raises PassError for unknown passes, options, rules
        and places.
        """
        return cls(parse_steps(text, registry or PassRegistry()))

    @property
    def passes(self) -> list[Pass]:
        """The passes, in order, those in groups included."""
        return passes_of(self.steps)

    @property
    def rule_sets(self) -> tuple[RuleSet, ...]:
        """The rule sets that are switched on somewhere in it."""
        return rule_sets_of(self.steps)

    def has(self, name: str) -> bool:
        """Is there a pass of that name?"""
        return any(pass_.name == name for pass_ in self.passes)

    def uses(self, registry: PassRegistry) -> bool:
        """Does it have any of the passes and rules that have been registered there?"""
        own = registry.own_passes
        return any(type(one) in own for one in self.passes) or any(one in registry.rule_sets for one in self.rule_sets)

    def without(self, name: str) -> Pipeline:
        """The pipeline without the passes of that name."""
        return self._changed(name, ())

    def replace(self, name: str, new: Pass) -> Pipeline:
        """The pipeline with a pass in the place of those of that name."""
        return self._changed(name, (new,))

    def _changed(self, name: str, new: tuple[Step, ...]) -> Pipeline:
        if not self.has(name):
            return self
        return dataclasses.replace(self, steps=change(self.steps, Place(name, "instead"), lambda old: new))

    def with_rules(self, *sets: RuleSet) -> Pipeline:
        """The pipeline in which `simplify` applies these rules, too, before its own. Raises PassError if a set has a
        rule that can never fire.
        """
        for rules in sets:
            rules.check()
        return dataclasses.replace(self, steps=(With(self.steps, sets),))

    def without_rules(self, *names: str) -> Pipeline:
        """The pipeline in which rules are off: names of rules or of rule sets, or patterns with `*`. Raises PassError
        for a name that means none.
        """
        registry = PassRegistry()
        registry.rule_sets += self.rule_sets
        disabled = rules_matching(names, registry, self.passes)
        return dataclasses.replace(self, steps=(With(self.steps, (), names, disabled),))

    def ablations(self) -> dict[str, Pipeline]:
        """The pipelines without one of its passes each, and without one of the rule sets that are switched on; by the
        name of what is left out.
        """
        found = {name: self.without(name) for name in dict.fromkeys(pass_.name for pass_ in self.passes)}
        for rules in self.rule_sets:
            found[f"rules {rules.name}"] = dataclasses.replace(self, steps=_without_set(self.steps, rules))
        return found

    def run(
        self,
        graph: Graph,
        context: PassContext | None = None,
        *,
        observer: PipelineObserver | None = None,
        verify: bool = False,
    ) -> None:
        """Transform the graph in place. `verify` checks it after every pass and raises VerificationError."""
        context = context or PassContext()
        run_steps(self.steps, context, lambda pass_: run_pass(pass_, graph, context, observer, verify))


def _without_set(steps: tuple[Step, ...], rules: RuleSet) -> tuple[Step, ...]:
    found: list[Step] = []
    for step in steps:
        if not isinstance(step, Pass):
            step = dataclasses.replace(step, steps=_without_set(step.steps, rules))
        if isinstance(step, With):
            step = dataclasses.replace(step, rule_sets=tuple(one for one in step.rule_sets if one is not rules))
        found += step.steps if isinstance(step, With) and not (step.rule_sets or step.without) else (step,)
    return tuple(found)
