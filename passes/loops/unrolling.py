"""Loop unrolling: an iteration of the new loop is several of the old one.

As V8 does: innermost loops without calls (here, without switches too), the smaller the more often.
Every exit test stays, so the number of turns need not be known. The copies share the loop's stack check: an interrupt
is noticed within `factor` old turns, which are at most `max_nodes` nodes without calls or loops: within microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.ir.graph import Graph
from seaofnodes.passes.analyses.loop_exits import Exit, close_loop
from seaofnodes.passes.analyses.loops import InnermostLoops, Loop
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.loops.copies import Copies, LoopCopier


@dataclass(frozen=True)
class LoopUnrolling(Pass):
    """Unroll small innermost loops, the deeper ones first.

    `factor`: turns in one, at most; `max_size`: nodes of a loop's body, beyond which there is little to gain;
    `max_nodes`: of all its copies together; `growth`: nodes added at most, in percent of the graph's, or `min_budget`
    nodes if that is more.
    """

    name = "loop-unrolling"
    factor: int = 8
    max_size: int = 28
    max_nodes: int = 160
    growth: int = 25
    min_budget: int = 300

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        loops = context.analyses.get(InnermostLoops, graph)
        budget = max(self.min_budget, loops.node_count * self.growth // 100)
        chosen: list[tuple[Loop, list[Exit], int]] = []
        for loop in sorted(loops.loops, key=lambda loop: (-loop.depth, loop.size)):
            size = max(loop.size, 1)
            factor = min(self.factor, self.max_nodes // size, 1 + budget // size)
            unfit = "loop too large" if size > min(self.max_size, self.max_nodes // 2) else _unfit(loop)
            if unfit or factor < 2:
                context.missed(unfit or "budget exhausted", loop.node, size=size)
            else:
                budget -= (factor - 1) * size
                context.passed(f"unrolled {factor} times", loop.node, size=size)
                chosen.append((loop, close_loop(loops, loop, context.phase), factor))
                graph.applied("loop-exit", loop.node)
        for loop, exits, factor in chosen:
            _unroll(LoopCopier(graph, loop, exits, context.phase, "unroll"), factor)
            graph.applied("unroll", loop.node)
        if chosen:
            graph.trim()
        return PassResult(bool(chosen), {"unrolled": len(chosen)})


def _unfit(loop: Loop) -> str:
    """Why there is nothing to gain, or ""."""
    if not loop.tops:
        return "endless loop"
    for node in loop.nodes:
        if node.op.is_call:
            return "calls in the loop"
        if node.op.is_switch:
            return "a switch in the loop"
    return ""


def _unroll(copier: LoopCopier, factor: int) -> None:
    copies: Copies = {}
    for _ in range(1, factor):
        copies = copier.copy(copier.next_turn(copies))
    back = copier.back_edges(copies)
    loop = copier.loop
    for node in (loop.node, *loop.phis):
        for index, child in enumerate(back[node.id], 1):
            node.replace_input(index, child)
    copier.finish()
