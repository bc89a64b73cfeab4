"""What Math does that is exact: rounding, narrower floating-point types, integers of 32 bits, sums."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

_WHOLE = 2.0**52  # from here on, every double is integral
_HALF = struct.Struct("<e")
_SINGLE = struct.Struct("<f")


def ceil(x: float) -> float:
    """The least integer that is not less; keeps -0."""
    return math.copysign(float(math.ceil(x)), x) if abs(x) < _WHOLE else x


def floor(x: float) -> float:
    """The greatest integer that is not greater; keeps -0."""
    return math.copysign(float(math.floor(x)), x) if abs(x) < _WHOLE else x


def trunc(x: float) -> float:
    """Without the fraction; keeps -0."""
    return math.copysign(float(math.trunc(x)), x) if abs(x) < _WHOLE else x


def nearest(x: float) -> float:
    """The nearest integer, of two the greater; -0 from -0.5 to -0."""
    if not abs(x) < _WHOLE:
        return x
    whole = float(math.floor(x))
    return math.copysign(whole + 1.0 if x - whole >= 0.5 else whole, x)


def sign(x: float) -> float:
    """1, -1, or x itself."""
    return math.copysign(1.0, x) if x > 0 or x < 0 else x


def square_root(x: float) -> float:
    """NaN below 0."""
    return math.nan if x < 0 else math.sqrt(x)


def _narrow(x: float, form: struct.Struct) -> float:
    try:
        narrowed: float = form.unpack(form.pack(x))[0]
        return narrowed
    except OverflowError:
        return math.copysign(math.inf, x)


def to_single(x: float) -> float:
    """The nearest value of binary32."""
    return _narrow(x, _SINGLE)


def to_half(x: float) -> float:
    """The nearest value of binary16."""
    return _narrow(x, _HALF)


def exact_sum(numbers: Sequence[float]) -> float:
    """The sum, rounded once; -0 of nothing and of -0 alone."""
    if not any(math.copysign(1.0, number) > 0 or number for number in numbers):
        return -0.0
    if any(number != number for number in numbers) or (math.inf in numbers and -math.inf in numbers):
        return math.nan
    for infinity in (math.inf, -math.inf):
        if infinity in numbers:
            return infinity
    units = 0  # of 2**-1074
    for number in numbers:
        numerator, denominator = number.as_integer_ratio()
        units += numerator << (1075 - denominator.bit_length())
    try:
        return units / (1 << 1074)
    except OverflowError:
        return math.inf if units > 0 else -math.inf
