"""The internal methods of ordinary objects (ECMA-262, 10.1), on which the exotic ones stand."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import ElementsKind
from seaofnodes.javascript.objects.layout import (
    ACCESSOR,
    ACCESSOR_GET,
    ACCESSOR_SET,
    CONFIGURABLE,
    ELEMENTS,
    ENUMERABLE,
    LENGTH,
    MAYBE_LAZY,
    OBJECT_ELEMENTS,
    WRITABLE,
)
from seaofnodes.javascript.objects.methods import elements
from seaofnodes.javascript.objects.methods.slots import add_property, change_property, read_slot, remove_property
from seaofnodes.javascript.objects.property import Property
from seaofnodes.javascript.objects.values import same_value
from seaofnodes.javascript.objects.words import Key

_SPECIAL: Final = ACCESSOR | MAYBE_LAZY
_DICTIONARY: Final = ElementsKind.DICTIONARY
_DOUBLES: Final = (ElementsKind.PACKED_DOUBLE, ElementsKind.HOLEY_DOUBLE)
_ELEMENTS: Final = OBJECT_ELEMENTS >> 3


def get_named(iso: Isolate, obj: int, key: Key, receiver: int) -> int:
    """[[Get]] of a name or symbol, from an object whose own names are plain, or along its prototypes."""
    by_id, q, i, base = iso.shapes.by_id, iso.q, iso.i, iso.base
    while True:
        at = obj - base
        shape = by_id[i[at >> 2]]
        assert shape is not None
        if not shape.plain_names:
            return shape.methods.get(iso, obj, key, receiver)
        found = shape.table.get(key)
        if found is not None:
            slot, attributes = found
            if slot < shape.count:
                if attributes & _SPECIAL:
                    value = read_slot(iso, obj, shape, slot, attributes)
                    return get_through(iso, value, receiver) if attributes & ACCESSOR else value
                slot -= shape.in_object
                if slot < 0:
                    value = q[(at >> 3) + shape.first + slot + shape.in_object]
                else:
                    value = q[(q[(at >> 3) + 1] - base + ELEMENTS >> 3) + slot]
                if value & 1:
                    iso.held.append(value)
                return value
        obj = shape.prototype
        if obj == iso.null:
            return iso.undefined


def get_element(iso: Isolate, obj: int, index: int, receiver: int) -> int:
    """[[Get]] of an array index, from an object whose own elements are plain, or along its prototypes."""
    by_id, q, i, base, hole = iso.shapes.by_id, iso.q, iso.i, iso.base, iso.hole
    while True:
        at = obj - base
        shape = by_id[i[at >> 2]]
        assert shape is not None
        if not shape.plain_elements:
            return shape.methods.get(iso, obj, ~index, receiver)
        kind = shape.elements_kind
        if kind == _DICTIONARY:
            found = elements.find(iso, obj, shape, index)
            if found is not None:
                return get_through(iso, found[0], receiver) if found[1] & ACCESSOR else found[0]
        else:
            store = q[(at >> 3) + _ELEMENTS] - base
            if index < i[store + LENGTH >> 2]:
                if kind in _DOUBLES:
                    value = elements.load(iso, obj, shape, index)
                    if value is not None:
                        return value
                else:
                    word = q[(store + ELEMENTS >> 3) + index]
                    if not word & 1:
                        return word
                    if word != hole:
                        iso.held.append(word)
                        return word
        obj = shape.prototype
        if obj == iso.null:
            return iso.undefined


def get_through(iso: Isolate, pair: int, receiver: int) -> int:
    """What an accessor pair gives."""
    getter = iso.memory.load(pair, ACCESSOR_GET)
    return iso.undefined if getter == iso.undefined else iso.call(getter, receiver, [])


def set_through(iso: Isolate, pair: int, value: int, receiver: int) -> bool:
    """Call the setter of an accessor pair; False if it has none."""
    setter = iso.memory.load(pair, ACCESSOR_SET)
    if setter == iso.undefined:
        return False
    iso.call(setter, receiver, [value])
    return True


def find_own(iso: Isolate, obj: int, key: Key) -> tuple[int, int] | None:
    """The value, or accessor pair, and the attributes of an own property as it is stored."""
    shape = iso.shape(obj)
    if key < 0:
        return elements.find(iso, obj, shape, ~key)
    found = shape.lookup(key)
    return None if found is None else (read_slot(iso, obj, shape, *found), found[1])


def attributes_of(iso: Isolate, obj: int, key: Key) -> int | None:
    """The attributes of an own property as it is stored; None if there is none."""
    if key < 0:
        return elements.attributes_of(iso, obj, ~key)
    found = iso.shape(obj).lookup(key)
    return None if found is None else found[1]


def describe(iso: Isolate, value: int, attributes: int) -> Property:
    """A stored property as a descriptor."""
    enumerable, configurable = bool(attributes & ENUMERABLE), bool(attributes & CONFIGURABLE)
    if attributes & ACCESSOR:
        get, set_ = iso.memory.load(value, ACCESSOR_GET), iso.memory.load(value, ACCESSOR_SET)
        return Property(None, get, set_, None, enumerable, configurable)
    return Property(value, None, None, bool(attributes & WRITABLE), enumerable, configurable)


def insert(iso: Isolate, obj: int, key: Key, value: int, attributes: int) -> None:
    """Store a property that the object does not have."""
    if key < 0:
        elements.store_with(iso, obj, ~key, value, attributes)
    else:
        add_property(iso, obj, iso.shape(obj), key, value, attributes)


def replace(iso: Isolate, obj: int, key: Key, value: int, attributes: int) -> None:
    """Store a property that the object has."""
    if key < 0:
        elements.store_with(iso, obj, ~key, value, attributes)
    else:
        change_property(iso, obj, key, value, attributes)


def is_compatible(iso: Isolate, current: Property, wanted: Property) -> bool:
    """May a property be changed so (ECMA-262, 10.1.6.3, ValidateAndApplyPropertyDescriptor)?"""
    if current.configurable:
        return True
    if wanted.configurable or (wanted.enumerable is not None and wanted.enumerable != current.enumerable):
        return False
    if not wanted.is_accessor and not wanted.is_data:
        return True
    if wanted.is_accessor != current.is_accessor:
        return False
    if current.is_accessor:
        return (wanted.get is None or wanted.get == current.get) and (wanted.set is None or wanted.set == current.set)
    if current.writable:
        return True
    if wanted.writable:
        return False
    return wanted.value is None or same_value(iso, wanted.value, current.value or 0)


def merged(iso: Isolate, current: Property | None, wanted: Property) -> tuple[int, int]:
    """The value, or a new accessor pair, and the attributes that a property gets."""
    enumerable, configurable = wanted.enumerable, wanted.configurable
    if current is not None:
        enumerable = current.enumerable if enumerable is None else enumerable
        configurable = current.configurable if configurable is None else configurable
    attributes = (ENUMERABLE if enumerable else 0) | (CONFIGURABLE if configurable else 0)
    if wanted.is_accessor or (current is not None and current.is_accessor and not wanted.is_data):
        get, set_ = wanted.get, wanted.set
        if current is not None and current.is_accessor:
            get = current.get if get is None else get
            set_ = current.set if set_ is None else set_
        pair = iso.accessor_pair(iso.undefined if get is None else get, iso.undefined if set_ is None else set_)
        return pair, attributes | ACCESSOR
    value, writable = wanted.value, wanted.writable
    if current is not None and not current.is_accessor:
        value = current.value if value is None else value
        writable = current.writable if writable is None else writable
    return iso.undefined if value is None else value, attributes | (WRITABLE if writable else 0)


def define_stored(iso: Isolate, obj: int, key: Key, wanted: Property) -> bool:
    """OrdinaryDefineOwnProperty (10.1.6.1) of a property that is stored as those of ordinary objects are."""
    found = find_own(iso, obj, key)
    if found is None:
        if not iso.shape(obj).extensible and not (key >= 0 and iso.is_private(key)):
            return False
        insert(iso, obj, key, *merged(iso, None, wanted))
        return True
    current = describe(iso, *found)
    if not is_compatible(iso, current, wanted):
        return False
    replace(iso, obj, key, *merged(iso, current, wanted))
    return True


def stored_keys(iso: Isolate, obj: int) -> list[Key]:
    """Stored indices in ascending order, then names, then symbols, in the order of their creation."""
    shape = iso.shape(obj)
    found = [~index for index in elements.indices(iso, obj, shape)]
    return found + named_keys(iso, shape.keys())


def named_keys(iso: Isolate, keys: list[Key]) -> list[Key]:
    """Names first, then symbols, without private ones."""
    names = [key for key in keys if not iso.is_symbol(key)]
    if len(names) == len(keys):
        return names
    return names + [key for key in keys if iso.is_symbol(key) and not iso.is_private(key)]


class Ordinary:
    """Methods of a kind may replace `get_own`, `define_own` and so on; the others go through these."""

    plain_names = True
    plain_elements = True

    def get_prototype(self, iso: Isolate, obj: int) -> int:
        """10.1.1"""
        return iso.shape(obj).prototype

    def set_prototype(self, iso: Isolate, obj: int, prototype: int) -> bool:
        """10.1.2"""
        shape = iso.shape(obj)
        if prototype == shape.prototype:
            return True
        if not shape.extensible:
            return False
        above = prototype
        while above != iso.null:
            if above == obj:
                return False
            methods = iso.shape(above).methods
            if not isinstance(methods, Ordinary) or type(methods).get_prototype is not Ordinary.get_prototype:
                break
            above = iso.shape(above).prototype
        iso.held.append(obj)
        after = iso.shapes.with_prototype(shape, prototype)
        iso.i[obj - iso.base >> 2] = after.id
        return True

    def is_extensible(self, iso: Isolate, obj: int) -> bool:
        """10.1.3"""
        return iso.shape(obj).extensible

    def prevent_extensions(self, iso: Isolate, obj: int) -> bool:
        """10.1.4"""
        after = iso.shapes.not_extensible(iso.shape(obj))
        iso.i[obj - iso.base >> 2] = after.id
        return True

    def get_own(self, iso: Isolate, obj: int, key: Key) -> Property | None:
        """10.1.5"""
        found = find_own(iso, obj, key)
        return None if found is None else describe(iso, *found)

    def define_own(self, iso: Isolate, obj: int, key: Key, wanted: Property) -> bool:
        """10.1.6"""
        return define_stored(iso, obj, key, wanted)

    def has_own(self, iso: Isolate, obj: int, key: Key) -> bool:
        """Does [[GetOwnProperty]] give something?"""
        if key >= 0 and self.plain_names:
            return iso.shape(obj).lookup(key) is not None
        if key < 0 and self.plain_elements:
            return elements.attributes_of(iso, obj, ~key) is not None
        return self.get_own(iso, obj, key) is not None

    def has(self, iso: Isolate, obj: int, key: Key) -> bool:
        """10.1.7"""
        if self.has_own(iso, obj, key):
            return True
        prototype = self.get_prototype(iso, obj)
        return prototype != iso.null and iso.shape(prototype).methods.has(iso, prototype, key)

    def get(self, iso: Isolate, obj: int, key: Key, receiver: int) -> int:
        """10.1.8"""
        if key >= 0 and self.plain_names:
            return get_named(iso, obj, key, receiver)
        if key < 0 and self.plain_elements:
            return get_element(iso, obj, ~key, receiver)
        found = self.get_own(iso, obj, key)
        if found is None:
            prototype = self.get_prototype(iso, obj)
            if prototype == iso.null:
                return iso.undefined
            return iso.shape(prototype).methods.get(iso, prototype, key, receiver)
        if found.get is not None:
            return iso.undefined if found.get == iso.undefined else iso.call(found.get, receiver, [])
        assert found.value is not None
        return found.value

    def set(self, iso: Isolate, obj: int, key: Key, value: int, receiver: int) -> bool:
        """10.1.9"""
        found = self.get_own(iso, obj, key)
        if found is None:
            prototype = self.get_prototype(iso, obj)
            if prototype != iso.null:
                return iso.shape(prototype).methods.set(iso, prototype, key, value, receiver)
            return set_on_receiver(iso, key, value, receiver)
        if found.is_accessor:
            if found.set is None or found.set == iso.undefined:
                return False
            iso.call(found.set, receiver, [value])
            return True
        return bool(found.writable) and set_on_receiver(iso, key, value, receiver)

    def delete(self, iso: Isolate, obj: int, key: Key) -> bool:
        """10.1.10"""
        attributes = attributes_of(iso, obj, key)
        if attributes is None:
            return True
        if not attributes & CONFIGURABLE:
            return False
        if key < 0:
            elements.remove(iso, obj, ~key)
        else:
            remove_property(iso, obj, key)
        return True

    def own_keys(self, iso: Isolate, obj: int) -> list[Key]:
        """10.1.11"""
        return stored_keys(iso, obj)


def set_on_receiver(iso: Isolate, key: Key, value: int, receiver: int) -> bool:
    """The end of OrdinarySetWithOwnDescriptor (10.1.9.2), where nothing on the way to it forbids a data property."""
    if not iso.is_object(receiver):
        return False
    iso.held += (value, receiver)
    methods = iso.shape(receiver).methods
    existing = methods.get_own(iso, receiver, key)
    if existing is None:
        return methods.define_own(iso, receiver, key, Property(value, None, None, True, True, True))
    if existing.is_accessor or not existing.writable:
        return False
    return methods.define_own(iso, receiver, key, Property(value))


ORDINARY = Ordinary()
