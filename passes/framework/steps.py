"""What pipelines are made of: passes, and groups of steps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seaofnodes.passes.base import Pass, PassContext, PassResult

if TYPE_CHECKING:
    from seaofnodes.passes.rules.declare import RuleSet

MOST_ROUNDS = 4  # of `fix`, where it does not say


@dataclass(frozen=True)
class Fix:
    """Passes repeated until none of them changes the graph."""

    steps: tuple[Step, ...]
    limit: int = MOST_ROUNDS

    def __str__(self) -> str:
        options = "" if self.limit == MOST_ROUNDS else f"{{limit={self.limit}}}"
        return f"fix{options}({steps_text(self.steps)})"


@dataclass(frozen=True)
class With:
    """Steps in which other rules are tried: those of the outer steps, and what stands here.

    rule_sets: rules that `simplify` applies, before its own; without: names of rules or rule sets that are off, or
    patterns with `*`; disabled: the names of all these rules.
    """

    steps: tuple[Step, ...]
    rule_sets: tuple[RuleSet, ...] = ()
    without: tuple[str, ...] = ()
    disabled: frozenset[str] = field(default=frozenset(), compare=False)

    def __str__(self) -> str:
        options = [f"rules={','.join(rules.name for rules in self.rule_sets)}"] if self.rule_sets else []
        options += [f"without-rules={','.join(self.without)}"] if self.without else []
        if len(self.steps) == 1 and isinstance(pass_ := self.steps[0], Pass) and not _has_rules_option(pass_):
            return _with_options(pass_.name, _options_text(pass_) + options)
        return f"with{{{','.join(options)}}}({steps_text(self.steps)})"


Step = Pass | Fix | With
Runner = Callable[[Pass], PassResult]


def steps_text(steps: tuple[Step, ...]) -> str:
    """Steps as they stand in a pipeline's text."""
    return ",".join(map(step_text, steps))


def step_text(step: Step) -> str:
    """A step as it stands in a pipeline's text: options that have their default are left out."""
    if not isinstance(step, Pass):
        return str(step)
    return _with_options(step.name, _options_text(step))


def _options_text(pass_: Pass) -> list[str]:
    return [
        f"{f.name}={_value_text(getattr(pass_, f.name))}"
        for f in dataclasses.fields(pass_)  # type: ignore[arg-type]
        if getattr(pass_, f.name) != f.default
    ]


def _has_rules_option(pass_: Pass) -> bool:
    """Would `rules` or `without-rules` behind the name be the pass's own?"""
    return any(f.name in ("rules", "without_rules") for f in dataclasses.fields(pass_))  # type: ignore[arg-type]


def _with_options(name: str, options: list[str]) -> str:
    return f"{name}{{{','.join(options)}}}" if options else name


def _value_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def passes_of(steps: tuple[Step, ...]) -> list[Pass]:
    """The passes of all steps, in order; those of a group once."""
    found: list[Pass] = []
    for step in steps:
        found += [step] if isinstance(step, Pass) else passes_of(step.steps)
    return found


def rule_sets_of(steps: tuple[Step, ...]) -> tuple[RuleSet, ...]:
    """The rule sets that are switched on anywhere in the steps."""
    found: dict[RuleSet, None] = {}
    for step in steps:
        if isinstance(step, With):
            found |= dict.fromkeys(step.rule_sets)
        if not isinstance(step, Pass):
            found |= dict.fromkeys(rule_sets_of(step.steps))
    return tuple(found)


def run_steps(steps: tuple[Step, ...], context: PassContext, run: Runner) -> bool:
    """Run passes with `run`, and groups as they say; tells whether anything changed the graph."""
    results = [_run_step(step, context, run) for step in steps]
    return any(results)


def _run_step(step: Step, context: PassContext, run: Runner) -> bool:
    if isinstance(step, Pass):
        return run(step).changed
    if isinstance(step, With):
        sets, disabled = context.rule_sets, context.disabled_rules
        more = tuple(rules for rules in step.rule_sets if rules not in sets)
        context.rule_sets, context.disabled_rules = (*sets, *more), disabled | step.disabled
        try:
            return run_steps(step.steps, context, run)
        finally:
            context.rule_sets, context.disabled_rules = sets, disabled
    changed = False
    for _ in range(step.limit):
        if not run_steps(step.steps, context, run):
            break
        changed = True
    return changed
