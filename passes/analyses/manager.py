"""Cached analyses: results are kept with what they were computed from, and given again while that is unchanged.

After LLVM's new pass manager: a pass that changes the graph says which analyses it preserves; what it does not change
at all preserves everything. Unlike LLVM's, the manager also sees edits itself: the graph counts them, so a result that
an edit in the middle of a pass has made stale is never given out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, ClassVar, Protocol, Self, TypeVar

from seaofnodes.errors import PassError
from seaofnodes.ir.control_flow import ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node


class Analysis(Protocol):
    """What can be asked of an `AnalysisManager`: a class whose instances are results. Nobody changes a result.

    The constructor takes the graph and the results of the classes in `needs`, in order.

    Attributes: needs: other analyses; control_only: does a result depend on nothing but control nodes, their operators
    and the control edges between them? If not, any edit of an edge makes it stale.
    """

    needs: ClassVar[tuple[type[Any], ...]]
    control_only: ClassVar[bool]

    def difference(self, fresh: Self) -> str:
        """What a fresh result says otherwise, for a message; "" if nothing."""
        ...


Result = TypeVar("Result", bound=Analysis)


class _Entry:
    """A result. Attributes: inputs: the results that it was made from; edits: how many there had been; nodes,
    operators: the control nodes that it depends on.
    """

    __slots__ = ("edits", "inputs", "nodes", "operators", "result")

    def __init__(self, graph: Graph, result: Analysis, inputs: Sequence[Analysis]) -> None:
        self.result = result
        self.inputs = inputs
        self.mark(graph)

    def mark(self, graph: Graph) -> None:
        """It holds for the graph as it is now."""
        control_only = self.result.control_only
        self.edits = graph.edits.control if control_only else graph.edits.edges
        self.nodes: list[Node] = []
        if isinstance(self.result, ControlFlow):
            self.nodes = self.result.control_nodes()
        elif control_only:
            self.nodes = [node for node in graph.reachable() if node.op.control_out]
        self.operators = [node.op for node in self.nodes]

    def unedited(self, graph: Graph) -> bool:
        return self.edits == (graph.edits.control if self.result.control_only else graph.edits.edges)

    def same_operators(self) -> bool:
        return [node.op for node in self.nodes] == self.operators


class AnalysisManager:
    """Results of analyses, by graph and class.

    Attributes: verify: recompute what is given again, and raise PassError if it is stale after all.
    """

    __slots__ = ("_graph", "_known", "verify")

    def __init__(self, verify: bool = False) -> None:
        self.verify = verify
        self._graph: Graph | None = None  # results are kept for one at a time: the one that passes work on
        self._known: dict[type[Any], _Entry] = {}

    def get(self, analysis: type[Result], graph: Graph) -> Result:
        """The result for the graph as it is now: a known one, or computed now."""
        if graph is not self._graph:
            self._graph = graph
            self._known = {}
        entry = self._known.get(analysis)
        if entry is not None and self._holds(analysis, graph):
            if self.verify:
                self._check(analysis, entry.result, graph, "edits that Graph and Node do not know of")
            found: Result = entry.result  # type: ignore[assignment]
            return found
        inputs = [self.get(need, graph) for need in analysis.needs]
        make: Any = analysis
        result: Result = make(graph, *inputs)
        self._known[analysis] = _Entry(graph, result, inputs)
        return result

    def _holds(self, analysis: type[Any], graph: Graph) -> bool:
        """Is there a result, and is what it depends on as it was?"""
        entry = self._known.get(analysis)
        if entry is None or not entry.unedited(graph) or not entry.same_operators():
            return False
        return all(
            self._holds(need, graph) and self._known[need].result is input
            for need, input in zip(analysis.needs, entry.inputs, strict=True)
        )

    def keep(self, graph: Graph, phase: str, preserved: Collection[type[Any]] | None) -> None:
        """A pass has run: forget what its edits have made stale, but not what is `preserved` (None: everything).

        Raises PassError, with the name of the pass, if `verify` is set and something is not preserved.
        """
        if graph is not self._graph:
            return
        for analysis, entry in list(self._known.items()):
            if entry.unedited(graph) and (not self.verify or entry.same_operators()):  # `get` looks at them, too
                if self.verify:
                    self._check(analysis, entry.result, graph, f"{phase}, by edits that Graph and Node do not know of")
            elif preserved is None or analysis in preserved:
                if self.verify:
                    self._check(analysis, entry.result, graph, f"{phase}, which says that it preserves it")
                entry.mark(graph)
            else:
                del self._known[analysis]

    @staticmethod
    def _check(analysis: type[Any], result: Analysis, graph: Graph, changed_by: str) -> None:
        fresh = AnalysisManager().get(analysis, graph)
        difference = result.difference(fresh)
        if difference:
            raise PassError(f"{analysis.__name__} was changed by {changed_by}: {difference}")
