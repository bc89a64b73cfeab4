"""[[Set]] where the receiver is the object: without descriptors as long as nothing exotic is on the way."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import ElementsKind, Kind
from seaofnodes.javascript.objects.layout import ACCESSOR, DEFAULT, ELEMENTS, LENGTH, OBJECT_ELEMENTS, WRITABLE
from seaofnodes.javascript.objects.methods import elements
from seaofnodes.javascript.objects.methods.arrays import length_is_writable, write_length
from seaofnodes.javascript.objects.methods.ordinary import set_through
from seaofnodes.javascript.objects.methods.slots import add_property, read_slot
from seaofnodes.javascript.objects.words import Key

_ARRAY: Final = Kind.JS_ARRAY
_DICTIONARY: Final = ElementsKind.DICTIONARY
_ELEMENTS: Final = OBJECT_ELEMENTS >> 3


def set_named(iso: Isolate, obj: int, key: Key, value: int) -> bool:
    """Of a name or symbol."""
    by_id, q, i, base = iso.shapes.by_id, iso.q, iso.i, iso.base
    holder = obj
    while True:
        at = holder - base
        shape = by_id[i[at >> 2]]
        assert shape is not None
        if not shape.plain_names:
            return shape.methods.set(iso, holder, key, value, obj)
        found = shape.table.get(key)
        if found is not None:
            slot, attributes = found
            if slot < shape.count:
                if attributes & ACCESSOR:
                    return set_through(iso, read_slot(iso, holder, shape, slot, attributes), value, obj)
                if not attributes & WRITABLE:
                    return False
                if holder != obj:
                    break
                if shape.kind == _ARRAY and key == iso.length_key:
                    return shape.methods.set(iso, obj, key, value, obj)
                slot -= shape.in_object
                if slot < 0:
                    q[(at >> 3) + shape.first + slot + shape.in_object] = value
                else:
                    q[(q[(at >> 3) + 1] - base + ELEMENTS >> 3) + slot] = value
                return True
        holder = shape.prototype
        if holder == iso.null:
            break
    shape = by_id[i[obj - base >> 2]]
    assert shape is not None
    if not shape.extensible:
        return False
    add_property(iso, obj, shape, key, value, DEFAULT)
    return True


def set_element(iso: Isolate, obj: int, index: int, value: int) -> bool:
    """Of an array index."""
    shape = iso.shape(obj)
    if not shape.plain_elements:
        return shape.methods.set(iso, obj, ~index, value, obj)
    if elements.overwrite(iso, obj, shape, index, value):
        return True
    q, i, base = iso.q, iso.i, iso.base
    holder = obj
    while True:
        above = iso.shape(holder)
        if not above.plain_elements:
            return above.methods.set(iso, holder, ~index, value, obj)
        if index < i[q[(holder - base >> 3) + _ELEMENTS] - base + LENGTH >> 2] or above.elements_kind == _DICTIONARY:
            found = elements.find(iso, holder, above, index)
            if found is not None:
                if found[1] & ACCESSOR:
                    return set_through(iso, found[0], value, obj)
                if not found[1] & WRITABLE:
                    return False
                if holder != obj:
                    break
                elements.store_with(iso, obj, index, value, found[1])
                return True
        holder = above.prototype
        if holder == iso.null:
            break
    if not shape.extensible:
        return False
    if shape.kind != _ARRAY:
        if not elements.overwrite(iso, obj, shape, index, value, fresh=True):
            elements.store(iso, obj, index, value)
        return True
    length = elements.array_length(iso, obj)
    if index >= length and not length_is_writable(iso, obj):
        return False
    if index > length or not elements.overwrite(iso, obj, shape, index, value, fresh=True):
        elements.store(iso, obj, index, value)
    if index >= length:
        write_length(iso, obj, index + 1)
    return True
