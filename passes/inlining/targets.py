"""Calls of references as chains of guesses: what feedback has seen is called directly, behind a check of the target.

A function record stands for a function and its context, so one comparison tells both, and with them the signature. V8
calls this speculative inlining. Where no guess is right, either optimized code leaves for the baseline code, where the
call runs in full and its feedback learns of the target; or a generic call stands there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common, machine as m
from seaofnodes.ir.ops.traps import NULL_FUNCTION
from seaofnodes.ir.types import WORD64
from seaofnodes.passes.base import FunctionReference, PassContext, RuleCount
from seaofnodes.passes.control import return_results
from seaofnodes.passes.rules.folding import constant_load

WRONG_TARGET: Final = "wrong call target"
CONSTANT_TARGET: Final = "constant-target"  # name, as of a rule


def make_direct(graph: Graph, call: Node, context: PassContext, function: int) -> bool:
    """Make a CallRef, or a TailCallRef, a direct call if its target is constant, such as a function in a vtable.

    function: whose code the call is in. Is it a direct call now?
    """
    if call.op.parameters.site < 0:  # the slow path behind guesses
        return False
    found = constant_load(call.inputs[0], context.constant_field)
    if found is None or CONSTANT_TARGET in context.disabled_rules:
        return False
    op, base = found
    index, reference = op.parameters, context.function_reference
    if not isinstance(index, int) or reference is None or reference(index) != op or context.function_size(index) < 0:
        return False
    if context.gate is not None and not context.gate(CONSTANT_TARGET):
        return False
    context.rules.setdefault(CONSTANT_TARGET, RuleCount()).fired += 1
    descriptor = replace(call.op.parameters, function_index=index)
    context.passed(f"called {context.function_name(index)}", call, caller=function, call=descriptor.site)
    call.op = (common.tail_call if call.op.is_tail_call else common.call)(descriptor)
    call.replace_input(0, base.inputs[0])
    graph.applied(CONSTANT_TARGET, call)
    return True


def comes_from_call(record: Node) -> bool:
    """Is it in a constant field of what a direct call gives, such as a constructor? Inlined, it may tell the target."""
    loads = 0
    while record.op.is_object_load and record.op.pure:
        record = record.inputs[0]
        loads += 1
    return loads > 0 and record.op.is_call and record.op.parameters.function_index >= 0


def state_before(call: Node) -> Node | None:
    """The frame state before the instruction that a CallRef is of, if the lifter has left a checkpoint there."""
    node = call.effect
    while node.op.is_check:  # what an indirect call does before it calls
        node = node.effect
    if not node.op.is_checkpoint or node.origin[:2] != call.origin[:2]:
        return None
    return node.frame_state


def guess_targets(
    graph: Graph,
    call: Node,
    targets: Sequence[int],
    function: int,
    state: Node | None,
    phase: str,
    function_reference: FunctionReference,
) -> tuple[list[Node], list[Node]]:
    """Replace a CallRef by a chain of comparisons: a Call of each target where the reference is that function's, and at
    the end a deoptimization, or a CallRef again if `state`, the frame state before the call, is None.

    function: whose code the call is in; function_reference: gives the operator whose value, for the context, is the
    reference to a function. Gives the direct calls, and for each call a Return whose effect is the call,
    to be merged in the place of `call`. None of these calls is in a try. A TailCallRef becomes TailCalls,
    which are ends of the graph in its place, and there are no Returns.
    """
    tail = call.op.is_tail_call
    direct, referenced = (common.tail_call, common.tail_call_ref) if tail else (common.call, common.call_ref)
    descriptor = call.op.parameters if tail else replace(call.op.parameters, in_try=False)
    graph.origin = Origin(call.origin[0], call.origin[1], phase, "guess-target", call.id)
    record, *arguments = call.values
    context = _context(graph)
    frame = [call.frame_state] if call.op.frame_in else []
    check = _own_check(call)
    effect, control = (check or call).effect, (check or call).control
    calls: list[Node] = []
    for index, target in enumerate(targets):
        equal = graph.node(m.REFERENCE_EQUAL, record, graph.node(function_reference(target), context))
        op = direct(replace(descriptor, function_index=target))
        if state is not None and index == len(targets) - 1:
            guess = common.Speculation(WRONG_TARGET, function, descriptor.site)
            guard = graph.node(common.deoptimize_unless(guess), equal, state, effect, control)
            calls.append(graph.node(op, context, *arguments, *frame, guard, guard))
        else:
            branch = graph.node(common.BRANCH_LIKELY, equal, control)
            hit, control = graph.node(common.IF_TRUE, branch), graph.node(common.IF_FALSE, branch)
            calls.append(graph.node(op, context, *arguments, *frame, effect, hit))
    ways = list(calls)
    if state is None:
        if check is not None:
            effect = control = graph.node(check.op, check.inputs[0], effect, control)
        generic = referenced(replace(descriptor, site=-1))  # no further guess
        ways.append(graph.node(generic, record, *arguments, *frame, effect, control))
    if tail:
        for made in ways:
            graph.add_end(made)
        graph.remove_end(call)
        graph.kill(call)
        return calls, []
    return calls, [return_results(graph, made, descriptor.results) for made in ways]


def _own_check(call: Node) -> Node | None:
    """The check of the record right before a call, which a right guess makes superfluous."""
    check, record = call.effect, call.inputs[0]
    if check is not call.control:
        return None
    if check.op.is_check and not check.op.is_trap and check.inputs[0] is record:
        return check
    if check.op.is_trap and check.op.fires_on_true and check.op.parameters == NULL_FUNCTION:
        condition = check.inputs[0]
        return check if condition.op is m.REFERENCE_EQUAL and record in condition.inputs else None
    return None


def _context(graph: Graph) -> Node:
    for user in graph.start.uses:
        if user.op.is_parameter and user.op.parameters[0] == 0:
            return user
    return graph.node(common.parameter(0, WORD64), graph.start)
