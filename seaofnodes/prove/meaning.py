"""What the expressions of rules mean, in any domain of values: numbers, bit vectors of Z3, integers of Z3.

A division's control input is the check of its divisor, and a conversion's that of its range. Where a pattern has such
an operator, its guard has held; where a replacement has one, its guard has to hold, for the machine would fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from seaofnodes.ir.bits import Bits, Float
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.types import Type
from seaofnodes.passes.patterns import Apply, Constant, Expression, Value, Variable
from seaofnodes.passes.rules.rule import Rule

Lift = Callable[[Bits | Float], Any]  # a number as a value of the domain


@dataclass(slots=True)
class Side:
    """One side of a rule.

    loose: may a NaN be any quiet one, because arithmetic made it? False, True, or one bit. guards: for each guarded
    operator its name, and one bit that says whether it is safe.
    """

    value: Any = None
    loose: Any = False
    guards: list[tuple[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Sides:
    """Both sides of a rule, and its condition, with its facts, as one bit (None: there is none)."""

    left: Side
    right: Side
    where: Any


def interpret(rule: Rule, binding: Mapping[str, Any], lift: Lift) -> Sides:
    """Both sides for these values of variables and constants."""
    type = rule.pattern.op.type
    constants = {name: binding[name] for name in rule.constants}
    sides = Sides(Side(), Side(), None)
    for side, expression in ((sides.left, rule.pattern), (sides.right, rule.replacement)):
        side.value = _value(expression, type, binding, constants, lift, side.guards)
        if type.is_float:
            side.loose = _loose(expression, lambda e, type: _value(e, type, binding, constants, lift, []), lift)
    if rule.where is not None:
        sides.where = lift(rule.where.evaluate(constants, rule.pattern.op.signature[0].bits))
    for fact in rule.facts:  # what is known is so: it may be assumed
        held = fact.assumed(binding)
        if held is not None:
            sides.where = lift(held) if sides.where is None else sides.where & lift(held)
    return sides


def _loose(expression: Expression, value: Callable[[Expression, Type], Any], lift: Lift) -> Any:
    """See Side: what moves bits, or touches the sign, hands on what it gets."""
    if not isinstance(expression, Apply):
        return False
    op, arguments = expression.op, expression.arguments
    if op.keeps_nan:
        return _loose(arguments[0], value, lift)
    if op is m.SELECT.get(op.type):
        first, second = (_loose(argument, value, lift) for argument in arguments[1:])
        if first is second:
            return first
        bits = [lift(Bits(1, x)) if isinstance(x, bool) else x for x in (first, second)]
        return value(arguments[0], op.signature[0]).ite(*bits)
    return any(type.is_float for type in op.signature)  # of arithmetic; not of conversions


def _value(
    expression: Expression,
    type: Type,
    binding: Mapping[str, Any],
    constants: Mapping[str, Any],
    lift: Lift,
    guards: list[tuple[str, Any]],
) -> Any:
    if isinstance(expression, (Variable, Constant)):
        return binding[expression.name]
    if isinstance(expression, Value):
        return fit(lift(expression.evaluate(constants, type.bits)), type)
    assert isinstance(expression, Apply)
    op = expression.op
    operands = [
        _value(argument, wanted, binding, constants, lift, guards)
        for argument, wanted in zip(expression.arguments, op.signature, strict=True)
    ]
    return apply(op, operands, guards)


def apply(op: Operator, operands: list[Any], guards: list[tuple[str, Any]]) -> Any:
    """The result of a pure operator; adds its guard if it has one."""
    assert op.meaning is not None
    if op.defined is not None:
        guards.append((op.name, op.defined(*operands)))
    return fit(op.meaning(*operands), op.type)


def fit(value: Any, type: Type) -> Any:
    """A value as wide as its type: one bit becomes a word; a pattern of bits in a float's place becomes a float."""
    if type.is_float:
        return value.zext(type.bits).as_float() if hasattr(value, "zext") else value
    return value if value.width == type.bits else value.zext(type.bits)
