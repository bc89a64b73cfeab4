"""A pass that makes code slower by a known amount, for `--load`."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops.constants import int32_constant
from seaofnodes.passes.base import Pass, PassContext, PassResult

MARK = 0x5EC0  # how often the loop turns in the module
NAME = "slowed"  # of the function with the loop


@dataclass(frozen=True)
class Slow(Pass):
    """Let the loop that turns `MARK` times in the module turn `turns` times: nothing but that number is another one."""

    name = "slow"
    turns: int = MARK

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        found = [node for node in graph.reachable() if node.op is int32_constant(MARK) and graph.name == NAME]
        for node in found:
            graph.replace(node, graph.node(int32_constant(self.turns)))
        return PassResult(bool(found), {"changes": len(found)})
