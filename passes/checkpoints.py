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
        checkpoints = drop_checkpoints(graph, nodes)
        states = drop_states_of_calls(nodes, keep=bool(graph.assumptions))
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
    states = 0
    for node in nodes:
        op = node.op
        if op.frame_in and (op.is_call and not keep or op.is_tail_call):
            node.remove_input(op.value_in)
            node.op = op.with_parameters(replace(op.parameters, has_frame_state=False))
            states += 1
    return states
