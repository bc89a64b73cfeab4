"""The operators on BigInts (ECMA-262, 6.1.6.2), whose operands and results are Python's integers."""

from __future__ import annotations

from typing import Final, NoReturn

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.errors import range_error, type_error

MOST_BITS: Final = 1 << 30


def mixed(iso: Isolate) -> NoReturn:
    """The operands are not both BigInts."""
    type_error(iso, "Cannot mix BigInt and other types, use explicit conversions")


def checked(iso: Isolate, value: int) -> int:
    """Throws RangeError for more than MOST_BITS."""
    if value.bit_length() > MOST_BITS:
        too_large(iso)
    return value


def too_large(iso: Isolate) -> NoReturn:
    range_error(iso, "Maximum BigInt size exceeded")


def add(iso: Isolate, a: int, b: int) -> int:
    return checked(iso, a + b)


def subtract(iso: Isolate, a: int, b: int) -> int:
    return checked(iso, a - b)


def multiply(iso: Isolate, a: int, b: int) -> int:
    if a.bit_length() + b.bit_length() > MOST_BITS + 1:
        too_large(iso)
    return checked(iso, a * b)


def divide(iso: Isolate, a: int, b: int) -> int:
    if b == 0:
        range_error(iso, "Division by zero")
    quotient = abs(a) // abs(b)
    return -quotient if (a < 0) != (b < 0) else quotient


def remainder(iso: Isolate, a: int, b: int) -> int:
    if b == 0:
        range_error(iso, "Division by zero")
    found = abs(a) % abs(b)
    return -found if a < 0 else found


def exponentiate(iso: Isolate, a: int, b: int) -> int:
    if b < 0:
        range_error(iso, "Exponent must be positive")
    if a in (0, 1, -1):
        return 1 if b == 0 else a if a != -1 or b & 1 else 1
    if (a.bit_length() - 1) * b > MOST_BITS:
        too_large(iso)
    return checked(iso, a**b)


def bitwise_and(iso: Isolate, a: int, b: int) -> int:
    return a & b


def bitwise_or(iso: Isolate, a: int, b: int) -> int:
    return a | b


def bitwise_xor(iso: Isolate, a: int, b: int) -> int:
    return a ^ b


def shift_left(iso: Isolate, a: int, b: int) -> int:
    if b < 0:
        return a >> -b
    if a and a.bit_length() + b > MOST_BITS:
        too_large(iso)
    return a << b if a else 0


def shift_right(iso: Isolate, a: int, b: int) -> int:
    return shift_left(iso, a, -b)
