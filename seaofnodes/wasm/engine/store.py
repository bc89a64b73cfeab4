"""What the instances of one engine share: types, what wasm holds, memory that is left.

The specification's store, for one engine.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, Protocol

from seaofnodes.runtime.entry.entry_point import EntryPoint
from seaofnodes.runtime.process.exclusion import Mutex
from seaofnodes.wasm.engine.memory import PageBudget
from seaofnodes.wasm.engine.references import References
from seaofnodes.wasm.engine.values import signature_of
from seaofnodes.wasm.types import FuncType

if TYPE_CHECKING:
    from seaofnodes.runtime.runtime import Runtime


class Store:
    """Attributes: runtime; enter: `runtime.entry.enter`; references: objects and exceptions that wasm holds; pages:
    what memories and tables may still have; types: by id. Nothing here holds an instance alive.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.enter = runtime.entry.enter
        self.references = References()
        self.pages = PageBudget(runtime.tiers.options.max_memory)
        self._types: dict[FuncType, int] = {}
        self._numbers = itertools.count(1)
        self.types: dict[int, FuncType] = {}  # by id; 0 is none

    # Types.

    def type_id(self, kind: FuncType) -> int:
        """The engine's canonical id of a function type, from 1."""
        found = self._types.get(kind)
        if found is None:
            found = next(self._numbers)
            self.types[found] = kind
            found = self._types.setdefault(kind, found)
        return found

    def entry_point(self, kind: FuncType) -> EntryPoint:
        """How Python calls functions of a type."""
        return self.runtime.entry.point(signature_of(kind))

    def trampoline(self, kind: FuncType) -> int:
        """Address of the code that calls host functions of a type."""
        return self.runtime.entry.trampoline(signature_of(kind))

    # Objects.

    def make_room(self) -> None:
        """In Python that wasm has called: of many objects and exceptions, let those go that nothing holds any more."""
        if self.references.is_crowded():
            self.references.sweep(self.runtime.unwinder.references())

    def let_go(self) -> None:
        """After a call: release objects that nothing refers to, unless an outer call of wasm may."""
        if self.references.is_due() and not self.runtime.entry.running:
            self.runtime.entry.exclusively(self._let_go)

    def _let_go(self) -> None:
        if not self.runtime.entry.running:
            self.references.sweep(())


class Bound(Protocol):
    """What belongs to an engine from its first use on."""

    store: Store | None


class HasStore(Protocol):
    """An engine."""

    @property
    def store(self) -> Store:
        """What its instances share."""


_binding: Final = Mutex()  # of the process: two engines may want the same table


def bind(what: Bound, store: Store) -> Store:
    """The store that it belongs to: this one, if it had none."""

    def first() -> Store:
        if what.store is None:
            what.store = store
        return what.store

    return _binding.run(first)
