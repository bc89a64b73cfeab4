"""A call, or what stands for it, is replaced by the body of its callee."""

from __future__ import annotations

from dataclasses import replace

from seaofnodes.ir.graph import Graph, Inlining
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common
from seaofnodes.ir.types import Type
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.checkpoints import drop_checkpoints, drop_states_of_calls
from seaofnodes.passes.control import return_results, sweep
from seaofnodes.passes.inlining.throwing import Thrown, join_thrown, may_throw, put_in_try, successors


def inline_call(graph: Graph, call: Node, context: PassContext) -> list[Node]:
    """Put the callee's body in the place of a direct call; returns the new nodes.

    The callee's entry stack check is left out: the caller's own has been passed, and inlining is bounded.
    """
    assert context.lift is not None
    descriptor = call.op.parameters
    callee = context.lift(descriptor.function_index)  # raises UnsupportedError before anything is changed
    graph.assumptions |= callee.assumptions
    position = len(graph.inlinings)
    graph.inlinings.append(
        Inlining(descriptor.function_index, call.origin.bytecode_offset, call.origin.inlining)
    )
    given = {node.id for node in call.values}  # the caller's own, although they stand for parameters
    copies = _copy(graph, callee, call, position, context.phase)
    if not call.op.frame_in:  # nothing can leave from the callee: its caller's frame could not be made
        own = [node for node in copies.values() if node.id not in given]
        drop_checkpoints(graph, own)
        drop_states_of_calls(own)
    returns: list[Node] = []
    thrown: list[Thrown] = []
    made: list[Node] = []
    for node in callee.end.inputs:
        copy = copies[node.id]
        if node.op.is_tail_call:
            returns.append(_call_and_return(graph, copy, call.frame_state if call.op.frame_in else None))
            made.append(returns[-1].effect)
            if descriptor.in_try:
                thrown.append(put_in_try(graph, returns[-1].effect))
        elif node.op.is_return:
            returns.append(copy)
        elif node.op is common.THROW and descriptor.in_try:
            thrown.append(Thrown(copy.effect, copy.control, copy.inputs[1]))
            graph.kill(copy)
        else:
            graph.add_end(copy)
    if descriptor.in_try:
        calls = [node for node in copies.values() if may_throw(node) and node.id not in given]
        thrown += [put_in_try(graph, node) for node in calls]
    replace_call(graph, call, returns, thrown)
    return [node for node in (*copies.values(), *made) if not node.is_dead and node.id not in given]


def inline_tail_call(graph: Graph, call: Node, context: PassContext) -> list[Node]:
    """The same for a tail call of the graph's own function: where the callee ends, so does the graph."""
    assert context.lift is not None
    callee = context.lift(call.op.parameters.function_index)
    graph.assumptions |= callee.assumptions
    position = len(graph.inlinings)
    graph.inlinings.append(
        Inlining(call.op.parameters.function_index, call.origin.bytecode_offset, call.origin.inlining)
    )
    given = {node.id for node in call.values}
    copies = _copy(graph, callee, call, position, context.phase)
    for node in callee.end.inputs:
        graph.add_end(copies[node.id])
    graph.remove_end(call)
    graph.kill(call)
    return [node for node in copies.values() if not node.is_dead and node.id not in given]


def _call_and_return(graph: Graph, tail_call: Node, state: Node | None) -> Node:
    """A tail call in an inlined callee becomes a call, as the frame is the caller's: `state` is where that resumes."""
    descriptor = replace(tail_call.op.parameters, has_frame_state=state is not None)
    graph.origin = tail_call.origin
    kind = common.call_ref if tail_call.op.is_indirect else common.call
    states = [] if state is None else [state]
    call = graph.node(kind(descriptor), *tail_call.values, *states, tail_call.effect, tail_call.control)
    graph.kill(tail_call)
    return return_results(graph, call, descriptor.results)


def _copy(graph: Graph, callee: Graph, call: Node, position: int, phase: str) -> dict[int, Node]:
    """Copy the callee's nodes; its start becomes the call's effect and control. Maps the callee's node ids."""
    order = callee.reachable()
    copies: dict[int, Node] = {}
    entry_effect, entry_control = call.effect, call.control
    skipped: dict[int, Node] = {}  # entry stack checks
    later: list[Node] = []
    arguments = call.values
    base = len(graph.inlinings)
    first = graph.next_id
    if any(node.op.is_object_state for node in order):
        graph.next_id += callee.next_id  # which the numbers of its objects are below
    for node in order:
        origin = node.origin
        graph.origin = Origin(origin[0], position if origin[1] < 0 else base + origin[1], phase, "inline", call.id)
        if node is callee.end or node is callee.start:
            continue
        if node.op.is_parameter:
            copies[node.id] = arguments[node.op.parameters[0]]
        elif node.op is common.STACK_CHECK_ENTRY:
            skipped[node.id] = node
        elif node.op.is_constant:
            copies[node.id] = graph.constant(node.op)
        else:
            copies[node.id] = graph.node(_renumbered(node.op, first), type=node.type)
            later.append(node)
    graph.inlinings.extend(
        Inlining(i.function_index, i.call_offset, position if i.parent < 0 else base + i.parent)
        for i in callee.inlinings
    )

    def find(user: Node, index: int, child: Node) -> Node:
        while child.id in skipped:
            child = child.control if index >= user.op.control_index else child.effect
        if child is callee.start:
            return entry_control if index >= user.op.control_index else entry_effect
        return copies[child.id]

    for node in later:
        copy = copies[node.id]
        for index, child in enumerate(node.inputs):
            copy.append_input(find(node, index, child))
        if node.op.is_frame_state and not node.op.frame_in and call.op.frame_in:
            copy.op = common.frame_state(replace(node.op.parameters, has_outer=True))
            copy.append_input(call.frame_state)  # the caller goes on after the call
    return copies


def _renumbered(op: Operator, first: int) -> Operator:
    """Objects of a callee's frame states have other numbers than the caller's, or another copy's."""
    if op.is_object_state:
        return op.with_parameters(replace(op.parameters, number=first + op.parameters.number))
    return op.with_parameters(first + op.parameters) if op.is_object_id else op


def replace_call(graph: Graph, call: Node, returns: list[Node], thrown: list[Thrown]) -> None:
    """Let control go on after these returns, and in a try, where these exceptions go, instead of after the call."""
    descriptor = call.op.parameters
    if not descriptor.in_try:
        return _join(graph, call, returns, descriptor.results)
    success, exception = successors(call)
    join_thrown(graph, exception, thrown)
    _join(graph, success, returns, descriptor.results)
    graph.kill(call)


def _join(graph: Graph, call: Node, returns: list[Node], results: tuple[Type, ...]) -> None:
    """Users of the call, or of its IfSuccess, go on after the callee's returns."""
    graph.origin = call.origin
    if not returns:  # it never comes back: what follows the call cannot be reached
        sweep(graph, [call])
        return
    count = len(returns)
    if count == 1:
        effect, control = returns[0].effect, returns[0].control
        values = returns[0].values
    else:
        control = graph.node(common.merge(count), *(node.control for node in returns))
        effect = graph.node(common.effect_phi(count), *(node.effect for node in returns), control)
        values = [
            graph.node(common.phi(type, count), *(node.values[index] for node in returns), control)
            for index, type in enumerate(results)
        ]
    for node in returns:
        graph.kill(node)
    for user in list(call.uses):
        for index, child in enumerate(user.inputs):
            if child is not call:
                continue
            if user.op.is_projection:
                graph.replace(user, values[user.op.parameters[0]])
                break
            if index >= user.op.control_index:
                user.replace_input(index, control)
            elif index >= user.op.effect_index:
                user.replace_input(index, effect)
            else:
                user.replace_input(index, values[0])
    for user in list(call.uses):  # projections that were replaced
        graph.kill(user)
    graph.kill(call)
