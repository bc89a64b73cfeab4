"""Properties of any value, methods, and calls (ECMA-262, 7.3)."""

from __future__ import annotations

from seaofnodes.javascript.objects import properties, strings
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.words import Key, smi
from seaofnodes.javascript.operations.errors import describe, describe_call_site, describe_key, type_error


def prototype_of_value(iso: Isolate, value: int) -> int:
    """The prototype of a primitive value's wrapper, or an object's prototype. Throws TypeError for undefined, null."""
    if iso.is_object(value):
        return properties.get_prototype(iso, value)
    return iso.realm.intrinsic(_PROTOTYPES[type_name(iso, value)])


_PROTOTYPES = {
    "number": "NumberPrototype",
    "string": "StringPrototype",
    "boolean": "BooleanPrototype",
    "symbol": "SymbolPrototype",
    "bigint": "BigIntPrototype",
}


def type_name(iso: Isolate, value: int) -> str:
    """The result of `typeof`."""
    if iso.is_number(value):
        return "number"
    if iso.is_string(value):
        return "string"
    if value == iso.undefined:
        return "undefined"
    if value == iso.true or value == iso.false:
        return "boolean"
    kind = iso.kind(value)
    if kind == Kind.SYMBOL:
        return "symbol"
    if kind == Kind.BIGINT:
        return "bigint"
    return "function" if value != iso.null and iso.is_callable(value) else "object"


def get_v(iso: Isolate, value: int, key: Key) -> int:
    """The property of an object, or of a primitive value (GetV). Throws TypeError for undefined and null."""
    if iso.is_object(value):
        return properties.get(iso, value, key)
    if value == iso.undefined or value == iso.null:
        type_error(iso, f"Cannot read properties of {describe(iso, value)} (reading '{describe_key(iso, key)}')")
    if iso.is_string(value):
        found = string_property(iso, value, key)
        if found is not None:
            return found
    return properties.get(iso, prototype_of_value(iso, value), key, value)


def string_property(iso: Isolate, text: int, key: Key) -> int | None:
    """An own property of a String's wrapper: a character, or `length`; None: it has none of that name."""
    if key < 0:
        index = ~key
        if index < strings.length(iso, text):
            return strings.substring(iso, text, index, index + 1)
    elif key == iso.name("length"):
        return smi(strings.length(iso, text))
    return None


def get_method(iso: Isolate, value: int, key: Key) -> int | None:
    """The method of a value; None: it is undefined or null. Throws TypeError if it is not callable."""
    found = get_v(iso, value, key)
    if found == iso.undefined or found == iso.null:
        return None
    if not iso.is_callable(found):
        type_error(iso, f"{describe_call_site(iso, found)} is not a function")
    return found


def call(iso: Isolate, function: int, this: int, arguments: list[int]) -> int:
    """Call a value. Throws TypeError if it is not callable."""
    if not iso.is_callable(function):
        type_error(iso, f"{describe_call_site(iso, function)} is not a function")
    return iso.call(function, this, arguments)


def invoke(iso: Isolate, value: int, key: Key, arguments: list[int]) -> int:
    """Call a method of a value."""
    function = get_v(iso, value, key)
    if not iso.is_callable(function):
        type_error(iso, f"{describe(iso, value)}.{describe_key(iso, key)} is not a function")
    return iso.call(function, value, arguments)
