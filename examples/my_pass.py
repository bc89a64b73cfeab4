"""A rule and a pass of one's own."""

from dataclasses import dataclass

from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.patterns import Expression, Operators, variables
from seaofnodes.passes.rules import RuleSet

rules, o = RuleSet("mine"), Operators()
x, y = variables("x y")


@rules.rule(o.Word32Or(o.Word32And(x, y), o.Word32Xor(x, y)))
def union() -> Expression:
    """(x & y) | (x ^ y) is x | y."""
    return o.Word32Or(x, y)


@dataclass(frozen=True)
class CountLoads(Pass):
    """Say which loads are left."""

    name = "count-loads"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        loads = [node for node in graph.reachable() if node.op.name == "Load"]
        for load in loads:
            context.analysis("a load is left", load)
        return PassResult(changed=False, statistics={"loads": len(loads)})
