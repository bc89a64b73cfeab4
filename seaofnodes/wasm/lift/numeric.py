"""Lifting the numeric instructions that take more than one node: most of them may trap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import common, machine as m, traps
from seaofnodes.ir.types import WORD32
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.lift.control import ControlLifter
from seaofnodes.wasm.lift.tables import DIVISION, EQUAL_ZERO, NOT_EQUAL, TRUNCATION, Truncation

Handler = Callable[[ControlLifter, Any], None]


def _constant(kind: Callable[[ControlLifter, int], Node]) -> Handler:
    def handler(lifter: ControlLifter, bits: int) -> None:
        lifter.stack.append(kind(lifter, bits))

    return handler


def _not_equal(equal: Operator) -> Handler:
    def handler(lifter: ControlLifter, _: None) -> None:
        graph, stack = lifter.graph, lifter.stack
        right = stack.pop()
        same = graph.node(equal, stack.pop(), right)
        stack.append(graph.node(m.WORD32_EQUAL, same, graph.int32(0)))

    return handler


def _equal_zero(equal: Operator) -> Handler:
    def handler(lifter: ControlLifter, _: None) -> None:
        stack = lifter.stack
        value = stack.pop()
        stack.append(lifter.graph.node(equal, value, lifter.graph.constant_of(value.type, 0)))

    return handler


def _division(op: Operator, quotient: bool) -> Handler:
    """quotient: a signed one, which may overflow."""

    def handler(lifter: ControlLifter, _: None) -> None:
        graph, stack = lifter.graph, lifter.stack
        right, left = stack.pop(), stack.pop()
        type = left.type
        equal = m.WORD32_EQUAL if type is WORD32 else m.WORD64_EQUAL
        is_zero = graph.node(equal, right, graph.constant_of(type, 0))
        lifter.op(common.trap_if(traps.DIVIDE_BY_ZERO), is_zero)
        if quotient:
            is_minimum = graph.node(equal, left, graph.constant_of(type, 1 << (type.bits - 1)))
            is_minus_one = graph.node(equal, right, graph.constant_of(type, -1))
            overflows = graph.node(m.WORD32_AND, is_minimum, is_minus_one)
            lifter.op(common.trap_if(traps.INTEGER_OVERFLOW), overflows)
        stack.append(lifter.op(op, left, right))

    return handler


def _truncation(facts: Truncation) -> Handler:
    def handler(lifter: ControlLifter, _: None) -> None:
        graph, stack = lifter.graph, lifter.stack
        value = stack.pop()
        is_number = graph.node(facts.equal, value, value)
        lifter.op(common.trap_unless(traps.INVALID_CONVERSION), is_number)
        low, high = graph.constant_of(value.type, facts.low), graph.constant_of(value.type, facts.high)
        fits = graph.node(m.WORD32_AND, graph.node(facts.above, low, value), graph.node(facts.below, value, high))
        lifter.op(common.trap_unless(traps.INTEGER_OVERFLOW), fits)
        stack.append(lifter.op(facts.op, value))

    return handler


def _extend32(lifter: ControlLifter, _: None) -> None:
    graph, stack = lifter.graph, lifter.stack
    low = graph.node(m.TRUNCATE_INT64_TO_INT32, stack.pop())
    stack.append(graph.node(m.CHANGE_INT32_TO_INT64, low))


NUMERIC_HANDLERS: Final[dict[int, Handler]] = {
    w.I64_CONST: _constant(lambda lifter, bits: lifter.graph.int64(bits)),
    w.F32_CONST: _constant(lambda lifter, bits: lifter.graph.float32(bits)),
    w.F64_CONST: _constant(lambda lifter, bits: lifter.graph.float64(bits)),
    w.I64_EXTEND32_S: _extend32,
    **{code: _not_equal(op) for code, op in NOT_EQUAL.items()},
    **{code: _equal_zero(op) for code, op in EQUAL_ZERO.items()},
    **{code: _division(op, code in (w.I32_DIV_S, w.I64_DIV_S)) for code, op in DIVISION.items()},
    **{code: _truncation(facts) for code, facts in TRUNCATION.items()},
}
