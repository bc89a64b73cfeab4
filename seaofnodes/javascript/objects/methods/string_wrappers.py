"""String objects (ECMA-262, 10.4.3): the units of their string are elements that cannot be changed."""

from __future__ import annotations

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import STRING_LENGTH, WRAPPER_VALUE
from seaofnodes.javascript.objects.methods.ordinary import (
    Ordinary,
    define_stored,
    is_compatible,
    stored_keys,
)
from seaofnodes.javascript.objects.property import Property
from seaofnodes.javascript.objects.words import Key


def _length(iso: Isolate, obj: int) -> int:
    return iso.memory.raw_u32(iso.memory.raw(obj, WRAPPER_VALUE), STRING_LENGTH)


class StringWrappers(Ordinary):
    plain_elements = False

    def get_own(self, iso: Isolate, obj: int, key: Key) -> Property | None:
        """10.4.3.1, 10.4.3.5"""
        if key < 0 and ~key < _length(iso, obj):
            text = iso.text(iso.memory.load(obj, WRAPPER_VALUE))
            return Property(iso.string(text[~key]), None, None, False, True, False)
        return Ordinary.get_own(self, iso, obj, key)

    def define_own(self, iso: Isolate, obj: int, key: Key, wanted: Property) -> bool:
        """10.4.3.2"""
        if key < 0 and ~key < _length(iso, obj):
            current = self.get_own(iso, obj, key)
            assert current is not None
            return is_compatible(iso, current, wanted)
        return define_stored(iso, obj, key, wanted)

    def delete(self, iso: Isolate, obj: int, key: Key) -> bool:
        if key < 0 and ~key < _length(iso, obj):
            return False
        return Ordinary.delete(self, iso, obj, key)

    def own_keys(self, iso: Isolate, obj: int) -> list[Key]:
        """10.4.3.3"""
        return [*(~i for i in range(_length(iso, obj))), *stored_keys(iso, obj)]
