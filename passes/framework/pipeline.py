"""Pipelines: passes in order, as a value and as text that round-trips.

    inline{budget=5000},fix(simplify,gvn),dead-code

`fix(...)` repeats its passes until none changes the graph, at most `limit` times (`fix{limit=3}(...)`).
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seaofnodes.errors import PassError
from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PassResult, PipelineObserver, run_pass
from seaofnodes.passes.framework.registry import PassRegistry

if TYPE_CHECKING:
    from seaofnodes.passes.rules.declare import RuleSet

PRESETS = {
    "none": "",
    "O1": "simplify,gvn,dead-code",
    "default": (
        "inline,checkpoint-elimination,poll-splitting,loop-peeling,"
        "fix{limit=2}(simplify,gvn,branch-elimination,address-folding,load-elimination),"
        "store-elimination,strength-reduction,loop-unrolling,simplify,gvn,branch-elimination,"
        "address-folding,reassociate,simplify,gvn,branch-elimination,dead-code"
    ),
}


@dataclass(frozen=True)
class Fix:
    """Passes repeated until none of them changes the graph."""

    steps: tuple[Step, ...]
    limit: int = 4

    def __str__(self) -> str:
        options = "" if self.limit == 4 else f"{{limit={self.limit}}}"
        return f"fix{options}({','.join(map(step_text, self.steps))})"


Step = Pass | Fix


def step_text(step: Step) -> str:
    """A step as it stands in a pipeline's text: options that have their default are left out."""
    if isinstance(step, Fix):
        return str(step)
    options = [
        f"{f.name}={_value_text(getattr(step, f.name))}"
        for f in dataclasses.fields(step)  # type: ignore[arg-type]
        if getattr(step, f.name) != f.default
    ]
    return f"{step.name}{{{','.join(options)}}}" if options else step.name


def _value_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Pipeline:
    """Passes to run in order. `str(pipeline)` gives text that `parse` reads back.

    rule_sets: rules of users that `simplify` applies, besides its own; from the registry, and not in the text.
    """

    steps: tuple[Step, ...]
    rule_sets: tuple[RuleSet, ...] = ()

    def __str__(self) -> str:
        return ",".join(map(step_text, self.steps))

    @classmethod
    def parse(cls, text: str, registry: PassRegistry | None = None) -> Pipeline:
        """From text; the name of a preset stands for its passes. Raises PassError for unknown passes and options."""
        registry = registry or PassRegistry()
        parser = _Parser(text, registry)
        steps = parser.steps("")
        return cls(steps, tuple(registry.rule_sets))

    def has(self, name: str) -> bool:
        """Is there a pass of that name?"""
        return _has(self.steps, name)

    def without(self, name: str) -> Pipeline:
        """The pipeline without the passes of that name."""
        return dataclasses.replace(self, steps=_replace(self.steps, name, ()))

    def replace(self, name: str, new: Pass) -> Pipeline:
        """The pipeline with a pass in the place of those of that name."""
        return dataclasses.replace(self, steps=_replace(self.steps, name, (new,)))

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
        if self.rule_sets:
            context.rule_sets = self.rule_sets
        for step in self.steps:
            _run_step(step, graph, context, observer, verify)


def _has(steps: tuple[Step, ...], name: str) -> bool:
    return any(_has(step.steps, name) if isinstance(step, Fix) else step.name == name for step in steps)


def _replace(steps: tuple[Step, ...], name: str, new: tuple[Step, ...]) -> tuple[Step, ...]:
    kept: list[Step] = []
    for step in steps:
        if isinstance(step, Fix):
            kept.append(Fix(_replace(step.steps, name, new), step.limit))
        else:
            kept += new if step.name == name else (step,)
    return tuple(kept)


def _run_step(
    step: Step, graph: Graph, context: PassContext, observer: PipelineObserver | None, verify: bool
) -> PassResult:
    if isinstance(step, Pass):
        return run_pass(step, graph, context, observer, verify)
    changed = False
    for _ in range(step.limit):
        results = [_run_step(inner, graph, context, observer, verify) for inner in step.steps]
        if not any(result.changed for result in results):
            break
        changed = True
    return PassResult(changed)


_DEEPEST = 20  # `fix` in `fix`
_TOKEN = re.compile(r"\s*([\w.-]+|[{}(),=])")


def _short(text: str) -> str:
    """For a message."""
    return repr(text if len(text) <= 300 else f"{text[:300]}...")


class _Parser:
    def __init__(self, text: str, registry: PassRegistry) -> None:
        self.text = text
        self.registry = registry
        self.tokens: list[str] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                raise PassError(f"pipeline {_short(text)}: cannot read {text[at : at + 99].strip()[:20]!r}")
            self.tokens.append(match[1])
            at = match.end()
        self.at = self.depth = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            wanted, found = expected or "a name", token or "the end"
            raise PassError(f"pipeline {_short(self.text)}: expected {wanted}, found {found}")
        self.at += 1
        return token

    def steps(self, end: str) -> tuple[Step, ...]:
        found: list[Step] = []
        while self.peek() != end:
            if self.peek() in PRESETS:
                found += _Parser(PRESETS[self.take()], self.registry).steps("")
            else:
                found.append(self.step())
            if self.peek() != end:
                self.take(",")
        return tuple(found)

    def step(self) -> Step:
        name = self.take()
        options = self.options() if self.peek() == "{" else {}
        if name == "fix":
            self.take("(")
            self.depth += 1
            if self.depth > _DEEPEST:
                raise PassError(f"pipeline {_short(self.text)}: at most {_DEEPEST} fix may be in each other")
            steps = self.steps(")")
            self.depth -= 1
            self.take(")")
            limit = _convert("fix", "limit", int, options.pop("limit", "4"))
            if options:
                raise PassError(f"fix has no option {next(iter(options))!r}; it has: limit")
            return Fix(steps, limit)
        return make_pass(self.registry.find(name), options)

    def options(self) -> dict[str, str]:
        self.take("{")
        found: dict[str, str] = {}
        while self.peek() != "}":
            key = self.take()
            self.take("=")
            found[key] = self.take()
            if self.peek() != "}":
                self.take(",")
        self.take("}")
        return found


def make_pass(pass_class: type[Pass], options: dict[str, str]) -> Pass:
    """A pass with options given as text. Raises PassError for an unknown option or a wrong value."""
    fields = {f.name: f for f in dataclasses.fields(pass_class)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, text in options.items():
        option = key.replace("-", "_")
        if option not in fields:
            near = difflib.get_close_matches(option, fields, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has: {', '.join(fields) or 'none'}"
            raise PassError(f"{pass_class.name} has no option {key!r}; {hint}")
        values[option] = _convert(pass_class.name, option, type(fields[option].default), text)
    return pass_class(**values)


def _convert(owner: str, option: str, kind: type, text: str) -> Any:
    try:
        if kind is bool:
            return {"true": True, "false": False}[text]
        return kind(text)
    except (KeyError, ValueError):
        raise PassError(f"{owner}: option {option!r} takes {kind.__name__}, not {text!r}") from None
