"""Reading, writing, defining and deleting properties."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.interpreter.frames import Operation
from seaofnodes.javascript.interpreter.preparation import Maker, Preparation
from seaofnodes.javascript.interpreter.refusals import no_properties
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import DEFAULT
from seaofnodes.javascript.objects.strings import key_word
from seaofnodes.javascript.operations.conversions import to_object, to_property_key
from seaofnodes.javascript.operations.errors import describe, type_error
from seaofnodes.javascript.operations.objects import (
    create_data_or_throw,
    get_v,
    refuse_delete,
    refuse_set,
    set_function_name,
    set_v,
)

_NEGATIVE: Final = 1 << 63  # words of negative small integers are not less


def get_keyed(iso: Isolate, target: int, name: int) -> int:
    """`target[name]`"""
    if name & 1 and iso.is_private(name):
        return get_private(iso, target, name)
    if target == iso.undefined or target == iso.null:
        if name == iso.symbols.iterator:
            no_properties(iso, target, name)
        type_error(iso, f"Cannot read properties of {describe(iso, target)} (reading '{describe(iso, name)}')")
    return get_v(iso, target, to_property_key(iso, name))


def get_private(iso: Isolate, target: int, name: int) -> int:
    """The own property with a private name; it must be there."""
    found = properties.get_own(iso, target, name) if iso.is_object(target) else None
    if found is None:
        text = iso.symbol_description(name)
        if not _is_name(text):
            type_error(iso, f"Receiver must be an instance of class {text}")
        type_error(iso, f"Cannot read private member {text} from an object whose class did not declare it")
    assert found.value is not None
    return found.value


def _is_name(description: str | None) -> bool:
    """Is it a private name, or else the brand of a class?"""
    return description is not None and description[:1] == "#"


def set_private(iso: Isolate, target: int, name: int, value: int) -> None:
    """Write the own property with a private name; it must be there."""
    if not iso.is_object(target) or properties.get_own(iso, target, name) is None:
        text = iso.symbol_description(name)
        type_error(iso, f"Cannot write private member {text} to an object whose class did not declare it")
    properties.set_(iso, target, name, value)


def add_private(iso: Isolate, target: int, name: int, value: int) -> None:
    """Define the own property with a private name; it must not be there."""
    if properties.get_own(iso, target, name) is not None:
        text = iso.symbol_description(name)
        if not _is_name(text):
            type_error(iso, f"Cannot initialize private methods of class {text} twice on the same object")
        type_error(iso, f"Cannot initialize {text} twice on the same object")
    properties.create_data(iso, target, name, value)


def set_keyed(iso: Isolate, target: int, name: int, value: int, strict: bool) -> None:
    """`target[name] = value`"""
    if name & 1 and iso.is_private(name):
        set_private(iso, target, name, value)
        return
    if target == iso.undefined or target == iso.null:
        type_error(iso, f"Cannot set properties of {describe(iso, target)} (setting '{describe(iso, name)}')")
    set_v(iso, target, to_property_key(iso, name), value, strict)


def super_holder(iso: Isolate, home: int, name: int, doing: str) -> int:
    """What `super` reads from: the prototype of the home object. It is asked for before the name becomes a key."""
    holder = properties.get_prototype(iso, home)
    if holder == iso.null:
        verb, noun = ("read", "reading") if doing == "read" else ("set", "setting")
        type_error(iso, f"Cannot {verb} properties of null ({noun} '{describe(iso, name)}')")
    return holder


def store_to_super(iso: Isolate, receiver: int, home: int, name: int, value: int, strict: bool) -> None:
    """`super[name] = value`"""
    holder = super_holder(iso, home, name, "set")
    key = to_property_key(iso, name)
    if not properties.set_(iso, holder, key, value, receiver) and strict:
        refuse_set(iso, receiver, key)


def delete_property(iso: Isolate, target: int, name: int, strict: bool) -> bool:
    """`delete target[name]`"""
    target = to_object(iso, target)
    key = to_property_key(iso, name)
    if properties.delete(iso, target, key):
        return True
    if strict:
        refuse_delete(iso, target, key)
    return False


# --- Makers


def _get_named(p: Preparation, next: int, target: int, name: int, slot: int) -> Operation:
    iso, key = p.iso, p.key(name)
    is_object, get, nothing = iso.is_object, properties.get, (iso.undefined, iso.null)

    def run(r: list[int]) -> int:
        value = r[target]
        if is_object(value):
            r[0] = get(iso, value, key)
        elif value in nothing:
            no_properties(iso, value, key)
        else:
            r[0] = get_v(iso, value, key)
        return next

    def run_private(r: list[int]) -> int:
        found = properties.get_own(iso, r[target], key)
        r[0] = iso.undefined if found is None or found.value is None else found.value
        return next

    return run_private if key > 0 and iso.is_private(key) else run


def _get_from_super(p: Preparation, next: int, receiver: int, name: int, slot: int) -> Operation:
    iso, key = p.iso, p.key(name)

    def run(r: list[int]) -> int:
        r[0] = properties.get(iso, super_holder(iso, r[0], key, "read"), key, r[receiver])
        return next

    return run


def _get_keyed(p: Preparation, next: int, target: int, slot: int) -> Operation:
    iso = p.iso
    is_object, get = iso.is_object, properties.get

    def run(r: list[int]) -> int:
        object, name = r[target], r[0]
        if not name & 1 and name < _NEGATIVE and is_object(object):
            r[0] = get(iso, object, ~(name >> 32))
        else:
            r[0] = get_keyed(iso, object, name)
        return next

    return run


def _set_named(p: Preparation, next: int, target: int, name: int, slot: int) -> Operation:
    iso, key, strict = p.iso, p.key(name), p.strict
    is_object, set_ = iso.is_object, properties.set_

    def run(r: list[int]) -> int:
        object = r[target]
        if not is_object(object):
            set_v(iso, object, key, r[0], strict)
        elif not set_(iso, object, key, r[0]) and strict:
            refuse_set(iso, object, key)
        return next

    def run_private(r: list[int]) -> int:
        properties.create_data(iso, r[target], key, r[0])
        return next

    return run_private if key > 0 and iso.is_private(key) else run


def _set_keyed(p: Preparation, next: int, target: int, name: int, slot: int) -> Operation:
    iso, strict = p.iso, p.strict
    is_object, set_ = iso.is_object, properties.set_

    def run(r: list[int]) -> int:
        object, word = r[target], r[name]
        if not word & 1 and word < _NEGATIVE and is_object(object):
            if not set_(iso, object, ~(word >> 32), r[0]) and strict:
                refuse_set(iso, object, ~(word >> 32))
        else:
            set_keyed(iso, object, word, r[0], strict)
        return next

    return run


def _define_named(p: Preparation, next: int, target: int, name: int, slot: int) -> Operation:
    iso, key = p.iso, p.key(name)
    by_id, q, i, base = iso.shapes.by_id, iso.q, iso.i, iso.base

    def run(r: list[int]) -> int:
        at = r[target] - base
        shape = by_id[i[at >> 2]]
        assert shape is not None
        found = shape.table.get(key)
        plain = shape.plain_names and not shape.own
        if plain and found is not None and found[1] == DEFAULT and found[0] < min(shape.in_object, shape.count):
            q[(at >> 3) + shape.first + found[0]] = r[0]
            return next
        create_data_or_throw(iso, r[target], key, r[0])
        return next

    return run


def _define_keyed(p: Preparation, next: int, target: int, name: int, flags: int, slot: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        key = r[name]
        if flags & 1:
            set_function_name(iso, r[0], key_word(iso, to_property_key(iso, key)))
        if key & 1 and iso.is_private(key):
            add_private(iso, r[target], key, r[0])
        else:
            create_data_or_throw(iso, r[target], to_property_key(iso, key), r[0])
        return next

    return run


def _store_in_array(p: Preparation, next: int, target: int, index: int, slot: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        properties.create_data(iso, r[target], to_property_key(iso, r[index]), r[0])
        return next

    return run


def _delete(strict: bool) -> Maker:
    def make(p: Preparation, next: int, target: int) -> Operation:
        iso = p.iso

        def run(r: list[int]) -> int:
            r[0] = iso.boolean(delete_property(iso, r[target], r[0], strict))
            return next

        return run

    return make


MAKERS: dict[str, Maker] = {
    "GetNamedProperty": _get_named,
    "GetNamedPropertyFromSuper": _get_from_super,
    "GetKeyedProperty": _get_keyed,
    "SetNamedProperty": _set_named,
    "SetKeyedProperty": _set_keyed,
    "DefineNamedOwnProperty": _define_named,
    "DefineKeyedOwnProperty": _define_keyed,
    "DefineKeyedOwnPropertyInLiteral": _define_keyed,
    "StaInArrayLiteral": _store_in_array,
    "DeletePropertyStrict": _delete(True),
    "DeletePropertySloppy": _delete(False),
}
