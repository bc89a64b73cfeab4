"""The two 32-bit words of a double, which the methods of fdlibm look at."""

import struct

_DOUBLE = struct.Struct("<d")
_BITS = struct.Struct("<Q")
_WORDS = struct.Struct("<II")
_HIGH = struct.Struct("<Ii")


def high_word(x: float) -> int:
    """The upper word: sign, exponent, and 20 bits of the significand; signed."""
    high: int = _HIGH.unpack(_DOUBLE.pack(x))[1]
    return high


def low_word(x: float) -> int:
    """The lower word, unsigned."""
    low: int = _WORDS.unpack(_DOUBLE.pack(x))[0]
    return low


def from_words(high: int, low: int) -> float:
    """The double of these words; each is taken modulo 2**32."""
    value: float = _DOUBLE.unpack(_WORDS.pack(low & 0xFFFFFFFF, high & 0xFFFFFFFF))[0]
    return value


def with_high_word(x: float, high: int) -> float:
    """x with another upper word."""
    return from_words(high, low_word(x))


def without_low_word(x: float) -> float:
    """x with the lower word 0, so that products of such numbers are exact."""
    return from_words(high_word(x), 0)


def to_bits(x: float) -> int:
    """All 64 bits."""
    bits: int = _BITS.unpack(_DOUBLE.pack(x))[0]
    return bits


def from_bits(bits: int) -> float:
    """The double of 64 bits."""
    value: float = _DOUBLE.unpack(_BITS.pack(bits))[0]
    return value


def polynomial(x: float, coefficients: tuple[float, ...]) -> float:
    """The sum of coefficients[i] * x**i, by Horner's rule."""
    value = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        value = coefficient + x * value
    return value
