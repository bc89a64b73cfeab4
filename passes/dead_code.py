"""Dead code elimination: what does not reach the end goes, phis that only feed themselves too."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PassResult


@dataclass(frozen=True)
class DeadCodeElimination(Pass):
    """Drop nodes that nothing needs: unused values, and effect-free cycles of phis."""

    name = "dead-code"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        nodes = graph.trim()
        needed = {node for node in nodes if node.op.control_out or node.op.effect_out or node is graph.end}
        work = list(needed)
        while work:
            for child in work.pop().inputs:
                if child not in needed:
                    needed.add(child)
                    work.append(child)
        dead = [node for node in nodes if node not in needed]
        for node in reversed(dead):
            graph.kill(node)
        return PassResult(bool(dead), {"removed": len(dead)})
