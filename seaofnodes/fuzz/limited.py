"""Pipelines that do only so much: to find which pass, rule or application breaks a program.

As LLVM's `-opt-bisect-limit`: passes are numbered as they run, over all compilations of a program, and what comes after
a number does not run; within the last one, so do applications of rules. What happens is told to a journal at once, so
that it is known even when the process dies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from seaofnodes.fuzz.fired import Fired, Noting
from seaofnodes.ir.graph import Graph, GraphObserver
from seaofnodes.ir.node import Node
from seaofnodes.ir.records.difference import difference, format_difference
from seaofnodes.ir.records.snapshot import GraphSnapshot, snapshot
from seaofnodes.passes.base import Pass, PassContext, PassResult, PipelineObserver, run_pass
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.steps import run_steps


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be done. None: everything.

    passes: runs of passes; applications: of rules, in the last of these runs; disabled: rules that may not fire there.
    """

    passes: int | None = None
    applications: int | None = None
    disabled: frozenset[str] = frozenset()


@dataclass(slots=True)
class Record:
    """Limits, and what has run. journal: is given a dictionary with "pass" and "function" for each run of a pass;
    within the last one allowed, with "fired" for each rule; with "application", "root", "offset" and "difference" for
    the last application allowed; and at its end with "change".
    """

    limits: Limits = field(default_factory=Limits)
    journal: Callable[[dict[str, Any]], None] = lambda entry: None
    passes: int = 0


@dataclass(frozen=True)
class LimitedPipeline(Pipeline):
    """A pipeline with a random order (`seed`; 0: the usual one), and with limits. record, fired: are filled while it
    runs.
    """

    seed: int = 0
    record: Record | None = field(default=None, compare=False)
    fired: Fired = field(default_factory=Fired, compare=False)

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
        observer = Noting(self.fired, observer)
        try:
            if self.record is None:
                super().run(graph, context, observer=observer, verify=verify)
            else:
                run_steps(self.steps, context, _Run(self.record, graph, context, observer, verify).run)
        finally:
            self.fired.note(context)


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

    def run(self, pass_: Pass) -> PassResult:
        record = self.record
        allowed = record.limits.passes
        if allowed is not None and record.passes >= allowed:
            return PassResult(False)
        record.passes += 1
        record.journal({"pass": pass_.name, "function": self.graph.name})
        if record.passes != allowed:
            return run_pass(pass_, self.graph, self.context, self.observer, self.verify)
        watch = _Watch(record, self.graph)
        self.context.gate = watch.may_fire
        try:
            return run_pass(pass_, self.graph, self.context, self.observer, self.verify)
        finally:
            self.context.gate = None
            watch.finish()


class _Watch:
    """Counts what fires in one run of a pass, stops it at the limit, and looks at the last application."""

    def __init__(self, record: Record, graph: Graph) -> None:
        self.record = record
        self.graph = graph
        self.fired = 0
        self.start = snapshot(graph)
        self.rule = ""
        self.before: GraphSnapshot | None = None
        self.spy: _Spy | None = None

    def may_fire(self, rule: str) -> bool:
        record, limits = self.record, self.record.limits
        if rule in limits.disabled:
            return False
        self._look()
        if limits.applications is not None and self.fired >= limits.applications:
            return False
        self.fired += 1
        record.journal({"fired": rule})
        if self.fired == limits.applications:
            self.rule = rule
            self.before = snapshot(self.graph)
            self.spy = self.graph.observer = _Spy(self.graph.observer, self._look)
        return True

    def _look(self) -> None:
        """At the graph after the last application, as soon as it is done: before the next edit."""
        if self.before is None or self.spy is None:
            return
        self.graph.observer = self.spy.next
        root = self.spy.root
        self.record.journal(
            {
                "application": self.rule,
                "root": "" if root is None else f"n{root.id} ({self.spy.operator})",
                "offset": -1 if root is None else root.origin.bytecode_offset,
                "inlining": self._inlined(root),
                "difference": format_difference(difference(self.before, snapshot(self.graph))),
            }
        )
        self.before = self.spy = None

    def _inlined(self, root: Node | None) -> list[int]:
        """The inlined functions that the node stands in, by index, innermost first."""
        found = []
        inlining = -1 if root is None else root.origin.inlining
        while inlining >= 0:
            found.append(self.graph.inlinings[inlining].function_index)
            inlining = self.graph.inlinings[inlining].parent
        return found

    def finish(self) -> None:
        """The run is over."""
        self._look()
        self.record.journal({"change": format_difference(difference(self.start, snapshot(self.graph)))})


class _Spy:
    """Notes the first node that is replaced, and says when that is done. Attributes: next: the observer before it."""

    def __init__(self, following: GraphObserver | None, done: Callable[[], None]) -> None:
        self.next = following
        self.done = done
        self.root: Node | None = None
        self.operator = ""

    def created(self, node: Node) -> None:
        """See GraphObserver."""
        if self.root is not None:
            self.done()
        if self.next is not None:
            self.next.created(node)

    def replaced(self, node: Node, replacement: Node) -> None:
        """See GraphObserver."""
        if self.root is None:
            self.root, self.operator = node, repr(node.op)
        else:
            self.done()
        if self.next is not None:
            self.next.replaced(node, replacement)

    def killed(self, node: Node) -> None:
        """See GraphObserver."""
        if self.root is not None:
            self.done()
        if self.next is not None:
            self.next.killed(node)

    def reduced(self, node: Node, replacement: Node, reducer: Callable[[Node], Node | None]) -> None:
        """See GraphObserver."""
        if self.next is not None:
            self.next.reduced(node, replacement, reducer)

    def applied(self, rule: str, node: Node, replacement: Node | None) -> None:
        """See GraphObserver."""
        if self.next is not None:
            self.next.applied(rule, node, replacement)

    def bound(self, rule: str, nodes: Mapping[str, Node]) -> None:
        """See GraphObserver."""
        if self.next is not None:
            self.next.bound(rule, nodes)
