"""cbrt, hypot and pow."""

import math
from collections.abc import Sequence

from seaofnodes.javascript.builtins.numbers.ieee754.words import from_bits, from_words, high_word, to_bits

_ESTIMATE = (1.87595182427177009643, -1.88497979543377169875, 1.621429720105354466140)
_ESTIMATE_HIGH = (-0.758397934778766047437, 0.145996192886612446982)
_THIRD_OF_BIAS = 715094163
_THIRD_OF_BIAS_SUBNORMAL = 696219795


def cbrt(x: float) -> float:
    """The cube root: a guess by the exponent, a polynomial, and one step of Newton's method."""
    if x == 0 or x != x or abs(x) == math.inf:
        return x
    y = abs(x)
    high = high_word(y)
    if high < 0x00100000:
        t = from_words(high_word(y * 2.0**54) // 3 + _THIRD_OF_BIAS_SUBNORMAL, 0)
    else:
        t = from_words(high // 3 + _THIRD_OF_BIAS, 0)
    r = (t * t) * (t / y)
    c0, c1, c2 = _ESTIMATE
    c3, c4 = _ESTIMATE_HIGH
    t = t * ((c0 + r * (c1 + r * c2)) + ((r * r) * r) * (c3 + r * c4))
    t = from_bits((to_bits(t) + 0x80000000) & 0xFFFFFFFFC0000000)  # 23 bits, so that t * t is exact
    r = y / (t * t)
    t += t * ((r - t) / (t + t + r))
    return t if x > 0 else -t


def hypot(values: Sequence[float]) -> float:
    """The square root of the sum of squares, of at least two numbers; Kahan's summation of the scaled squares."""
    largest = 0.0
    for value in values:
        if abs(value) == math.inf:
            return math.inf
    for value in values:
        if value != value:
            return math.nan
        largest = max(largest, abs(value))
    if largest == 0:
        return 0.0
    total = compensation = 0.0
    for value in values:
        scaled = abs(value) / largest
        summand = scaled * scaled - compensation
        preliminary = total + summand
        compensation = (preliminary - total) - summand
        total = preliminary
    return math.sqrt(total) * largest
