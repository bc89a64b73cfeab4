"""Address folding: constants that are added to an index move into the access's offset, where the addition cannot
wrap.

An index is a Word32, and wraps; the sum of index and offset does not. So `load(x + 8)` is `load(x, offset=8)` only if
x + 8 is less than 2**32, which is known of many values, loop counters among them. Then accesses have their index in
common: the machine adds the offset for nothing, and load elimination knows that they are apart.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from seaofnodes.ir.control_flow import ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import machine as m, memory
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.facts.facts import Facts

_MAX = 0xFFFFFFFF
_MAX_OFFSET = 0x7FFFFFFF  # what an instruction's displacement can be


@dataclass(frozen=True)
class AddressFolding(Pass):
    """Move constants from the index of loads and stores into their offset."""

    name = "address-folding"
    preserves = (ControlFlow,)
    settles = True

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        facts = context.analyses.get(Facts, graph)
        folded = 0
        for node in graph.reachable():
            if node.op.is_load or node.op.is_store:
                while _fold(node, facts):
                    graph.applied("fold-address", node, node)
                    folded += 1
        return PassResult(folded > 0, {"folded": folded})


def _fold(node: Node, facts: Facts) -> bool:
    """Move one constant."""
    index = node.inputs[1]
    if index.op is not m.INT32_ADD or not index.inputs[1].op.is_int32_constant:
        return False
    rest, constant = index.inputs[0], index.inputs[1].op.parameters & _MAX
    access = node.op.parameters
    offset = access.offset + constant
    if offset > _MAX_OFFSET or facts.word(rest, node.control).umax + constant > _MAX:
        return False
    make = memory.load if node.op.is_load else memory.store
    node.op = make(dataclasses.replace(access, offset=offset))
    node.replace_input(1, rest)
    return True
