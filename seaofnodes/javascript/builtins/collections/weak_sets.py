"""WeakSet (ECMA-262, section 24.4). Its entries are not on the heap: runtime/heap/ephemerons.py."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.collections.brands import of_kind
from seaofnodes.javascript.builtins.collections.filling import constructor
from seaofnodes.javascript.builtins.collections.weak_keys import can_be_held_weakly
from seaofnodes.javascript.builtins.table import Function, Group, Intrinsic, Method, prototype_property, tag
from seaofnodes.javascript.objects.factory import new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.errors import type_error


def new_weak_set(iso: Isolate, prototype: int) -> int:
    """An empty WeakSet."""
    found = new_of_kind(iso, Kind.JS_WEAK_SET, prototype)
    iso.heap.ephemerons.add_table(found)
    return found


@of_kind(Kind.JS_WEAK_SET, "WeakSet.prototype.add")
def weak_set_add(iso: Isolate, this: int, arguments: list[int]) -> int:
    """WeakSet.prototype.add ( value )"""
    value = argument(iso, arguments, 0)
    if not can_be_held_weakly(iso, value):
        type_error(iso, "Invalid value used in weak set")
    iso.heap.ephemerons.set(this, value, iso.true)
    return this


@of_kind(Kind.JS_WEAK_SET, "WeakSet.prototype.delete")
def weak_set_delete(iso: Isolate, this: int, arguments: list[int]) -> int:
    """WeakSet.prototype.delete ( value )"""
    return iso.boolean(iso.heap.ephemerons.delete(this, argument(iso, arguments, 0)))


@of_kind(Kind.JS_WEAK_SET, "WeakSet.prototype.has")
def weak_set_has(iso: Isolate, this: int, arguments: list[int]) -> int:
    """WeakSet.prototype.has ( value )"""
    return iso.boolean(iso.heap.ephemerons.get(this, argument(iso, arguments, 0)) is not None)


GROUPS = (
    Group(
        "WeakSet",
        constructor=Function(0, constructor("WeakSet", new_weak_set, "add", weak_set_add, pairs=False)),
        entries=(prototype_property("WeakSetPrototype"),),
    ),
    Group(
        "WeakSetPrototype",
        entries=(
            Intrinsic("constructor", "WeakSet"),
            Method("delete", 1, weak_set_delete),
            Method("has", 1, weak_set_has),
            Method("add", 1, weak_set_add),
            tag("WeakSet"),
        ),
    ),
)
