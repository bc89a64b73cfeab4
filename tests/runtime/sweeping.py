"""Stress for safepoints: whenever machine code calls Python, every reference that no safepoint names goes."""

from __future__ import annotations

from seaofnodes import Engine
from seaofnodes.runtime.code.space import Callback

_NOT_STOPPED: frozenset[str] = frozenset({"begin", "trapped"})  # no code is on the stack


class Sweeper:
    """Sweeps the references of an engine at each call of Python but those of host functions; every poll is such a call.

    Attributes: sweeps: how often, by the callable's name.
    """

    def __init__(self, engine: Engine) -> None:
        self.sweeps: dict[str, int] = {}
        self._store = store = engine.store
        self._entry = entry = store.runtime.entry
        self._held = [self._wrap(name, found) for name, found in entry.space.callables.items()]
        begin = entry.begin

        def begin_with_polls() -> None:
            begin()
            entry.raise_stack_limit()
            entry.begin_with_hook()

        entry.begin = begin_with_polls  # type: ignore[method-assign]
        entry.begin_with_hook()

    def _wrap(self, name: str, callback: Callback) -> Callback:
        def swept(address: int) -> object:
            self.sweep(name)
            found = callback(address)
            if name == "poll":
                self._entry.raise_stack_limit()
            return found

        if name not in _NOT_STOPPED:
            space = self._entry.space
            space.store_word(space.names[name], id(swept))
        return swept

    def sweep(self, name: str) -> None:
        """Let everything go that nothing names."""
        self.sweeps[name] = self.sweeps.get(name, 0) + 1
        self._store.references.sweep(self._store.runtime.unwinder.references())
