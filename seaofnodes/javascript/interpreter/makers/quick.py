"""Operators as they are for two small integers, without a call; for all other operands `operators.py` has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.javascript.interpreter.frames import Operation
from seaofnodes.javascript.interpreter.preparation import Maker, Preparation
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import smi
from seaofnodes.javascript.operations import arithmetic
from seaofnodes.javascript.operations.comparison import less_than, loosely_equals, strict_equals
from seaofnodes.javascript.operations.conversions import to_number, to_numeric

# As in operations/arithmetic.py: with their sign bits flipped, words of small integers compare and add without sign.
_TOP: Final = 1 << 63
_THREE_TOPS: Final = 3 << 63
_WORD: Final = (1 << 64) - 1


def _add(p: Preparation, next: int, left: int, slot: int) -> Operation:
    iso, add = p.iso, arithmetic.add

    def run(r: list[int]) -> int:
        a, b = r[left], r[0]
        if not (a | b) & 1:
            sum = (a ^ _TOP) + (b ^ _TOP)
            if _TOP <= sum < _THREE_TOPS:
                r[0] = sum & _WORD
                return next
        r[0] = add(iso, a, b)
        return next

    return run


def _subtract(p: Preparation, next: int, left: int, slot: int) -> Operation:
    iso, subtract = p.iso, arithmetic.subtract

    def run(r: list[int]) -> int:
        a, b = r[left], r[0]
        if not (a | b) & 1:
            difference = (a ^ _TOP) - (b ^ _TOP)
            if -_TOP <= difference < _TOP:
                r[0] = difference & _WORD
                return next
        r[0] = subtract(iso, a, b)
        return next

    return run


def _add_constant(value: int, otherwise: Callable[[Isolate, int], int], iso: Isolate, next: int) -> Operation:
    """The accumulator and a small integer that is added to it."""
    shifted = value << 32

    def run(r: list[int]) -> int:
        a = r[0]
        if not a & 1:
            sum = (a ^ _TOP) + shifted
            if 0 <= sum <= _WORD:
                r[0] = sum ^ _TOP
                return next
        r[0] = otherwise(iso, a)
        return next

    return run


def _add_smi(p: Preparation, next: int, value: int, slot: int) -> Operation:
    right = smi(value)
    return _add_constant(value, lambda iso, a: arithmetic.add(iso, a, right), p.iso, next)


def _subtract_smi(p: Preparation, next: int, value: int, slot: int) -> Operation:
    right = smi(value)
    return _add_constant(-value, lambda iso, a: arithmetic.subtract(iso, a, right), p.iso, next)


def _increment(p: Preparation, next: int, slot: int) -> Operation:
    return _add_constant(1, arithmetic.increment, p.iso, next)


def _decrement(p: Preparation, next: int, slot: int) -> Operation:
    return _add_constant(-1, arithmetic.decrement, p.iso, next)


def _to_number(otherwise: Callable[[Isolate, int], int]) -> Maker:
    def make(p: Preparation, next: int, slot: int) -> Operation:
        iso = p.iso

        def run(r: list[int]) -> int:
            if r[0] & 1:
                r[0] = otherwise(iso, r[0])
            return next

        return run

    return make


# Comparisons jump at once where a jump comes behind them.


def _less(p: Preparation, next: int, left: int, feedback: int) -> Operation:
    iso, true, false = p.iso, p.iso.true, p.iso.false
    if_true, if_false = p.branches(next)

    def run(r: list[int]) -> int:
        a, b = r[left], r[0]
        if (a ^ _TOP) < (b ^ _TOP) if not (a | b) & 1 else less_than(iso, a, b):
            r[0] = true
            return if_true
        r[0] = false
        return if_false

    return run


def _greater(p: Preparation, next: int, left: int, feedback: int) -> Operation:
    iso, true, false = p.iso, p.iso.true, p.iso.false
    if_true, if_false = p.branches(next)

    def run(r: list[int]) -> int:
        a, b = r[left], r[0]
        if (a ^ _TOP) > (b ^ _TOP) if not (a | b) & 1 else less_than(iso, b, a, left_first=False):
            r[0] = true
            return if_true
        r[0] = false
        return if_false

    return run


def _at_most(p: Preparation, next: int, left: int, feedback: int) -> Operation:
    iso, true, false = p.iso, p.iso.true, p.iso.false
    if_true, if_false = p.branches(next)

    def run(r: list[int]) -> int:
        a, b = r[left], r[0]
        if (a ^ _TOP) <= (b ^ _TOP) if not (a | b) & 1 else less_than(iso, b, a, left_first=False) is False:
            r[0] = true
            return if_true
        r[0] = false
        return if_false

    return run


def _at_least(p: Preparation, next: int, left: int, feedback: int) -> Operation:
    iso, true, false = p.iso, p.iso.true, p.iso.false
    if_true, if_false = p.branches(next)

    def run(r: list[int]) -> int:
        a, b = r[left], r[0]
        if (a ^ _TOP) >= (b ^ _TOP) if not (a | b) & 1 else less_than(iso, a, b) is False:
            r[0] = true
            return if_true
        r[0] = false
        return if_false

    return run


def _equality(otherwise: Callable[[Isolate, int, int], bool]) -> Maker:
    def make(p: Preparation, next: int, left: int, feedback: int) -> Operation:
        iso, true, false = p.iso, p.iso.true, p.iso.false
        if_true, if_false = p.branches(next)

        def run(r: list[int]) -> int:
            a, b = r[left], r[0]
            if a == b if not (a | b) & 1 else otherwise(iso, a, b):
                r[0] = true
                return if_true
            r[0] = false
            return if_false

        return run

    return make


MAKERS: dict[str, Maker] = {
    "Add": _add,
    "Sub": _subtract,
    "AddSmi": _add_smi,
    "SubSmi": _subtract_smi,
    "Inc": _increment,
    "Dec": _decrement,
    "ToNumber": _to_number(to_number),
    "ToNumeric": _to_number(to_numeric),
    "TestLessThan": _less,
    "TestGreaterThan": _greater,
    "TestLessThanOrEqual": _at_most,
    "TestGreaterThanOrEqual": _at_least,
    "TestEqual": _equality(loosely_equals),
    "TestEqualStrict": _equality(strict_equals),
}
