"""The values of `ir/bits.py` with terms of Z3 in place of numbers, so that the meanings of operators run unchanged."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, Final, TypeAlias

import z3

from seaofnodes.ir.bits import CANONICAL_NAN, Bits, Float

Term: TypeAlias = Any  # of z3, which has no types worth the name
_SORTS: Final = {32: z3.Float32, 64: z3.Float64}
_ROUNDINGS: Final[dict[str, Callable[[], Term]]] = {"floor": z3.RTN, "ceil": z3.RTP, "trunc": z3.RTZ, "nearest": z3.RNE}


class SymbolicBits:
    """A bit vector: `width` in bits, `term` its Z3 term. Other operands may be `Bits`."""

    __slots__ = ("term", "width")

    def __init__(self, width: int, term: Term) -> None:
        self.width = width
        self.term = term

    def constant(self, value: int) -> SymbolicBits:
        return SymbolicBits(self.width, z3.BitVecVal(value, self.width))

    def __repr__(self) -> str:
        return f"SymbolicBits({self.width}, {self.term})"

    def _of(self, term: Term) -> SymbolicBits:
        return SymbolicBits(self.width, term)

    def __add__(self, other: Word) -> SymbolicBits:
        return self._of(self.term + _term(other))

    def __sub__(self, other: Word) -> SymbolicBits:
        return self._of(self.term - _term(other))

    def __mul__(self, other: Word) -> SymbolicBits:
        return self._of(self.term * _term(other))

    def __and__(self, other: Word) -> SymbolicBits:
        return self._of(self.term & _term(other))

    def __or__(self, other: Word) -> SymbolicBits:
        return self._of(self.term | _term(other))

    def __xor__(self, other: Word) -> SymbolicBits:
        return self._of(self.term ^ _term(other))

    def __invert__(self) -> SymbolicBits:
        return self._of(~self.term)

    def __neg__(self) -> SymbolicBits:
        return self._of(-self.term)

    def _count(self, count: Word) -> Term:
        """A shift count modulo the width, which is a power of two."""
        return _term(count) & (self.width - 1)

    def shl(self, count: Word) -> SymbolicBits:
        return self._of(self.term << self._count(count))

    def lshr(self, count: Word) -> SymbolicBits:
        return self._of(z3.LShR(self.term, self._count(count)))

    def ashr(self, count: Word) -> SymbolicBits:
        return self._of(self.term >> self._count(count))

    def rotl(self, count: Word) -> SymbolicBits:
        return self._of(z3.RotateLeft(self.term, self._count(count)))

    def rotr(self, count: Word) -> SymbolicBits:
        return self._of(z3.RotateRight(self.term, self._count(count)))

    def _unless_zero(self, divisor: Term, quotient: Term) -> SymbolicBits:
        return self._of(z3.If(divisor == 0, z3.BitVecVal(0, self.width), quotient))

    def udiv(self, other: Word) -> SymbolicBits:
        return self._unless_zero(_term(other), z3.UDiv(self.term, _term(other)))

    def urem(self, other: Word) -> SymbolicBits:
        return self._unless_zero(_term(other), z3.URem(self.term, _term(other)))

    def sdiv(self, other: Word) -> SymbolicBits:
        return self._unless_zero(_term(other), self.term / _term(other))

    def srem(self, other: Word) -> SymbolicBits:
        return self._unless_zero(_term(other), z3.SRem(self.term, _term(other)))

    def eq(self, other: Word) -> SymbolicBits:
        return bit(self.term == _term(other))

    def ult(self, other: Word) -> SymbolicBits:
        return bit(z3.ULT(self.term, _term(other)))

    def ule(self, other: Word) -> SymbolicBits:
        return bit(z3.ULE(self.term, _term(other)))

    def slt(self, other: Word) -> SymbolicBits:
        return bit(self.term < _term(other))

    def sle(self, other: Word) -> SymbolicBits:
        return bit(self.term <= _term(other))

    def zext(self, width: int) -> SymbolicBits:
        if width <= self.width:
            return self.extract(width - 1, 0)
        return SymbolicBits(width, z3.ZeroExt(width - self.width, self.term))

    def sext(self, width: int) -> SymbolicBits:
        if width <= self.width:
            return self.extract(width - 1, 0)
        return SymbolicBits(width, z3.SignExt(width - self.width, self.term))

    def extract(self, high: int, low: int) -> SymbolicBits:
        return SymbolicBits(high - low + 1, z3.Extract(high, low, self.term))

    def ite(self, then: Any, otherwise: Any) -> Any:
        condition = self.term != 0
        if isinstance(then, (SymbolicFloat, Float)):
            a, b = as_symbolic(then), as_symbolic(otherwise)
            return SymbolicFloat(
                a.width, lambda: z3.If(condition, a.bits, b.bits), lambda: z3.If(condition, a.fp, b.fp),
                quiet=a.quiet and b.quiet,
            )  # fmt: skip
        return SymbolicBits(then.width, z3.If(condition, _term(then), _term(otherwise)))

    def _scan(self, positions: range) -> SymbolicBits:
        """How many of the positions, in order, come before the first set bit."""
        found = z3.BitVecVal(self.width, self.width)
        for count, position in reversed(list(enumerate(positions))):
            is_set = z3.Extract(position, position, self.term) == 1
            found = z3.If(is_set, z3.BitVecVal(count, self.width), found)
        return self._of(found)

    def clz(self) -> SymbolicBits:
        return self._scan(range(self.width - 1, -1, -1))

    def ctz(self) -> SymbolicBits:
        return self._scan(range(self.width))

    def popcount(self) -> SymbolicBits:
        bits = [z3.ZeroExt(self.width - 1, z3.Extract(i, i, self.term)) for i in range(self.width)]
        return self._of(reduce(lambda a, b: a + b, bits))

    def to_float(self, width: int, signed: bool) -> SymbolicFloat:
        convert = z3.fpSignedToFP if signed else z3.fpUnsignedToFP
        return _arithmetic(width, convert(z3.RNE(), self.term, _SORTS[width]()))

    def as_float(self) -> SymbolicFloat:
        return float_of_bits(self.width, self.term)


class SymbolicFloat:
    """A float: `bits`, a bit vector, and `fp`, an IEEE number, both made when they are asked for.

    quiet: is it certainly no signalling NaN? Arithmetic gives the canonical NaN, as `Float` does.
    """

    __slots__ = ("_bits", "_fp", "quiet", "width")

    def __init__(self, width: int, bits: Callable[[], Term], fp: Callable[[], Term], *, quiet: bool) -> None:
        self.width = width
        self.quiet = quiet
        self._bits: Term = bits
        self._fp: Term = fp

    @property
    def bits(self) -> Term:
        if not z3.is_expr(self._bits):
            self._bits = self._bits()
        return self._bits

    @property
    def fp(self) -> Term:
        if not z3.is_expr(self._fp):
            self._fp = self._fp()
        return self._fp

    @property
    def _nan(self) -> Term:
        return z3.fpIsNaN(self.fp)

    def _of(self, number: Term) -> SymbolicFloat:
        return _arithmetic(self.width, number)

    def __add__(self, other: Number) -> SymbolicFloat:
        return self._of(z3.fpAdd(z3.RNE(), self.fp, as_symbolic(other).fp))

    def __sub__(self, other: Number) -> SymbolicFloat:
        return self._of(z3.fpSub(z3.RNE(), self.fp, as_symbolic(other).fp))

    def __mul__(self, other: Number) -> SymbolicFloat:
        return self._of(z3.fpMul(z3.RNE(), self.fp, as_symbolic(other).fp))

    def __truediv__(self, other: Number) -> SymbolicFloat:
        return self._of(z3.fpDiv(z3.RNE(), self.fp, as_symbolic(other).fp))

    def sqrt(self) -> SymbolicFloat:
        return self._of(z3.fpSqrt(z3.RNE(), self.fp))

    def _extreme(self, other: SymbolicFloat, first: Term, zero: Term) -> SymbolicFloat:
        """NaN if either is one; the zero with these bits if both are zeros; this if `first`, else the other."""
        either = z3.Or(self._nan, other._nan)
        zeros = z3.And(z3.fpIsZero(self.fp), z3.fpIsZero(other.fp))
        sort = _SORTS[self.width]()
        chosen = z3.If(first, self.fp, other.fp)
        return self._of(z3.If(either, z3.fpNaN(sort), z3.If(zeros, z3.fpBVToFP(zero, sort), chosen)))

    def minimum(self, other: Number) -> SymbolicFloat:
        other = _symbolic_float(other)
        return self._extreme(other, z3.fpLEQ(self.fp, other.fp), self.bits | other.bits)

    def maximum(self, other: Number) -> SymbolicFloat:
        other = _symbolic_float(other)
        return self._extreme(other, z3.fpGEQ(self.fp, other.fp), self.bits & other.bits)

    def round(self, mode: str) -> SymbolicFloat:
        return self._of(z3.fpRoundToIntegral(_ROUNDINGS[mode](), self.fp))

    @property
    def _sign(self) -> Term:
        return z3.BitVecVal(1 << (self.width - 1), self.width)

    def __abs__(self) -> SymbolicFloat:
        return SymbolicFloat(self.width, lambda: self.bits & ~self._sign, lambda: z3.fpAbs(self.fp), quiet=self.quiet)

    def __neg__(self) -> SymbolicFloat:
        return SymbolicFloat(self.width, lambda: self.bits ^ self._sign, lambda: z3.fpNeg(self.fp), quiet=self.quiet)

    def copysign(self, other: Number) -> SymbolicFloat:
        sign = self._sign
        bits = self.bits & ~sign | as_symbolic(other).bits & sign
        return float_of_bits(self.width, bits, quiet=self.quiet)

    def eq(self, other: Number) -> SymbolicBits:
        return bit(z3.fpEQ(self.fp, as_symbolic(other).fp))

    def lt(self, other: Number) -> SymbolicBits:
        return bit(z3.fpLT(self.fp, as_symbolic(other).fp))

    def le(self, other: Number) -> SymbolicBits:
        return bit(z3.fpLEQ(self.fp, as_symbolic(other).fp))

    def to_float(self, width: int) -> SymbolicFloat:
        return _arithmetic(width, z3.fpToFP(z3.RNE(), self.fp, _SORTS[width]()))

    def to_int_saturating(self, width: int, signed: bool) -> SymbolicBits:
        low, end = (-(1 << (width - 1)), 1 << (width - 1)) if signed else (0, 1 << width)
        sort = _SORTS[self.width]()
        inside = (z3.fpToSBV if signed else z3.fpToUBV)(z3.RTZ(), self.fp, z3.BitVecSort(width))
        above, below = z3.fpGEQ(self.fp, z3.FPVal(end, sort)), z3.fpLEQ(self.fp, z3.FPVal(low, sort))
        clipped = z3.If(above, z3.BitVecVal(end - 1, width), z3.If(below, z3.BitVecVal(low, width), inside))
        return SymbolicBits(width, z3.If(self._nan, z3.BitVecVal(0, width), clipped))

    def as_bits(self) -> SymbolicBits:
        return SymbolicBits(self.width, self.bits)


Word: TypeAlias = SymbolicBits | Bits
Number: TypeAlias = SymbolicFloat | Float
Symbolic: TypeAlias = SymbolicBits | SymbolicFloat


def bit(condition: Term) -> SymbolicBits:
    """1 if the condition holds, else 0; one bit wide."""
    return SymbolicBits(1, z3.If(condition, z3.BitVecVal(1, 1), z3.BitVecVal(0, 1)))


def float_of_bits(width: int, bits: Term, *, quiet: bool = False) -> SymbolicFloat:
    """The float with this pattern."""
    return SymbolicFloat(width, lambda: bits, lambda: z3.fpBVToFP(bits, _SORTS[width]()), quiet=quiet)


def _arithmetic(width: int, number: Term) -> SymbolicFloat:
    def bits() -> Term:
        return z3.If(z3.fpIsNaN(number), z3.BitVecVal(CANONICAL_NAN[width], width), z3.fpToIEEEBV(number))

    return SymbolicFloat(width, bits, lambda: number, quiet=True)


def as_symbolic(value: Any) -> Any:
    """The same value with terms, if it has none yet."""
    if isinstance(value, Bits):
        return SymbolicBits(value.width, z3.BitVecVal(value.value, value.width))
    if isinstance(value, Float):
        return float_of_bits(value.width, z3.BitVecVal(value.bits, value.width))
    return value


def _symbolic_float(value: Number) -> SymbolicFloat:
    found = as_symbolic(value)
    assert isinstance(found, SymbolicFloat)
    return found


def _term(value: Word) -> Term:
    return z3.BitVecVal(value.value, value.width) if isinstance(value, Bits) else value.term
