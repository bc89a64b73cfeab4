"""Pipelines that do only so much: to find which pass, rule or application breaks a program.

As LLVM's `-opt-bisect-limit`: passes are numbered as they run, over all compilations of a program, and what comes after
a number does not run; within the last one, so do applications of rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.text import format_graph
from seaofnodes.passes.base import Pass, PassContext, PassResult, PipelineObserver, run_pass
from seaofnodes.passes.pipeline import Pipeline, Step


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be done. None: everything.

    passes: runs of passes; applications: of rules, in the last of these runs; disabled: rules that may not fire there.
    """

    passes: int | None = None
    applications: int | None = None
    disabled: frozenset[str] = frozenset()


@dataclass(slots=True)
class Application:
    """The last application that was allowed. rule: its name; before, after: the graph as text; root: id of the node."""

    rule: str
    before: str
    after: str = ""


@dataclass(slots=True)
class Record:
    """What ran. passes: (pass, function) of every run; fired: rules in the last run allowed, in order."""

    limits: Limits = field(default_factory=Limits)
    passes: list[tuple[str, str]] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    last: Application | None = None


@dataclass(frozen=True)
class LimitedPipeline(Pipeline):
    """A pipeline with a random order (`seed`; 0: the usual one), and with limits. record: is filled while it runs."""

    seed: int = 0
    record: Record | None = field(default=None, compare=False)

    def run(
        self,
        graph: Graph,
        context: PassContext | None = None,
        *,
        observer: PipelineObserver | None = None,
        verify: bool = False,
    ) -> None:
        """See Pipeline."""
        context = context or PassContext()
        context.seed = self.seed or None
        if self.record is None:
            super().run(graph, context, observer=observer, verify=verify)
            return
        if self.rule_sets:
            context.rule_sets = self.rule_sets
        run = _Run(self.record, graph, context, observer, verify)
        for step in self.steps:
            run.step(step)


class _Run:
    """One compilation."""

    def __init__(
        self, record: Record, graph: Graph, context: PassContext, observer: PipelineObserver | None, verify: bool
    ) -> None:
        self.record = record
        self.graph = graph
        self.context = context
        self.observer = observer
        self.verify = verify

    def step(self, step: Step) -> PassResult:
        if isinstance(step, Pass):
            return self._pass(step)
        changed = False
        for _ in range(step.limit):
            results = [self.step(inner) for inner in step.steps]
            if not any(result.changed for result in results):
                break
            changed = True
        return PassResult(changed)

    def _pass(self, pass_: Pass) -> PassResult:
        record, limits = self.record, self.record.limits
        allowed = limits.passes
        if allowed is not None and len(record.passes) >= allowed:
            return PassResult(False)
        record.passes.append((pass_.name, self.graph.name))
        if len(record.passes) != allowed:
            return run_pass(pass_, self.graph, self.context, self.observer, self.verify)
        watch = _Watch(record, self.graph)
        self.context.gate = watch.may_fire
        try:
            return run_pass(pass_, self.graph, self.context, self.observer, self.verify)
        finally:
            self.context.gate = None
            watch.look()


class _Watch:
    """Counts what fires in one run of a pass, and stops it at the limit."""

    def __init__(self, record: Record, graph: Graph) -> None:
        self.record = record
        self.graph = graph
        self.stopped = False

    def may_fire(self, rule: str) -> bool:
        record, limits = self.record, self.record.limits
        if rule in limits.disabled:
            return False
        self.look()
        if limits.applications is not None and len(record.fired) >= limits.applications:
            return False
        record.fired.append(rule)
        if len(record.fired) == limits.applications:
            record.last = Application(rule, format_graph(self.graph))
        return True

    def look(self) -> None:
        """The graph after the last application, as soon as it can be seen."""
        last = self.record.last
        if last is not None and not last.after:
            last.after = format_graph(self.graph)
