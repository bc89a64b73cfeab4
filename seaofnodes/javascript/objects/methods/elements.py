"""Elements of one object: values by array index, in arrays of words or doubles, or in a dictionary of its own shape."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import ElementsKind
from seaofnodes.javascript.objects.layout import (
    ARRAY_LENGTH_SLOT,
    CONFIGURABLE,
    DEFAULT,
    ELEMENTS,
    HOLE_NAN,
    LENGTH,
    OBJECT_ELEMENTS,
)
from seaofnodes.javascript.objects.shapes import Shape

_GAP: Final = 1024  # indices that may be left out before the elements are a dictionary

_AT: Final = OBJECT_ELEMENTS >> 3
_HOLEY_SMI: Final = ElementsKind.HOLEY_SMI
_PACKED: Final = ElementsKind.PACKED
_DICTIONARY: Final = ElementsKind.DICTIONARY
_DOUBLE: Final = (ElementsKind.PACKED_DOUBLE, ElementsKind.HOLEY_DOUBLE)
_HOLEY: Final = tuple(
    ElementsKind(kind | 1 if kind < ElementsKind.DICTIONARY else kind) for kind in ElementsKind
)  # by kind


def array_length(iso: Isolate, array: int) -> int:
    """The length of a JSArray."""
    word = iso.q[array - iso.base + ARRAY_LENGTH_SLOT >> 3]
    return word >> 32 if not word & 1 else int(iso.float_of(word))


def load(iso: Isolate, obj: int, shape: Shape, index: int) -> int | None:
    """The value at an index, held; None if there is none. Not for dictionaries."""
    base = iso.base
    elements = iso.q[(obj - base >> 3) + _AT] - base
    if index >= iso.i[elements + LENGTH >> 2]:
        return None
    word = iso.q[(elements + ELEMENTS >> 3) + index]
    if shape.elements_kind in _DOUBLE:
        return None if word == HOLE_NAN else iso.number(iso.memory.d[(elements + ELEMENTS >> 3) + index])
    if word & 1:
        if word == iso.hole:
            return None
        iso.held.append(word)
    return word


def is_present(iso: Isolate, obj: int, shape: Shape, index: int) -> bool:
    """Is there an element, with the default attributes, and no dictionary?"""
    elements = iso.q[(obj - iso.base >> 3) + _AT] - iso.base
    if shape.elements_kind == _DICTIONARY or index >= iso.i[elements + LENGTH >> 2]:
        return False
    word = iso.q[(elements + ELEMENTS >> 3) + index]
    return word != (HOLE_NAN if shape.elements_kind in _DOUBLE else iso.hole)


def overwrite(iso: Isolate, obj: int, shape: Shape, index: int, value: int, fresh: bool = False) -> bool:
    """Write an element that is there, or, if it is `fresh`, that there is room for, but only where this changes neither
    the kind of elements nor their array; done?
    """
    base, kind = iso.base, shape.elements_kind
    elements = iso.q[(obj - base >> 3) + _AT] - base
    if kind == _DICTIONARY or index >= iso.i[elements + LENGTH >> 2]:
        return False
    place = (elements + ELEMENTS >> 3) + index
    if kind >= _PACKED or (kind <= _HOLEY_SMI and not value & 1):
        if iso.q[place] == iso.hole and not fresh:
            return False
        iso.q[place] = value
        return True
    if kind <= _HOLEY_SMI or (iso.q[place] == HOLE_NAN and not fresh) or not iso.is_number(value):
        return False
    iso.memory.d[place] = iso.float_of(value)
    return True


def find(iso: Isolate, obj: int, shape: Shape, index: int) -> tuple[int, int] | None:
    """The value, or accessor pair, and the attributes; None if there is none."""
    if shape.elements_kind != _DICTIONARY:
        value = load(iso, obj, shape, index)
        return None if value is None else (value, DEFAULT)
    found = shape.indices.get(index)
    if found is None:
        return None
    slot, attributes = found
    word = iso.q[_place(iso, obj, slot)]
    if word & 1:
        iso.held.append(word)
    return word, attributes


def attributes_of(iso: Isolate, obj: int, index: int) -> int | None:
    """The attributes of an element; None if there is none."""
    shape = iso.shape(obj)
    if shape.elements_kind != _DICTIONARY:
        return DEFAULT if is_present(iso, obj, shape, index) else None
    found = shape.indices.get(index)
    return None if found is None else found[1]


def _place(iso: Isolate, obj: int, slot: int) -> int:
    return (iso.q[(obj - iso.base >> 3) + _AT] - iso.base + ELEMENTS >> 3) + slot


def store(iso: Isolate, obj: int, index: int, value: int) -> None:
    """Write a data element with the default attributes, which may be new. An array's length stays as it is."""
    shape = iso.shape(obj)
    kind = shape.elements_kind
    if kind == _DICTIONARY:
        _store_slot(iso, obj, shape, index, value, DEFAULT)
        return
    size = iso.memory.array_length(iso.q[(obj - iso.base >> 3) + _AT])
    if index >= size and index >= size + _GAP:
        to_dictionary(iso, obj)
        _store_slot(iso, obj, iso.shape(obj), index, value, DEFAULT)
        return
    wanted: ElementsKind = kind
    if value & 1:
        if iso.is_number(value):
            if kind <= _HOLEY_SMI:
                wanted = ElementsKind(kind + 2)
        elif kind < _PACKED:
            wanted = ElementsKind(_PACKED + (kind & 1))
    if not wanted & 1 and index > array_length(iso, obj):
        wanted = _HOLEY[wanted]
    if wanted != kind:
        set_kind(iso, obj, wanted)
    if index >= size:
        _grow(iso, obj, index)
    place = _place(iso, obj, index)
    if wanted in _DOUBLE:
        if value & 1:
            iso.q[place] = iso.q[(value - iso.base >> 3) + 1]
        else:
            iso.memory.d[place] = iso.float_of(value)
    else:
        iso.q[place] = value


def set_kind(iso: Isolate, obj: int, wanted: ElementsKind) -> None:
    """Let the elements be of a more general kind, but no dictionary."""
    shape = iso.shape(obj)
    kind = shape.elements_kind
    before = iso.q[(obj - iso.base >> 3) + _AT]
    size = iso.memory.array_length(before)
    if size and (kind in _DOUBLE) != (wanted in _DOUBLE):
        iso.held += (obj, before)
        after = _to_doubles(iso, before, size) if wanted in _DOUBLE else _to_words(iso, before, size)
        iso.q[(obj - iso.base >> 3) + _AT] = after
    after_shape = iso.shapes.with_elements(shape, wanted)
    iso.i[obj - iso.base >> 2] = after_shape.id


def _to_doubles(iso: Isolate, before: int, size: int) -> int:
    after = new_doubles(iso, size)
    place = after - iso.base + ELEMENTS >> 3
    q, d, hole = iso.q, iso.memory.d, iso.hole
    for i, word in enumerate(iso.memory.words(before)):
        if word == hole:
            q[place + i] = HOLE_NAN
        else:
            d[place + i] = iso.float_of(word)
    return after


def _to_words(iso: Isolate, before: int, size: int) -> int:
    after = new_words(iso, size)
    iso.held.append(after)
    mark = len(iso.held)
    place = after - iso.base + ELEMENTS >> 3
    at = before - iso.base + ELEMENTS >> 3
    for i in range(size):
        if iso.q[at + i] != HOLE_NAN:
            iso.q[place + i] = iso.number(iso.memory.d[at + i])
            del iso.held[mark:]
    return after


def new_words(iso: Isolate, size: int) -> int:
    """A FixedArray of holes."""
    word = iso.memory.allocate_array(iso.fixed_array_id, size, 8)
    at = word - iso.base + ELEMENTS
    iso.memory.b[at : at + 8 * size] = iso.hole.to_bytes(8, "little") * size
    return word


def new_doubles(iso: Isolate, size: int) -> int:
    """A FixedDoubleArray of holes."""
    word = iso.memory.allocate_array(iso.double_array_id, size, 8)
    at = word - iso.base + ELEMENTS
    iso.memory.b[at : at + 8 * size] = HOLE_NAN.to_bytes(8, "little") * size
    return word


def reserve(iso: Isolate, obj: int, count: int) -> None:
    """Make room for so many elements, which are no dictionary."""
    if count > iso.memory.array_length(iso.q[(obj - iso.base >> 3) + _AT]):
        _grow(iso, obj, count - 1)


def _grow(iso: Isolate, obj: int, index: int) -> None:
    """Make room for an index."""
    size = index + (index >> 1) + 16
    iso.held.append(obj)
    kind = iso.shape(obj).elements_kind
    if kind == _DICTIONARY:
        after = iso.memory.allocate_array(iso.property_array_id, size, 8)
    else:
        after = new_doubles(iso, size) if kind in _DOUBLE else new_words(iso, size)
    at = (obj - iso.base >> 3) + _AT
    before = iso.q[at] - iso.base + ELEMENTS
    count = iso.memory.array_length(iso.q[at])
    to = after - iso.base + ELEMENTS
    iso.memory.b[to : to + 8 * count] = iso.memory.b[before : before + 8 * count]
    iso.q[at] = after


# Dictionaries.


def to_dictionary(iso: Isolate, obj: int) -> Shape:
    """Let the elements be a dictionary; the object's own shape. They move to a PropertyArray: what looks for an index
    in a FixedArray finds none.
    """
    shape = iso.shape(obj)
    if shape.elements_kind == _DICTIONARY:
        return shape
    iso.held.append(obj)
    if shape.elements_kind in _DOUBLE:
        set_kind(iso, obj, ElementsKind.HOLEY)
    shape = iso.shapes.own(obj)
    words = iso.memory.words(iso.q[(obj - iso.base >> 3) + _AT])
    slots = iso.memory.allocate_array(iso.property_array_id, len(words), 8)
    iso.memory.fill(slots, 0, words)
    iso.q[(obj - iso.base >> 3) + _AT] = slots
    shape.indices = {i: (i, DEFAULT) for i, word in enumerate(words) if word != iso.hole}
    shape.elements_used = len(words)
    shape.elements_free = []
    shape.elements_kind = _DICTIONARY
    return shape


def _store_slot(iso: Isolate, obj: int, shape: Shape, index: int, value: int, attributes: int) -> None:
    found = shape.indices.get(index)
    if found is not None:
        slot = found[0]
    elif shape.elements_free:
        slot = shape.elements_free.pop()
    else:
        slot = shape.elements_used
        shape.elements_used += 1
        if slot >= iso.memory.array_length(iso.q[(obj - iso.base >> 3) + _AT]):
            iso.held.append(value)
            _grow(iso, obj, slot)
    shape.indices[index] = slot, attributes
    iso.q[_place(iso, obj, slot)] = value


def store_with(iso: Isolate, obj: int, index: int, value: int, attributes: int) -> None:
    """Write an element with any attributes, which may be new."""
    if attributes == DEFAULT and iso.shape(obj).elements_kind != _DICTIONARY:
        store(iso, obj, index, value)
    else:
        iso.held.append(value)
        _store_slot(iso, obj, to_dictionary(iso, obj), index, value, attributes)


def remove(iso: Isolate, obj: int, index: int) -> None:
    """Take an element away that is there."""
    shape = iso.shape(obj)
    if shape.elements_kind == _DICTIONARY:
        slot, _ = shape.indices.pop(index)
        shape.elements_free.append(slot)
        iso.q[_place(iso, obj, slot)] = iso.hole
        return
    set_kind(iso, obj, _HOLEY[shape.elements_kind])
    iso.q[_place(iso, obj, index)] = HOLE_NAN if shape.elements_kind in _DOUBLE else iso.hole


def indices(iso: Isolate, obj: int, shape: Shape) -> list[int]:
    """All indices that have an element, in ascending order."""
    if shape.elements_kind == _DICTIONARY:
        return sorted(shape.indices)
    hole = HOLE_NAN if shape.elements_kind in _DOUBLE else iso.hole
    words = iso.memory.words(iso.q[(obj - iso.base >> 3) + _AT])
    return [i for i, word in enumerate(words) if word != hole]


def truncate(iso: Isolate, array: int, length: int) -> int:
    """Remove the elements of an array from its end down to a length; the length that it has then, which is larger if an
    element cannot be removed. The caller writes it.
    """
    shape = iso.shape(array)
    if shape.elements_kind == _DICTIONARY:
        for index in sorted((i for i in shape.indices if i >= length), reverse=True):
            if not shape.indices[index][1] & CONFIGURABLE:
                return index + 1
            remove(iso, array, index)
        return length
    at = (array - iso.base >> 3) + _AT
    size = iso.memory.array_length(iso.q[at])
    if length == 0:
        iso.q[at] = iso.empty_array
    elif length < size:
        hole = HOLE_NAN if shape.elements_kind in _DOUBLE else iso.hole
        place = (iso.q[at] - iso.base + ELEMENTS >> 3) + length
        count = min(size, array_length(iso, array)) - length  # behind that there are holes already
        if count == 1:
            iso.q[place] = hole
        elif count > 1:
            iso.memory.b[8 * place : 8 * (place + count)] = hole.to_bytes(8, "little") * count
    return length


def lengthen(iso: Isolate, array: int, length: int) -> None:
    """An array is about to get a length beyond its elements: they have holes from now on."""
    kind = iso.shape(array).elements_kind
    if not kind & 1 and length > array_length(iso, array):
        set_kind(iso, array, _HOLEY[kind])
