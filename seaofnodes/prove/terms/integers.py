"""The values of `ir/bits.py` as integers of Z3 with known bounds, for arithmetic that bit vectors make hard.

A word is any integer with the right remainder modulo 2**width. Sums and products are those of integers; only where a
value's sign or size matters is it brought into range, and not even there if its bounds say that it is in range.
Multiplications by constants and shifts to the right, as in divisions by reciprocals, become linear arithmetic, and a
division that both sides of a rule do is one unknown.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import z3

from seaofnodes.ir.bits import Bits, Float

Term: TypeAlias = Any  # an int, or a term of z3


class NotArithmetic(Exception):
    """The operation is not one of integers: it mixes bits, or floats."""


class Integers:
    """The unknowns of one question.

    Attributes: facts: terms of z3 that hold; products: more of them, which are not linear.
    """

    def __init__(self) -> None:
        self.facts: list[Any] = []
        self.products: list[Any] = []
        self._known: dict[tuple[Any, ...], tuple[Term, Term]] = {}
        self._alive: list[Any] = []  # what keys of `_known` are about: ids are of living terms

    def word(self, name: str, width: int, low: int = 0, high: int | None = None) -> IntegerBits:
        """A word that is called so, from `low` to `high` (None: any word)."""
        high = (1 << width) - 1 if high is None else high
        return IntegerBits(self, width, self._unknown(name, low, high), low, high)

    def lift(self, value: Any) -> Any:
        if isinstance(value, Float):
            raise NotArithmetic("floats")
        if isinstance(value, Bits):
            return IntegerBits(self, value.width, value.value, value.value, value.value)
        return value

    def divide(self, term: Term, divisor: int, low: int, high: int) -> tuple[Term, Term]:
        """Quotient, rounded down, and remainder of a term from `low` to `high` by a positive number."""
        if isinstance(term, int):
            return divmod(term, divisor)
        key = (term.get_id(), divisor)
        if key not in self._known:
            quotient, rest = self._fresh(low // divisor, high // divisor), self._fresh(0, divisor - 1)
            self.facts.append(term == quotient * divisor + rest)
            self._known[key] = (quotient, rest)
            self._alive.append(term)
        return self._known[key]

    def divide_by_unknown(self, term: Term, divisor: Term, most: int, most_rest: int) -> tuple[Term, Term]:
        """The same by a number that is not known; neither is negative. 0, 0 if the divisor is 0."""
        term, divisor = _expression(term), _expression(divisor)
        key = (term.get_id(), divisor.get_id(), "unknown")
        if key not in self._known:
            quotient, rest = self._fresh(0, most), self._fresh(0, most_rest)
            exact = z3.And(term == quotient * divisor + rest, rest < divisor)
            self.products.append(z3.If(divisor == 0, z3.And(quotient == 0, rest == 0), exact))
            self._known[key] = (quotient, rest)
            self._alive += [term, divisor]
        return self._known[key]

    def _fresh(self, low: int, high: int) -> Any:
        return self._unknown(f"{len(self.facts)}?", low, high)

    def _unknown(self, name: str, low: int, high: int) -> Any:
        term = z3.Int(name)
        self.facts += [low <= term, term <= high]
        return term


class IntegerBits:
    """A word of `width` bits: `term` modulo 2**width; the term is from `low` to `high`."""

    __slots__ = ("high", "low", "of", "term", "width")

    def __init__(self, of: Integers, width: int, term: Term, low: int, high: int) -> None:
        self.of = of
        self.width = width
        self.term = term if low != high else low
        self.low = low
        self.high = high

    def constant(self, value: int) -> IntegerBits:
        value &= (1 << self.width) - 1
        return IntegerBits(self.of, self.width, value, value, value)

    def _into(self, start: int) -> IntegerBits:
        """The same word as a number from `start` to below start + 2**width."""
        size = 1 << self.width
        turns = (self.low - start) // size
        if (self.high - start) // size == turns:
            return self._plus(-turns * size)
        x = self._plus(-start)
        _, rest = self.of.divide(x.term, size, x.low, x.high)
        return self._with(rest, 0, size - 1)._plus(start)

    def _plus(self, number: int) -> IntegerBits:
        """Adding 0 must not make a new term: equal terms are known to have equal quotients."""
        return self._with(self.term + number, self.low + number, self.high + number) if number else self

    def unsigned(self) -> IntegerBits:
        return self._into(0)

    def signed(self) -> IntegerBits:
        return self._into(-(1 << (self.width - 1)))

    def _with(self, term: Term, low: int, high: int, width: int = 0) -> IntegerBits:
        return IntegerBits(self.of, width or self.width, term, low, high)

    def _lift(self, other: Any) -> IntegerBits:
        return self.of.lift(other)  # type: ignore[no-any-return]

    def __add__(self, other: Any) -> IntegerBits:
        other = self._lift(other)
        return self._with(self.term + other.term, self.low + other.low, self.high + other.high)

    def __sub__(self, other: Any) -> IntegerBits:
        other = self._lift(other)
        return self._with(self.term - other.term, self.low - other.high, self.high - other.low)

    def __neg__(self) -> IntegerBits:
        return self._with(-self.term, -self.high, -self.low)

    def __invert__(self) -> IntegerBits:
        if self.width == 1:
            return self._with(1 - self.term, 1 - self.high, 1 - self.low)
        return self._with(-1 - self.term, -1 - self.high, -1 - self.low)

    def __mul__(self, other: Any) -> IntegerBits:
        other = self._lift(other)
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return self._with(self.term * other.term, min(ends), max(ends))

    def __and__(self, other: Any) -> IntegerBits:
        other = self._lift(other)
        if self.width == 1:
            return self._bit(z3.And(self.holds(), other.holds()))
        value, mask = (other, self.term) if isinstance(self.term, int) else (self, other.term)
        if not isinstance(mask, int):
            raise NotArithmetic("and")
        mask &= (1 << self.width) - 1
        if mask & (mask + 1):
            raise NotArithmetic("and")
        _, rest = self.of.divide(value.term, mask + 1, value.low, value.high)
        return self._with(rest, 0, mask)

    def __or__(self, other: Any) -> IntegerBits:
        if self.width > 1:
            raise NotArithmetic("or")
        return self._bit(z3.Or(self.holds(), self._lift(other).holds()))

    def __xor__(self, other: Any) -> IntegerBits:
        if self.width > 1:
            raise NotArithmetic("xor")
        return self._bit(self.holds() != self._lift(other).holds())

    def _count(self, other: Any) -> int:
        other = self._lift(other)
        if not isinstance(other.term, int):
            raise NotArithmetic("a shift by what is not known")
        return int(other.term % self.width)

    def shl(self, count: Any) -> IntegerBits:
        factor = 1 << self._count(count)
        return self._with(self.term * factor, self.low * factor, self.high * factor)

    def _down(self, count: int) -> IntegerBits:
        quotient, _ = self.of.divide(self.term, 1 << count, self.low, self.high)
        return self._with(quotient, self.low >> count, self.high >> count)

    def lshr(self, count: Any) -> IntegerBits:
        return self.unsigned()._down(self._count(count))

    def ashr(self, count: Any) -> IntegerBits:
        return self.signed()._down(self._count(count))

    def _mixes(self, *operands: object) -> IntegerBits:
        raise NotArithmetic("bits are mixed")

    rotl = rotr = clz = ctz = popcount = to_float = as_float = _mixes

    def _divide(self, other: IntegerBits) -> tuple[IntegerBits, IntegerBits]:
        """Quotient and remainder of numbers that are not negative."""
        most_rest = min(self.high, max(other.high - 1, 0))
        if isinstance(other.term, int):
            known = self.of.divide(self.term, other.term, self.low, self.high) if other.term else (0, 0)
        else:
            known = self.of.divide_by_unknown(self.term, other.term, self.high, most_rest)
        return self._with(known[0], 0, self.high), self._with(known[1], 0, most_rest)

    def udiv(self, other: Any) -> IntegerBits:
        return self.unsigned()._divide(self._lift(other).unsigned())[0]

    def urem(self, other: Any) -> IntegerBits:
        return self.unsigned()._divide(self._lift(other).unsigned())[1]

    def _magnitude(self) -> tuple[IntegerBits, Any]:
        """Of the signed number, and whether that is negative."""
        x = self.signed()
        negative = _expression(x.term) < 0
        high = max(-x.low, x.high)
        term = abs(x.term) if isinstance(x.term, int) else x.term if x.low >= 0 else z3.If(negative, -x.term, x.term)
        return self._with(term, 0, high), negative

    def sdiv(self, other: Any) -> IntegerBits:
        (x, negative), (y, turned) = self._magnitude(), self._lift(other)._magnitude()
        return x._divide(y)[0]._negated_if(negative != turned)

    def srem(self, other: Any) -> IntegerBits:
        (x, negative), (y, _) = self._magnitude(), self._lift(other)._magnitude()
        return x._divide(y)[1]._negated_if(negative)

    def _negated_if(self, condition: Any) -> IntegerBits:
        return self._with(z3.If(condition, -self.term, self.term), -self.high, self.high)

    def _bit(self, condition: Any) -> IntegerBits:
        return IntegerBits(self.of, 1, z3.If(condition, 1, 0), 0, 1)

    def holds(self) -> Any:
        """It is not zero, as a term of z3."""
        return _expression(self.unsigned().term) != 0

    def eq(self, other: Any) -> IntegerBits:
        return self._bit(_expression(self.unsigned().term) == self._lift(other).unsigned().term)

    def ult(self, other: Any) -> IntegerBits:
        return self._bit(_expression(self.unsigned().term) < self._lift(other).unsigned().term)

    def ule(self, other: Any) -> IntegerBits:
        return self._bit(_expression(self.unsigned().term) <= self._lift(other).unsigned().term)

    def slt(self, other: Any) -> IntegerBits:
        return self._bit(_expression(self.signed().term) < self._lift(other).signed().term)

    def sle(self, other: Any) -> IntegerBits:
        return self._bit(_expression(self.signed().term) <= self._lift(other).signed().term)

    def zext(self, width: int) -> IntegerBits:
        x = self.unsigned()
        return self._with(x.term, x.low, x.high, width)

    def sext(self, width: int) -> IntegerBits:
        x = self.signed()
        return self._with(x.term, x.low, x.high, width)

    def extract(self, high: int, low: int) -> IntegerBits:
        quotient, _ = self.of.divide(self.term, 1 << low, self.low, self.high) if low else (self.term, 0)
        return self._with(quotient, self.low >> low, self.high >> low, high - low + 1)

    def ite(self, then: Any, otherwise: Any) -> IntegerBits:
        a, b = self._lift(then), self._lift(otherwise)
        return a._with(z3.If(self.holds(), a.term, b.term), min(a.low, b.low), max(a.high, b.high))


def _expression(term: Term) -> Any:
    return z3.IntVal(term) if isinstance(term, int) else term
