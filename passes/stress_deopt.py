"""Stress: optimized code leaves at every place where it could, once each.

A guess that never fails tests nothing. Here every checkpoint is an exit that is taken when it is reached for the first
time, as are all guards; the runtime then patches the exit, so that the next run gets further.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.checkpoints import drop_state_of_call
from seaofnodes.passes.control import bypass


@dataclass(frozen=True)
class StressDeoptimization(Pass):
    """Make an exit of each checkpoint and guard that is taken when it is reached first; of some, if there is a seed."""

    name = "stress-deopt"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        draw = None if context.seed is None else random.Random(context.seed ^ graph.function_index)
        exits = 0
        for node in graph.reachable():
            op = node.op
            if op.is_checkpoint:
                if (draw is None or draw.random() < 0.5) and self.wants(node):
                    _leave_once(graph, node, context.phase)
                    exits += 1
                else:
                    bypass(graph, node)
                    graph.applied("drop-checkpoint", node)
            elif op.is_guard:
                node.op = op.with_parameters(replace(op.parameters, stress=True))
                graph.applied("stress-guard", node, node)
                exits += 1
        for node in graph.reachable():
            if drop_state_of_call(node, keep=bool(graph.assumptions)):
                graph.applied("drop-state", node, node)
        graph.trim()
        return PassResult(True, {"exits": exits})

    def wants(self, checkpoint: Node) -> bool:
        """Shall there be an exit?"""
        return True


def _leave_once(graph: Graph, checkpoint: Node, phase: str) -> None:
    origin = checkpoint.origin
    graph.origin = Origin(origin[0], origin[1], phase, "leave-once", checkpoint.id)
    never = graph.int32(0)
    speculation = common.Speculation("stress", stress=True)
    state, effect, control = checkpoint.inputs
    guard = graph.node(common.deoptimize_if(speculation), never, state, effect, control)
    graph.replace(checkpoint, guard)
    graph.kill(checkpoint)
    graph.applied("leave-once", checkpoint, guard)
