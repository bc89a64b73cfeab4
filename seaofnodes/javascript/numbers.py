"""Numbers and BigInts as text (ECMA-262, 6.1.6.1.20, 7.1.4.1, 7.1.14); text is a string of UTF-16 code units."""

from __future__ import annotations

import math
import re
from typing import Final

WHITE_SPACE: Final = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f"
    "\u3000\ufeff"
)
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_PREFIXED: Final = re.compile(r"0(?:[xX]([0-9a-fA-F]+)|[oO]([0-7]+)|[bB]([01]+))", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?[0-9]+", re.ASCII)
_INFINITIES: Final = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}
_LARGEST: Final = 2**53


def number_to_text(number: float) -> str:
    """Number::toString with radix 10: the shortest digits that are read back as the same number."""
    if isinstance(number, int):
        if -_LARGEST <= number <= _LARGEST:
            return str(number)
        number = float(number)
    if number != number:
        return "NaN"
    if number in (math.inf, -math.inf):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    sign, text = ("-", repr(-number)) if number < 0 else ("", repr(number))
    mantissa, _, exponent = text.partition("e")
    whole, _, part = mantissa.partition(".")
    part = "" if part == "0" else part
    digits = (whole + part).lstrip("0")
    point = (
        len(whole) + int(exponent or 0) if whole != "0" else int(exponent or 0) - (len(part) - len(part.lstrip("0")))
    )
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return f"{sign}{digits[0]}{'.' + digits[1:] if count > 1 else ''}{power}"


def text_to_number(text: str) -> float:
    """StringToNumber; what is no number is NaN."""
    text = text.strip(WHITE_SPACE)
    if not text:
        return 0
    if _DECIMAL.fullmatch(text):
        return float(text)
    found = _PREFIXED.fullmatch(text)
    if found is not None:
        return _rounded(_prefixed(found))
    return _INFINITIES.get(text, math.nan)


def text_to_bigint(text: str) -> int | None:
    """StringToBigInt; None: it is no integer."""
    text = text.strip(WHITE_SPACE)
    if not text:
        return 0
    if _INTEGER.fullmatch(text):
        return decimal_integer(text)
    found = _PREFIXED.fullmatch(text)
    return None if found is None else _prefixed(found)


def decimal_integer(text: str) -> int:
    """int(text), of any length: Python refuses to read long numbers at once."""
    if len(text) < 4000:
        return int(text)
    if text[0] in "+-":
        return -decimal_integer(text[1:]) if text[0] == "-" else decimal_integer(text[1:])
    low = len(text) // 2
    scale: int = 10**low
    return decimal_integer(text[:-low]) * scale + decimal_integer(text[-low:])


def integer_text(value: int) -> str:
    """str(value), of any length."""
    if abs(value).bit_length() < 13000:
        return str(value)
    if value < 0:
        return "-" + integer_text(-value)
    low = value.bit_length() * 3 // 20
    upper, lower = divmod(value, 10**low)
    return integer_text(upper) + integer_text(lower).rjust(low, "0")


def _prefixed(found: re.Match[str]) -> int:
    hexadecimal, octal, binary = found.groups()
    return int(hexadecimal, 16) if hexadecimal else int(octal, 8) if octal else int(binary, 2)


def _rounded(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
