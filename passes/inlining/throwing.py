"""Calls in a try when they are replaced: where control goes after them, and where exceptions of their callees go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common
from seaofnodes.ir.types import NONE, REFERENCE
from seaofnodes.passes.control import sweep


class Thrown(NamedTuple):
    """An exception on its way to a handler."""

    effect: Node
    control: Node
    exception: Node


def successors(call: Node) -> tuple[Node, Node]:
    """The IfSuccess and the IfException of a call in a try."""
    first, second = (user for user in call.uses if user.op.control_in and user.control is call)
    return (first, second) if first.op is common.IF_SUCCESS else (second, first)


def may_throw(node: Node) -> bool:
    """Is it a call that may throw out of the function? Builtins trap at most."""
    return node.op.is_call and not node.op.parameters.builtin and not node.op.parameters.in_try


def put_in_try(graph: Graph, call: Node) -> Thrown:
    """Let a call that may throw go on to an IfSuccess, which takes over its users, and an IfException."""
    graph.origin = call.origin
    descriptor = call.op.parameters
    users = list(call.uses)
    success = graph.node(common.IF_SUCCESS, call, call)
    exception = graph.node(common.IF_EXCEPTION, call, call)
    result = call
    for user in users:
        for index in call.edges_to(user):
            if index < user.op.effect_index and not user.op.is_projection:
                if result is call:
                    result = graph.node(common.projection(0, call.type), success)
                user.replace_input(index, result)
            else:
                user.replace_input(index, success)
    call.op = call.op.with_parameters(replace(descriptor, in_try=True))
    call.type = NONE
    return Thrown(exception, exception, exception)


def join_thrown(graph: Graph, handler: Node, thrown: Sequence[Thrown]) -> None:
    """What came to an IfException comes from these places instead."""
    graph.origin = handler.origin
    if not thrown:
        sweep(graph, [handler])
        return
    effect, control, exception = thrown[0]
    if len(thrown) > 1:
        count = len(thrown)
        control = graph.node(common.merge(count), *(found.control for found in thrown))
        effect = graph.node(common.effect_phi(count), *(found.effect for found in thrown), control)
        exception = graph.node(common.phi(REFERENCE, count), *(found.exception for found in thrown), control)
    for user in list(handler.uses):
        for index in handler.edges_to(user):
            if index >= user.op.control_index:
                user.replace_input(index, control)
            elif index >= user.op.effect_index:
                user.replace_input(index, effect)
            else:
                user.replace_input(index, exception)
    graph.kill(handler)
