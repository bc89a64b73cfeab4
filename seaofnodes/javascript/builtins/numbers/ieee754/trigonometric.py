"""sin, cos and tan: the argument modulo pi/2, then a polynomial on [-pi/4, pi/4]."""

import math

from seaofnodes.javascript.builtins.numbers.ieee754.reduction import remainder
from seaofnodes.javascript.builtins.numbers.ieee754.words import from_words, high_word, polynomial, without_low_word

_QUARTER_PI = 0x3FE921FB  # its upper word

_SINE = (
    8.33333333332248946124e-03,
    -1.98412698298579493134e-04,
    2.75573137070700676789e-06,
    -2.50507602534068634195e-08,
    1.58969099521155010221e-10,
)
_SINE_CUBIC = -1.66666666666666324348e-01
_COSINE = (
    4.16666666666666019037e-02,
    -1.38888888888741095749e-03,
    2.48015872894767294178e-05,
    -2.75573143513906633035e-07,
    2.08757232129817482790e-09,
    -1.13596475577881948265e-11,
)
_TANGENT = (
    3.33333333333334091986e-01,
    1.33333333333201242699e-01,
    5.39682539762260521377e-02,
    2.18694882948595424599e-02,
    8.86323982359930005737e-03,
    3.59207910759131235356e-03,
    1.45620945432529025516e-03,
    5.88041240820264096874e-04,
    2.46463134818469906812e-04,
    7.81794442939557092300e-05,
    7.14072491382608190305e-05,
    -1.85586374855275456654e-05,
    2.59073051863633712884e-05,
)
_TANGENT_ODD, _TANGENT_EVEN = _TANGENT[1::2], _TANGENT[2::2]
_PI_4_HIGH = 7.85398163397448278999e-01
_PI_4_LOW = 3.06161699786838301793e-17


def _sine(x: float, rest: float) -> float:
    """The sine of x + rest on [-pi/4, pi/4]."""
    if high_word(x) & 0x7FFFFFFF < 0x3E400000:
        return x
    z = x * x
    v = z * x
    r = polynomial(z, _SINE)
    if rest == 0:
        return x + v * (_SINE_CUBIC + z * r)
    return x - ((z * (0.5 * rest - v * r) - rest) - v * _SINE_CUBIC)


def _cosine(x: float, rest: float) -> float:
    """The cosine of x + rest on [-pi/4, pi/4]."""
    magnitude = high_word(x) & 0x7FFFFFFF
    if magnitude < 0x3E400000:
        return 1.0
    z = x * x
    r = z * polynomial(z, _COSINE)
    if magnitude < 0x3FD33333:
        return 1.0 - (0.5 * z - (z * r - x * rest))
    quarter = 0.28125 if magnitude > 0x3FE90000 else from_words(magnitude - 0x00200000, 0)
    return (1.0 - quarter) - ((0.5 * z - quarter) - (z * r - x * rest))


def _negative_inverse(w: float, x: float, r: float) -> float:
    """-1 / (x + r), where w is the double of x + r."""
    z = without_low_word(w)
    v = r - (z - x)
    a = -1.0 / w
    t = without_low_word(a)
    return t + a * ((1.0 + t * z) + t * v)


def _tangent(x: float, rest: float, *, inverse: bool) -> float:
    """The tangent of x + rest on [-pi/4, pi/4]; inverse: -1 divided by it."""
    high = high_word(x)
    magnitude = high & 0x7FFFFFFF
    if magnitude < 0x3E300000:
        if not inverse:
            return x
        return 1.0 / abs(x) if x + rest == 0 else _negative_inverse(x + rest, x, rest)
    if reflected := magnitude >= 0x3FE59428:
        if high < 0:
            x, rest = -x, -rest
        x = (_PI_4_HIGH - x) + (_PI_4_LOW - rest)
        rest = 0.0
    z = x * x
    w = z * z
    r = polynomial(w, _TANGENT_ODD)
    v = z * polynomial(w, _TANGENT_EVEN)
    s = z * x
    r = rest + z * (s * (r + v) + rest)
    r += _TANGENT[0] * s
    w = x + r
    if reflected:
        v = -1.0 if inverse else 1.0
        value = v - 2.0 * (x - (w * w / (w + v) - r))
        return -value if high < 0 else value
    return _negative_inverse(w, x, r) if inverse else w


def sin(x: float) -> float:
    """The sine of x radians."""
    magnitude = high_word(x) & 0x7FFFFFFF
    if magnitude <= _QUARTER_PI:
        return _sine(x, 0.0)
    if magnitude >= 0x7FF00000:
        return math.nan
    n, y, rest = remainder(x)
    value = _cosine(y, rest) if n & 1 else _sine(y, rest)
    return -value if n & 2 else value


def cos(x: float) -> float:
    """The cosine of x radians."""
    magnitude = high_word(x) & 0x7FFFFFFF
    if magnitude <= _QUARTER_PI:
        return _cosine(x, 0.0)
    if magnitude >= 0x7FF00000:
        return math.nan
    n, y, rest = remainder(x)
    value = _sine(y, rest) if n & 1 else _cosine(y, rest)
    return -value if n in {1, 2} else value


def tan(x: float) -> float:
    """The tangent of x radians."""
    magnitude = high_word(x) & 0x7FFFFFFF
    if magnitude <= _QUARTER_PI:
        return _tangent(x, 0.0, inverse=False)
    if magnitude >= 0x7FF00000:
        return math.nan
    n, y, rest = remainder(x)
    return _tangent(y, rest, inverse=bool(n & 1))
