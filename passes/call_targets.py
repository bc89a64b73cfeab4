"""Calls of references as chains of guesses: what feedback has seen is called directly, behind a check of the target.

A function record stands for a function of one instance, so one comparison tells function and instance, and with them
the signature. V8 calls this speculative inlining, where the slow path is the generic call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common, wasm
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.types import WORD64


def guess_targets(graph: Graph, call: Node, targets: Sequence[int], phase: str) -> tuple[list[Node], list[Node]]:
    """The ways a CallRef may go: a Call for each target, if the reference is that function's, else a CallRef again.

    Gives the calls, the generic one last, and a Return for each, which somebody has to join in the place of `call`.
    """
    descriptor = call.op.parameters
    graph.origin = Origin(call.origin[0], call.origin[1], phase, "guess-target", call.id)
    record, *arguments = call.values
    instance = _instance(graph)
    frame = [call.frame_state] if call.op.frame_in else []
    calls: list[Node] = []
    control = call.control
    for target in targets:
        expected = graph.node(wasm.function_record(target), instance)
        branch = graph.node(common.BRANCH_LIKELY, graph.node(m.REFERENCE_EQUAL, record, expected), control)
        hit, control = graph.node(common.IF_TRUE, branch), graph.node(common.IF_FALSE, branch)
        op = common.call(replace(descriptor, function_index=target))
        calls.append(graph.node(op, instance, *arguments, *frame, call.effect, hit))
    generic = common.call_ref(replace(descriptor, site=-1))  # nobody guesses again
    calls.append(graph.node(generic, record, *arguments, *frame, call.effect, control))
    types = descriptor.results
    returns = []
    for made in calls:
        values = [made] if len(types) == 1 else [graph.node(common.projection(i, t), made) for i, t in enumerate(types)]
        returns.append(graph.node(common.return_(len(values)), *values, made, made))
    return calls, returns


def _instance(graph: Graph) -> Node:
    for user in graph.start.uses:
        if user.op.name == "Parameter" and user.op.parameters[0] == 0:
            return user
    return graph.node(common.parameter(0, WORD64), graph.start)
