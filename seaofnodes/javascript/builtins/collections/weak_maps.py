"""WeakMap (ECMA-262, section 24.3). Its entries are not on the heap: runtime/heap/ephemerons.py."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.collections.brands import of_kind
from seaofnodes.javascript.builtins.collections.filling import constructor
from seaofnodes.javascript.builtins.collections.weak_keys import can_be_held_weakly
from seaofnodes.javascript.builtins.table import Function, Group, Intrinsic, Method, prototype_property, tag
from seaofnodes.javascript.objects.factory import new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.errors import describe, type_error


def new_weak_map(iso: Isolate, prototype: int) -> int:
    """An empty WeakMap."""
    found = new_of_kind(iso, Kind.JS_WEAK_MAP, prototype)
    iso.heap.ephemerons.add_table(found)
    return found


def _get(iso: Isolate, map: int, key: int) -> int | None:
    value = iso.heap.ephemerons.get(map, key)
    if value is not None and value & 1:
        iso.held.append(value)
    return value


def _set(iso: Isolate, map: int, key: int, value: int) -> None:
    _check_key(iso, key)
    iso.heap.ephemerons.set(map, key, value)


def _check_key(iso: Isolate, key: int) -> None:
    if not can_be_held_weakly(iso, key):
        type_error(iso, "Invalid value used as weak map key")


@of_kind(Kind.JS_WEAK_MAP, "WeakMap.prototype.delete")
def weak_map_delete(iso: Isolate, this: int, arguments: list[int]) -> int:
    """WeakMap.prototype.delete ( key )"""
    return iso.boolean(iso.heap.ephemerons.delete(this, argument(iso, arguments, 0)))


@of_kind(Kind.JS_WEAK_MAP, "WeakMap.prototype.get")
def weak_map_get(iso: Isolate, this: int, arguments: list[int]) -> int:
    """WeakMap.prototype.get ( key )"""
    value = _get(iso, this, argument(iso, arguments, 0))
    return iso.undefined if value is None else value


@of_kind(Kind.JS_WEAK_MAP, "WeakMap.prototype.has")
def weak_map_has(iso: Isolate, this: int, arguments: list[int]) -> int:
    """WeakMap.prototype.has ( key )"""
    return iso.boolean(iso.heap.ephemerons.get(this, argument(iso, arguments, 0)) is not None)


@of_kind(Kind.JS_WEAK_MAP, "WeakMap.prototype.set")
def weak_map_set(iso: Isolate, this: int, arguments: list[int]) -> int:
    """WeakMap.prototype.set ( key, value )"""
    _set(iso, this, argument(iso, arguments, 0), argument(iso, arguments, 1))
    return this


@of_kind(Kind.JS_WEAK_MAP, "WeakMap.prototype.getOrInsert")
def weak_map_get_or_insert(iso: Isolate, this: int, arguments: list[int]) -> int:
    """WeakMap.prototype.getOrInsert ( key, value )"""
    key = argument(iso, arguments, 0)
    _check_key(iso, key)
    value = _get(iso, this, key)
    if value is None:
        value = argument(iso, arguments, 1)
        _set(iso, this, key, value)
    return value


@of_kind(Kind.JS_WEAK_MAP, "WeakMap.prototype.getOrInsertComputed")
def weak_map_get_or_insert_computed(iso: Isolate, this: int, arguments: list[int]) -> int:
    """WeakMap.prototype.getOrInsertComputed ( key, callback )"""
    key, callback = argument(iso, arguments, 0), argument(iso, arguments, 1)
    _check_key(iso, key)
    if not iso.is_callable(callback):
        type_error(iso, f"{describe(iso, callback)} is not a function")
    value = _get(iso, this, key)
    if value is None:
        value = iso.call(callback, iso.undefined, [key])
        _set(iso, this, key, value)
    return value


GROUPS = (
    Group(
        "WeakMap",
        constructor=Function(0, constructor("WeakMap", new_weak_map, "set", weak_map_set, pairs=True)),
        entries=(prototype_property("WeakMapPrototype"),),
    ),
    Group(
        "WeakMapPrototype",
        entries=(
            Intrinsic("constructor", "WeakMap"),
            Method("delete", 1, weak_map_delete),
            Method("get", 1, weak_map_get),
            Method("set", 2, weak_map_set),
            Method("has", 1, weak_map_has),
            Method("getOrInsert", 2, weak_map_get_or_insert),
            Method("getOrInsertComputed", 2, weak_map_get_or_insert_computed),
            tag("WeakMap"),
        ),
    ),
)
