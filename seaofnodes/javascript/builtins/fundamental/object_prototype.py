"""Object.prototype (ECMA-262, section 20.1.3 and annex B.2.2)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.fundamental.object_constructor import change_prototype
from seaofnodes.javascript.builtins.table import Getter, Group, Intrinsic, Method
from seaofnodes.javascript.objects.factory import new_object, wrapped
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.methods.ordinary import Ordinary
from seaofnodes.javascript.objects.properties import Property, get, get_own, get_prototype
from seaofnodes.javascript.operations.access import invoke
from seaofnodes.javascript.operations.conversions import to_object, to_property_key
from seaofnodes.javascript.operations.errors import type_error
from seaofnodes.javascript.operations.objects import define_or_throw, is_array


def has_own_property(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.3.2."""
    key = to_property_key(iso, argument(iso, arguments, 0))
    return iso.boolean(get_own(iso, to_object(iso, this), key) is not None)


def is_prototype_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.3.3."""
    value = argument(iso, arguments, 0)
    if not iso.is_object(value):
        return iso.false
    prototype = to_object(iso, this)
    while True:
        value = get_prototype(iso, value)
        if value == iso.null:
            return iso.false
        if value == prototype:
            return iso.true


def property_is_enumerable(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.3.4."""
    key = to_property_key(iso, argument(iso, arguments, 0))
    found = get_own(iso, to_object(iso, this), key)
    return iso.boolean(found is not None and bool(found.enumerable))


def to_locale_string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.3.5."""
    return invoke(iso, this, iso.name("toString"), [])


_TAGS = {
    Kind.JS_ARGUMENTS: "Arguments",
    Kind.JS_MAPPED_ARGUMENTS: "Arguments",
    Kind.JS_STRING_WRAPPER: "String",
    Kind.JS_ERROR: "Error",
    Kind.JS_DATE: "Date",
    Kind.JS_REGEXP: "RegExp",
}


def to_string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.3.6."""
    if this == iso.undefined:
        return iso.name("[object Undefined]")
    if this == iso.null:
        return iso.name("[object Null]")
    value = to_object(iso, this)
    builtin_tag = _builtin_tag(iso, value)
    tag = get(iso, value, iso.symbols.to_string_tag)
    return iso.string(f"[object {iso.text(tag) if iso.is_string(tag) else builtin_tag}]")


def _builtin_tag(iso: Isolate, value: int) -> str:
    if is_array(iso, value):
        return "Array"
    if iso.is_callable(value):
        return "Function"
    kind = iso.kind(value)
    if kind == Kind.JS_WRAPPER:
        primitive = wrapped(iso, value)
        if iso.is_number(primitive):
            return "Number"
        return "Boolean" if primitive in (iso.true, iso.false) else "Object"
    return _TAGS.get(kind, "Object")


def value_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.3.7."""
    return to_object(iso, this)


def get_proto(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.3.8.1."""
    return get_prototype(iso, to_object(iso, this))


def set_proto(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.3.8.2."""
    if this == iso.undefined or this == iso.null:
        type_error(iso, "Object.prototype.__proto__ called on null or undefined")
    prototype = argument(iso, arguments, 0)
    if (prototype == iso.null or iso.is_object(prototype)) and iso.is_object(this):
        change_prototype(iso, this, prototype)
    return iso.undefined


def define_getter(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.3.9.1."""
    return _define_accessor(iso, this, arguments, "__defineGetter__")


def define_setter(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.3.9.2."""
    return _define_accessor(iso, this, arguments, "__defineSetter__")


def _define_accessor(iso: Isolate, this: int, arguments: list[int], method: str) -> int:
    target = to_object(iso, this)
    function = argument(iso, arguments, 1)
    if not iso.is_callable(function):
        type_error(iso, f"Object.prototype.{method}: Expecting function")
    change = Property(enumerable=True, configurable=True)
    if method == "__defineGetter__":
        change.get = function
    else:
        change.set = function
    define_or_throw(iso, target, to_property_key(iso, argument(iso, arguments, 0)), change)
    return iso.undefined


def lookup_getter(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.3.9.3."""
    found = _lookup(iso, this, arguments)
    return iso.undefined if found is None or found.get is None else found.get


def lookup_setter(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.1.3.9.4."""
    found = _lookup(iso, this, arguments)
    return iso.undefined if found is None or found.set is None else found.set


def _lookup(iso: Isolate, this: int, arguments: list[int]) -> Property | None:
    value = to_object(iso, this)
    key = to_property_key(iso, argument(iso, arguments, 0))
    while value != iso.null:
        found = get_own(iso, value, key)
        if found is not None:
            return found
        value = get_prototype(iso, value)
    return None


class _ImmutablePrototype(Ordinary):
    """Objects whose prototype stays (section 10.4.7)."""

    def set_prototype(self, iso: Isolate, obj: int, prototype: int) -> bool:
        return prototype == self.get_prototype(iso, obj)


def _make_object_prototype(iso: Isolate, prototype: int) -> int:
    word = new_object(iso, prototype)
    iso.shapes.own(word).methods = _ImmutablePrototype()
    return word


GROUPS = (
    Group(
        "ObjectPrototype",
        prototype=None,
        make=_make_object_prototype,
        entries=[
            Intrinsic("constructor", "Object"),
            Method("__defineGetter__", 2, define_getter),
            Method("__defineSetter__", 2, define_setter),
            Method("hasOwnProperty", 1, has_own_property),
            Method("__lookupGetter__", 1, lookup_getter),
            Method("__lookupSetter__", 1, lookup_setter),
            Method("isPrototypeOf", 1, is_prototype_of),
            Method("propertyIsEnumerable", 1, property_is_enumerable),
            Method("toString", 0, to_string),
            Method("valueOf", 0, value_of),
            Getter("__proto__", get_proto, set_proto),
            Method("toLocaleString", 0, to_locale_string),
        ],
    ),
)
