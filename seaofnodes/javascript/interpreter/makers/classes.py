"""Classes and accessors of literals (ECMA-262, 15.7.14)."""

from __future__ import annotations

from seaofnodes.javascript.bytecode.constants import ClassBoilerplate
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.property import Property
from seaofnodes.javascript.objects.strings import key_of_text, key_word
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.conversions import to_property_key
from seaofnodes.javascript.operations.errors import describe, type_error
from seaofnodes.javascript.operations.objects import define_or_throw, set_function_name

_PREFIXES = {"method": "", "get": "get", "set": "set"}


def define_class(
    iso: Isolate, boilerplate: ClassBoilerplate, constructor: int, superclass: int, members: list[int]
) -> int:
    """Make a class of its constructor; the prototype. superclass: the hole if there is none; members: functions, each
    behind its key if that is computed.
    """
    parent, above = _heritage(iso, superclass)
    prototype = factory.new_object(iso, parent)
    properties.set_prototype(iso, constructor, above)
    properties.define(
        iso, constructor, iso.name("prototype"), prototype, writable=False, enumerable=False, configurable=False
    )
    properties.define(iso, prototype, iso.name("constructor"), constructor)
    values = iter(members)
    for kind, static, name in boilerplate.members:
        key = to_property_key(iso, next(values)) if name is None else _key(iso, name)
        function = next(values)
        if name is None:
            set_function_name(iso, function, key_word(iso, key), _PREFIXES[kind])
        target = constructor if static else prototype
        if static and key == iso.name("prototype"):
            type_error(iso, "Classes may not have a static property named 'prototype'")
        define_member(iso, target, key, kind, function, enumerable=False)
    return prototype


def _key(iso: Isolate, name: str | int) -> Key:
    return ~name if isinstance(name, int) else key_of_text(iso, name)


def _heritage(iso: Isolate, superclass: int) -> tuple[int, int]:
    """The prototype of the class's prototype, and that of its constructor."""
    realm = iso.realm
    if superclass == iso.hole:
        return realm.intrinsic("ObjectPrototype"), realm.intrinsic("FunctionPrototype")
    if superclass == iso.null:
        return iso.null, realm.intrinsic("FunctionPrototype")
    if not iso.is_constructor(superclass):
        type_error(iso, f"Class extends value {describe(iso, superclass)} is not a constructor or null")
    parent = properties.get(iso, superclass, iso.name("prototype"))
    if not iso.is_object(parent) and parent != iso.null:
        type_error(iso, f"Class extends value does not have valid prototype property {describe(iso, parent)}")
    return parent, superclass


def define_member(iso: Isolate, target: int, key: Key, kind: str, function: int, enumerable: bool) -> None:
    """kind: "method", "get" or "set"."""
    if kind == "method":
        wanted = Property(function, writable=True, enumerable=enumerable, configurable=True)
    elif kind == "get":
        wanted = Property(get=function, enumerable=enumerable, configurable=True)
    else:
        wanted = Property(set=function, enumerable=enumerable, configurable=True)
    define_or_throw(iso, target, key, wanted)


def define_accessor(iso: Isolate, target: int, name: int, kind: str, function: int) -> None:
    """An accessor of an object literal, whose function gets its name if it has none."""
    key = to_property_key(iso, name)
    if not iso.shared_of(function).name:
        set_function_name(iso, function, key_word(iso, key), kind)
    define_member(iso, target, key, kind, function, enumerable=True)
