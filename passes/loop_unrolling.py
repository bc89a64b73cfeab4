"""Loop unrolling: a turn of the new loop is several of the old one.

As V8 does for WebAssembly: innermost loops without calls, the smaller and the deeper the more often; every exit test
stays, so the number of turns need not be known. The copies share the loop's stack check: an interrupt is noticed
within `factor` old turns, which are at most `max_nodes` nodes without calls or loops: well below a microsecond but
for what page faults take.
"""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.loop_copies import LoopCopier
from seaofnodes.passes.loop_exits import Exit, close_loop
from seaofnodes.passes.loops import InnermostLoops, Loop

_CALLS = frozenset(("Call", "CallRef"))


@dataclass(frozen=True)
class LoopUnrolling(Pass):
    """Unroll small innermost loops.

    `factor`: turns in one, at most; `max_nodes`: of all copies of a loop's body together; `growth`: nodes added at
    most, in percent of the graph's, or `min_budget` nodes if that is more.
    """

    name = "loop-unrolling"
    factor: int = 4
    max_nodes: int = 100
    growth: int = 20
    min_budget: int = 200

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        loops = InnermostLoops(graph)
        budget = max(self.min_budget, loops.node_count * self.growth // 100)
        chosen: list[tuple[Loop, list[Exit], int]] = []
        for loop in sorted(loops.loops, key=lambda loop: (-loop.depth, loop.size)):
            factor = self._factor(loop)
            added = (factor - 1) * loop.size
            if factor < 2:
                context.missed("loop too large", loop.node, size=loop.size)
            elif not loop.tops:
                context.missed("endless loop", loop.node)
            elif any(node.op.name in _CALLS for node in loop.nodes):
                context.missed("calls in the loop", loop.node)
            elif added > budget:
                context.missed("budget exhausted", loop.node, size=loop.size)
            else:
                budget -= added
                context.passed(f"unrolled {factor} times", loop.node, size=loop.size)
                chosen.append((loop, close_loop(loops, loop, context.phase), factor))
        for loop, exits, factor in chosen:
            _unroll(LoopCopier(graph, loop, exits, context.phase, "unroll"), factor)
        if chosen:
            graph.trim()
        return PassResult(bool(chosen), {"unrolled": len(chosen)})

    def _factor(self, loop: Loop) -> int:
        return min(self.factor, self.max_nodes // max(loop.size, 1))


def _unroll(copier: LoopCopier, factor: int) -> None:
    copies: dict[int, object] = {}
    turn = copier.next_turn({})
    for index in range(1, factor):
        copies = copier.copy(turn)
        if index < factor - 1:
            turn = copier.next_turn(copies)
    back = copier.back_edges(copies)
    loop = copier.loop
    for node in (loop.node, *loop.phis):
        for index, child in enumerate(back[node.id], 1):
            node.replace_input(index, child)
    copier.finish()
