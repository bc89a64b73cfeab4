"""Address folding: constants that are added to an index move into the access's offset, where the addition cannot
wrap.

An index is a Word32, and wraps; the sum of index and offset does not. So `load(x + 8)` is `load(x, offset=8)` only if
x + 8 is less than 2**32, which the ranges of values tell, those of loop counters among them. Then accesses have their
index in common: the machine adds the offset for nothing, and load elimination knows that they are apart.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import wasm
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.ranges import Ranges

_MAX = 0xFFFFFFFF
_MAX_OFFSET = 0x7FFFFFFF  # what an instruction's displacement can be


@dataclass(frozen=True)
class AddressFolding(Pass):
    """Move constants from the index of loads and stores into their offset."""

    name = "address-folding"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        ranges = Ranges(graph)
        folded = 0
        for node in graph.reachable():
            if node.op.name == "Load" or node.op.name == "Store":
                while _fold(node, ranges):
                    folded += 1
        return PassResult(folded > 0, {"folded": folded})


def _fold(node: Node, ranges: Ranges) -> bool:
    """Move one constant."""
    index = node.inputs[1]
    if index.op.name != "Int32Add" or index.inputs[1].op.name != "Int32Constant":
        return False
    rest, constant = index.inputs[0], index.inputs[1].op.parameters & _MAX
    access = node.op.parameters
    offset = access.offset + constant
    if offset > _MAX_OFFSET or ranges.upper(rest) + constant > _MAX:
        return False
    make = wasm.load if node.op.name == "Load" else wasm.store
    node.op = make(dataclasses.replace(access, offset=offset))
    node.replace_input(1, rest)
    return True
