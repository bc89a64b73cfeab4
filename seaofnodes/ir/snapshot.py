"""A graph as it was at one moment: plain tuples, cheap to take, for viewers and exports."""

from __future__ import annotations

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


class GraphSnapshot(NamedTuple):
    """The nodes that reached the end, inputs first where there is no cycle."""

    name: str
    nodes: tuple[NodeSnapshot, ...]
    inlinings: tuple[Inlining, ...]


def snapshot(graph: Graph) -> GraphSnapshot:
    """What the graph is now."""
    return GraphSnapshot(graph.name, tuple(map(_node, graph.reachable())), tuple(graph.inlinings))


def _node(node: Node) -> NodeSnapshot:
    return NodeSnapshot(node.id, node.op, tuple([child.id for child in node.inputs]), node.origin)
