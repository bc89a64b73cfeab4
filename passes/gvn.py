"""Global value numbering: nodes that compute the same from the same inputs become one.

Placement is the scheduler's business (Click, "Global Code Motion / Global Value Numbering", PLDI 1995), so any two
equal floating nodes can be merged. A node with a control input is equal only to one with the same control input.
"""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.ir.control_flow import ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Operator
from seaofnodes.passes.base import Pass, PassContext, PassResult

Key = tuple[Operator | str, tuple[Node, ...]]
_MOST = 8  # equal nodes with controls of which none dominates another


@dataclass(frozen=True)
class GlobalValueNumbering(Pass):
    """Merge nodes with the same operator and inputs: pure ones, floating loads of one version of memory, and phis. Of
    pure nodes with a control input, which is the proof that they may be executed, one is enough where its control
    dominates the other's.
    """

    name = "gvn"
    preserves = (ControlFlow,)
    settles = True

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        merged = 0
        known: dict[Key, Node] = {}
        guarded = _Guarded(graph, context)
        for node in graph.trim():  # inputs first, so that one round suffices but for cycles
            op = node.op
            if not (op.pure or (op.effect_in and not op.effect_out and not op.control_out)) and not op.is_value_phi:
                continue
            inputs = node.inputs
            kind = op.name if op.parameters is None else op  # names know their hash
            if op.commutative and len(inputs) == 2 and inputs[0].id > inputs[1].id:
                key: Key = (kind, (inputs[1], inputs[0]))
            else:
                key = (kind, tuple(inputs))
            found = known.setdefault(key, node)
            if found is node and op.pure and op.control_in and not op.frame_in:
                found = guarded.above(node)
            if found is not node:
                graph.replace(node, found)
                graph.applied("merge-equal", node, found)
                merged += 1
        return PassResult(merged > 0, {"merged": merged})


class _Guarded:
    """Pure nodes with a control input, by operator and values."""

    def __init__(self, graph: Graph, context: PassContext) -> None:
        self._graph = graph
        self._context = context
        self._known: dict[Key, list[Node]] = {}
        self._flow: ControlFlow | None = None
        self._place: dict[int, int] = {}  # by id of a control node: its position in its block

    def above(self, node: Node) -> Node:
        """An equal node that may be executed wherever this one may; the node itself if there is none."""
        op = node.op
        if op.is_phi or op.is_parameter:
            return node
        nodes = self._known.setdefault((op, tuple(node.inputs[: op.value_in])), [])
        for other in nodes:
            if not other.is_dead and self._dominates(other.control, node.control):
                return other
        if len(nodes) < _MOST:
            nodes.append(node)
        return node

    def _dominates(self, one: Node, two: Node) -> bool:
        if self._flow is None:
            self._flow = self._context.analyses.get(ControlFlow, self._graph)
            for block in self._flow.blocks:
                for index, fixed in enumerate(block.fixed):
                    self._place[fixed.id] = index
        first, second = self._flow.block_of.get(one.id), self._flow.block_of.get(two.id)
        if first is None or second is None:
            return False
        if first is not second:
            return first.dominates(second)
        return self._place.get(one.id, -1) <= self._place.get(two.id, -1)
