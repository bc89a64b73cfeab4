"""Checkpoint elimination: frame states that nothing will leave from keep no values alive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.control import bypass


@dataclass(frozen=True)
class CheckpointElimination(Pass):
    """Remove checkpoints, and the frame states of calls: what inlines or speculates has seen them.

    Calls of a graph that depends on assumptions keep theirs: frames may leave where the call returns.
    """

    name = "checkpoint-elimination"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        nodes = graph.reachable()
        keep = bool(graph.assumptions)
        checkpoints = states = 0
        for node in nodes:
            if node.op.is_checkpoint:
                bypass(graph, node)
                graph.applied("drop-checkpoint", node)
                checkpoints += 1
            elif drop_state_of_call(node, keep):
                graph.applied("drop-state", node, node)
                states += 1
        if checkpoints + states:
            graph.trim()
        return PassResult(checkpoints + states > 0, {"checkpoints": checkpoints, "states": states})


def drop_checkpoints(graph: Graph, nodes: Iterable[Node]) -> int:
    """Remove the checkpoints among the nodes; counts them."""
    checkpoints = [node for node in nodes if node.op.is_checkpoint]
    for node in checkpoints:
        bypass(graph, node)
    return len(checkpoints)


def drop_states_of_calls(nodes: Iterable[Node], keep: bool = False) -> int:
    """Calls that are left need no frame states: they were for what might have been inlined there. Counts them.

    keep: only tail calls lose theirs, which nothing returns to.
    """
    return sum(drop_state_of_call(node, keep) for node in nodes)


def drop_state_of_call(node: Node, keep: bool) -> bool:
    """The same for one node. Had it a state to lose?"""
    op = node.op
    if not op.frame_in or not (op.is_call and not keep or op.is_tail_call):
        return False
    node.remove_input(op.value_in)
    node.op = op.with_parameters(replace(op.parameters, has_frame_state=False))
    return True
