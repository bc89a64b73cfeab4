"""parseInt, parseFloat, isNaN, isFinite (ECMA-262, section 19.2)."""

from __future__ import annotations

import re
from math import inf, isfinite, nan

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import Function, Group
from seaofnodes.javascript.numbers import WHITE_SPACE
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import is_smi
from seaofnodes.javascript.operations.conversions import to_float, to_int32, to_text

_DECIMAL = re.compile(r"[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ANY_OVERFLOWS = 1100  # so many digits are more than the greatest double in every radix


def parse_float(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 19.2.4."""
    value = argument(iso, arguments, 0)
    if is_smi(value):
        return value
    found = _DECIMAL.match(to_text(iso, value).lstrip(WHITE_SPACE))
    return iso.number(nan if found is None else float(found[0]))


def parse_int(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 19.2.5."""
    value = argument(iso, arguments, 0)
    if is_smi(value) and len(arguments) == 1:
        return value
    text = to_text(iso, value).lstrip(WHITE_SPACE)
    radix = to_int32(iso, argument(iso, arguments, 1))
    return iso.number(_parse_digits(text, radix))


def _parse_digits(text: str, radix: int) -> int | float:
    negative = text[:1] == "-"
    if text[:1] in ("+", "-"):
        text = text[1:]
    if radix == 0 or radix == 16:
        if text[:2] in ("0x", "0X"):
            text, radix = text[2:], 16
        elif radix == 0:
            radix = 10
    if not 2 <= radix <= 36:
        return nan
    allowed = _DIGITS[:radix] + _DIGITS[10:radix].upper()
    digits = text[: len(text) - len(text.lstrip(allowed))]
    if not digits:
        return nan
    value = _value_of_digits(digits.lstrip("0"), radix)
    return -value if negative else value


def _value_of_digits(digits: str, radix: int) -> float:
    if not digits:
        return 0.0
    if radix == 10:
        return float(digits)
    if len(digits) > _ANY_OVERFLOWS:
        return inf
    try:
        return float(int(digits, radix))
    except OverflowError:
        return inf


def is_nan(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 19.2.3."""
    number = to_float(iso, argument(iso, arguments, 0))
    return iso.boolean(number != number)


def is_finite(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 19.2.2."""
    return iso.boolean(isfinite(to_float(iso, argument(iso, arguments, 0))))


GROUPS = (
    Group("parseFloat", constructor=Function(1, parse_float, constructs=False)),
    Group("parseInt", constructor=Function(2, parse_int, constructs=False)),
    Group("isNaN", constructor=Function(1, is_nan, constructs=False)),
    Group("isFinite", constructor=Function(1, is_finite, constructs=False)),
)
