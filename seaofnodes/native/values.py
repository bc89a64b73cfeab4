"""The number types: in annotations, as conversions, and as values that compute in CPython exactly as machine code does.

    i32(0x7FFFFFFF) + 1 == i32(-0x80000000)

An operator takes two values of one type; an int or a float beside a value is taken as one of its type if it is in
range. Nothing else is converted: TypeError.
"""

from __future__ import annotations

import math
import struct
from typing import Any, ClassVar, Final, Self

from seaofnodes.errors import Trap
from seaofnodes.ir.ops.traps import DIVIDE_BY_ZERO, INTEGER_OVERFLOW, INVALID_CONVERSION, TRAP_REASONS
from seaofnodes.ir.types import FLOAT32, FLOAT64, WORD32, WORD64, Type


class Number:
    """What the number types share. Attributes: machine: the type in graphs; bits: width; signed; is_float."""

    __slots__ = ()
    machine: ClassVar[Type]
    bits: ClassVar[int]
    signed: ClassVar[bool] = True
    is_float: ClassVar[bool] = False


class Integer(int, Number):
    """Wraps at its width. `//` and `%` are Python's, so the remainder has the sign of the divisor; shift counts are
    taken modulo the width. Attributes: least, most: the range.
    """

    __slots__ = ()
    least: ClassVar[int]
    most: ClassVar[int]

    def __init_subclass__(cls) -> None:
        cls.least = -(1 << cls.bits - 1) if cls.signed else 0
        cls.most = (1 << cls.bits - cls.signed) - 1

    def __new__(cls, value: int | float) -> Self:
        """Of an int or another integer type: modulo 2**bits. Of a float: towards zero; traps if out of range."""
        if isinstance(value, float):
            if math.isnan(value):
                raise Trap(TRAP_REASONS[INVALID_CONVERSION])
            if math.isinf(value) or not cls.holds(math.trunc(value)):
                raise Trap(TRAP_REASONS[INTEGER_OVERFLOW])
            value = math.trunc(value)
        value = int(value) & ((1 << cls.bits) - 1)
        return int.__new__(cls, value - (1 << cls.bits) if cls.signed and value >> cls.bits - 1 else value)

    @classmethod
    def holds(cls, value: int) -> bool:
        """Is the number in the type's range?"""
        return cls.least <= value <= cls.most

    @classmethod
    def _same(cls, other: object) -> int:
        if type(other) is cls:
            return int(other)
        if type(other) is int and cls.holds(other):
            return other
        raise TypeError(f"{cls.__name__} and {other!r}: convert one of them")

    def __add__(self, other: int) -> Self:
        return type(self)(int(self) + self._same(other))

    def __sub__(self, other: int) -> Self:
        return type(self)(int(self) - self._same(other))

    def __mul__(self, other: int) -> Self:
        return type(self)(int(self) * self._same(other))

    def __and__(self, other: int) -> Self:
        return type(self)(int(self) & self._same(other))

    def __or__(self, other: int) -> Self:
        return type(self)(int(self) | self._same(other))

    def __xor__(self, other: int) -> Self:
        return type(self)(int(self) ^ self._same(other))

    def __floordiv__(self, other: int) -> Self:
        divisor = self._same(other)
        if not divisor:
            raise Trap(TRAP_REASONS[DIVIDE_BY_ZERO])
        if not self.holds(int(self) // divisor):
            raise Trap(TRAP_REASONS[INTEGER_OVERFLOW])
        return type(self)(int(self) // divisor)

    def __mod__(self, other: int) -> Self:
        divisor = self._same(other)
        if not divisor:
            raise Trap(TRAP_REASONS[DIVIDE_BY_ZERO])
        return type(self)(int(self) % divisor)

    def __lshift__(self, other: int) -> Self:
        return type(self)(int(self) << self._same(other) % self.bits)

    def __rshift__(self, other: int) -> Self:
        return type(self)(int(self) >> self._same(other) % self.bits)

    def __truediv__(self, other: object) -> Any:
        raise TypeError("/ of integers: say // or convert to f64")

    def __neg__(self) -> Self:
        return type(self)(-int(self))

    def __pos__(self) -> Self:
        return self

    def __invert__(self) -> Self:
        return type(self)(~int(self))

    def __abs__(self) -> Self:
        return type(self)(abs(int(self)))

    def __radd__(self, other: int) -> Self:
        return type(self)(self._same(other)) + self

    def __rsub__(self, other: int) -> Self:
        return type(self)(self._same(other)) - self

    def __rmul__(self, other: int) -> Self:
        return type(self)(self._same(other)) * self

    def __rand__(self, other: int) -> Self:
        return type(self)(self._same(other)) & self

    def __ror__(self, other: int) -> Self:
        return type(self)(self._same(other)) | self

    def __rxor__(self, other: int) -> Self:
        return type(self)(self._same(other)) ^ self

    def __rfloordiv__(self, other: int) -> Self:
        return type(self)(self._same(other)) // self

    def __rmod__(self, other: int) -> Self:
        return type(self)(self._same(other)) % self

    def __rlshift__(self, other: int) -> Self:
        return type(self)(self._same(other)) << self

    def __rrshift__(self, other: int) -> Self:
        return type(self)(self._same(other)) >> self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({int(self)})"

    def __str__(self) -> str:
        return str(int(self))


class i32(Integer):
    """Signed, 32 bits."""

    __slots__ = ()
    machine, bits = WORD32, 32


class u32(Integer):
    """Unsigned, 32 bits."""

    __slots__ = ()
    machine, bits, signed = WORD32, 32, False


class i64(Integer):
    """Signed, 64 bits."""

    __slots__ = ()
    machine, bits = WORD64, 64


class u64(Integer):
    """Unsigned, 64 bits."""

    __slots__ = ()
    machine, bits, signed = WORD64, 64, False


class Floating(float, Number):
    """IEEE 754, rounded to nearest after each operation. Division by zero gives an infinity or NaN, and never traps."""

    __slots__ = ()
    is_float = True

    def __new__(cls, value: int | float) -> Self:
        """The nearest one; of an int rounded once."""
        return float.__new__(cls, cls._round(value))

    @classmethod
    def _round(cls, value: int | float) -> float:
        raise NotImplementedError

    @classmethod
    def holds(cls, value: float) -> bool:
        """May a number stand for one of this type? All do: a literal is rounded."""
        return True

    @classmethod
    def _same(cls, other: object) -> float:
        if type(other) is cls or type(other) is float:
            return float(other)
        raise TypeError(f"{cls.__name__} and {other!r}: convert one of them")

    def __add__(self, other: float) -> Self:
        return type(self)(float(self) + self._same(other))

    def __sub__(self, other: float) -> Self:
        return type(self)(float(self) - self._same(other))

    def __mul__(self, other: float) -> Self:
        return type(self)(float(self) * self._same(other))

    def __truediv__(self, other: float) -> Self:
        a, b = float(self), self._same(other)
        if b:
            return type(self)(a / b)
        nan = a == 0 or math.isnan(a) or math.isnan(b)
        return type(self)(math.nan if nan else math.copysign(math.inf, a) * math.copysign(1.0, b))

    def __neg__(self) -> Self:
        return type(self)(-float(self))

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return type(self)(abs(float(self)))

    def __radd__(self, other: float) -> Self:
        return type(self)(self._same(other)) + self

    def __rsub__(self, other: float) -> Self:
        return type(self)(self._same(other)) - self

    def __rmul__(self, other: float) -> Self:
        return type(self)(self._same(other)) * self

    def __rtruediv__(self, other: float) -> Self:
        return type(self)(self._same(other)) / self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({float(self)!r})"

    def __str__(self) -> str:
        return repr(float(self))


class f32(Floating):
    """Binary32."""

    __slots__ = ()
    machine, bits = FLOAT32, 32

    @classmethod
    def _round(cls, value: int | float) -> float:
        from seaofnodes.ir.bits import Float

        return Float.of_int(32, int(value)).number if isinstance(value, int) else Float.of(32, float(value)).number


class f64(Floating):
    """Binary64, Python's own float."""

    __slots__ = ()
    machine, bits = FLOAT64, 64

    @classmethod
    def _round(cls, value: int | float) -> float:
        return float(value)


Kind = type[Number] | type[bool]  # of a value
NUMBERS: Final[tuple[type[Number], ...]] = (i32, u32, i64, u64, f32, f64)
INTEGERS: Final[tuple[type[Integer], ...]] = (i32, u32, i64, u64)


def machine_type(kind: Kind) -> Type:
    """How a value is held: a bool is a Word32 that is 0 or 1."""
    return kind.machine if issubclass(kind, Number) else WORD32


def to_bits(value: int | float, kind: Kind) -> int:
    """The unsigned bit pattern of a value of the kind; one NaN stands for all of them."""
    if not issubclass(kind, Floating):
        return int(value) & (1 << machine_type(kind).bits) - 1
    if value != value:
        return 0x7FC00000 if kind is f32 else 0x7FF8000000000000
    return int.from_bytes(struct.pack("<f" if kind is f32 else "<d", value), "little")


def from_bits(bits: int, kind: Kind) -> Any:
    """The value of an unsigned bit pattern."""
    if issubclass(kind, Integer):
        return kind(bits)
    if issubclass(kind, Floating):
        return kind(struct.unpack("<f" if kind is f32 else "<d", bits.to_bytes(kind.bits // 8, "little"))[0])
    return bool(bits & 1)
