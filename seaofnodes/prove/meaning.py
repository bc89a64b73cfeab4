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
from seaofnodes.passes.patterns import Access, Apply, Constant, Expression, Nothing, Phi, Value, Variable
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.passes.rules.state.matching import accesses_of
from seaofnodes.prove import memory

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
    """Both sides of a rule, and its condition, with its facts, as one bit (None: there is none).

    traps: one bit, whether an access of the pattern traps (None: there is none); outcomes: bits that have to be 1, of
    what the sides do beside their values.
    """

    left: Side
    right: Side
    where: Any
    traps: Any = None
    outcomes: list[Any] = field(default_factory=list)


def interpret(rule: Rule, binding: Mapping[str, Any], lift: Lift) -> Sides:
    """Both sides for these values of variables and constants."""
    type = _type_of(rule.pattern)
    constants = {name: binding[name] for name in rule.constants}
    sides = Sides(Side(), Side(), None)
    for side, expression in ((sides.left, rule.pattern), (sides.right, rule.replacement)):
        side.value = _whole(expression, type, binding, constants, lift, side.guards)
        if type.is_float:
            case = memory.case_of(binding)
            side.loose = _loose(expression, lambda e, type: _value(e, type, binding, constants, lift, []), lift, case)
    if rule.where is not None:
        sides.where = lift(rule.where.evaluate(constants, rule.width))
    known = [fact.assumed(binding) for fact in rule.facts]  # what is known is so: it may be assumed
    if rule.state is not None:
        known += memory.assumed(rule, binding)
        sides.traps = memory.any_of([memory.traps(access, binding) for access in accesses_of(rule.pattern)])
        sides.outcomes = memory.outcomes(rule, binding, sides.left.value, sides.right.value)
        if isinstance(rule.pattern, Access) and rule.pattern.op.is_store:
            _only_what_is_stored(rule, sides)
    for held in known:
        if held is not None:
            sides.where = lift(held) if sides.where is None else sides.where & lift(held)
    return sides


def _type_of(pattern: Apply) -> Type:
    """Of what is compared: a value, or what is stored."""
    return pattern.value_type if isinstance(pattern, Access) else pattern.op.type


def _only_what_is_stored(rule: Rule, sides: Sides) -> None:
    """Compare the bits that are stored, if the stores are of one kind; else memory is compared, byte by byte."""
    pattern, replacement = rule.pattern, rule.replacement
    assert isinstance(pattern, Access)
    if not isinstance(replacement, Access) or replacement.key != pattern.key:
        sides.left.value = sides.right.value = sides.left.loose = sides.right.loose = None
    elif not pattern.value_type.is_float:
        for side in (sides.left, sides.right):
            side.value = side.value.extract(8 * pattern.width - 1, 0)


def _whole(expression: Expression, type: Type, binding: Mapping[str, Any], *rest: Any) -> Any:
    """The value of a side, or what it stores."""
    if isinstance(expression, Nothing):
        return None
    if isinstance(expression, Access) and expression.op.is_store:
        return _value(expression.arguments[0], expression.value_type, binding, *rest)
    return _value(expression, type, binding, *rest)


def _loose(expression: Expression, value: Callable[[Expression, Type], Any], lift: Lift, case: int) -> Any:
    """See Side: what moves bits, or touches the sign, hands on what it gets."""
    if not isinstance(expression, Apply):
        return False
    op, arguments = expression.op, expression.arguments
    if isinstance(expression, Phi):
        return _loose(expression.input(case), value, lift, case)
    if op.keeps_nan or op.is_store:
        return _loose(arguments[0], value, lift, case)
    if op is m.SELECT.get(op.type):
        first, second = (_loose(argument, value, lift, case) for argument in arguments[1:])
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
    if isinstance(expression, Access):
        return memory.loaded(expression, binding)
    if isinstance(expression, Phi):  # both sides come by the same way
        return _value(expression.input(memory.case_of(binding)), type, binding, constants, lift, guards)
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
