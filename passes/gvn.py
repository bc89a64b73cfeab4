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

Key = tuple[Operator, tuple[Node, ...]]


@dataclass(frozen=True)
class GlobalValueNumbering(Pass):
    """Merge nodes with the same operator and inputs: pure ones, floating loads of one version of memory, and phis."""

    name = "gvn"
    preserves = (ControlFlow,)

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        merged = 0
        known: dict[Key, Node] = {}
        for node in graph.trim():  # inputs first, so that one round suffices but for cycles
            op = node.op
            if not (op.pure or (op.effect_in and not op.effect_out and not op.control_out)) and not op.is_value_phi:
                continue
            inputs = node.inputs
            if op.commutative and len(inputs) == 2 and inputs[0].id > inputs[1].id:
                key: Key = (op, (inputs[1], inputs[0]))
            else:
                key = (op, tuple(inputs))
            found = known.setdefault(key, node)
            if found is not node:
                graph.replace(node, found)
                merged += 1
        return PassResult(merged > 0, {"merged": merged})
