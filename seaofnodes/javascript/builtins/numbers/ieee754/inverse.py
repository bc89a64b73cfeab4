"""asin, acos, atan and atan2."""

import math

from seaofnodes.javascript.builtins.numbers.ieee754.words import high_word, polynomial, without_low_word

_PI_2_HIGH = 1.57079632679489655800e00
_PI_2_LOW = 6.12323399573676603587e-17
_PI_4_HIGH = 7.85398163397448278999e-01
_PI = 3.14159265358979311600e00
_PI_LOW = 1.2246467991473531772e-16

_NUMERATOR = (
    1.66666666666666657415e-01,
    -3.25565818622400915405e-01,
    2.01212532134862925881e-01,
    -4.00555345006794114027e-02,
    7.91534994289814532176e-04,
    3.47933107596021167570e-05,
)
_DENOMINATOR = (
    1.0,
    -2.40339491173441421878e00,
    2.02094576023350569471e00,
    -6.88283971605453293030e-01,
    7.70381505559019352791e-02,
)
# atan of 0.5, 1, 1.5 and infinity: doubles, and their rests.
_ARCTANGENTS = (
    (4.63647609000806093515e-01, 2.26987774529616870924e-17),
    (7.85398163397448278999e-01, 3.06161699786838301793e-17),
    (9.82793723247329054082e-01, 1.39033110312309984516e-17),
    (1.57079632679489655800e00, 6.12323399573676603587e-17),
)
_SERIES = (
    3.33333333333329318027e-01,
    -1.99999999998764832476e-01,
    1.42857142725034663711e-01,
    -1.11111104054623557880e-01,
    9.09088713343650656196e-02,
    -7.69187620504482999495e-02,
    6.66107313738753120669e-02,
    -5.83357013379057348645e-02,
    4.97687799461593236017e-02,
    -3.65315727442169155270e-02,
    1.62858201153657823623e-02,
)
_EVEN, _ODD = _SERIES[0::2], _SERIES[1::2]


def _quotient(t: float) -> float:
    """The rational approximation of (asin(x) - x) / x, where t = x * x."""
    return t * polynomial(t, _NUMERATOR) / polynomial(t, _DENOMINATOR)


def asin(x: float) -> float:
    """The arc sine, in radians."""
    if not -1.0 <= x <= 1.0:
        return math.nan
    magnitude = high_word(x) & 0x7FFFFFFF
    if abs(x) == 1.0:
        return x * _PI_2_HIGH + x * _PI_2_LOW
    if magnitude < 0x3FE00000:
        return x if magnitude < 0x3E400000 else x + x * _quotient(x * x)
    t = (1.0 - abs(x)) * 0.5
    s = math.sqrt(t)
    r = _quotient(t)
    if magnitude >= 0x3FEF3333:
        value = _PI_2_HIGH - (2.0 * (s + s * r) - _PI_2_LOW)
    else:
        w = without_low_word(s)
        c = (t - w * w) / (s + w)
        value = _PI_4_HIGH - ((2.0 * s * r - (_PI_2_LOW - 2.0 * c)) - (_PI_4_HIGH - 2.0 * w))
    return value if x > 0 else -value


def acos(x: float) -> float:
    """The arc cosine, in radians."""
    if not -1.0 <= x <= 1.0:
        return math.nan
    magnitude = high_word(x) & 0x7FFFFFFF
    if abs(x) == 1.0:
        return 0.0 if x > 0 else _PI + 2.0 * _PI_2_LOW
    if magnitude < 0x3FE00000:
        if magnitude <= 0x3C600000:
            return _PI_2_HIGH + _PI_2_LOW
        return _PI_2_HIGH - (x - (_PI_2_LOW - x * _quotient(x * x)))
    if x < 0:
        z = (1.0 + x) * 0.5
        s = math.sqrt(z)
        return _PI - 2.0 * (s + (_quotient(z) * s - _PI_2_LOW))
    z = (1.0 - x) * 0.5
    s = math.sqrt(z)
    w = without_low_word(s)
    c = (z - w * w) / (s + w)
    return 2.0 * (w + (_quotient(z) * s + c))


def atan(x: float) -> float:
    """The arc tangent, in radians."""
    magnitude = high_word(x) & 0x7FFFFFFF
    if magnitude >= 0x44100000:
        if x != x:
            return x
        return _PI_2_HIGH + _PI_2_LOW if x > 0 else -_PI_2_HIGH - _PI_2_LOW
    base = None
    y = abs(x)
    if magnitude < 0x3FDC0000:
        if magnitude < 0x3E400000:
            return x
        y = x
    elif magnitude < 0x3FE60000:
        base, y = _ARCTANGENTS[0], (2.0 * y - 1.0) / (2.0 + y)
    elif magnitude < 0x3FF30000:
        base, y = _ARCTANGENTS[1], (y - 1.0) / (y + 1.0)
    elif magnitude < 0x40038000:
        base, y = _ARCTANGENTS[2], (y - 1.5) / (1.0 + 1.5 * y)
    else:
        base, y = _ARCTANGENTS[3], -1.0 / y
    z = y * y
    w = z * z
    series = z * polynomial(w, _EVEN) + w * polynomial(w, _ODD)
    if base is None:
        return y - y * series
    value = base[0] - ((y * series - base[1]) - y)
    return value if x > 0 else -value


def atan2(y: float, x: float) -> float:
    """The angle of the point (x, y), in (-pi, pi]."""
    if x != x or y != y:
        return math.nan
    if x == 1.0:
        return atan(y)
    left = math.copysign(1.0, x) < 0
    if y == 0 or (x == math.inf and abs(y) != math.inf):
        value = _PI if left else 0.0
    elif x == 0 or (abs(y) == math.inf and abs(x) != math.inf):
        value = _PI_2_HIGH
    elif abs(x) == math.inf:
        value = _PI_4_HIGH if abs(y) == math.inf else 0.0
        value = value if not left else 3.0 * _PI_4_HIGH if value else _PI
    else:
        exponents = ((high_word(y) & 0x7FFFFFFF) - (high_word(x) & 0x7FFFFFFF)) >> 20
        if exponents > 60:
            value, left = _PI_2_HIGH + 0.5 * _PI_LOW, False
        elif left and exponents < -60:
            value = 0.0
        else:
            value = atan(abs(y / x))
        if left:
            value = _PI - (value - _PI_LOW)
    return math.copysign(value, y)
