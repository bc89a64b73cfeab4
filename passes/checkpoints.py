"""Checkpoint elimination: frame states that nothing will leave from keep no values alive."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops import common
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.control import bypass

_CALLS = {"Call": common.call, "CallRef": common.call_ref}


@dataclass(frozen=True)
class CheckpointElimination(Pass):
    """Remove checkpoints, and the frame states of calls: what inlines or speculates has seen them."""

    name = "checkpoint-elimination"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        checkpoints = 0
        for node in graph.reachable():
            if node.op.name == "Checkpoint":
                bypass(graph, node)
                checkpoints += 1
        states = drop_states_of_calls(graph)
        if checkpoints + states:
            graph.trim()
        return PassResult(checkpoints + states > 0, {"checkpoints": checkpoints, "states": states})


def drop_states_of_calls(graph: Graph) -> int:
    """Calls that are left need no frame states: they were for what might have been inlined there. Counts them."""
    states = 0
    for node in graph.reachable():
        op = node.op
        if op.frame_in and op.name in _CALLS:
            node.remove_input(op.value_in)
            node.op = _CALLS[op.name](replace(op.parameters, has_frame_state=False))
            states += 1
    return states
