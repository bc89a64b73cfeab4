"""Arrays (ECMA-262, 10.4.2)."""

from __future__ import annotations

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import ARRAY_LENGTH_SLOT, WRITABLE
from seaofnodes.javascript.objects.methods import elements
from seaofnodes.javascript.objects.methods.ordinary import Ordinary, define_stored, describe, find_own, is_compatible
from seaofnodes.javascript.objects.methods.slots import change_property
from seaofnodes.javascript.objects.property import Property
from seaofnodes.javascript.objects.words import MOST_LENGTH, Key


def set_length(iso: Isolate, array: int, length: int) -> bool:
    """Give a writable length another value; False if an element cannot be removed."""
    before = elements.array_length(iso, array)
    reached = length
    if length < before:
        reached = elements.truncate(iso, array, length)
    elif length > before:
        elements.lengthen(iso, array, length)
    write_length(iso, array, reached)
    return reached == length


def write_length(iso: Isolate, array: int, length: int) -> None:
    """Write it as it is."""
    word = length << 32 if length < 1 << 31 else iso.number(length)
    iso.q[array - iso.base + ARRAY_LENGTH_SLOT >> 3] = word


def length_is_writable(iso: Isolate, array: int) -> bool:
    """May elements be added behind the last one?"""
    return bool(iso.shape(array).table[iso.length_key][1] & WRITABLE)


def _length_of(iso: Isolate, word: int) -> int:
    """Steps 3 to 5 of ArraySetLength. Raises Throw."""
    value = iso.float_of(iso.to_number(word))
    if word & 1 and iso.is_object(word):
        iso.held.append(word)
        value = iso.float_of(iso.to_number(word))
    if not 0 <= value <= MOST_LENGTH or value != int(value):
        iso.throw("RangeError", "Invalid array length")
    return int(value)


class Arrays(Ordinary):
    """Their length is their first slot."""

    def define_own(self, iso: Isolate, obj: int, key: Key, wanted: Property) -> bool:
        if key == iso.length_key:
            return self._define_length(iso, obj, wanted)
        if key >= 0:
            return define_stored(iso, obj, key, wanted)
        index = ~key
        length = elements.array_length(iso, obj)
        if index < length:
            return define_stored(iso, obj, key, wanted)
        if not length_is_writable(iso, obj) or not define_stored(iso, obj, key, wanted):
            return False
        write_length(iso, obj, index + 1)
        return True

    def _define_length(self, iso: Isolate, obj: int, wanted: Property) -> bool:
        """ArraySetLength."""
        if wanted.value is None:
            return define_stored(iso, obj, iso.length_key, wanted)
        length = _length_of(iso, wanted.value)
        found = find_own(iso, obj, iso.length_key)
        assert found is not None
        current = describe(iso, *found)
        before = elements.array_length(iso, obj)
        changed = Property(iso.number(length), wanted.get, wanted.set, None, wanted.enumerable, wanted.configurable)
        if length == before:
            changed.value = current.value
        if wanted.writable:
            changed.writable = True
        if not is_compatible(iso, current, changed):
            return False
        done = length == before or set_length(iso, obj, length)
        if wanted.writable is False and current.writable:
            attributes = iso.shape(obj).table[iso.length_key][1]
            word = iso.q[obj - iso.base + ARRAY_LENGTH_SLOT >> 3]
            change_property(iso, obj, iso.length_key, word, attributes & ~WRITABLE)
        return done

    def set(self, iso: Isolate, obj: int, key: Key, value: int, receiver: int) -> bool:
        if receiver == obj and key < 0 and ~key < elements.array_length(iso, obj):
            shape = iso.shape(obj)
            if elements.is_present(iso, obj, shape, ~key):
                elements.store(iso, obj, ~key, value)
                return True
        return Ordinary.set(self, iso, obj, key, value, receiver)
