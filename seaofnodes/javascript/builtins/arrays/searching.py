"""at, includes, indexOf, lastIndexOf, find and its relatives (ECMA-262, section 23.1.3)."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays import fast
from seaofnodes.javascript.builtins.arrays.access import (
    callback_argument,
    element_or_none,
    get_element,
    relative_index,
)
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import smi
from seaofnodes.javascript.operations.comparison import same_value_zero, strict_equals
from seaofnodes.javascript.operations.conversions import to_boolean, to_integer_or_infinity, to_object
from seaofnodes.javascript.operations.objects import length_of_array_like


def at(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.1."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    index = to_integer_or_infinity(iso, argument(iso, arguments, 0))
    if index < 0:
        index += length
    return get_element(iso, target, int(index)) if 0 <= index < length else iso.undefined


def includes(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.16."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    if length == 0:
        return iso.false
    wanted = argument(iso, arguments, 0)
    mark = len(iso.held)
    for index in range(relative_index(iso, argument(iso, arguments, 1), length), length):
        if same_value_zero(iso, get_element(iso, target, index), wanted):
            return iso.true
        del iso.held[mark:]
    return iso.false


def index_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.17."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    if length == 0:
        return smi(-1)
    start = relative_index(iso, argument(iso, arguments, 1), length)
    found = fast.index_of(iso, target, argument(iso, arguments, 0), start)
    if found is not None:
        return iso.number(found)
    return _first_equal(iso, target, range(start, length), argument(iso, arguments, 0))


def last_index_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.20."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    if length == 0:
        return smi(-1)
    start = to_integer_or_infinity(iso, arguments[1]) if len(arguments) > 1 else length - 1
    if start == -inf:
        return smi(-1)
    last = int(min(start, length - 1)) if start >= 0 else int(length + start)
    return _first_equal(iso, target, range(last, -1, -1), argument(iso, arguments, 0))


def _first_equal(iso: Isolate, target: int, indices: range, wanted: int) -> int:
    mark = len(iso.held)
    for index in indices:
        found = element_or_none(iso, target, index)
        if found is not None and strict_equals(iso, found, wanted):
            return iso.number(index)
        del iso.held[mark:]
    return smi(-1)


def _find(iso: Isolate, this: int, arguments: list[int], backwards: bool) -> tuple[int, int]:
    """Section 23.1.3.12.1, FindViaPredicate: index and element; -1 and undefined if there is none."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    callback = callback_argument(iso, arguments)
    receiver = argument(iso, arguments, 1)
    indices: Iterable[int] = range(length - 1, -1, -1) if backwards else range(length)
    mark = len(iso.held)
    for index in indices:
        value = get_element(iso, target, index)
        if to_boolean(iso, iso.call(callback, receiver, [value, iso.number(index), target])):
            return index, value
        del iso.held[mark:]
    return -1, iso.undefined


def find(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.9."""
    return _find(iso, this, arguments, backwards=False)[1]


def find_index(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.10."""
    return iso.number(_find(iso, this, arguments, backwards=False)[0])


def find_last(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.11."""
    return _find(iso, this, arguments, backwards=True)[1]


def find_last_index(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.12."""
    return iso.number(_find(iso, this, arguments, backwards=True)[0])


METHODS = (
    Method("at", 1, at),
    Method("find", 1, find),
    Method("findIndex", 1, find_index),
    Method("findLast", 1, find_last),
    Method("findLastIndex", 1, find_last_index),
    Method("lastIndexOf", 1, last_index_of),
    Method("includes", 1, includes),
    Method("indexOf", 1, index_of),
)
