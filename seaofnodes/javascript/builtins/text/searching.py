"""Methods that look for a string in a string."""

from __future__ import annotations

from math import inf

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.text.coercion import clamp, integer_argument, is_regexp, this_text
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import smi
from seaofnodes.javascript.operations.conversions import to_float, to_integer_or_infinity, to_text
from seaofnodes.javascript.operations.errors import type_error


def _searched(iso: Isolate, arguments: list[int], method: str) -> str:
    """The string to look for, which may be no regular expression."""
    value = argument(iso, arguments, 0)
    if is_regexp(iso, value):
        type_error(iso, f"First argument to String.prototype.{method} must not be a regular expression")
    return to_text(iso, value)


def ends_with(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.7."""
    text = this_text(iso, this, "endsWith")
    searched = _searched(iso, arguments, "endsWith")
    position = argument(iso, arguments, 1)
    end = len(text) if position == iso.undefined else clamp(to_integer_or_infinity(iso, position), len(text))
    return iso.boolean(text.endswith(searched, 0, end))


def includes(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.8."""
    text = this_text(iso, this, "includes")
    searched = _searched(iso, arguments, "includes")
    return iso.boolean(text.find(searched, clamp(integer_argument(iso, arguments, 1), len(text))) >= 0)


def index_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.9."""
    text = this_text(iso, this, "indexOf")
    searched = to_text(iso, argument(iso, arguments, 0))
    return smi(text.find(searched, clamp(integer_argument(iso, arguments, 1), len(text))))


def last_index_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.11."""
    text = this_text(iso, this, "lastIndexOf")
    searched = to_text(iso, argument(iso, arguments, 0))
    number = to_float(iso, argument(iso, arguments, 1))
    start = clamp(inf if number != number else number, len(text))
    return smi(text.rfind(searched, 0, start + len(searched)))


def starts_with(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.24."""
    text = this_text(iso, this, "startsWith")
    searched = _searched(iso, arguments, "startsWith")
    return iso.boolean(text.startswith(searched, clamp(integer_argument(iso, arguments, 1), len(text))))
