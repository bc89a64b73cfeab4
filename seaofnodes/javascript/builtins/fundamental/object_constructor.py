"""The Object constructor (ECMA-262, section 20.1.2)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.fundamental.object_attributes import ATTRIBUTE_METHODS, define_properties
from seaofnodes.javascript.builtins.grouping import group_by
from seaofnodes.javascript.builtins.table import Function, Group, Method, prototype_property
from seaofnodes.javascript.objects.factory import new_array, new_object
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import PROXIES
from seaofnodes.javascript.objects.properties import (
    create_data,
    get,
    get_own,
    get_prototype,
    own_keys,
    set_prototype,
)
from seaofnodes.javascript.objects.strings import key_word
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.comparison import same_value
from seaofnodes.javascript.operations.conversions import to_object, to_property_key
from seaofnodes.javascript.operations.errors import describe, type_error
from seaofnodes.javascript.operations.iterators import iterate
from seaofnodes.javascript.operations.objects import (
    ordinary_create_from_constructor,
    set_or_throw,
)


def object_constructor(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.1.1."""
    if new_target not in (iso.undefined, iso.realm.intrinsic("Object")):
        return ordinary_create_from_constructor(iso, new_target, "ObjectPrototype")
    value = argument(iso, arguments, 0)
    if value == iso.undefined or value == iso.null:
        return new_object(iso)
    return to_object(iso, value)


def assign(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.1."""
    target = to_object(iso, argument(iso, arguments, 0))
    for source in arguments[1:]:
        if source == iso.undefined or source == iso.null:
            continue
        origin = to_object(iso, source)
        for key in own_keys(iso, origin):
            found = get_own(iso, origin, key)
            if found is not None and found.enumerable:
                set_or_throw(iso, target, key, get(iso, origin, key))
    return target


def create(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.2."""
    prototype = argument(iso, arguments, 0)
    if prototype != iso.null and not iso.is_object(prototype):
        type_error(iso, f"Object prototype may only be an Object or null: {describe(iso, prototype)}")
    result = new_object(iso, prototype)
    properties = argument(iso, arguments, 1)
    return result if properties == iso.undefined else define_properties(iso, result, properties)


def is_symbol(iso: Isolate, key: Key) -> bool:
    """Is a key a symbol?"""
    return key >= 0 and iso.is_symbol(key)


def _enumerable_own(iso: Isolate, value: int, *, keys: bool = False, values: bool = False) -> int:
    """Section 7.3.23, EnumerableOwnProperties: an array."""
    source = to_object(iso, value)
    found: list[int] = []
    for key in own_keys(iso, source):
        if is_symbol(iso, key):
            continue
        property = get_own(iso, source, key)
        if property is None or not property.enumerable:
            continue
        if not values:
            found.append(key_word(iso, key))
        elif not keys:
            found.append(get(iso, source, key))
        else:
            found.append(new_array(iso, [key_word(iso, key), get(iso, source, key)]))
    return new_array(iso, found)


def entries(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.5."""
    return _enumerable_own(iso, argument(iso, arguments, 0), keys=True, values=True)


def keys(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.19."""
    return _enumerable_own(iso, argument(iso, arguments, 0), keys=True)


def values(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.23."""
    return _enumerable_own(iso, argument(iso, arguments, 0), values=True)


def from_entries(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.7."""
    iterable = argument(iso, arguments, 0)
    if iterable == iso.undefined or iterable == iso.null:
        type_error(iso, f"{describe(iso, iterable)} is not iterable")
    result = new_object(iso)
    with iterate(iso, iterable) as pairs:
        for pair in pairs:
            if not iso.is_object(pair):
                type_error(iso, f"Iterator value {describe(iso, pair)} is not an entry object")
            name, value = get(iso, pair, ~0), get(iso, pair, ~1)
            create_data(iso, result, to_property_key(iso, name), value)
    return result


def get_own_property_names(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.10."""
    source = to_object(iso, argument(iso, arguments, 0))
    return new_array(iso, [key_word(iso, key) for key in own_keys(iso, source) if not is_symbol(iso, key)])


def get_own_property_symbols(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.11."""
    source = to_object(iso, argument(iso, arguments, 0))
    return new_array(iso, [key for key in own_keys(iso, source) if is_symbol(iso, key)])


def get_prototype_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.12."""
    return get_prototype(iso, to_object(iso, argument(iso, arguments, 0)))


def set_prototype_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.22."""
    value, prototype = argument(iso, arguments, 0), argument(iso, arguments, 1)
    if value == iso.undefined or value == iso.null:
        type_error(iso, "Object.setPrototypeOf called on null or undefined")
    if prototype != iso.null and not iso.is_object(prototype):
        type_error(iso, f"Object prototype may only be an Object or null: {describe(iso, prototype)}")
    if iso.is_object(value):
        change_prototype(iso, value, prototype)
    return value


def change_prototype(iso: Isolate, value: int, prototype: int) -> None:
    """Set the prototype of an object. Throws a TypeError if that cannot be."""
    if not set_prototype(iso, value, prototype):
        if value == iso.realm.intrinsic("ObjectPrototype"):
            type_error(iso, "Immutable prototype object 'Object.prototype' cannot have their prototype set")
        reaches = prototype
        while reaches not in (iso.null, value) and iso.kind(reaches) not in PROXIES:
            reaches = get_prototype(iso, reaches)
        if reaches == value:
            type_error(iso, "Cyclic __proto__ value")
        type_error(iso, f"{describe(iso, value)} is not extensible")


def object_group_by(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.13."""
    groups = group_by(iso, argument(iso, arguments, 0), argument(iso, arguments, 1), to_property_key)
    result = new_object(iso, iso.null)
    for key, members in groups.items():
        create_data(iso, result, key, new_array(iso, members))
    return result


def has_own(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.14."""
    source = to_object(iso, argument(iso, arguments, 0))
    return iso.boolean(get_own(iso, source, to_property_key(iso, argument(iso, arguments, 1))) is not None)


def is_same(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.15."""
    return iso.boolean(same_value(iso, argument(iso, arguments, 0), argument(iso, arguments, 1)))


GROUPS = (
    Group(
        "Object",
        constructor=Function(1, object_constructor),
        entries=[
            prototype_property("ObjectPrototype"),
            Method("assign", 2, assign),
            *ATTRIBUTE_METHODS,
            Method("getOwnPropertyNames", 1, get_own_property_names),
            Method("getOwnPropertySymbols", 1, get_own_property_symbols),
            Method("hasOwn", 2, has_own),
            Method("is", 2, is_same),
            Method("create", 2, create),
            Method("getPrototypeOf", 1, get_prototype_of),
            Method("setPrototypeOf", 2, set_prototype_of),
            Method("keys", 1, keys),
            Method("entries", 1, entries),
            Method("fromEntries", 1, from_entries),
            Method("values", 1, values),
            Method("groupBy", 2, object_group_by),
        ],
    ),
)
