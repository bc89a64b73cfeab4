"""The operators on numbers, BigInts and strings (ECMA-262, 13.15.3); operands and results are words."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from seaofnodes.javascript.objects import strings
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.words import smi, smi_value
from seaofnodes.javascript.operations import bigints
from seaofnodes.javascript.operations.conversions import int32_of, to_numeric, to_primitive, to_string
from seaofnodes.javascript.operations.errors import type_error

# Of two small integers: their sign bit is flipped, so that unsigned arithmetic on whole words tells what overflows.
_TOP: Final = 1 << 63
_THREE_TOPS: Final = 3 << 63
_WORD: Final = (1 << 64) - 1
_UPPER: Final = _WORD ^ 0xFFFFFFFF
_LOWEST: Final = -(1 << 31)
_HIGHEST: Final = (1 << 31) - 1


def add(iso: Isolate, a: int, b: int) -> int:
    """`a + b`"""
    if not (a | b) & 1:
        sum = (a ^ _TOP) + (b ^ _TOP)
        if _TOP <= sum < _THREE_TOPS:
            return sum & _WORD
        return iso.number(smi_value(a) + smi_value(b))
    if iso.is_number(a) and iso.is_number(b):
        return iso.number(iso.float_of(a) + iso.float_of(b))
    a, b = to_primitive(iso, a), to_primitive(iso, b)
    if iso.is_string(a) or iso.is_string(b):
        a = to_string(iso, a)
        return strings.concat(iso, a, to_string(iso, b))
    return _numeric(iso, a, b, _add_floats, bigints.add)


def _add_floats(a: float, b: float) -> float:
    return a + b


def subtract(iso: Isolate, a: int, b: int) -> int:
    """`a - b`"""
    if not (a | b) & 1:
        difference = (a ^ _TOP) - (b ^ _TOP)
        if -_TOP <= difference < _TOP:
            return difference & _WORD
    return _numeric(iso, a, b, _subtract_floats, bigints.subtract)


def _subtract_floats(a: float, b: float) -> float:
    return a - b


def multiply(iso: Isolate, a: int, b: int) -> int:
    """`a * b`"""
    if not (a | b) & 1:
        product = smi_value(a) * smi_value(b)
        if product and _LOWEST <= product <= _HIGHEST:
            return smi(product)
    return _numeric(iso, a, b, _multiply_floats, bigints.multiply)


def _multiply_floats(a: float, b: float) -> float:
    return a * b


def divide(iso: Isolate, a: int, b: int) -> int:
    """`a / b`"""
    return _numeric(iso, a, b, divide_floats, bigints.divide)


def divide_floats(a: float, b: float) -> float:
    """The quotient after IEEE 754."""
    if b:
        return a / b
    if a == 0 or a != a or b != b:
        return math.nan
    return math.copysign(math.inf, math.copysign(1, a) * math.copysign(1, b))


def remainder(iso: Isolate, a: int, b: int) -> int:
    """`a % b`"""
    if not (a | b) & 1 and a < _TOP and 0 < b < _TOP:
        return a % b
    return _numeric(iso, a, b, remainder_floats, bigints.remainder)


def remainder_floats(a: float, b: float) -> float:
    """The remainder with the sign of the dividend (Number::remainder)."""
    if b == 0 or math.isinf(a):
        return math.nan
    return math.fmod(a, b)


def exponentiate(iso: Isolate, a: int, b: int) -> int:
    """`a ** b`"""
    return _numeric(iso, a, b, power_of_floats, bigints.exponentiate)


def power_of_floats(base: float, exponent: float) -> float:
    """Number::exponentiate, which differs from C's `pow` if the base is 1 or -1."""
    if exponent != exponent or (math.isinf(exponent) and abs(base) == 1):
        return math.nan
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and math.fmod(exponent, 2) != 0 else math.inf
    except ValueError:
        if base != 0:
            return math.nan  # of a negative number, no integer
        odd = math.fmod(exponent, 2) != 0 and exponent == math.floor(exponent)
        return math.copysign(math.inf, base) if odd else math.inf


def bitwise_and(iso: Isolate, a: int, b: int) -> int:
    """`a & b`"""
    if not (a | b) & 1:
        return a & b
    return _integral(iso, a, b, lambda x, y: x & y, bigints.bitwise_and)


def bitwise_or(iso: Isolate, a: int, b: int) -> int:
    """`a | b`"""
    if not (a | b) & 1:
        return a | b
    return _integral(iso, a, b, lambda x, y: x | y, bigints.bitwise_or)


def bitwise_xor(iso: Isolate, a: int, b: int) -> int:
    """`a ^ b`"""
    if not (a | b) & 1:
        return a ^ b
    return _integral(iso, a, b, lambda x, y: x ^ y, bigints.bitwise_xor)


def shift_left(iso: Isolate, a: int, b: int) -> int:
    """`a << b`"""
    if not (a | b) & 1:
        return (a << (b >> 32 & 31)) & _WORD
    return _integral(iso, a, b, lambda x, y: int32_of(x << (y & 31)), bigints.shift_left)


def shift_right(iso: Isolate, a: int, b: int) -> int:
    """`a >> b`"""
    if not (a | b) & 1:
        return (((a ^ _TOP) - _TOP) >> (b >> 32 & 31)) & _UPPER
    return _integral(iso, a, b, lambda x, y: x >> (y & 31), bigints.shift_right)


def shift_right_logical(iso: Isolate, a: int, b: int) -> int:
    """`a >>> b`"""
    a, b = to_numeric(iso, a), to_numeric(iso, b)
    left, right = _is_bigint(iso, a), _is_bigint(iso, b)
    if left and right:
        type_error(iso, "BigInts have no unsigned right shift, use >> instead")
    if left or right:
        bigints.mixed(iso)
    return iso.number((int32_of(iso.float_of(a)) & 0xFFFFFFFF) >> (int32_of(iso.float_of(b)) & 31))


def _is_bigint(iso: Isolate, value: int) -> bool:
    return iso.kind(value) == Kind.BIGINT


def _numeric(
    iso: Isolate,
    a: int,
    b: int,
    of_floats: Callable[[float, float], float],
    of_bigints: Callable[[Isolate, int, int], int],
) -> int:
    a, b = to_numeric(iso, a), to_numeric(iso, b)
    if iso.is_number(a) and iso.is_number(b):
        return iso.number(of_floats(iso.float_of(a), iso.float_of(b)))
    if not (_is_bigint(iso, a) and _is_bigint(iso, b)):
        bigints.mixed(iso)
    return iso.bigint(of_bigints(iso, iso.bigint_of(a), iso.bigint_of(b)))


def _integral(
    iso: Isolate,
    a: int,
    b: int,
    of_integers: Callable[[int, int], int],
    of_bigints: Callable[[Isolate, int, int], int],
) -> int:
    a, b = to_numeric(iso, a), to_numeric(iso, b)
    if iso.is_number(a) and iso.is_number(b):
        return smi(of_integers(int32_of(iso.float_of(a)), int32_of(iso.float_of(b))))
    if not (_is_bigint(iso, a) and _is_bigint(iso, b)):
        bigints.mixed(iso)
    return iso.bigint(of_bigints(iso, iso.bigint_of(a), iso.bigint_of(b)))


# --- One operand


def negate(iso: Isolate, value: int) -> int:
    """`-value`"""
    value = to_numeric(iso, value)
    if _is_bigint(iso, value):
        return iso.bigint(-iso.bigint_of(value))
    return iso.number(-iso.float_of(value))


def bitwise_not(iso: Isolate, value: int) -> int:
    """`~value`"""
    if not value & 1:
        return value ^ _UPPER
    value = to_numeric(iso, value)
    if _is_bigint(iso, value):
        return iso.bigint(~iso.bigint_of(value))
    return smi(~int32_of(iso.float_of(value)))


def increment(iso: Isolate, value: int) -> int:
    """`value + 1`, of a number or BigInt."""
    return _step(iso, value, 1)


def decrement(iso: Isolate, value: int) -> int:
    """`value - 1`, of a number or BigInt."""
    return _step(iso, value, -1)


def _step(iso: Isolate, value: int, step: int) -> int:
    if not value & 1:
        return iso.number(smi_value(value) + step)
    value = to_numeric(iso, value)
    if _is_bigint(iso, value):
        return iso.bigint(bigints.add(iso, iso.bigint_of(value), step))
    return iso.number(iso.float_of(value) + step)
