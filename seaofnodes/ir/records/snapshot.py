"""A graph as it was at one moment: plain tuples, cheap to take, for viewers and exports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from seaofnodes.ir.graph import Graph, Inlining
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.operator import Operator


class NodeSnapshot(NamedTuple):
    """A node. inputs: ids, in order; the operator says which are values, frame states, effects, controls."""

    id: int
    op: Operator
    inputs: tuple[int, ...]
    origin: Origin

    def kind_of(self, index: int) -> str:
        """The kind of the edge to input `index`: "value", "frame-state", "effect" or "control"."""
        op = self.op
        if index < op.value_in:
            return "value"
        if index < op.effect_index:
            return "frame-state"
        return "effect" if index < op.control_index else "control"


class _Taken(NamedTuple):
    """Nodes and what may change about them: parallel lists, as those are made fastest."""

    nodes: Sequence[Node]
    ops: list[Operator]
    inputs: list[tuple[Node, ...]]
    origins: list[Origin]


class GraphSnapshot:
    """The nodes that reached the end, inputs first where there is no cycle. Taking one costs little: what it consists
    of is made when somebody looks.

    Attributes: name, function_index, parameters, results, osr_offset, inlinings: of the graph; size: number of nodes.
    """

    __slots__ = (
        "_nodes",
        "_taken",
        "function_index",
        "inlinings",
        "name",
        "osr_offset",
        "parameters",
        "results",
        "size",
    )

    def __init__(self, graph: Graph) -> None:
        self.name = graph.name
        self.function_index = graph.function_index
        self.parameters = graph.parameters
        self.results = graph.results
        self.osr_offset = graph.osr_offset
        self.inlinings: tuple[Inlining, ...] = tuple(graph.inlinings)
        self._taken: _Taken | None = _take(graph)
        self._nodes: tuple[NodeSnapshot, ...] | None = None
        self.size = len(self._taken.nodes)

    @property
    def nodes(self) -> tuple[NodeSnapshot, ...]:
        """The nodes; made when they are asked for first."""
        if self._nodes is None:
            assert self._taken is not None
            self._nodes = tuple(_made(self._taken))
            self._taken = None  # nodes would keep everything alive that ever was their input
        return self._nodes


def _take(graph: Graph) -> _Taken:
    nodes = graph.reachable()
    return _Taken(
        nodes, [node.op for node in nodes], [tuple(node.inputs) for node in nodes], [node.origin for node in nodes]
    )


def _made(taken: _Taken) -> Iterator[NodeSnapshot]:
    for node, op, inputs, origin in zip(*taken, strict=True):
        yield NodeSnapshot(node.id, op, tuple([child.id for child in inputs]), origin)


def snapshot(graph: Graph) -> GraphSnapshot:
    """What the graph is now."""
    return GraphSnapshot(graph)
