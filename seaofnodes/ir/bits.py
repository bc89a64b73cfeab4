"""Values of fixed width, as the meanings of operators see them.

`Bits` behaves like an SMT bit vector (two's complement, wrapping); `Float` like an IEEE 754 number of the same width,
kept as its bit pattern so that NaN payloads survive what must not touch them. Meanings use only the operations
defined here, so that another domain (an SMT solver's) can stand in for these classes.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any


class Bits:
    """A bit vector: `width` in bits, `value` unsigned."""

    __slots__ = ("value", "width")

    def __init__(self, width: int, value: int) -> None:
        self.width = width
        self.value = value & ((1 << width) - 1)

    @property
    def signed(self) -> int:
        return self.value - (1 << self.width) if self.value >> (self.width - 1) else self.value

    def constant(self, value: int) -> Bits:
        """A constant as wide as this."""
        return Bits(self.width, value)

    def __repr__(self) -> str:
        return f"Bits({self.width}, {self.value:#x})"

    def __add__(self, other: Bits) -> Bits:
        return Bits(self.width, self.value + other.value)

    def __sub__(self, other: Bits) -> Bits:
        return Bits(self.width, self.value - other.value)

    def __mul__(self, other: Bits) -> Bits:
        return Bits(self.width, self.value * other.value)

    def __and__(self, other: Bits) -> Bits:
        return Bits(self.width, self.value & other.value)

    def __or__(self, other: Bits) -> Bits:
        return Bits(self.width, self.value | other.value)

    def __xor__(self, other: Bits) -> Bits:
        return Bits(self.width, self.value ^ other.value)

    def __invert__(self) -> Bits:
        return Bits(self.width, ~self.value)

    def __neg__(self) -> Bits:
        return Bits(self.width, -self.value)

    # Shift and rotate counts are taken modulo the width.

    def shl(self, count: Bits) -> Bits:
        return Bits(self.width, self.value << (count.value % self.width))

    def lshr(self, count: Bits) -> Bits:
        return Bits(self.width, self.value >> (count.value % self.width))

    def ashr(self, count: Bits) -> Bits:
        return Bits(self.width, self.signed >> (count.value % self.width))

    def rotl(self, count: Bits) -> Bits:
        n = count.value % self.width
        return Bits(self.width, self.value << n | self.value >> (self.width - n))

    def rotr(self, count: Bits) -> Bits:
        n = count.value % self.width
        return Bits(self.width, self.value >> n | self.value << (self.width - n))

    # Division by zero gives zero; the machine never gets there, a check stands before.

    def udiv(self, other: Bits) -> Bits:
        return Bits(self.width, self.value // other.value if other.value else 0)

    def urem(self, other: Bits) -> Bits:
        return Bits(self.width, self.value % other.value if other.value else 0)

    def sdiv(self, other: Bits) -> Bits:
        """Towards zero; the smallest number by -1 wraps to itself."""
        a, b = self.signed, other.signed
        if not b:
            return Bits(self.width, 0)
        return Bits(self.width, abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1))

    def srem(self, other: Bits) -> Bits:
        """With the sign of the dividend."""
        a, b = self.signed, other.signed
        if not b:
            return Bits(self.width, 0)
        return Bits(self.width, abs(a) % abs(b) * (-1 if a < 0 else 1))

    # Comparisons give one bit.

    def eq(self, other: Bits) -> Bits:
        return Bits(1, self.value == other.value)

    def ult(self, other: Bits) -> Bits:
        return Bits(1, self.value < other.value)

    def ule(self, other: Bits) -> Bits:
        return Bits(1, self.value <= other.value)

    def slt(self, other: Bits) -> Bits:
        return Bits(1, self.signed < other.signed)

    def sle(self, other: Bits) -> Bits:
        return Bits(1, self.signed <= other.signed)

    def zext(self, width: int) -> Bits:
        return Bits(width, self.value)

    def sext(self, width: int) -> Bits:
        return Bits(width, self.signed)

    def extract(self, high: int, low: int) -> Bits:
        """Bits `high` down to `low`, both included."""
        return Bits(high - low + 1, self.value >> low)

    def ite(self, then: Any, otherwise: Any) -> Any:
        """`then` if this is not zero."""
        return then if self.value else otherwise

    def clz(self) -> Bits:
        return Bits(self.width, self.width - self.value.bit_length())

    def ctz(self) -> Bits:
        return Bits(self.width, (self.value & -self.value).bit_length() - 1 if self.value else self.width)

    def popcount(self) -> Bits:
        return Bits(self.width, self.value.bit_count())

    def to_float(self, width: int, signed: bool) -> Float:
        """Nearest float, ties to even."""
        return Float.of_int(width, self.signed if signed else self.value)

    def as_float(self) -> Float:
        """The same bits as a float."""
        return Float(self.width, self.value)


_ROUNDINGS: dict[str, Callable[[float], int]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "nearest": round,
}
_FORMAT = {32: ("<f", "<I"), 64: ("<d", "<Q")}
_SIGN = {32: 1 << 31, 64: 1 << 63}
CANONICAL_NAN = {32: 0x7FC00000, 64: 0x7FF8000000000000}


class Float:
    """An IEEE 754 number: `width` in bits (32 or 64), `bits` its pattern. Arithmetic rounds to nearest, ties to
    even; a NaN result of arithmetic is the canonical one (operators declare NaN as a class).
    """

    __slots__ = ("bits", "width")

    def __init__(self, width: int, bits: int) -> None:
        self.width = width
        self.bits = bits

    @classmethod
    def of(cls, width: int, number: float) -> Float:
        """The float nearest to a Python float; any NaN becomes the canonical one."""
        if number != number:
            return cls(width, CANONICAL_NAN[width])
        pack, unpack = _FORMAT[width]
        try:
            packed = struct.pack(pack, number)
        except OverflowError:  # beyond binary32: rounds to infinity
            packed = struct.pack(pack, math.copysign(math.inf, number))
        return cls(width, struct.unpack(unpack, packed)[0])

    @classmethod
    def of_int(cls, width: int, number: int) -> Float:
        """The float nearest to an integer, rounded once."""
        if width == 64:
            return cls.of(64, float(number))
        magnitude = abs(number)
        shift = max(magnitude.bit_length() - 24, 0)
        kept, rest = magnitude >> shift, magnitude & ((1 << shift) - 1)
        half = 1 << shift >> 1
        if shift and (rest > half or (rest == half and kept & 1)):
            kept += 1
        return cls.of(32, math.copysign(float(kept << shift), number))

    @property
    def number(self) -> float:
        pack, unpack = _FORMAT[self.width]
        result: float = struct.unpack(pack, struct.pack(unpack, self.bits))[0]
        return result

    @property
    def is_nan(self) -> bool:
        return self.bits & (_SIGN[self.width] - 1) > (0x7F800000 if self.width == 32 else 0x7FF0000000000000)

    def __repr__(self) -> str:
        return f"Float({self.width}, {self.number!r})"

    def _of(self, number: float) -> Float:
        return Float.of(self.width, number)

    # Binary32 by way of binary64 is exact for these: 53 >= 2 * 24 + 2 (Figueroa 1995).

    def __add__(self, other: Float) -> Float:
        return self._of(self.number + other.number)

    def __sub__(self, other: Float) -> Float:
        return self._of(self.number - other.number)

    def __mul__(self, other: Float) -> Float:
        return self._of(self.number * other.number)

    def __truediv__(self, other: Float) -> Float:
        a, b = self.number, other.number
        if b:
            return self._of(a / b)
        if a == 0 or a != a or b != b:
            return self._of(math.nan)
        return self._of(math.copysign(math.inf, a) * math.copysign(1.0, b))

    def sqrt(self) -> Float:
        a = self.number
        return self._of(math.nan) if a < 0 else self._of(math.sqrt(a))

    def minimum(self, other: Float) -> Float:
        """NaN if either is; -0 is less than +0."""
        a, b = self.number, other.number
        if a != a or b != b:
            return self._of(math.nan)
        if a == b:
            return Float(self.width, self.bits | other.bits) if a == 0 else self
        return self if a < b else other

    def maximum(self, other: Float) -> Float:
        """NaN if either is; +0 is greater than -0."""
        a, b = self.number, other.number
        if a != a or b != b:
            return self._of(math.nan)
        if a == b:
            return Float(self.width, self.bits & other.bits) if a == 0 else self
        return self if a > b else other

    def round(self, mode: str) -> Float:
        """To an integer: "floor", "ceil", "trunc" or "nearest" (ties to even); the sign of zero is kept."""
        a = self.number
        if a != a:
            return self._of(a)
        if math.isinf(a) or a == 0:
            return self
        rounded = _ROUNDINGS[mode](a)
        return self._of(math.copysign(float(rounded), a))

    # These touch the sign bit only, NaN or not.

    def __abs__(self) -> Float:
        return Float(self.width, self.bits & (_SIGN[self.width] - 1))

    def __neg__(self) -> Float:
        return Float(self.width, self.bits ^ _SIGN[self.width])

    def copysign(self, other: Float) -> Float:
        sign = _SIGN[self.width]
        return Float(self.width, self.bits & (sign - 1) | other.bits & sign)

    # Comparisons give one bit, 0 if either is NaN.

    def eq(self, other: Float) -> Bits:
        return Bits(1, self.number == other.number)

    def lt(self, other: Float) -> Bits:
        return Bits(1, self.number < other.number)

    def le(self, other: Float) -> Bits:
        return Bits(1, self.number <= other.number)

    def to_float(self, width: int) -> Float:
        return Float.of(width, self.number)

    def to_int_saturating(self, width: int, signed: bool) -> Bits:
        """Towards zero; NaN gives 0, what is out of range the nearest bound."""
        a = self.number
        if a != a:
            return Bits(width, 0)
        low, high = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << width) - 1)
        if math.isinf(a):
            return Bits(width, high if a > 0 else low)
        return Bits(width, max(low, min(high, math.trunc(a))))

    def as_bits(self) -> Bits:
        """The same bits as a bit vector."""
        return Bits(self.width, self.bits)


def wrap(is_float: bool, width: int, bits: int) -> Bits | Float:
    return Float(width, bits) if is_float else Bits(width, bits)


def unwrap(value: Bits | Float, width: int) -> int:
    """The unsigned bit pattern, zero-extended from one bit to `width` for comparisons."""
    return value.bits if isinstance(value, Float) else value.value & ((1 << width) - 1)
