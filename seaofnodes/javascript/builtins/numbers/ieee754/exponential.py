"""exp and expm1: x = k ln 2 + r, a rational approximation in r, then a scaling by 2**k."""

import math

from seaofnodes.javascript.builtins.numbers.ieee754.words import from_words, high_word, polynomial

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_INVERSE_LN2 = 1.44269504088896338700e00
_OVERFLOW = 7.09782712893383973096e02
_UNDERFLOW = -7.45133219101941108420e02

# Upper words of bounds.
_HALF_LN2 = 0x3FD62E42
_THREE_HALVES_LN2 = 0x3FF0A2B2

_EXP = (
    1.66666666666666019037e-01,
    -2.77777777770155933842e-03,
    6.61375632143793436117e-05,
    -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)
_EXPM1 = (
    1.0,
    -3.33333333333331316428e-02,
    1.58730158725481460165e-03,
    -7.93650757867487942473e-05,
    4.00821782732936239552e-06,
    -2.01099218183624371326e-07,
)


def _reduce(x: float, magnitude: int) -> tuple[int, float, float]:
    """k, and x - k ln 2 as the difference of two doubles; `magnitude` is the upper word of |x|."""
    if magnitude < _THREE_HALVES_LN2:
        if x > 0:
            return 1, x - _LN2_HIGH, _LN2_LOW
        return -1, x + _LN2_HIGH, -_LN2_LOW
    k = int(_INVERSE_LN2 * x + (0.5 if x > 0 else -0.5))
    return k, x - k * _LN2_HIGH, k * _LN2_LOW


def exp(x: float) -> float:
    """e to the power of x."""
    magnitude = high_word(x) & 0x7FFFFFFF
    if magnitude >= 0x40862E42:
        if x != x:
            return x
        if x > _OVERFLOW:
            return math.inf
        if x < _UNDERFLOW:
            return 0.0
    k = 0
    high = low = 0.0
    if magnitude > _HALF_LN2:
        if x == 1.0:
            return math.e
        k, high, low = _reduce(x, magnitude)
        x = high - low
    elif magnitude < 0x3E300000:
        return 1.0 + x
    t = x * x
    c = x - t * polynomial(t, _EXP)
    if k == 0:
        return 1.0 - ((x * c) / (c - 2.0) - x)
    y = 1.0 - ((low - (x * c) / (2.0 - c)) - high)
    if k == 1024:
        return y * 2.0 * 2.0**1023
    if k >= -1021:
        return y * 2.0**k
    return y * 2.0 ** (k + 1000) * 2.0**-1000


def expm1(x: float) -> float:
    """exp(x) - 1, exact also near 0."""
    magnitude = high_word(x) & 0x7FFFFFFF
    if magnitude >= 0x4043687A:
        if x != x:
            return x
        if x > _OVERFLOW:
            return math.inf
        if x < 0:
            return -1.0
    k = 0
    c = 0.0
    if magnitude > _HALF_LN2:
        k, high, low = _reduce(x, magnitude)
        x = high - low
        c = (high - x) - low
    elif magnitude < 0x3C900000:
        return x
    half = 0.5 * x
    square = x * half
    r = polynomial(square, _EXPM1)
    t = 3.0 - r * half
    e = square * ((r - t) / (6.0 - x * t))
    if k == 0:
        return x - (x * e - square)
    e = (x * (e - c) - c) - square
    if k == -1:
        return 0.5 * (x - e) - 0.5
    if k == 1:
        return -2.0 * (e - (x + 0.5)) if x < -0.25 else 1.0 + 2.0 * (x - e)
    if k <= -2 or k > 56:
        y = 1.0 - (e - x)
        return (y * 2.0 * 2.0**1023 if k == 1024 else y * 2.0**k) - 1.0
    if k < 20:
        return (from_words(0x3FF00000 - (0x200000 >> k), 0) - (e - x)) * 2.0**k
    return (x - (e + 2.0**-k) + 1.0) * 2.0**k
