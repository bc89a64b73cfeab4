"""join, toString, toLocaleString (ECMA-262, section 23.1.3)."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays.access import get_element
from seaofnodes.javascript.builtins.fundamental.object_prototype import to_string as object_to_string
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.properties import get
from seaofnodes.javascript.objects.words import smi_value
from seaofnodes.javascript.operations.access import invoke
from seaofnodes.javascript.operations.conversions import to_object, to_text
from seaofnodes.javascript.operations.errors import range_error
from seaofnodes.javascript.operations.objects import length_of_array_like

MOST_UNITS = (1 << 29) - 24  # of a string, as in V8


def join_elements(iso: Isolate, target: int, length: int, separator: str, text_of: Callable[[int], str]) -> int:
    """The texts of the elements that are neither undefined nor null, with a separator between all of them.

    An array that contains itself contributes nothing the second time, as in V8. Throws a RangeError if it is too long.
    """
    if target in iso.joined:
        return iso.name("")
    iso.joined.append(target)
    try:
        parts: list[str] = []
        units = len(separator) * max(length - 1, 0)
        mark = len(iso.held)
        for index in range(length):
            value = get_element(iso, target, index)
            text = "" if value == iso.undefined or value == iso.null else text_of(value)
            units += len(text)
            if units > MOST_UNITS:
                range_error(iso, "Invalid string length")
            parts.append(text)
            del iso.held[mark:]
    finally:
        iso.joined.pop()
    return iso.string(separator.join(parts))


def join(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.18."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    separator = argument(iso, arguments, 0)
    text = "," if separator == iso.undefined else to_text(iso, separator)
    return join_elements(iso, target, length, text, lambda word: _text(iso, word))


def _text(iso: Isolate, word: int) -> str:
    return to_text(iso, word) if word & 1 else str(smi_value(word))


def to_string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.36."""
    target = to_object(iso, this)
    function = get(iso, target, iso.name("join"))
    if not iso.is_callable(function):
        return object_to_string(iso, target, [], iso.undefined)
    return iso.call(function, target, [])


def to_locale_string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.32."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    key = iso.name("toLocaleString")
    return join_elements(iso, target, length, ",", lambda word: to_text(iso, invoke(iso, word, key, [])))


METHODS = (
    Method("join", 1, join),
    Method("toLocaleString", 0, to_locale_string),
    Method("toString", 0, to_string),
)
