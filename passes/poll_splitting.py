"""Poll splitting: the slow path of a loop's stack check becomes code of its own.

A `StackCheck[loop]` may call into the runtime and so counts as a call: nothing known about memory or globals survives
it, though its slow path is hardly ever taken. Split in two, only the deferred block forgets; load elimination then
loads again there.
"""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin, is_effect_edge
from seaofnodes.ir.ops import common
from seaofnodes.passes.base import Pass, PassContext, PassResult


@dataclass(frozen=True)
class PollSplitting(Pass):
    """Turn each loop's stack check into a branch on `StackLimitReached` around a slow call.

    Only in functions that read memory, globals or tables: elsewhere nothing is gained.
    """

    name = "poll-splitting"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        polls: list[Node] = []
        accesses = False
        for node in graph.reachable():
            op = node.op
            if op is common.STACK_CHECK_LOOP:
                polls.append(node)
            elif op.reads not in ("", "*") and not op.control_out:
                accesses = True
        if not accesses:
            return PassResult(False, {"split": 0})
        for node in polls:
            split_poll(graph, node, context.phase)
        return PassResult(bool(polls), {"split": len(polls)})


def split_poll(graph: Graph, check: Node, phase: str) -> None:
    """Replace one `StackCheck[loop]` by a diamond."""
    graph.origin = Origin(check.origin[0], check.origin[1], phase, "split-poll", check.id)
    effect, control = check.effect, check.control
    reached = graph.node(common.STACK_LIMIT_REACHED, effect)
    branch = graph.node(common.BRANCH_UNLIKELY, reached, control)
    if_true = graph.node(common.IF_TRUE, branch)
    if_false = graph.node(common.IF_FALSE, branch)
    slow = graph.node(common.STACK_CHECK_SLOW, effect, if_true)
    merge = graph.node(common.merge(2), if_false, slow)
    effect_phi = graph.node(common.effect_phi(2), effect, slow, merge)
    for user in list(check.uses):
        for index in check.edges_to(user):
            user.replace_input(index, effect_phi if is_effect_edge(user, index) else merge)
    graph.kill(check)
    graph.applied("split-poll", check)
