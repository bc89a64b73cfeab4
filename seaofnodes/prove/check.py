"""Is a rule right for these values? The judge of proofs and of drawn values alike, on plain numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seaofnodes.ir.bits import Bits, Float
from seaofnodes.ir.operator import Operator
from seaofnodes.passes.patterns import Apply, Expression
from seaofnodes.passes.rules import Rule
from seaofnodes.prove.meaning import Sides, interpret

Binding = Mapping[str, Bits | Float]

# These touch or move the bits of floats; all others give some quiet NaN where they give one.
_EXACT = ("Bitcast", "Select", "Neg", "Abs", "Copysign")


def is_about_bits(rule: Rule) -> bool:
    """Does the pattern only move the bits of floats? Then a NaN's are as certain as a number's, and have to be kept."""
    return not any(map(_is_arithmetic, _operators(rule.pattern)))


def _is_arithmetic(op: Operator) -> bool:
    makes_floats = op.type.is_float and any(type.is_float for type in op.signature)
    return makes_floats and not (op.name.startswith(_EXACT) or op.name.endswith(_EXACT))


def _operators(expression: Expression) -> Iterator[Operator]:
    if isinstance(expression, Apply):
        yield expression.op
        for argument in expression.arguments:
            yield from _operators(argument)


def plain(rule: Rule, binding: Binding) -> Sides:
    """Both sides on numbers."""
    return interpret(rule, binding, lambda value: value)


def applies(sides: Sides) -> bool:
    """May the rule fire with these values: does its condition hold, and have its pattern's guards held?"""
    return (sides.where is None or bool(sides.where.value)) and all(safe.value for _, safe in sides.left.guards)


def failure(sides: Sides, exact: bool) -> str | None:
    """What is wrong when a rule that applies gives these sides: the operator that must not be executed, "" for a wrong
    result, None if nothing is.
    """
    for name, safe in sides.right.guards:
        if not safe.value:
            return name
    return None if same(sides.left.value, sides.right.value, exact) else ""


def same(left: Bits | Float, right: Bits | Float, exact: bool) -> bool:
    """Are they the same? Unless `exact`, any quiet NaN may stand for any NaN, as WebAssembly has it."""
    if isinstance(left, Bits) or isinstance(right, Bits):
        assert isinstance(left, Bits) and isinstance(right, Bits)
        return left.value == right.value
    if left.bits == right.bits:
        return True
    return not exact and left.is_nan and right.is_nan and bool(right.bits >> _QUIET[right.width] & 1)


_QUIET = {32: 22, 64: 51}  # the highest bit of the fraction


def refutes(rule: Rule, binding: Binding) -> bool:
    sides = plain(rule, binding)
    return applies(sides) and failure(sides, is_about_bits(rule)) is not None
