"""The essential internal methods of any object (ECMA-262, 6.1.7.2), and shorthands."""

from __future__ import annotations

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import (
    CONFIGURABLE,
    DEFAULT,
    MAYBE_LAZY,
    WRITABLE,
)
from seaofnodes.javascript.objects.methods.ordinary import get_element, get_named
from seaofnodes.javascript.objects.methods.setting import set_element, set_named
from seaofnodes.javascript.objects.methods.slots import add_property
from seaofnodes.javascript.objects.property import Property as Property
from seaofnodes.javascript.objects.words import Key


def get_own(iso: Isolate, obj: int, key: Key) -> Property | None:
    """[[GetOwnProperty]]"""
    return iso.shape(obj).methods.get_own(iso, obj, key)


def define_own(iso: Isolate, obj: int, key: Key, wanted: Property) -> bool:
    """[[DefineOwnProperty]]"""
    return iso.shape(obj).methods.define_own(iso, obj, key, wanted)


def has(iso: Isolate, obj: int, key: Key) -> bool:
    """[[HasProperty]]"""
    return iso.shape(obj).methods.has(iso, obj, key)


def get(iso: Isolate, obj: int, key: Key, receiver: int | None = None) -> int:
    """[[Get]]; receiver: the object itself unless given."""
    if key >= 0:
        return get_named(iso, obj, key, obj if receiver is None else receiver)
    return get_element(iso, obj, ~key, obj if receiver is None else receiver)


def set_(iso: Isolate, obj: int, key: Key, value: int, receiver: int | None = None) -> bool:
    """[[Set]]; receiver: the object itself unless given."""
    if receiver is not None and receiver != obj:
        return iso.shape(obj).methods.set(iso, obj, key, value, receiver)
    if key >= 0:
        return set_named(iso, obj, key, value)
    return set_element(iso, obj, ~key, value)


def delete(iso: Isolate, obj: int, key: Key) -> bool:
    """[[Delete]]"""
    return iso.shape(obj).methods.delete(iso, obj, key)


def own_keys(iso: Isolate, obj: int) -> list[Key]:
    """[[OwnPropertyKeys]]: indices in ascending order, names, symbols. They are held by the object alone."""
    return iso.shape(obj).methods.own_keys(iso, obj)


def get_prototype(iso: Isolate, obj: int) -> int:
    """[[GetPrototypeOf]]: an object or null."""
    return iso.shape(obj).methods.get_prototype(iso, obj)


def set_prototype(iso: Isolate, obj: int, prototype: int) -> bool:
    """[[SetPrototypeOf]]; prototype: an object or null."""
    return iso.shape(obj).methods.set_prototype(iso, obj, prototype)


def is_extensible(iso: Isolate, obj: int) -> bool:
    """[[IsExtensible]]"""
    return iso.shape(obj).methods.is_extensible(iso, obj)


def prevent_extensions(iso: Isolate, obj: int) -> bool:
    """[[PreventExtensions]]"""
    return iso.shape(obj).methods.prevent_extensions(iso, obj)


def create_data(iso: Isolate, obj: int, key: Key, value: int) -> bool:
    """CreateDataProperty (7.3.5)"""
    shape = iso.shape(obj)
    if key >= 0 and shape.plain_names and shape.extensible and shape.lookup(key) is None:
        add_property(iso, obj, shape, key, value, DEFAULT)
        return True
    return shape.methods.define_own(iso, obj, key, Property(value, None, None, True, True, True))


def define(
    iso: Isolate,
    obj: int,
    key: Key,
    value: int,
    *,
    writable: bool = True,
    enumerable: bool = False,
    configurable: bool = True,
) -> bool:
    """Define a data property; as those of the library are, unless told otherwise."""
    return define_own(iso, obj, key, Property(value, None, None, writable, enumerable, configurable))


def define_lazy(iso: Isolate, obj: int, key: Key, lazy: int, attributes: int = WRITABLE | CONFIGURABLE) -> None:
    """Add a data property that an ordinary object does not have, with a value of `Isolate.lazy_value`.

    attributes: WRITABLE, ENUMERABLE, CONFIGURABLE of layout.py.
    """
    add_property(iso, obj, iso.shape(obj), key, lazy, attributes | MAYBE_LAZY)


def define_accessor(
    iso: Isolate, obj: int, key: Key, getter: int, setter: int, *, enumerable: bool = False, configurable: bool = True
) -> bool:
    """Define an accessor; getter, setter: functions or undefined."""
    return define_own(iso, obj, key, Property(None, getter, setter, None, enumerable, configurable))
