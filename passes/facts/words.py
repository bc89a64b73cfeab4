"""Abstract words: sets of words with the operations of `ir/bits.py: Bits`.

The meaning of an operator, run on abstract words, is its transfer function: one that gives a superset of all results
(Cousot and Cousot, "Abstract Interpretation", 1977). Known bits of sums and differences are as in Vishwanathan et al.,
"Sound, Precise, and Fast Abstract Interpretation with Tristate Numbers" (CGO 2022).
"""

from __future__ import annotations

from typing import Any

from seaofnodes.ir.bits import Bits
from seaofnodes.passes.facts.word_sets import WordSet


class AbstractWord(WordSet):
    """A set of words, see WordSet, that can be computed with."""

    __slots__ = ()

    # Arithmetic: each bound alone, where no result wraps or all do; bits alone.

    def _ranged(self, low: int, high: int, least: int, most: int, zeros: int, ones: int) -> AbstractWord:
        """Unsigned results in low..high and signed ones in least..most before they wrap; known bits after that."""
        width, mask = self.width, self.mask
        half = mask // 2 + 1
        low, high = (low & mask, high & mask) if low >> width == high >> width else (0, mask)
        turn = (least + half) >> width
        if (most + half) >> width == turn:
            least, most = least - (turn << width), most - (turn << width)
        else:
            least, most = -half, half - 1
        return AbstractWord(width, low, high, least, most, zeros & mask, ones & mask)

    def __add__(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        unknown, more = self.mask & ~(self.zeros | self.ones), other.mask & ~(other.zeros | other.ones)
        value = self.ones + other.ones
        unknown |= more | ((unknown + more + value) ^ value)
        return self._ranged(
            self.umin + other.umin,
            self.umax + other.umax,
            self.smin + other.smin,
            self.smax + other.smax,
            ~(value | unknown),
            value & ~unknown,
        )

    def __sub__(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        unknown, more = self.mask & ~(self.zeros | self.ones), other.mask & ~(other.zeros | other.ones)
        value = self.ones - other.ones
        unknown |= more | ((value + unknown) ^ (value - more))
        return self._ranged(
            self.umin - other.umax,
            self.umax - other.umin,
            self.smin - other.smax,
            self.smax - other.smin,
            ~(value | unknown),
            value & ~unknown,
        )

    def __neg__(self) -> AbstractWord:
        return self.constant(0) - self

    def __mul__(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        corners = [a * b for a in (self.smin, self.smax) for b in (other.smin, other.smax)]
        exact = (1 << min(_trailing(self.zeros | self.ones), _trailing(other.zeros | other.ones))) - 1
        product = self.ones * other.ones
        zeros = ~product & exact | ((1 << _trailing(self.zeros) + _trailing(other.zeros)) - 1)
        return self._ranged(
            self.umin * other.umin, self.umax * other.umax, min(corners), max(corners), zeros, product & exact
        )

    def _bitwise(self, zeros: int, ones: int, low: int, high: int) -> AbstractWord:
        half = 1 << (self.width - 1)
        return AbstractWord(self.width, low, high, -half, half - 1, zeros, ones)

    def __and__(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        return self._bitwise(self.zeros | other.zeros, self.ones & other.ones, 0, min(self.umax, other.umax))

    def __or__(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        low = max(self.umin, other.umin)
        return self._bitwise(self.zeros & other.zeros, self.ones | other.ones, low, self.mask)

    def __xor__(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        zeros = self.zeros & other.zeros | self.ones & other.ones
        return self._bitwise(zeros, self.zeros & other.ones | self.ones & other.zeros, 0, self.mask)

    def __invert__(self) -> AbstractWord:
        mask = self.mask
        return AbstractWord(
            self.width, mask - self.umax, mask - self.umin, ~self.smax, ~self.smin, self.ones, self.zeros
        )

    # Shift and rotate counts are taken modulo the width.

    def _counts(self, count: Word) -> tuple[int, int]:
        count = _abstract(count)
        width = self.width
        if count.umin // width == count.umax // width:
            return count.umin % width, count.umax % width
        low = count.may_be_set & (width - 1) if not width & (width - 1) else width - 1
        return 0, low

    def shl(self, count: Word) -> AbstractWord:
        least, most = self._counts(count)
        if least != most:
            low = (1 << _trailing(self.zeros) + least) - 1
            return self._bitwise(low & self.mask, 0, 0, self.mask)
        zeros = self.zeros << least | (1 << least) - 1
        return self._ranged(
            self.umin << least, self.umax << least, self.smin << least, self.smax << least, zeros, self.ones << least
        )

    def lshr(self, count: Word) -> AbstractWord:
        least, most = self._counts(count)
        zeros = ones = 0
        if least == most:
            zeros, ones = self.zeros >> least | self.mask & ~(self.mask >> least), self.ones >> least
        return self._bitwise(zeros, ones, self.umin >> most, self.umax >> least)

    def ashr(self, count: Word) -> AbstractWord:
        least, most = self._counts(count)
        low = self.smin >> (least if self.smin < 0 else most)
        high = self.smax >> (most if self.smax < 0 else least)
        return AbstractWord.signed(self.width, low, high)

    def rotl(self, count: Word) -> AbstractWord:
        least, most = self._counts(count)
        if least != most:
            return AbstractWord.top(self.width)
        zeros, ones = (Bits(self.width, bits).rotl(Bits(self.width, least)).value for bits in (self.zeros, self.ones))
        return self._bitwise(zeros, ones, 0, self.mask)

    def rotr(self, count: Word) -> AbstractWord:
        least, most = self._counts(count)
        return self.rotl(self.constant(self.width - least)) if least == most else AbstractWord.top(self.width)

    # Division by zero gives zero.

    def udiv(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        if not other.umax:
            return self.constant(0)
        low = self.umin // other.umax if other.umin else 0
        return AbstractWord.unsigned(self.width, low, self.umax // max(other.umin, 1))

    def urem(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        if self.umax < other.umin:
            return self
        if other.number and self.umin // other.umin == self.umax // other.umin:
            return self - self.constant(self.umin // other.umin * other.umin)
        return AbstractWord.unsigned(self.width, 0, min(self.umax, max(other.umax - 1, 0)))

    def sdiv(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        if self.smin >= 0 and other.smin >= 0:
            return self.udiv(other)
        if self.number is not None and other.number is not None:
            return self.constant(Bits(self.width, self.number).sdiv(Bits(self.width, other.number)).value)
        most = max(abs(self.smin), abs(self.smax))
        most //= 1 if other.smin <= 1 and other.smax >= -1 else min(abs(other.smin), abs(other.smax))
        return AbstractWord.signed(self.width, -most, most)  # all words if the smallest by -1 may wrap

    def srem(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        if self.smin >= 0 and other.smin >= 0:
            return self.urem(other)
        if self.number is not None and other.number is not None:
            return self.constant(Bits(self.width, self.number).srem(Bits(self.width, other.number)).value)
        most = max(abs(other.smin), abs(other.smax), 1) - 1
        return AbstractWord.signed(self.width, max(min(self.smin, 0), -most), min(max(self.smax, 0), most))

    # Comparisons give one bit.

    def eq(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        if self.is_apart(other):
            return FALSE
        return TRUE if self.umin == self.umax == other.umin == other.umax else EITHER

    def ult(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        return TRUE if self.umax < other.umin else FALSE if self.umin >= other.umax else EITHER

    def ule(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        return TRUE if self.umax <= other.umin else FALSE if self.umin > other.umax else EITHER

    def slt(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        return TRUE if self.smax < other.smin else FALSE if self.smin >= other.smax else EITHER

    def sle(self, other: Word) -> AbstractWord:
        other = _abstract(other)
        return TRUE if self.smax <= other.smin else FALSE if self.smin > other.smax else EITHER

    # Other widths.

    def zext(self, width: int) -> AbstractWord:
        if width <= self.width:
            return self.extract(width - 1, 0)
        half, above = 1 << (width - 1), ((1 << width) - 1) & ~self.mask
        return AbstractWord(width, self.umin, self.umax, -half, half - 1, self.zeros | above, self.ones)

    def sext(self, width: int) -> AbstractWord:
        if width <= self.width:
            return self.extract(width - 1, 0)
        sign, above = 1 << (self.width - 1), ((1 << width) - 1) & ~self.mask
        zeros = self.zeros | (above if self.zeros & sign else 0)
        ones = self.ones | (above if self.ones & sign else 0)
        return AbstractWord(width, 0, (1 << width) - 1, self.smin, self.smax, zeros, ones)

    def extract(self, high: int, low: int) -> AbstractWord:
        """Bits `high` down to `low`, both included."""
        found = AbstractWord.top(high - low + 1)
        return found._ranged(
            self.umin >> low, self.umax >> low, self.smin >> low, self.smax >> low, self.zeros >> low, self.ones >> low
        )

    def ite(self, then: Any, otherwise: Any) -> Any:
        """`then` if this is not zero."""
        if self.umin:
            return then
        if not self.umax:
            return otherwise
        return then.join(otherwise)

    def clz(self) -> AbstractWord:
        width = self.width
        return AbstractWord.unsigned(width, width - self.umax.bit_length(), width - self.umin.bit_length())

    def ctz(self) -> AbstractWord:
        high = _trailing(~self.ones & self.mask) if self.ones else self.width
        return AbstractWord.unsigned(self.width, min(_trailing(self.zeros), self.width), high)

    def popcount(self) -> AbstractWord:
        return AbstractWord.unsigned(self.width, self.ones.bit_count(), self.may_be_set.bit_count())

    def to_float(self, width: int, signed: bool) -> AbstractFloat:
        return AbstractFloat(width)

    def as_float(self) -> AbstractFloat:
        return AbstractFloat(self.width)


class AbstractFloat:
    """All floats of a width: nothing is known of them."""

    __slots__ = ("width",)

    def __init__(self, width: int) -> None:
        self.width = width

    def _same(self, *_: object) -> AbstractFloat:
        return self

    __add__ = __sub__ = __mul__ = __truediv__ = minimum = maximum = copysign = join = _same
    __abs__ = __neg__ = sqrt = round = _same

    def _either(self, other: object) -> AbstractWord:
        return EITHER

    eq = lt = le = _either

    def to_float(self, width: int) -> AbstractFloat:
        return AbstractFloat(width)

    def to_int_saturating(self, width: int, signed: bool) -> AbstractWord:
        return AbstractWord.top(width)

    def as_bits(self) -> AbstractWord:
        return AbstractWord.top(self.width)


Word = AbstractWord | Bits
FALSE, TRUE, EITHER = AbstractWord.of(1, 0), AbstractWord.of(1, 1), AbstractWord.top(1)


def _abstract(word: Word) -> AbstractWord:
    return word if type(word) is AbstractWord else AbstractWord.of(word.width, word.value)  # type: ignore[union-attr]


def _trailing(mask: int) -> int:
    """How many of the lowest bits are set, without a gap."""
    return (~mask & (mask + 1)).bit_length() - 1
