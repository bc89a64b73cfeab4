"""Map (ECMA-262, section 24.1)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.collections.brands import of_kind, return_this
from seaofnodes.javascript.builtins.collections.cursors import live_entries
from seaofnodes.javascript.builtins.collections.filling import constructor
from seaofnodes.javascript.builtins.collections.hashing import canonical
from seaofnodes.javascript.builtins.collections.iterators import ENTRIES, KEYS, VALUES, new_iterator
from seaofnodes.javascript.builtins.collections.ordered_table import (
    MAP_WIDTH,
    clear,
    count,
    delete,
    get,
    has,
    new_table,
    put,
)
from seaofnodes.javascript.builtins.grouping import group_by
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
from seaofnodes.javascript.objects.factory import new_array, new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import COLLECTION_TABLE
from seaofnodes.javascript.operations.errors import describe, type_error


def new_map(iso: Isolate, prototype: int) -> int:
    """An empty Map."""
    return new_of_kind(iso, Kind.JS_MAP, prototype, new_table(iso, MAP_WIDTH))


def table_of(iso: Isolate, map: int) -> int:
    """Its table, which is in use."""
    return iso.memory.load(map, COLLECTION_TABLE)


def set_entry(iso: Isolate, map: int, key: int, value: int) -> None:
    """Add an entry, or change it."""
    iso.memory.store(map, COLLECTION_TABLE, put(iso, table_of(iso, map), key, value))


def map_group_by(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Map.groupBy ( items, callback )"""
    found = new_map(iso, iso.realm.intrinsic("MapPrototype"))
    table = new_map(iso, iso.null)  # from keys to the Smi of their group

    def group_of(iso: Isolate, key: int) -> int:
        number = get(iso, table_of(iso, table), key)
        if number is None:
            keys.append(canonical(iso, key))
            iso.held.append(keys[-1])
            number = iso.number(len(keys) - 1)
            set_entry(iso, table, key, number)
        return number

    keys: list[int] = []
    groups = group_by(iso, argument(iso, arguments, 0), argument(iso, arguments, 1), group_of)
    for key, items in zip(keys, groups.values(), strict=True):
        set_entry(iso, found, key, new_array(iso, items))
    return found


@of_kind(Kind.JS_MAP, "Map.prototype.get")
def map_get(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Map.prototype.get ( key )"""
    value = get(iso, table_of(iso, this), argument(iso, arguments, 0))
    return iso.undefined if value is None else value


@of_kind(Kind.JS_MAP, "Map.prototype.set")
def map_set(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Map.prototype.set ( key, value )"""
    set_entry(iso, this, argument(iso, arguments, 0), argument(iso, arguments, 1))
    return this


@of_kind(Kind.JS_MAP, "Map.prototype.has")
def map_has(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Map.prototype.has ( key )"""
    return iso.boolean(has(iso, table_of(iso, this), argument(iso, arguments, 0), MAP_WIDTH))


@of_kind(Kind.JS_MAP, "Map.prototype.delete")
def map_delete(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Map.prototype.delete ( key )"""
    table = delete(iso, table_of(iso, this), argument(iso, arguments, 0), MAP_WIDTH)
    if table is not None:
        iso.memory.store(this, COLLECTION_TABLE, table)
    return iso.boolean(table is not None)


@of_kind(Kind.JS_MAP, "Map.prototype.clear")
def map_clear(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Map.prototype.clear ( )"""
    iso.memory.store(this, COLLECTION_TABLE, clear(iso, table_of(iso, this), MAP_WIDTH))
    return iso.undefined


@of_kind(Kind.JS_MAP, "get Map.prototype.size")
def map_size(iso: Isolate, this: int, arguments: list[int]) -> int:
    """get Map.prototype.size"""
    return iso.number(count(iso, table_of(iso, this)))


@of_kind(Kind.JS_MAP, "Map.prototype.forEach")
def map_for_each(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Map.prototype.forEach ( callback [ , thisArg ] )"""
    callback, receiver = argument(iso, arguments, 0), argument(iso, arguments, 1)
    if not iso.is_callable(callback):
        type_error(iso, f"{describe(iso, callback)} is not a function")
    for key, value in live_entries(iso, this, MAP_WIDTH):
        iso.call(callback, receiver, [value, key, this])
    return iso.undefined


@of_kind(Kind.JS_MAP, "Map.prototype.entries")
def map_entries(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Map.prototype.entries ( )"""
    return new_iterator(iso, Kind.JS_MAP_ITERATOR, table_of(iso, this), ENTRIES)


@of_kind(Kind.JS_MAP, "Map.prototype.keys")
def map_keys(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Map.prototype.keys ( )"""
    return new_iterator(iso, Kind.JS_MAP_ITERATOR, table_of(iso, this), KEYS)


@of_kind(Kind.JS_MAP, "Map.prototype.values")
def map_values(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Map.prototype.values ( )"""
    return new_iterator(iso, Kind.JS_MAP_ITERATOR, table_of(iso, this), VALUES)


@of_kind(Kind.JS_MAP, "Map.prototype.getOrInsert")
def map_get_or_insert(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Map.prototype.getOrInsert ( key, value )"""
    key = argument(iso, arguments, 0)
    value = get(iso, table_of(iso, this), key)
    if value is None:
        value = argument(iso, arguments, 1)
        set_entry(iso, this, key, value)
    return value


@of_kind(Kind.JS_MAP, "Map.prototype.getOrInsertComputed")
def map_get_or_insert_computed(iso: Isolate, this: int, arguments: list[int]) -> int:
    """Map.prototype.getOrInsertComputed ( key, callback )"""
    callback = argument(iso, arguments, 1)
    if not iso.is_callable(callback):
        type_error(iso, f"{describe(iso, callback)} is not a function")
    key = canonical(iso, argument(iso, arguments, 0))
    iso.held.append(key)
    value = get(iso, table_of(iso, this), key)
    if value is None:
        value = iso.call(callback, iso.undefined, [key])
        set_entry(iso, this, key, value)
    return value


GROUPS = (
    Group(
        "Map",
        constructor=Function(0, constructor("Map", new_map, "set", map_set, pairs=True)),
        entries=(
            Method("groupBy", 2, map_group_by),
            prototype_property("MapPrototype"),
            Getter("@@species", return_this),
        ),
    ),
    Group(
        "MapPrototype",
        entries=(
            Intrinsic("constructor", "Map"),
            Method("get", 1, map_get),
            Method("set", 2, map_set),
            Method("has", 1, map_has),
            Method("delete", 1, map_delete),
            Method("clear", 0, map_clear),
            Method("entries", 0, map_entries),
            Method("forEach", 1, map_for_each),
            Method("keys", 0, map_keys),
            Getter("size", map_size),
            Method("values", 0, map_values),
            Method("getOrInsert", 2, map_get_or_insert),
            Method("getOrInsertComputed", 2, map_get_or_insert_computed),
            tag("Map"),
            Alias("@@iterator", of="entries"),
        ),
    ),
)
