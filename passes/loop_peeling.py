"""Loop peeling: the first turn of a loop stands before it.

What the loop checks or loads in every turn, though it never changes, is then checked and loaded before the loop:
what follows there need not do it again (branch and load elimination see to that). As in V8, innermost loops only.
"""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import EVERYTHING
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.loop_copies import LoopCopier
from seaofnodes.passes.loop_exits import Exit, close_loop
from seaofnodes.passes.loops import InnermostLoops, Loop

_CHECKS = frozenset(("TrapIf", "TrapUnless", "CheckSignature"))
_POLLS = ("loop", "slow")


@dataclass(frozen=True)
class LoopPeeling(Pass):
    """Peel the first iteration of innermost loops that check or load something invariant in every turn.

    `max_nodes`: of a loop's body; `growth`: nodes added at most, in percent of the graph's, or `min_budget` nodes if
    that is more; `always`: peel whether there is something to gain or not.
    """

    name = "loop-peeling"
    max_nodes: int = 300
    growth: int = 20
    min_budget: int = 300
    always: bool = False

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        loops = InnermostLoops(graph)
        budget = max(self.min_budget, loops.node_count * self.growth // 100)
        chosen: list[tuple[Loop, list[Exit]]] = []
        for loop in sorted(loops.loops, key=lambda loop: (-loop.depth, loop.size)):
            if loop.size > self.max_nodes:
                context.missed("loop too large", loop.node, size=loop.size)
            elif not self.always and not _has_invariant_check(loop, loops):
                continue
            elif loop.size > budget:
                context.missed("budget exhausted", loop.node, size=loop.size)
            else:
                budget -= loop.size
                context.passed("peeled the first iteration", loop.node, size=loop.size)
                chosen.append((loop, close_loop(loops, loop, context.phase)))
        for loop, exits in chosen:
            _peel(LoopCopier(graph, loop, exits, context.phase, "peel"))
        if chosen:
            graph.trim()
        return PassResult(bool(chosen), {"peeled": len(chosen)})


def _peel(copier: LoopCopier) -> None:
    loop = copier.loop
    turn = copier.next_turn(copier.copy(copier.entry()))
    for node in (loop.node, *loop.phis):
        node.replace_input(0, turn[node.id])
    copier.finish()


def _has_invariant_check(loop: Loop, loops: InnermostLoops) -> bool:
    """Does something that may trap only need doing once?"""
    loop_of = loops.loop_of
    candidates: list[Node] = []
    written: set[str] = set()
    for node in loop.nodes:
        op = node.op
        if op.writes and not (op.name == "StackCheck" and op.parameters in _POLLS):
            written.add(op.writes)
        if op.name in _CHECKS or (op.name == "Load" and op.effect_out):
            if not any(loop_of.get(value.id) is loop for value in node.values):
                candidates.append(node)
    return any(not node.op.reads or not written & {node.op.reads, EVERYTHING} for node in candidates)
