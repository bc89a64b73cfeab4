"""Methods of Set that take another set (ECMA-262, sections 24.2.1.2 and 24.2.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.collections.brands import of_kind
from seaofnodes.javascript.builtins.collections.cursors import live_entries
from seaofnodes.javascript.builtins.collections.ordered_table import (
    SET_WIDTH,
    copy,
    count,
    delete,
    has,
    new_table,
    put,
)
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.factory import new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import COLLECTION_TABLE
from seaofnodes.javascript.operations.conversions import to_boolean, to_float, to_integer_or_infinity
from seaofnodes.javascript.operations.errors import describe, range_error, type_error
from seaofnodes.javascript.operations.iterators import Iteration, get_iterator_direct


@dataclass(slots=True)
class _SetRecord:
    """What acts as a set: an object, its size, its methods `has` and `keys` (words)."""

    object: int
    size: int | float
    has: int
    keys: int

    def contains(self, iso: Isolate, value: int) -> bool:
        return to_boolean(iso, iso.call(self.has, self.object, [value]))

    def iterate(self, iso: Isolate) -> Iteration:
        """The values, for a loop; leaving it early closes the iterator."""
        iterator = iso.call(self.keys, self.object, [])
        if not iso.is_object(iterator):
            type_error(iso, "Result of the keys method is not an object")
        return Iteration(iso, get_iterator_direct(iso, iterator))


def _truncating(iso: Isolate, values: Iteration) -> Iterator[int]:
    """The values; what a step of the loop has put into `held` goes with the next one."""
    mark = len(iso.held)
    for value in values:
        yield value
        del iso.held[mark:]


def _set_record(iso: Isolate, arguments: list[int], method: str) -> _SetRecord:
    """GetSetRecord."""
    other = argument(iso, arguments, 0)
    if not iso.is_object(other):
        type_error(iso, f"{method} argument must be an object")
    number = to_float(iso, properties.get(iso, other, iso.name("size")))
    if number != number:
        type_error(iso, "The .size property is NaN")
    size = to_integer_or_infinity(iso, iso.number(number))
    if size < 0:
        range_error(iso, f"'{describe(iso, iso.number(number))}' is an invalid size")
    methods = []
    for name in ("has", "keys"):
        found = properties.get(iso, other, iso.name(name))
        if not iso.is_callable(found):
            type_error(iso, f'string "{name}" is not a function')
        methods.append(found)
    return _SetRecord(other, size, *methods)


def _table_of(iso: Isolate, set: int) -> int:
    return iso.memory.load(set, COLLECTION_TABLE)


def _size(iso: Isolate, set: int) -> int:
    return count(iso, _table_of(iso, set))


def _has(iso: Isolate, set: int, value: int) -> bool:
    return has(iso, _table_of(iso, set), value, SET_WIDTH)


def _add(iso: Isolate, set: int, value: int) -> None:
    iso.memory.store(set, COLLECTION_TABLE, put(iso, _table_of(iso, set), value, None))


def _delete(iso: Isolate, set: int, value: int) -> None:
    table = delete(iso, _table_of(iso, set), value, SET_WIDTH)
    if table is not None:
        iso.memory.store(set, COLLECTION_TABLE, table)


def _new(iso: Isolate, table: int) -> int:
    return new_of_kind(iso, Kind.JS_SET, iso.realm.intrinsic("SetPrototype"), table)


def _copy(iso: Isolate, set: int) -> int:
    return _new(iso, copy(iso, _table_of(iso, set), SET_WIDTH))


@of_kind(Kind.JS_SET, "Set.prototype.union")
def union(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.union ( other )"""
    values = _set_record(iso, arguments, "Set.prototype.union").iterate(iso)
    result = _copy(iso, this)
    for value in _truncating(iso, values):
        _add(iso, result, value)
    return result


@of_kind(Kind.JS_SET, "Set.prototype.intersection")
def intersection(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.intersection ( other )"""
    other = _set_record(iso, arguments, "Set.prototype.intersection")
    result = _new(iso, new_table(iso, SET_WIDTH))
    if _size(iso, this) <= other.size:
        for (value,) in live_entries(iso, this, SET_WIDTH):
            if other.contains(iso, value):
                _add(iso, result, value)
    else:
        for value in _truncating(iso, other.iterate(iso)):
            if _has(iso, this, value):
                _add(iso, result, value)
    return result


@of_kind(Kind.JS_SET, "Set.prototype.difference")
def difference(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.difference ( other )"""
    other = _set_record(iso, arguments, "Set.prototype.difference")
    smaller = _size(iso, this) <= other.size
    result = _copy(iso, this)
    if smaller:
        for (value,) in live_entries(iso, result, SET_WIDTH):
            if other.contains(iso, value):
                _delete(iso, result, value)
    else:
        for value in _truncating(iso, other.iterate(iso)):
            _delete(iso, result, value)
    return result


@of_kind(Kind.JS_SET, "Set.prototype.symmetricDifference")
def symmetric_difference(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.symmetricDifference ( other )"""
    values = _set_record(iso, arguments, "Set.prototype.symmetricDifference").iterate(iso)
    result = _copy(iso, this)
    for value in _truncating(iso, values):
        if _has(iso, this, value):
            _delete(iso, result, value)
        else:
            _add(iso, result, value)
    return result


@of_kind(Kind.JS_SET, "Set.prototype.isSubsetOf")
def is_subset_of(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.isSubsetOf ( other )"""
    other = _set_record(iso, arguments, "Set.prototype.isSubsetOf")
    if _size(iso, this) > other.size:
        return iso.false
    entries = live_entries(iso, this, SET_WIDTH)
    return iso.boolean(all(other.contains(iso, value) for (value,) in entries))


@of_kind(Kind.JS_SET, "Set.prototype.isSupersetOf")
def is_superset_of(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.isSupersetOf ( other )"""
    other = _set_record(iso, arguments, "Set.prototype.isSupersetOf")
    if _size(iso, this) < other.size:
        return iso.false
    with other.iterate(iso) as values:
        return iso.boolean(all(_has(iso, this, value) for value in _truncating(iso, values)))


@of_kind(Kind.JS_SET, "Set.prototype.isDisjointFrom")
def is_disjoint_from(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.isDisjointFrom ( other )"""
    other = _set_record(iso, arguments, "Set.prototype.isDisjointFrom")
    if _size(iso, this) <= other.size:
        entries = live_entries(iso, this, SET_WIDTH)
        return iso.boolean(not any(other.contains(iso, value) for (value,) in entries))
    with other.iterate(iso) as values:
        return iso.boolean(not any(_has(iso, this, value) for value in _truncating(iso, values)))


METHODS = (
    Method("union", 1, union),
    Method("intersection", 1, intersection),
    Method("difference", 1, difference),
    Method("symmetricDifference", 1, symmetric_difference),
    Method("isSubsetOf", 1, is_subset_of),
    Method("isSupersetOf", 1, is_superset_of),
    Method("isDisjointFrom", 1, is_disjoint_from),
)
