"""Calls of functions, builtins and function references; in tail position, and in a try of the caller."""

from __future__ import annotations

from collections.abc import Sequence

from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import EVERYTHING, Shape, Traits
from seaofnodes.ir.ops.control import COMMON
from seaofnodes.ir.ops.environment import Environment, EvaluationError
from seaofnodes.ir.ops.parameters import CallDescriptor
from seaofnodes.ir.types import NONE, REFERENCE, WORD64, Type


def _results(node: Node, results: Sequence[int]) -> int | list[int]:
    descriptor = node.op.parameters
    if len(results) != len(descriptor.results):
        raise EvaluationError(f"{len(results)} results", node)
    return results[0] if len(results) == 1 and not descriptor.in_try else list(results)


def _execute_call(environment: Environment, node: Node, operands: Sequence[int]) -> int | list[int]:
    descriptor = node.op.parameters
    if descriptor.builtin:
        return _results(node, environment.call_builtin(descriptor.builtin, operands[1:]))
    return _results(node, environment.call(descriptor.function_index, operands[1:]))


def _execute_call_ref(environment: Environment, node: Node, operands: Sequence[int]) -> int | list[int]:
    return _results(node, environment.call_record(operands[0], operands[1:]))


def _call(first: Type, descriptor: CallDescriptor) -> Shape:
    results = descriptor.results
    return Shape(
        (first, *descriptor.parameters),
        results[0] if len(results) == 1 and not descriptor.in_try else NONE,
        frames=int(descriptor.has_frame_state),
        effects=1,
        controls=1,
        effect_out=1,
        control_out=2 if descriptor.in_try else 1,
        reads=EVERYTHING,
        writes=EVERYTHING,
    )


def _tail_call(first: Type, descriptor: CallDescriptor) -> Shape:
    frames = int(descriptor.has_frame_state)
    return Shape((first, *descriptor.parameters), frames=frames, effects=1, controls=1, control_out=1)


_TAIL_CALL = Traits(is_tail_call=True, is_terminator=True)


@COMMON.operator("Call", Traits(is_call=True), execute=_execute_call, cache=0)
def call(descriptor: CallDescriptor) -> Shape:
    """Values are the context and the arguments (direct calls and builtins). In a try it ends its block, has no value
    itself, and goes on to an IfSuccess or an IfException.
    """
    return _call(WORD64, descriptor)


@COMMON.operator("CallRef", Traits(is_call=True, is_indirect=True), execute=_execute_call_ref, cache=0)
def call_ref(descriptor: CallDescriptor) -> Shape:
    """Values are a function record, not null, of this signature, and the arguments. Else like Call."""
    return _call(REFERENCE, descriptor)


@COMMON.operator("TailCall", _TAIL_CALL, execute=_execute_call, cache=0)
def tail_call(descriptor: CallDescriptor) -> Shape:
    """As Call, in the place of the caller: its results are the caller's. An end of the graph."""
    return _tail_call(WORD64, descriptor)


@COMMON.operator("TailCallRef", _TAIL_CALL._replace(is_indirect=True), execute=_execute_call_ref, cache=0)
def tail_call_ref(descriptor: CallDescriptor) -> Shape:
    """As CallRef, in the place of the caller."""
    return _tail_call(REFERENCE, descriptor)


_AFTER_CALL = Traits(is_header=True, is_if=True, is_after_call=True)
_RESULT = Shape(effects=1, controls=1, effect_out=1, control_out=1)
IF_SUCCESS = COMMON.define(
    "IfSuccess", _RESULT, "Where a call in a try came back. Its results are projections of this.", _AFTER_CALL
)
IF_EXCEPTION = COMMON.define(
    "IfException",
    _RESULT._replace(type=REFERENCE),
    "Where a call in a try threw; the value is the exception.",
    _AFTER_CALL._replace(is_deferred=True),
)
