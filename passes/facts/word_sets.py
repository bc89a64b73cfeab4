"""Sets of words, as unsigned and signed ranges and known bits: a lattice.

The three views of a set sharpen each other, as those of the BPF verifier of Linux do.
"""

from __future__ import annotations

from typing import Self

from seaofnodes.ir.bits import Bits


class WordSet:
    """A set of words that is never empty.

    Attributes: width: in bits; umin, umax: bounds as unsigned numbers; smin, smax: as signed ones; zeros, ones: masks
    of the bits that are known to be 0, 1 in all of them.
    """

    __slots__ = ("ones", "smax", "smin", "umax", "umin", "width", "zeros")

    def __init__(self, width: int, umin: int, umax: int, smin: int, smax: int, zeros: int = 0, ones: int = 0) -> None:
        """The words that meet all of it. There should be one, see `is_empty`; bounds are within the width."""
        self.width = width
        mask = (1 << width) - 1
        end, sign = mask + 1, mask // 2 + 1
        for _ in range(2):  # what a view learns from one it tells the others; many are made, so no call of min or max
            umin = ones if ones > umin else umin
            umax = mask ^ zeros if mask ^ zeros < umax else umax
            bits = zeros | ones
            if bits & 1:  # known bits at the end, such as those of multiples
                low = bits & ~(bits + 1)
                umin, umax = umin + (ones - umin & low), umax - (umax - ones & low)
                smin, smax = smin + (ones - smin & low), smax - (smax - ones & low)
            if umax < sign:
                smin = umin if umin > smin else smin
                smax = umax if umax < smax else smax
            elif umin >= sign:
                smin = umin - end if umin - end > smin else smin
                smax = umax - end if umax - end < smax else smax
            if smin >= 0:
                umin = smin if smin > umin else umin
                umax = smax if smax < umax else umax
            elif smax < 0:
                umin = smin + end if smin + end > umin else umin
                umax = smax + end if smax + end < umax else umax
            known = mask & -(1 << (umin ^ umax).bit_length())
            if not known:
                break
            more_ones, more_zeros = ones | umin & known, zeros | ~umin & known
            if more_ones == ones and more_zeros == zeros:
                break
            ones, zeros = more_ones, more_zeros
        self.umin, self.umax = umin, umax
        self.smin, self.smax = smin, smax
        self.zeros, self.ones = zeros, ones

    @classmethod
    def top(cls, width: int) -> Self:
        """All words of the width."""
        half = 1 << (width - 1)
        return cls(width, 0, 2 * half - 1, -half, half - 1)

    @classmethod
    def of(cls, width: int, number: int) -> Self:
        """One word."""
        word = Bits(width, number)
        value = word.value
        return cls(width, value, value, word.signed, word.signed, value ^ ((1 << width) - 1), value)

    @classmethod
    def unsigned(cls, width: int, low: int, high: int) -> Self:
        """From `low` to `high`, both included; all words if these are out of range."""
        half = 1 << (width - 1)
        if low < 0 or high >= 2 * half:
            return cls.top(width)
        return cls(width, low, high, -half, half - 1)

    @classmethod
    def signed(cls, width: int, low: int, high: int) -> Self:
        """From `low` to `high` as signed numbers, both included; all words if these are out of range."""
        half = 1 << (width - 1)
        if low < -half or high >= half:
            return cls.top(width)
        return cls(width, 0, 2 * half - 1, low, high)

    def constant(self, value: int) -> Self:
        """A constant as wide as this."""
        return self.of(self.width, value)

    @property
    def mask(self) -> int:
        """All bits of the width."""
        return (1 << self.width) - 1

    @property
    def may_be_set(self) -> int:
        """The bits that are not known to be 0."""
        return ((1 << self.width) - 1) & ~self.zeros

    @property
    def number(self) -> int | None:
        """The only word, as an unsigned number; None if there may be several."""
        return self.umin if self.umin == self.umax else None

    def _facts(self) -> tuple[int, ...]:
        return self.width, self.umin, self.umax, self.smin, self.smax, self.zeros, self.ones

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WordSet) and self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self._facts())

    def __contains__(self, number: int) -> bool:
        word = Bits(self.width, number)
        value = word.value
        if not self.umin <= value <= self.umax or not self.smin <= word.signed <= self.smax:
            return False
        return not value & self.zeros and value & self.ones == self.ones

    def __repr__(self) -> str:
        unsigned = f"{self.umin}..{self.umax}"
        signed = f", signed {self.smin}..{self.smax}" if self.smin < 0 else ""
        bits = f", zeros {self.zeros:#x}, ones {self.ones:#x}" if self.umin != self.umax else ""
        return f"{type(self).__name__}({self.width}, {unsigned}{signed}{bits})"

    # The lattice.

    def includes(self, other: Self) -> bool:
        """Does every one of its facts hold of the other one, too?"""
        return (
            self.umin <= other.umin
            and other.umax <= self.umax
            and self.smin <= other.smin
            and other.smax <= self.smax
            and not self.zeros & ~other.zeros
            and not self.ones & ~other.ones
        )

    def join(self, other: Self) -> Self:
        """The words of either."""
        return type(self)(
            self.width,
            min(self.umin, other.umin),
            max(self.umax, other.umax),
            min(self.smin, other.smin),
            max(self.smax, other.smax),
            self.zeros & other.zeros,
            self.ones & other.ones,
        )

    def meet(self, other: Self) -> Self:
        """The words of both; this one where they are known to have none in common (code that is never reached)."""
        if self.is_apart(other):
            return self
        found = type(self)(
            self.width,
            max(self.umin, other.umin),
            min(self.umax, other.umax),
            max(self.smin, other.smin),
            min(self.smax, other.smax),
            self.zeros | other.zeros,
            self.ones | other.ones,
        )
        return self if found.is_empty else found

    def is_apart(self, other: Self) -> bool:
        """Is it known that they have no word in common?"""
        return (
            self.umax < other.umin
            or other.umax < self.umin
            or self.smax < other.smin
            or other.smax < self.smin
            or bool(self.zeros & other.ones | self.ones & other.zeros)
        )

    @property
    def is_empty(self) -> bool:
        """Is it one that has turned out, when it was made, to have no words? Nothing else can be asked of it then."""
        return self.umin > self.umax or self.smin > self.smax or bool(self.zeros & self.ones)
