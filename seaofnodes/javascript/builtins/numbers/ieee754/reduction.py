"""The remainder of an argument of sin, cos and tan modulo pi/2, as a double and a rest.

Up to 2**19 pi/2, multiples of pi/2 in parts of 33 bits are subtracted. Beyond, the argument is multiplied by so many
24-bit digits of 2/pi as tell its fraction (Payne and Hanek's method).
"""

from __future__ import annotations

import math
from functools import cache

from seaofnodes.javascript.builtins.numbers.ieee754.words import high_word

# pi / 2 as sums of parts with 33 bits and a rest.
_PARTS = (
    (1.57079632673412561417e00, 6.07710050650619224932e-11),
    (6.07710050630396597660e-11, 2.02226624879595063154e-21),
    (2.02226624871116645580e-21, 8.47842766036889956997e-32),
)
_CANCELLED = (16, 49)  # more leading bits lost: the next part is needed
_TWO_OVER_PI = 6.36619772367581382433e-01
_LARGE = 0x413921FB  # the upper word of 2**19 pi/2

_DIGIT = 24
_DIGIT_MASK = (1 << _DIGIT) - 1
_DIGITS = 66  # of 2/pi
_FIRST_DIGITS = 4  # the products' digits behind the first that are computed at once
# pi / 2 in 24-bit digits, as doubles.
_HALF_PI_DIGITS = (
    1.57079625129699707031e00,
    7.54978941586159635335e-08,
    5.39030252995776476554e-15,
    3.28200341580791294123e-22,
    1.27065575308067607349e-29,
)


def remainder(x: float) -> tuple[int, float, float]:
    """n modulo 4, and x - n pi/2, which is in [-pi/4, pi/4] or a little outside; x is finite, and |x| > pi/4."""
    magnitude = high_word(x) & 0x7FFFFFFF
    n, first, rest = _small(abs(x), magnitude) if magnitude <= _LARGE else _large(abs(x), magnitude)
    return (n & 3, first, rest) if x > 0 else (-n & 3, -first, -rest)


def _small(x: float, magnitude: int) -> tuple[int, float, float]:
    if magnitude < 0x4002D97C:  # 3 pi/4
        r = x - _PARTS[0][0]
        w = _PARTS[0][1]
        if magnitude == 0x3FF921FB:  # close to pi/2
            r -= _PARTS[1][0]
            w = _PARTS[1][1]
        first = r - w
        return 1, first, (r - first) - w
    n = int(x * _TWO_OVER_PI + 0.5)
    r = x - n * _PARTS[0][0]
    w = n * _PARTS[0][1]
    first = r - w
    if n >= 32 or magnitude == high_word(n * (math.pi / 2)):
        for (part, low), cancelled in zip(_PARTS[1:], _CANCELLED, strict=True):
            if (magnitude >> 20) - ((high_word(first) >> 20) & 0x7FF) <= cancelled:
                break
            t = r
            w = n * part
            r = t - w
            w = n * low - ((t - r) - w)
            first = r - w
    return n, first, (r - first) - w


def _large(x: float, magnitude: int) -> tuple[int, float, float]:
    exponent = (magnitude >> 20) - 1046  # x = 2**exponent times the digits, the first of which is an integer
    significand = int(math.ldexp(x, 29 - exponent))
    digits = [significand >> 29, significand >> 5 & _DIGIT_MASK, (significand & 31) << 19]
    skipped = max((exponent - 3) // _DIGIT, 0)  # digits of 2/pi whose products are multiples of 8
    count = _FIRST_DIGITS
    while True:
        units = 0
        for i in range(count + 1):
            for j, digit in enumerate(digits):
                if skipped + i >= j:
                    units += digit * _two_over_pi()[skipped + i - j] << _DIGIT * (count - i)
        point = _DIGIT * (count + skipped + 1) - exponent
        n = units >> point & 7
        fraction = units & ((1 << point) - 1)
        if above := fraction >> (point - 1):
            n += 1
            fraction = (1 << point) - fraction
        if fraction >> _DIGIT * _FIRST_DIGITS:
            break
        missing = 1
        while not fraction >> _DIGIT * (_FIRST_DIGITS - missing):
            missing += 1
        count += missing
    first, rest = _times_half_pi(fraction, point)
    return (n, -first, -rest) if above else (n, first, rest)


def _times_half_pi(fraction: int, point: int) -> tuple[float, float]:
    """fraction * 2**-point * pi/2, where products of digits are added as doubles, the greatest last."""
    parts: list[float] = []
    while fraction:
        parts.append(math.ldexp(fraction & _DIGIT_MASK, _DIGIT * len(parts) - point))
        fraction >>= _DIGIT
    sums = []
    for i in reversed(range(len(parts))):
        total = 0.0
        for digit, part in zip(_HALF_PI_DIGITS, parts[i:], strict=False):
            total += digit * part
        sums.append(total)
    first = 0.0
    for total in reversed(sums):
        first += total
    rest = sums[0] - first
    for total in sums[1:]:
        rest += total
    return first, rest


@cache
def _two_over_pi() -> tuple[int, ...]:
    """Digits of 2/pi, by Machin's formula."""
    bits = _DIGIT * _DIGITS + 64

    def inverse_tangent(n: int) -> int:
        power = total = (1 << bits) // n
        divisor, sign = 3, -1
        while power:
            power //= n * n
            total += sign * (power // divisor)
            divisor, sign = divisor + 2, -sign
        return total

    half_pi = 8 * inverse_tangent(5) - 2 * inverse_tangent(239)
    quotient = (1 << (bits + _DIGIT * _DIGITS)) // half_pi
    return tuple(quotient >> _DIGIT * (_DIGITS - 1 - i) & _DIGIT_MASK for i in range(_DIGITS))
