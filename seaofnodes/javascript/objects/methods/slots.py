"""Named properties of one object: its slots, in the object and in its PropertyArray."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import ELEMENTS, LENGTH, MAYBE_LAZY, OBJECT_PROPERTIES
from seaofnodes.javascript.objects.shapes import Shape
from seaofnodes.javascript.objects.words import Key

MOST_FAST: Final = 1020  # properties of a shared shape

_ARRAY: Final = OBJECT_PROPERTIES >> 3


def place_of(iso: Isolate, obj: int, shape: Shape, slot: int) -> int:
    """The index in `Isolate.q` of a slot."""
    at = obj - iso.base >> 3
    if slot < shape.in_object:
        return at + shape.first + slot
    return (iso.q[at + _ARRAY] - iso.base + ELEMENTS >> 3) + slot - shape.in_object


def read_slot(iso: Isolate, obj: int, shape: Shape, slot: int, attributes: int) -> int:
    """The value, or the accessor pair, in a slot; a lazy value is made. It is held."""
    place = place_of(iso, obj, shape, slot)
    word = iso.q[place]
    if attributes & MAYBE_LAZY and word & 1 and iso.i[word - iso.base >> 2] == iso.lazy_id:
        iso.held.append(obj)
        value = iso.resolve_lazy(obj, word)
        place = place_of(iso, obj, iso.shape(obj), slot)
        if iso.q[place] == word:  # making it may have come here as well
            iso.q[place] = value
        word = iso.q[place]
    if word & 1:
        iso.held.append(word)
    return word


def add_property(iso: Isolate, obj: int, shape: Shape, key: Key, value: int, attributes: int) -> None:
    """Add a property that the object does not have. shape: the object's; the value is a word, or an accessor pair."""
    if not shape.own and shape.count < MOST_FAST:
        after = iso.shapes.add(shape, key, attributes)
        slot = shape.count
        if slot < shape.in_object:
            iso.q[(obj - iso.base >> 3) + shape.first + slot] = value
        else:
            _store_outside(iso, obj, slot - shape.in_object, value)
        iso.i[obj - iso.base >> 2] = after.id
        return
    shape = iso.shapes.own(obj)
    slot = iso.shapes.add_own(shape, key, attributes)
    if slot < shape.in_object:
        iso.q[(obj - iso.base >> 3) + shape.first + slot] = value
    else:
        _store_outside(iso, obj, slot - shape.in_object, value)


def _store_outside(iso: Isolate, obj: int, index: int, value: int) -> None:
    """Write an element of the PropertyArray, which grows."""
    at = (obj - iso.base >> 3) + _ARRAY
    found = iso.q[at]
    size = iso.i[found - iso.base + LENGTH >> 2] if found else 0
    if index >= size:
        memory = iso.memory
        memory.held += (obj, value)
        new = memory.allocate_array(iso.property_array_id, index + 3 + (index >> 1), 8)
        if found:
            memory.fill(new, 0, memory.words(found))
        iso.q[at] = found = new
        if iso.shape(obj).watched:
            iso.shapes.changed()
    iso.q[(found - iso.base + ELEMENTS >> 3) + index] = value


def change_property(iso: Isolate, obj: int, key: Key, value: int, attributes: int) -> None:
    """Give a property that the object has another value and other attributes."""
    shape = iso.shape(obj)
    slot, _ = shape.table[key]
    after = iso.shapes.with_attributes(shape, key, attributes)
    iso.q[place_of(iso, obj, shape, slot)] = value
    iso.i[obj - iso.base >> 2] = after.id


def remove_property(iso: Isolate, obj: int, key: Key) -> None:
    """Take a property away that the object has. If it was the last one added, the object gets its shape before."""
    shape = iso.shape(obj)
    before = iso.shapes.without_last(shape, key)
    if before is not None:
        iso.q[place_of(iso, obj, shape, before.count)] = 0
        iso.i[obj - iso.base >> 2] = before.id
        return
    shape = iso.shapes.own(obj)
    slot = iso.shapes.remove_own(shape, key)
    iso.q[place_of(iso, obj, shape, slot)] = 0
