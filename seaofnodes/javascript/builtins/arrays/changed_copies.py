"""toReversed, toSorted, toSpliced, with (ECMA-262, section 23.1.3)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays.access import (
    LARGEST_SAFE,
    check_length,
    get_element,
    relative_index,
)
from seaofnodes.javascript.builtins.arrays.sorting import comparator_argument, sort_words
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects.factory import new_array
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.conversions import to_integer_or_infinity, to_object
from seaofnodes.javascript.operations.errors import range_error, type_error
from seaofnodes.javascript.operations.objects import length_of_array_like


def _read(iso: Isolate, target: int, indices: range) -> list[int]:
    """Elements in the order of the indices; undefined where there is none. They stay held."""
    held = iso.held
    words = []
    for index in indices:
        mark = len(held)
        word = get_element(iso, target, index)
        del held[mark:]
        held.append(word)
        words.append(word)
    return words


def to_reversed(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.33."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    check_length(iso, length)
    return new_array(iso, _read(iso, target, range(length - 1, -1, -1)))


def to_sorted(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.34."""
    comparator = comparator_argument(iso, arguments)
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    check_length(iso, length)
    return new_array(iso, sort_words(iso, _read(iso, target, range(length)), comparator))


def to_spliced(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.35."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    start = relative_index(iso, argument(iso, arguments, 0), length)
    skipped = 0 if not arguments else length - start
    if len(arguments) > 1:
        skipped = int(min(max(to_integer_or_infinity(iso, arguments[1]), 0), length - start))
    items = arguments[2:]
    count = length + len(items) - skipped
    if count > LARGEST_SAFE:
        type_error(iso, "Invalid array length")
    check_length(iso, count)
    words = _read(iso, target, range(start)) + items
    return new_array(iso, words + _read(iso, target, range(start + skipped, length)))


def with_element(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.39."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    index = to_integer_or_infinity(iso, argument(iso, arguments, 0))
    at = index + length if index < 0 else index
    if not 0 <= at < length:
        range_error(iso, "Invalid index : " + (str(int(index)) if abs(index) < LARGEST_SAFE else "Infinity"))
    check_length(iso, length)
    words = [*_read(iso, target, range(int(at))), argument(iso, arguments, 1)]
    return new_array(iso, words + _read(iso, target, range(int(at) + 1, length)))


METHODS = (
    Method("toReversed", 0, to_reversed),
    Method("toSorted", 1, to_sorted),
    Method("toSpliced", 2, to_spliced),
    Method("with", 2, with_element),
)
