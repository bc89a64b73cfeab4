"""Set (ECMA-262, section 24.2)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.collections.brands import of_kind, return_this
from seaofnodes.javascript.builtins.collections.cursors import live_entries
from seaofnodes.javascript.builtins.collections.filling import constructor
from seaofnodes.javascript.builtins.collections.iterators import ENTRIES, VALUES, new_iterator
from seaofnodes.javascript.builtins.collections.ordered_table import (
    SET_WIDTH,
    clear,
    count,
    delete,
    has,
    new_table,
    put,
)
from seaofnodes.javascript.builtins.collections.set_algebra import METHODS
from seaofnodes.javascript.builtins.table import (
    Alias,
    Function,
    Getter,
    Group,
    Intrinsic,
    Method,
    prototype_property,
    tag,
)
from seaofnodes.javascript.objects.factory import new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import COLLECTION_TABLE
from seaofnodes.javascript.operations.errors import describe, type_error


def new_set(iso: Isolate, prototype: int) -> int:
    """An empty Set."""
    return new_of_kind(iso, Kind.JS_SET, prototype, new_table(iso, SET_WIDTH))


def _table_of(iso: Isolate, set: int) -> int:
    return iso.memory.load(set, COLLECTION_TABLE)


@of_kind(Kind.JS_SET, "Set.prototype.has")
def set_has(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.has ( value )"""
    return iso.boolean(has(iso, _table_of(iso, this), argument(iso, arguments, 0), SET_WIDTH))


@of_kind(Kind.JS_SET, "Set.prototype.add")
def set_add(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.add ( value )"""
    table = put(iso, _table_of(iso, this), argument(iso, arguments, 0), None)
    iso.memory.store(this, COLLECTION_TABLE, table)
    return this


@of_kind(Kind.JS_SET, "Set.prototype.delete")
def set_delete(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.delete ( value )"""
    table = delete(iso, _table_of(iso, this), argument(iso, arguments, 0), SET_WIDTH)
    if table is not None:
        iso.memory.store(this, COLLECTION_TABLE, table)
    return iso.boolean(table is not None)


@of_kind(Kind.JS_SET, "Set.prototype.clear")
def set_clear(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.clear ( )"""
    iso.memory.store(this, COLLECTION_TABLE, clear(iso, _table_of(iso, this), SET_WIDTH))
    return iso.undefined


@of_kind(Kind.JS_SET, "get Set.prototype.size")
def set_size(iso: Isolate, this: int, arguments: list[int]) -> int:
    """get Set.prototype.size"""
    return iso.number(count(iso, _table_of(iso, this)))


@of_kind(Kind.JS_SET, "Set.prototype.forEach")
def set_for_each(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.forEach ( callback [ , thisArg ] )"""
    callback, receiver = argument(iso, arguments, 0), argument(iso, arguments, 1)
    if not iso.is_callable(callback):
        type_error(iso, f"{describe(iso, callback)} is not a function")
    for (value,) in live_entries(iso, this, SET_WIDTH):
        iso.call(callback, receiver, [value, value, this])
    return iso.undefined


@of_kind(Kind.JS_SET, "Set.prototype.entries")
def set_entries(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.entries ( )"""
    return new_iterator(iso, Kind.JS_SET_ITERATOR, _table_of(iso, this), ENTRIES)


@of_kind(Kind.JS_SET, "Set.prototype.values")
def set_values(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Set.prototype.values ( )"""
    return new_iterator(iso, Kind.JS_SET_ITERATOR, _table_of(iso, this), VALUES)


GROUPS = (
    Group(
        "Set",
        constructor=Function(0, constructor("Set", new_set, "add", set_add, pairs=False)),
        entries=(prototype_property("SetPrototype"), Getter("@@species", return_this)),
    ),
    Group(
        "SetPrototype",
        entries=(
            Intrinsic("constructor", "Set"),
            Method("has", 1, set_has),
            Method("add", 1, set_add),
            Method("delete", 1, set_delete),
            Method("clear", 0, set_clear),
            Method("entries", 0, set_entries),
            Method("forEach", 1, set_for_each),
            Getter("size", set_size),
            *METHODS,
            Method("values", 0, set_values),
            Alias("keys", of="values"),
            tag("Set"),
            Alias("@@iterator", of="values"),
        ),
    ),
)
