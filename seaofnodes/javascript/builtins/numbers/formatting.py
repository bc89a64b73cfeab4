"""Numbers with a given count of digits (ECMA-262, sections 21.1.3.2, 21.1.3.3 and 21.1.3.5); all exact."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from math import inf

_EXACT = Context(prec=1200, rounding=ROUND_HALF_UP)


def _significant_digits(number: float, count: int | None) -> tuple[str, int]:
    """The digits of a number >= 0 and the exponent of ten of the first; None: as many as are needed to read it back."""
    if number == 0:
        return "0" * (count or 1), 0
    if count is None:
        shortest = Decimal(repr(number))
        return "".join(map(str, shortest.as_tuple().digits)).rstrip("0"), shortest.adjusted()
    rounded = Context(prec=count, rounding=ROUND_HALF_UP).create_decimal(Decimal(number))
    return "".join(map(str, rounded.as_tuple().digits)).ljust(count, "0"), rounded.adjusted()


def _with_point(digits: str, exponent: int) -> str:
    fraction = "." + digits[1:] if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent)}"


def to_fixed(number: float, digits: int) -> str:
    """With so many digits after the point; |number| < 10**21."""
    sign = "-" if number < 0 else ""
    return sign + f"{Decimal(abs(number)).quantize(Decimal((0, (1,), -digits)), context=_EXACT):f}"


def to_exponential(number: float, digits: int | None) -> str:
    """With one digit before the point, so many after it, and an exponent; number is finite."""
    sign = "-" if number < 0 else ""
    return sign + _with_point(*_significant_digits(abs(number), None if digits is None else digits + 1))


def to_precision(number: float, count: int) -> str:
    """With so many digits; number is finite."""
    sign = "-" if number < 0 else ""
    digits, exponent = _significant_digits(abs(number), count)
    if exponent < -6 or exponent >= count:
        return sign + _with_point(digits, exponent)
    if exponent == count - 1:
        return sign + digits
    if exponent >= 0:
        return f"{sign}{digits[: exponent + 1]}.{digits[exponent + 1 :]}"
    return f"{sign}0.{'0' * -(exponent + 1)}{digits}"


def to_grouped(number: float) -> str:
    """As people of en-US write it: groups of three digits, at most three digits after the point."""
    if number != number:
        return "NaN"
    if number in (inf, -inf):
        return "∞" if number > 0 else "-∞"
    rounded = Decimal(repr(number)).quantize(Decimal("0.001"), context=_EXACT)  # of the shortest digits
    return f"{rounded:,f}".rstrip("0").rstrip(".")
