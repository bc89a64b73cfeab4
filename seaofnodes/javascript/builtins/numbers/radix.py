"""Numbers and integers in a radix from 2 to 36."""

from __future__ import annotations

from math import floor, fmod, nextafter, ulp

from seaofnodes.javascript.operations.numbers import integer_text

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_INTEGRAL = 2.0**53
_FEW_BITS = 2048


def number_to_radix(number: float, radix: int) -> str:
    """A finite number: so many digits after the point that no other double is nearer, V8's for Number::toString."""
    if number == 0:
        return "0"
    if number < 0:
        return "-" + number_to_radix(-number, radix)
    whole = float(floor(number))
    digits, carry = _fraction(number, number - whole, radix)
    whole += carry
    text = _whole(whole, radix)
    return text + "." + "".join(DIGITS[digit] for digit in digits) if digits else text


def _fraction(number: float, fraction: float, radix: int) -> tuple[list[int], int]:
    """The digits after the point, and what is carried to the integer before it."""
    delta = max(0.5 * (nextafter(number, float("inf")) - number), ulp(0.0))
    digits: list[int] = []
    while fraction >= delta:
        fraction *= radix
        delta *= radix
        digit = int(fraction)
        digits.append(digit)
        fraction -= digit
        if (fraction > 0.5 or (fraction == 0.5 and digit & 1)) and fraction + delta > 1:
            while digits:
                digit = digits.pop()
                if digit + 1 < radix:
                    digits.append(digit + 1)
                    return digits, 0
            return [], 1
    return digits, 0


def _whole(whole: float, radix: int) -> str:
    """Digits below the precision of a double are zeros; which are, follows from divisions of doubles."""
    zeros = 0
    while whole / radix >= _INTEGRAL:
        whole /= radix
        zeros += 1
    digits = ""
    while True:
        rest = fmod(whole, radix)
        digits = DIGITS[int(rest)] + digits
        whole = (whole - rest) / radix
        if whole <= 0:
            return digits + "0" * zeros


def integer_to_radix(value: int, radix: int) -> str:
    """An integer of any size."""
    if value < 0:
        return "-" + integer_to_radix(-value, radix)
    if radix == 10:
        return integer_text(value)
    if radix in (2, 8, 16):
        return format(value, {2: "b", 8: "o", 16: "x"}[radix])
    if value.bit_length() > _FEW_BITS:
        low = int(value.bit_length() / (2 * (radix.bit_length() - 0.5)))
        upper, lower = divmod(value, radix**low)
        return integer_to_radix(upper, radix) + integer_to_radix(lower, radix).rjust(low, "0")
    digits = []
    while value:
        value, digit = divmod(value, radix)
        digits.append(DIGITS[digit])
    return "".join(reversed(digits)) or "0"
