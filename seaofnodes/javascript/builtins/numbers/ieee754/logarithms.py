"""log, log2, log10 and log1p: x = 2**k (1 + f), then a series in f / (2 + f)."""

import math

from seaofnodes.javascript.builtins.numbers.ieee754.words import high_word, polynomial, with_high_word, without_low_word

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_INVERSE_LN2_HIGH = 1.44269504072144627571e00
_INVERSE_LN2_LOW = 1.67517131648865118353e-10
_INVERSE_LN10 = 4.34294481903251816668e-01
_LOG10_2_HIGH = 3.01029995663611771306e-01
_LOG10_2_LOW = 3.69423907715893078616e-13

_SERIES = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
_ODD, _EVEN = _SERIES[0::2], _SERIES[1::2]


def _of_no_positive(x: float) -> float | None:
    """The logarithm of what is no positive finite number; otherwise None."""
    if x == 0:
        return -math.inf
    if x < 0:
        return math.nan
    return x if x != x or x == math.inf else None


def _split(x: float) -> tuple[int, int, float]:
    """k, the upper word's significand, and y with x = 2**k y and sqrt(2)/2 < y < sqrt(2)."""
    k = -1023
    if high_word(x) < 0x00100000:
        k -= 54
        x *= 2.0**54
    high = high_word(x)
    k += high >> 20
    high &= 0xFFFFF
    above = (high + 0x95F64) & 0x100000
    return k + (above >> 20), high, with_high_word(x, high | (above ^ 0x3FF00000))


def _series(z: float) -> float:
    """The series, even and odd coefficients apart."""
    w = z * z
    even = w * polynomial(w, _EVEN)
    return z * polynomial(w, _ODD) + even


def log(x: float) -> float:
    """The natural logarithm."""
    if (special := _of_no_positive(x)) is not None:
        return special
    k, high, y = _split(x)
    f = y - 1.0
    if 0xFFFFF & (2 + high) < 3:  # |f| < 2**-20
        if f == 0:
            return k * _LN2_HIGH + k * _LN2_LOW if k else 0.0
        r = f * f * (0.5 - 0.33333333333333333 * f)
        return k * _LN2_HIGH - ((r - k * _LN2_LOW) - f) if k else f - r
    s = f / (2.0 + f)
    r = _series(s * s)
    if (high - 0x6147A) | (0x6B851 - high) > 0:
        half_square = 0.5 * f * f
        if k == 0:
            return f - (half_square - s * (half_square + r))
        return k * _LN2_HIGH - ((half_square - (s * (half_square + r) + k * _LN2_LOW)) - f)
    if k == 0:
        return f - s * (f - r)
    return k * _LN2_HIGH - ((s * (f - r) - k * _LN2_LOW) - f)


def log2(x: float) -> float:
    """The logarithm to base 2; exact for powers of 2."""
    if (special := _of_no_positive(x)) is not None:
        return special
    if x == 1.0:
        return 0.0
    k, _, y = _split(x)
    f = y - 1.0
    half_square = 0.5 * f * f
    s = f / (2.0 + f)
    r = s * (half_square + _series(s * s))
    high = without_low_word(f - half_square)
    low = (f - high) - half_square + r
    value = high * _INVERSE_LN2_HIGH
    rest = (low + high) * _INVERSE_LN2_LOW + low * _INVERSE_LN2_HIGH
    w = k + value
    return (rest + ((k - w) + value)) + w


def log10(x: float) -> float:
    """The logarithm to base 10."""
    if (special := _of_no_positive(x)) is not None:
        return special
    k = -1023
    if high_word(x) < 0x00100000:
        k -= 54
        x *= 2.0**54
    high = high_word(x)
    k += high >> 20
    negative = 1 if k < 0 else 0
    x = with_high_word(x, (high & 0xFFFFF) | ((0x3FF - negative) << 20))
    y = float(k + negative)
    return (y * _LOG10_2_LOW + _INVERSE_LN10 * log(x)) + y * _LOG10_2_HIGH


def log1p(x: float) -> float:
    """log(1 + x), exact also near 0."""
    high = high_word(x)
    magnitude = high & 0x7FFFFFFF
    k, f, c, significand = 1, 0.0, 0.0, 1
    if x <= -1.0:
        return -math.inf if x == -1.0 else math.nan
    if x != x or x == math.inf:
        return x
    if magnitude < 0x3E200000:  # |x| < 2**-29
        return x if magnitude < 0x3C900000 else x - x * x * 0.5
    if 0 < high < 0x3FDA827A or (high < 0 and magnitude <= 0x3FD2BEC4):
        k, f = 0, x
    if k:
        u = x
        if high < 0x43400000:
            u = 1.0 + x
            k = (high_word(u) >> 20) - 1023
            c = (1.0 - (u - x) if k > 0 else x - (u - 1.0)) / u
        else:
            k = (high >> 20) - 1023
        significand = high_word(u) & 0xFFFFF
        if significand < 0x6A09E:
            u = with_high_word(u, significand | 0x3FF00000)
        else:
            k += 1
            u = with_high_word(u, significand | 0x3FE00000)
            significand = (0x00100000 - significand) >> 2
        f = u - 1.0
    half_square = 0.5 * f * f
    if significand == 0:  # |f| < 2**-20
        if f == 0:
            return k * _LN2_HIGH + (c + k * _LN2_LOW) if k else 0.0
        r = half_square * (1.0 - 0.66666666666666666 * f)
        return k * _LN2_HIGH - ((r - (k * _LN2_LOW + c)) - f) if k else f - r
    s = f / (2.0 + f)
    z = s * s
    r = z * polynomial(z, _SERIES)
    if k == 0:
        return f - (half_square - s * (half_square + r))
    return k * _LN2_HIGH - ((half_square - (s * (half_square + r) + (k * _LN2_LOW + c))) - f)
