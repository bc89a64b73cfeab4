"""The remainder of an argument of sin, cos and tan modulo pi/2, exact for every double."""

import math

# floor(pi / 2 * 2**1216): the largest exponent and 140 bits more.
_BITS = 1216


def _half_pi(bits: int) -> int:
    """pi / 2 in units of 2**-bits, by Machin's formula."""
    guard = bits + 16

    def arctangent_of_inverse(n: int) -> int:
        power = total = (1 << guard) // n
        k, sign = 3, -1
        while power:
            power //= n * n
            total += sign * (power // k)
            k, sign = k + 2, -sign
        return total

    return (8 * arctangent_of_inverse(5) - 2 * arctangent_of_inverse(239)) >> 16


_HALF_PI = _half_pi(_BITS)


def remainder(x: float) -> tuple[int, float, float]:
    """n modulo 4, and the double and the rest of x - n pi / 2, which is in [-pi/4, pi/4]; x is finite."""
    significand, exponent = math.frexp(abs(x))
    bits = min(_BITS, 53 + max(exponent, 0) + 128)
    half_pi = _HALF_PI >> (_BITS - bits)
    scaled = int(significand * 2.0**53) << (bits + exponent - 53)
    n = (2 * scaled + half_pi) // (2 * half_pi)
    rest = scaled - n * half_pi
    first = _to_float(rest, bits)
    second = _to_float(rest - _to_units(first, bits), bits)
    return (n & 3, first, second) if x > 0 else (-n & 3, -first, -second)


def _to_float(units: int, bits: int) -> float:
    """units * 2**-bits, rounded to nearest; far from subnormal."""
    shift = max(units.bit_length() - 1000, 0)  # below the rounding's last bit, and a Python float has room for it
    return math.ldexp(float(units >> shift), shift - bits)


def _to_units(x: float, bits: int) -> int:
    """x * 2**bits, without what is below a unit."""
    significand, exponent = math.frexp(x)
    whole = int(significand * 2.0**53)
    shift = exponent - 53 + bits
    return whole << shift if shift >= 0 else whole >> -shift
