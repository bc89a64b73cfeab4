"""Is a rule right for these values? The judge of proofs and of drawn values alike, on plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seaofnodes.ir.bits import Bits, Float
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.prove.meaning import Sides, interpret

Binding = Mapping[str, Any]


def plain(rule: Rule, binding: Binding) -> Sides:
    """Both sides on numbers."""
    return interpret(rule, binding, lambda value: value)


def applies(sides: Sides) -> bool:
    """May the rule fire with these values: does its condition hold, and have its pattern's guards held?"""
    return (sides.where is None or bool(sides.where.value)) and all(safe.value for _, safe in sides.left.guards)


def failure(sides: Sides) -> str | None:
    """What is wrong when a rule that applies gives these sides: the operator that must not be executed, "" for a wrong
    result, None if nothing is.
    """
    for name, safe in sides.right.guards:
        if not safe.value:
            return name
    if not all(bit.value for bit in sides.outcomes):
        return ""
    if sides.left.value is None or (sides.traps is not None and sides.traps.value):
        return None
    return None if same(sides.left.value, sides.right.value, sides) else ""


def same(left: Bits | Float, right: Bits | Float, sides: Sides) -> bool:
    """Are these results of the sides the same? As WebAssembly has it, any quiet NaN may stand for one that arithmetic
    made, and one that arithmetic made for no other.
    """
    if isinstance(left, Bits) or isinstance(right, Bits):
        assert isinstance(left, Bits) and isinstance(right, Bits)
        return left.value == right.value
    if not (left.is_nan and right.is_nan):
        return left.bits == right.bits
    if _holds(sides.left.loose):
        return bool(right.bits >> QUIET[right.width] & 1)
    return left.bits == right.bits and not _holds(sides.right.loose)


def _holds(bit: Bits | bool) -> bool:
    return bit if isinstance(bit, bool) else bool(bit.value)


QUIET = {32: 22, 64: 51}  # the highest bit of the fraction


def refutes(rule: Rule, binding: Binding) -> bool:
    sides = plain(rule, binding)
    return applies(sides) and failure(sides) is not None
