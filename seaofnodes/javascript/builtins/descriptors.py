"""Property descriptors as objects of programs (ECMA-262, section 6.2.6)."""

from __future__ import annotations

from seaofnodes.javascript.objects.factory import new_object
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.properties import Property, create_data, get, has
from seaofnodes.javascript.operations.conversions import to_boolean
from seaofnodes.javascript.operations.errors import describe, type_error


def from_property_descriptor(iso: Isolate, found: Property | None) -> int:
    """An object with what a Property has; undefined for none."""
    if found is None:
        return iso.undefined
    result = new_object(iso)
    for name, word in (("value", found.value), ("get", found.get), ("set", found.set)):
        if word is not None and name == "value":
            create_data(iso, result, iso.name(name), word)
            if found.writable is not None:
                create_data(iso, result, iso.name("writable"), iso.boolean(found.writable))
        elif word is not None:
            create_data(iso, result, iso.name(name), word)
    for name, flag in (("enumerable", found.enumerable), ("configurable", found.configurable)):
        if flag is not None:
            create_data(iso, result, iso.name(name), iso.boolean(flag))
    return result


def to_property_descriptor(iso: Isolate, word: int) -> Property:
    """What a program's descriptor says. Throws a TypeError if it is no object, or contradicts itself."""
    if not iso.is_object(word):
        type_error(iso, f"Property description must be an object: {describe(iso, word)}")
    enumerable = _flag(iso, word, "enumerable")
    configurable = _flag(iso, word, "configurable")
    value = _field(iso, word, "value")
    writable = _flag(iso, word, "writable")
    get = _accessor(iso, word, "get", "Getter")
    set_ = _accessor(iso, word, "set", "Setter")
    if (get is not None or set_ is not None) and (value is not None or writable is not None):
        message = "Invalid property descriptor. Cannot both specify accessors and a value or writable attribute"
        type_error(iso, f"{message}, {describe(iso, word)}")
    return Property(value, get, set_, writable, enumerable, configurable)


def _field(iso: Isolate, word: int, name: str) -> int | None:
    key = iso.name(name)
    return get(iso, word, key) if has(iso, word, key) else None


def _flag(iso: Isolate, word: int, name: str) -> bool | None:
    found = _field(iso, word, name)
    return None if found is None else to_boolean(iso, found)


def _accessor(iso: Isolate, word: int, name: str, what: str) -> int | None:
    found = _field(iso, word, name)
    if found is not None and found != iso.undefined and not iso.is_callable(found):
        type_error(iso, f"{what} must be a function: {describe(iso, found)}")
    return found
