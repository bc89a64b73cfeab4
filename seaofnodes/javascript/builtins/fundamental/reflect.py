"""Reflect (ECMA-262, section 28.1)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.descriptors import from_property_descriptor, to_property_descriptor
from seaofnodes.javascript.builtins.refusals import not_applicable
from seaofnodes.javascript.builtins.table import Group, Method, tag
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.factory import new_array
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.strings import key_word
from seaofnodes.javascript.operations.access import call
from seaofnodes.javascript.operations.conversions import to_property_key
from seaofnodes.javascript.operations.errors import describe, type_error
from seaofnodes.javascript.operations.objects import create_list_from_array_like


def _target(iso: Isolate, arguments: list[int], method: str) -> int:
    target = argument(iso, arguments, 0)
    if not iso.is_object(target):
        type_error(iso, f"Reflect.{method} called on non-object")
    return target


def apply(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.1.1."""
    function, receiver, values = (argument(iso, arguments, index) for index in range(3))
    if not iso.is_callable(function):
        not_applicable(iso, function, "apply")
    return call(iso, function, receiver, create_list_from_array_like(iso, values))


def construct(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.1.2."""
    constructor, values = argument(iso, arguments, 0), argument(iso, arguments, 1)
    target = arguments[2] if len(arguments) > 2 else constructor
    for word in (constructor, target):
        if not iso.is_constructor(word):
            type_error(iso, f"{describe(iso, word)} is not a constructor")
    return iso.construct(constructor, create_list_from_array_like(iso, values), target)


def define_property(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.1.3."""
    target = _target(iso, arguments, "defineProperty")
    key = to_property_key(iso, argument(iso, arguments, 1))
    wanted = to_property_descriptor(iso, argument(iso, arguments, 2))
    return iso.boolean(properties.define_own(iso, target, key, wanted))


def delete_property(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.1.4."""
    target = _target(iso, arguments, "deleteProperty")
    return iso.boolean(properties.delete(iso, target, to_property_key(iso, argument(iso, arguments, 1))))


def get(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.1.5."""
    target = _target(iso, arguments, "get")
    key = to_property_key(iso, argument(iso, arguments, 1))
    return properties.get(iso, target, key, arguments[2] if len(arguments) > 2 else target)


def get_own_property_descriptor(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.1.6."""
    target = _target(iso, arguments, "getOwnPropertyDescriptor")
    key = to_property_key(iso, argument(iso, arguments, 1))
    return from_property_descriptor(iso, properties.get_own(iso, target, key))


def get_prototype_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.1.7."""
    return properties.get_prototype(iso, _target(iso, arguments, "getPrototypeOf"))


def has(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.1.8."""
    target = _target(iso, arguments, "has")
    return iso.boolean(properties.has(iso, target, to_property_key(iso, argument(iso, arguments, 1))))


def is_extensible(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.1.9."""
    return iso.boolean(properties.is_extensible(iso, _target(iso, arguments, "isExtensible")))


def own_keys(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.1.10."""
    target = _target(iso, arguments, "ownKeys")
    return new_array(iso, [key_word(iso, key) for key in properties.own_keys(iso, target)])


def prevent_extensions(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.1.11."""
    return iso.boolean(properties.prevent_extensions(iso, _target(iso, arguments, "preventExtensions")))


def set_(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.1.12."""
    target = _target(iso, arguments, "set")
    key = to_property_key(iso, argument(iso, arguments, 1))
    receiver = arguments[3] if len(arguments) > 3 else target
    return iso.boolean(properties.set_(iso, target, key, argument(iso, arguments, 2), receiver))


def set_prototype_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.1.13."""
    target, prototype = _target(iso, arguments, "setPrototypeOf"), argument(iso, arguments, 1)
    if prototype != iso.null and not iso.is_object(prototype):
        type_error(iso, f"Object prototype may only be an Object or null: {describe(iso, prototype)}")
    return iso.boolean(properties.set_prototype(iso, target, prototype))


GROUPS = (
    Group(
        "Reflect",
        entries=[
            Method("defineProperty", 3, define_property),
            Method("deleteProperty", 2, delete_property),
            Method("apply", 3, apply),
            Method("construct", 2, construct),
            Method("get", 2, get),
            Method("getOwnPropertyDescriptor", 2, get_own_property_descriptor),
            Method("getPrototypeOf", 1, get_prototype_of),
            Method("has", 2, has),
            Method("isExtensible", 1, is_extensible),
            Method("ownKeys", 1, own_keys),
            Method("preventExtensions", 1, prevent_extensions),
            Method("set", 3, set_),
            Method("setPrototypeOf", 2, set_prototype_of),
            tag("Reflect"),
        ],
    ),
)
