"""What Object's methods do with attributes: defining, freezing, sealing (ECMA-262, section 20.1.2)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.descriptors import from_property_descriptor, to_property_descriptor
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects.factory import new_object
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.properties import (
    Property,
    create_data,
    get,
    get_own,
    is_extensible,
    own_keys,
    prevent_extensions as prevent,
)
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.conversions import to_object, to_property_key
from seaofnodes.javascript.operations.errors import describe, type_error
from seaofnodes.javascript.operations.objects import define_or_throw


def define_property(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.4."""
    target = argument(iso, arguments, 0)
    if not iso.is_object(target):
        type_error(iso, "Object.defineProperty called on non-object")
    key = to_property_key(iso, argument(iso, arguments, 1))
    define_or_throw(iso, target, key, to_property_descriptor(iso, argument(iso, arguments, 2)))
    return target


def define_properties(iso: Isolate, target: int, properties: int) -> int:
    """Section 20.1.2.3.1, ObjectDefineProperties."""
    source = to_object(iso, properties)
    read: list[tuple[Key, Property]] = []
    for key in own_keys(iso, source):
        found = get_own(iso, source, key)
        if found is not None and found.enumerable:
            read.append((key, to_property_descriptor(iso, get(iso, source, key))))
    for key, property in read:
        define_or_throw(iso, target, key, property)
    return target


def object_define_properties(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.3."""
    target = argument(iso, arguments, 0)
    if not iso.is_object(target):
        type_error(iso, "Object.defineProperties called on non-object")
    return define_properties(iso, target, argument(iso, arguments, 1))


def get_own_property_descriptor(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.8."""
    source = to_object(iso, argument(iso, arguments, 0))
    key = to_property_key(iso, argument(iso, arguments, 1))
    return from_property_descriptor(iso, get_own(iso, source, key))


def get_own_property_descriptors(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.9."""
    source = to_object(iso, argument(iso, arguments, 0))
    result = new_object(iso)
    for key in own_keys(iso, source):
        found = get_own(iso, source, key)
        if found is not None:
            create_data(iso, result, key, from_property_descriptor(iso, found))
    return result


def set_integrity_level(iso: Isolate, target: int, *, frozen: bool) -> bool:
    """Section 7.3.15: no more properties, none can be removed; if frozen, none can be assigned to, either."""
    if not prevent(iso, target):
        return False
    for key in own_keys(iso, target):
        change = Property(configurable=False)
        if frozen:
            found = get_own(iso, target, key)
            if found is None:
                continue
            if found.get is None and found.set is None:
                change.writable = False
        define_or_throw(iso, target, key, change)
    return True


def test_integrity_level(iso: Isolate, target: int, *, frozen: bool) -> bool:
    """Section 7.3.16."""
    if is_extensible(iso, target):
        return False
    for key in own_keys(iso, target):
        found = get_own(iso, target, key)
        if found is not None and (found.configurable or (frozen and found.writable)):
            return False
    return True


def freeze(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.6."""
    target = argument(iso, arguments, 0)
    if iso.kind(target) == Kind.JS_TYPED_ARRAY and get_own(iso, target, ~0) is not None:
        type_error(iso, "Cannot freeze array buffer views with elements")
    if iso.is_object(target) and not set_integrity_level(iso, target, frozen=True):
        type_error(iso, f"Cannot freeze {describe(iso, target)}")
    return target


def seal(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.21."""
    target = argument(iso, arguments, 0)
    if iso.is_object(target) and not set_integrity_level(iso, target, frozen=False):
        type_error(iso, f"Cannot seal {describe(iso, target)}")
    return target


def prevent_extensions(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.20."""
    target = argument(iso, arguments, 0)
    if iso.is_object(target) and not prevent(iso, target):
        type_error(iso, "Cannot prevent extensions")
    return target


def is_frozen(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.17."""
    target = argument(iso, arguments, 0)
    return iso.boolean(not iso.is_object(target) or test_integrity_level(iso, target, frozen=True))


def is_sealed(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.18."""
    target = argument(iso, arguments, 0)
    return iso.boolean(not iso.is_object(target) or test_integrity_level(iso, target, frozen=False))


def object_is_extensible(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.2.16."""
    target = argument(iso, arguments, 0)
    return iso.boolean(iso.is_object(target) and is_extensible(iso, target))


ATTRIBUTE_METHODS = (
    Method("getOwnPropertyDescriptor", 2, get_own_property_descriptor),
    Method("getOwnPropertyDescriptors", 1, get_own_property_descriptors),
    Method("defineProperty", 3, define_property),
    Method("defineProperties", 2, object_define_properties),
    Method("freeze", 1, freeze),
    Method("isFrozen", 1, is_frozen),
    Method("seal", 1, seal),
    Method("isSealed", 1, is_sealed),
    Method("preventExtensions", 1, prevent_extensions),
    Method("isExtensible", 1, object_is_extensible),
)
