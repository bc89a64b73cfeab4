"""Evaluation of what touches state: loads, stores, globals, tables, calls, checks. One function an operator."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seaofnodes.errors import Trap
from seaofnodes.ir.environment import Environment
from seaofnodes.ir.evaluate_values import EvaluationError, mask
from seaofnodes.ir.node import Node
from seaofnodes.ir.traps import TRAP_REASONS

Result = int | list[int] | None
Execute = Callable[[Environment, Node, Sequence[int]], Result]


def _address(environment: Environment, node: Node, operands: Sequence[int]) -> int:
    access = node.op.parameters
    return operands[0] - environment.memory_start(access.memory) + operands[1] + int(access.offset)


def _load(environment: Environment, node: Node, operands: Sequence[int]) -> Result:
    access = node.op.parameters
    address = _address(environment, node, operands)
    try:
        value = environment.load(access.memory, address, access.width // 8)
    except Trap:
        if access.trapping:
            raise
        raise EvaluationError("out of bounds, though proven to be in bounds", node) from None
    if access.rep.startswith("Int") and value >> (access.width - 1):
        value -= 1 << access.width
    return value & mask(access.type)


def _store(environment: Environment, node: Node, operands: Sequence[int]) -> Result:
    access = node.op.parameters
    address = _address(environment, node, operands)
    value = operands[2] & ((1 << access.width) - 1)
    try:
        environment.store(access.memory, address, access.width // 8, value)
    except Trap:
        if access.trapping:
            raise
        raise EvaluationError("out of bounds, though proven to be in bounds", node) from None
    return None


def _trap_if(environment: Environment, node: Node, operands: Sequence[int]) -> Result:
    if bool(operands[0]) == (node.op.name == "TrapIf"):
        raise Trap(TRAP_REASONS[node.op.parameters])
    return None


def _call(environment: Environment, node: Node, operands: Sequence[int]) -> Result:
    descriptor = node.op.parameters
    target, *arguments = operands
    if descriptor.builtin:
        results = environment.call_builtin(descriptor.builtin, arguments)
    elif node.op.name in ("CallRef", "TailCallRef"):
        results = environment.call_record(target, arguments)
    else:
        results = environment.call(descriptor.function_index, arguments)
    if len(results) != len(descriptor.results):
        raise EvaluationError(f"{len(results)} results", node)
    return results[0] if len(results) == 1 and not descriptor.in_try else results


def _global_set(environment: Environment, node: Node, operands: Sequence[int]) -> Result:
    environment.global_set(node.op.parameters[0], operands[1])
    return None


def _table_set(environment: Environment, node: Node, operands: Sequence[int]) -> Result:
    environment.table_set(node.op.parameters.table, operands[1], operands[2])
    return None


def _check_signature(environment: Environment, node: Node, operands: Sequence[int]) -> Result:
    environment.check_signature(operands[0], node.op.parameters.type_index)
    return None


def _stack_check(environment: Environment, node: Node, operands: Sequence[int]) -> Result:
    if node.op.parameters == "slow":
        environment.call_builtin("poll_loop", ())
    return None


def _nothing(environment: Environment, node: Node, operands: Sequence[int]) -> Result:
    return None


def _throw(environment: Environment, node: Node, operands: Sequence[int]) -> Result:
    environment.throw(operands[1])


EXECUTE: dict[str, Execute] = {
    "Load": _load,
    "Store": _store,
    "TrapIf": _trap_if,
    "TrapUnless": _trap_if,
    "Call": _call,
    "CallRef": _call,
    "TailCall": _call,
    "TailCallRef": _call,
    "Throw": _throw,
    "NewException": lambda environment, node, operands: environment.new_exception(node.op.parameters[0], operands[1:]),
    "StackCheck": _stack_check,
    "StackLimitReached": lambda environment, node, operands: environment.stack_limit_reached(),
    "Checkpoint": _nothing,
    "DeoptimizeIf": _nothing,  # those that leave are dealt with before
    "DeoptimizeUnless": _nothing,
    "CheckSignature": _check_signature,
    "GlobalSet": _global_set,
    "TableSet": _table_set,
    "GlobalGet": lambda environment, node, operands: environment.global_get(node.op.parameters[0]),
    "MemorySize": lambda environment, node, operands: environment.memory_size(node.op.parameters),
    "TableSize": lambda environment, node, operands: environment.table_size(node.op.parameters),
    "TableGet": lambda environment, node, operands: environment.table_get(node.op.parameters.table, operands[1]),
}


def execute(environment: Environment, node: Node, operands: Sequence[int]) -> Result:
    """Execute a node that has an effect input; a call with not exactly one result gives a list."""
    function = EXECUTE.get(node.op.name)
    if function is None:
        raise EvaluationError("no meaning", node)
    return function(environment, node, operands)
