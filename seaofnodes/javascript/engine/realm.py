"""A realm: the library's objects, the global object, and the variables of scripts (ECMA-262, 9.3)."""

from __future__ import annotations

from collections.abc import Iterable

from seaofnodes.javascript.builtins import library
from seaofnodes.javascript.builtins.make import define_entries, make
from seaofnodes.javascript.builtins.table import Entry, Group
from seaofnodes.javascript.interpreter.global_variables import ScriptContext
from seaofnodes.javascript.objects import factory
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind


class Realm:
    """Intrinsic objects are made when they are asked for first.

    Attributes: global_object: its word; script_context.
    """

    def __init__(self, iso: Isolate, host: Iterable[Group] = (), entries: Iterable[Entry] = ()) -> None:
        """host: objects of the host, such as the console; entries: properties of the global object for them."""
        self._iso = iso
        self._host = {group.name: group for group in host}
        self._made: dict[str, int] = {}
        self.script_context = ScriptContext()
        self.global_object = iso.null
        before, iso.realm = iso.realm, self
        iso.roots.append(self._words)
        mark = len(iso.held)
        try:
            self.global_object = factory.new_of_kind(iso, Kind.JS_GLOBAL_OBJECT, self.intrinsic("ObjectPrototype"))
            define_entries(iso, self.global_object, (*library.global_entries(), *entries))
        finally:
            del iso.held[mark:]
            iso.realm = before

    def intrinsic(self, name: str) -> int:
        """An object of the library, such as "ArrayPrototype". Raises KeyError."""
        found = self._made.get(name)
        if found is not None:
            return found
        group = self._host.get(name) or library.find(name)

        def made(word: int) -> None:
            self._made[name] = word

        mark = len(self._iso.held)
        word = make(self._iso, group, made)
        del self._iso.held[mark:]
        return word

    def enter(self) -> None:
        """Code runs in this realm from now on."""
        self._iso.realm = self
        self._iso.realm_entered()

    def close(self) -> None:
        """Let its objects go: none of its code runs any more."""
        self._iso.roots.remove(self._words)

    def _words(self) -> list[int]:
        return [
            self.global_object,
            *self._made.values(),
            *(slot.context for slot in self.script_context.slots.values()),
        ]
