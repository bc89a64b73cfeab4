"""Methods that make strings of whole strings: concat, padding, repeat, trimming."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import Builtin
from seaofnodes.javascript.builtins.text.coercion import integer_argument, this_string, this_text
from seaofnodes.javascript.objects import strings
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.storage.string_table import MOST_UNITS
from seaofnodes.javascript.operations.conversions import to_length, to_string, to_text
from seaofnodes.javascript.operations.errors import range_error
from seaofnodes.javascript.operations.numbers import WHITE_SPACE


def concat(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.5."""
    text = this_string(iso, this, "concat")
    for value in arguments:
        iso.held.append(text)
        other = to_string(iso, value)
        iso.held.append(other)
        text = strings.concat(iso, text, other)
    return text


def _padded(iso: Isolate, this: int, arguments: list[int], method: str) -> tuple[str, str]:
    """The string, and what comes before or behind it."""
    text = this_text(iso, this, method)
    length = to_length(iso, argument(iso, arguments, 0))
    if length <= len(text):
        return text, ""
    value = argument(iso, arguments, 1)
    filler = " " if value == iso.undefined else to_text(iso, value)
    if not filler:
        return text, ""
    if length > MOST_UNITS:
        range_error(iso, "Invalid string length")
    missing = length - len(text)
    return text, (filler * (missing // len(filler) + 1))[:missing]


def pad_end(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.16."""
    text, filling = _padded(iso, this, arguments, "padEnd")
    return iso.string(text + filling)


def pad_start(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.17."""
    text, filling = _padded(iso, this, arguments, "padStart")
    return iso.string(filling + text)


def repeat(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 22.1.3.18."""
    text = this_text(iso, this, "repeat")
    count = integer_argument(iso, arguments, 0)
    if not 0 <= count < float("inf"):
        range_error(iso, f"Invalid count value: {to_text(iso, argument(iso, arguments, 0))}")
    if len(text) * count > MOST_UNITS:
        range_error(iso, "Invalid string length")
    return iso.string(text * int(count) if text else "")


def _trimming(method: str, trim: Callable[[str], str]) -> Builtin:
    def builtin(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        return iso.string(trim(this_text(iso, this, method)))

    return builtin


# Sections 22.1.3.32 to 22.1.3.34.
trim = _trimming("trim", lambda text: text.strip(WHITE_SPACE))
trim_start = _trimming("trimStart", lambda text: text.lstrip(WHITE_SPACE))
trim_end = _trimming("trimEnd", lambda text: text.rstrip(WHITE_SPACE))
