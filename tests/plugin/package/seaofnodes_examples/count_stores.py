"""A pass that only looks."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PassResult


@dataclass(frozen=True)
class CountStores(Pass):
    """Count the stores, and remark on the wide ones."""

    name = "count-stores"
    wide: int = 64

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        stores = [node for node in graph.reachable() if node.op.name == "Store"]
        for node in stores:
            if node.op.parameters.width >= self.wide:
                context.analysis("a wide store", node, bits=node.op.parameters.width)
        return PassResult(changed=False, statistics={"stores": len(stores)})
