"""Isolates without an engine: a realm whose library has nothing but prototypes."""

from __future__ import annotations

from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate, ScriptContext
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.words import Key
from seaofnodes.runtime.runtime import Runtime
from seaofnodes.runtime.tiers.options import EngineOptions


class BareRealm:
    """Makes an empty object for every name, pinned."""

    global_object = 0

    def __init__(self, iso: Isolate) -> None:
        self._iso = iso
        self._known: dict[str, int] = {}

    @property
    def script_context(self) -> ScriptContext:
        raise NotImplementedError

    def intrinsic(self, name: str) -> int:
        """An object whose prototype is ObjectPrototype."""
        found = self._known.get(name)
        if found is None:
            iso = self._iso
            above = iso.null if name == "ObjectPrototype" else self.intrinsic("ObjectPrototype")
            found = self._known[name] = iso.pin(factory.new_object(iso, above))
        return found


class BareIsolate:
    """Attributes: iso; runtime: which must live as long."""

    def __init__(self, *, stress: bool = False, limit: int = 64 << 20) -> None:
        self.runtime = Runtime(EngineOptions(stress_gc=stress, heap_limit=limit))
        self.iso = factory.new_isolate(self.runtime.heap)
        self.iso.realm = BareRealm(self.iso)

    def key(self, text: str) -> Key:
        """Of a property."""
        return key_of_text(self.iso, text)

    def set(self, obj: int, text: str, value: int) -> bool:
        """obj[text] = value"""
        return properties.set_(self.iso, obj, self.key(text), value)

    def get(self, obj: int, text: str) -> int:
        """obj[text]"""
        return properties.get(self.iso, obj, self.key(text))

    def names(self, obj: int) -> list[str]:
        """Its own keys as texts; symbols by their descriptions."""
        iso = self.iso
        found = []
        for key in properties.own_keys(iso, obj):
            symbol = key >= 0 and iso.is_symbol(key)
            found.append(f"@{iso.symbol_description(key)}" if symbol else str(~key) if key < 0 else iso.text(key))
        return found
