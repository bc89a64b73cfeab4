"""sinh, cosh, tanh and their inverses, by expm1, exp and log1p."""

import math

from seaofnodes.javascript.builtins.numbers.ieee754.exponential import exp, expm1
from seaofnodes.javascript.builtins.numbers.ieee754.logarithms import log, log1p

_OVERFLOW = 710.4758600739439
_LARGEST_EXP = 709.7822265625
_SMALL = 2.0**-28
_LN2 = 6.93147180559945286227e-01


def sinh(x: float) -> float:
    """The hyperbolic sine."""
    y = abs(x)
    half = -0.5 if x < 0 else 0.5
    if y < 22.0:
        if y < _SMALL:
            return x
        t = expm1(y)
        return half * (2.0 * t - t * t / (t + 1.0)) if y < 1.0 else half * (t + t / (t + 1.0))
    if y < _LARGEST_EXP:
        return half * exp(y)
    if y <= _OVERFLOW:
        w = exp(0.5 * y)
        return half * w * w
    return x * math.inf


def cosh(x: float) -> float:
    """The hyperbolic cosine."""
    y = abs(x)
    if y < 0.34657359:
        t = expm1(y)
        w = 1.0 + t
        return w if y < 2.0**-55 else 1.0 + (t * t) / (w + w)
    if y < 22.0:
        t = exp(y)
        return 0.5 * t + 0.5 / t
    if y < _LARGEST_EXP:
        return 0.5 * exp(y)
    if y <= _OVERFLOW:
        w = exp(0.5 * y)
        return 0.5 * w * w
    return y * math.inf


def tanh(x: float) -> float:
    """The hyperbolic tangent."""
    y = abs(x)
    if y < _SMALL or x != x:
        return x
    if y >= 22.0:
        value = 1.0
    elif y >= 1.0:
        value = 1.0 - 2.0 / (expm1(2.0 * y) + 2.0)
    else:
        t = expm1(-2.0 * y)
        value = -t / (t + 2.0)
    return value if x > 0 else -value


def asinh(x: float) -> float:
    """The inverse hyperbolic sine."""
    y = abs(x)
    if y < _SMALL or x != x or y == math.inf:
        return x
    if y > 2.0**28:
        value = log(y) + _LN2
    elif y > 2.0:
        value = log(2.0 * y + 1.0 / (math.sqrt(x * x + 1.0) + y))
    else:
        t = x * x
        value = log1p(y + t / (1.0 + math.sqrt(1.0 + t)))
    return value if x > 0 else -value


def acosh(x: float) -> float:
    """The inverse hyperbolic cosine."""
    if x < 1.0 or x != x:
        return math.nan
    if x >= 2.0**28:
        return log(x) + _LN2 if x != math.inf else x
    if x == 1.0:
        return 0.0
    if x > 2.0:
        return log(2.0 * x - 1.0 / (x + math.sqrt(x * x - 1.0)))
    t = x - 1.0
    return log1p(t + math.sqrt(2.0 * t + t * t))


def atanh(x: float) -> float:
    """The inverse hyperbolic tangent."""
    y = abs(x)
    if y > 1.0 or x != x:
        return math.nan
    if y == 1.0:
        return x * math.inf
    if y < _SMALL:
        return x
    t = y + y
    value = 0.5 * log1p(t + t * y / (1.0 - y) if y < 0.5 else t / (1.0 - y))
    return value if x > 0 else -value
