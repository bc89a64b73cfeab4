"""Arguments objects whose elements are parameters (ECMA-262, 10.4.4).

The mapping has, for each element that is a parameter, the slot of the context that the parameter is in.
"""

from __future__ import annotations

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import ARGUMENTS_CONTEXT, ARGUMENTS_MAPPING, ELEMENTS
from seaofnodes.javascript.objects.methods.ordinary import Ordinary, define_stored
from seaofnodes.javascript.objects.property import Property
from seaofnodes.javascript.objects.words import Key


def _offset(iso: Isolate, obj: int, key: Key) -> int:
    """Where the parameter of a key is in the context; 0 if it is none."""
    memory = iso.memory
    mapping = memory.raw(obj, ARGUMENTS_MAPPING)
    if key >= 0 or ~key >= memory.array_length(mapping):
        return 0
    slot = memory.raw(mapping, ELEMENTS + 8 * ~key)
    return 0 if slot == iso.hole else ELEMENTS + 8 * (slot >> 32)


def _unmap(iso: Isolate, obj: int, key: Key) -> None:
    iso.memory.store(iso.memory.raw(obj, ARGUMENTS_MAPPING), ELEMENTS + 8 * ~key, iso.hole)


class MappedArguments(Ordinary):
    plain_elements = False

    def get_own(self, iso: Isolate, obj: int, key: Key) -> Property | None:
        """10.4.4.1"""
        found = Ordinary.get_own(self, iso, obj, key)
        offset = _offset(iso, obj, key)
        if found is not None and offset:
            found.value = iso.memory.load(iso.memory.raw(obj, ARGUMENTS_CONTEXT), offset)
        return found

    def define_own(self, iso: Isolate, obj: int, key: Key, wanted: Property) -> bool:
        """10.4.4.2"""
        offset = _offset(iso, obj, key)
        if not offset:
            return define_stored(iso, obj, key, wanted)
        context = iso.memory.load(obj, ARGUMENTS_CONTEXT)
        current = iso.memory.load(context, offset)
        if wanted.is_data and wanted.value is None and wanted.writable is False:
            wanted = Property(current, None, None, False, wanted.enumerable, wanted.configurable)
        if not define_stored(iso, obj, key, wanted):
            return False
        if wanted.is_accessor:
            _unmap(iso, obj, key)
        else:
            if wanted.value is not None:
                iso.memory.store(context, offset, wanted.value)
            if wanted.writable is False:
                _unmap(iso, obj, key)
        return True

    def get(self, iso: Isolate, obj: int, key: Key, receiver: int) -> int:
        """10.4.4.3"""
        offset = _offset(iso, obj, key)
        if offset:
            return iso.memory.load(iso.memory.raw(obj, ARGUMENTS_CONTEXT), offset)
        return Ordinary.get(self, iso, obj, key, receiver)

    def set(self, iso: Isolate, obj: int, key: Key, value: int, receiver: int) -> bool:
        """10.4.4.4"""
        offset = _offset(iso, obj, key) if receiver == obj else 0
        if offset:
            iso.memory.store(iso.memory.raw(obj, ARGUMENTS_CONTEXT), offset, value)
        return Ordinary.set(self, iso, obj, key, value, receiver)

    def delete(self, iso: Isolate, obj: int, key: Key) -> bool:
        """10.4.4.5"""
        offset = _offset(iso, obj, key)
        if not Ordinary.delete(self, iso, obj, key):
            return False
        if offset:
            _unmap(iso, obj, key)
        return True
