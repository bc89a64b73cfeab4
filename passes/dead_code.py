"""Dead code elimination: what does not reach the end goes."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.ir.endless import lost_control, terminate_endless_loops
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.control import bypass


@dataclass(frozen=True)
class DeadCodeElimination(Pass):
    """Kill the nodes that nothing needs: unused values, cycles of phis that only feed themselves, code that is never
    reached, exceptions that are never caught.

    Passes leave them; they are not in the graph as seen from the end, but in the use lists of what is.
    """

    name = "dead-code"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        order = graph.reachable()
        live = set(order)
        dead: dict[Node, None] = {}
        work = [user for node in order if not live.issuperset(node.uses) for user in node.uses if user not in live]
        if lost_control(work, live) is not None and terminate_endless_loops(graph.start, live, graph.terminate):
            return self.run(graph, context)
        while work:
            node = work.pop()
            if node not in dead:
                dead[node] = None
                work += node.uses
        for node in dead:
            graph.kill(node)
        unseen = 0
        for node in reversed(order):  # what one object holds may not be seen either then
            if node.op.allocates and not node.is_dead and not _is_seen(node):
                bypass(graph, node)
                graph.applied("drop-unseen", node)
                unseen += 1
        removed = len(dead) + unseen
        return PassResult(removed > 0, {"removed": removed})


def _is_seen(node: Node) -> bool:
    """Is its value used?"""
    return any(index < user.op.effect_index for user in node.uses for index in node.edges_to(user))
