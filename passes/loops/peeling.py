"""Loop peeling: the first turn of a loop stands before it.

What the loop loads in every turn, from a place that never changes, is then loaded before the loop, so load elimination
finds it known, and in bounds, in all later turns. As in V8, innermost loops only; unlike V8, only where there is such a
load: checks whose outcome never changes cost next to nothing (a predicted branch), measured.
"""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import EVERYTHING
from seaofnodes.passes.analyses.locations import Root, location
from seaofnodes.passes.analyses.loop_exits import Exit, close_loop
from seaofnodes.passes.analyses.loops import InnermostLoops, Loop
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.loops.copies import LoopCopier


@dataclass(frozen=True)
class LoopPeeling(Pass):
    """Peel the first iteration of innermost loops that load from an unchanging place in every turn.

    `max_nodes`: of a loop's body; `growth`: nodes added at most, in percent of the graph's, or `min_budget` nodes if
    that is more; `always`: peel whether there is something to gain or not.
    """

    name = "loop-peeling"
    max_nodes: int = 300
    growth: int = 25
    min_budget: int = 300
    always: bool = False

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        loops = context.analyses.get(InnermostLoops, graph)
        budget = max(self.min_budget, loops.node_count * self.growth // 100)
        chosen: list[tuple[Loop, list[Exit]]] = []
        for loop in sorted(loops.loops, key=lambda loop: (-loop.depth, loop.size)):
            if not self.always and not _loads_again(loop, loops):
                continue
            if loop.size > min(self.max_nodes, budget):
                reason = "loop too large" if loop.size > self.max_nodes else "budget exhausted"
                context.missed(reason, loop.node, size=loop.size)
                continue
            budget -= loop.size
            context.passed("peeled the first iteration", loop.node, size=loop.size)
            chosen.append((loop, close_loop(loops, loop, context.phase)))
            graph.applied("loop-exit", loop.node)
        for loop, exits in chosen:
            _peel(LoopCopier(graph, loop, exits, context.phase, "peel"))
            graph.applied("peel", loop.node)
        if chosen:
            graph.trim()
        return PassResult(bool(chosen), {"peeled": len(chosen)})


def _peel(copier: LoopCopier) -> None:
    loop = copier.loop
    turn = copier.next_turn(copier.copy(copier.entry()))
    for node in (loop.node, *loop.phis):
        node.replace_input(0, turn[node.id])
    copier.finish()


def _loads_again(loop: Loop, loops: InnermostLoops) -> bool:
    """Does a load that may trap read, in every turn, what the turn before left there? Stores to other displacements
    from the same root do not change it, and what a store to the very place leaves is known too.
    """
    loop_of = loops.loop_of
    loads: list[Node] = []
    written: dict[str, set[Root]] = {}  # alias class -> roots of addresses
    for node in loop.nodes:
        op = node.op
        if op.is_store:
            written.setdefault(op.writes, set()).add(location(node).root)
        elif op.writes == EVERYTHING and not op.is_stack_check:
            return False
        elif op.is_load and op.effect_out and all(loop_of.get(value.id) is not loop for value in node.values):
            block = loops.block_of[node.id]
            if all(block.dominates(last) for last in loop.header.predecessors[1:]):
                loads.append(node)
    return any(written.get(node.op.reads, set()) <= {location(node).root} for node in loads)
