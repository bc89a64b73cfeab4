"""What the instances of one engine share: types, what wasm holds, memory that is left.

The specification's store, for one engine.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from seaofnodes.runtime.entry.entry_point import EntryPoint
from seaofnodes.runtime.entry.groups import Group, Member, join
from seaofnodes.runtime.process.exclusion import Mutex
from seaofnodes.wasm.engine.memory import PageBudget
from seaofnodes.wasm.engine.references import Holder, References
from seaofnodes.wasm.engine.values import signature_of
from seaofnodes.wasm.object_layout import type_record
from seaofnodes.wasm.types import ArrayType, DefinedType, FuncType, StructType

if TYPE_CHECKING:
    from seaofnodes.runtime.runtime import Runtime


class Sharing:
    """In the group of all whose functions objects may hold, and of all that may hold objects."""

    __slots__ = ("__weakref__", "group")

    def __init__(self) -> None:
        self.group: Group | None = None


class Store:
    """Attributes: runtime; enter: `runtime.entry.enter`; references: objects and exceptions that wasm holds; pages:
    what memories and tables may still have; types: by id; field_names: index of a struct's field by its name, by the
    type's id. Nothing here holds an instance alive.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.enter = runtime.entry.enter
        self.references = References()
        runtime.heap.roots.add(self.references.words)
        runtime.heap.others = self.references
        runtime.heap.allocating |= {"array_new_data", "array_new_elem"}
        self.pages = PageBudget(runtime.tiers.options.max_memory)
        self._types: dict[DefinedType, int] = {}
        self.types: dict[int, DefinedType] = {}  # by id; 0 is none
        self.field_names: dict[int, dict[str, int]] = {}
        self._sharing: weakref.ref[Sharing] | None = None

    # Types.

    def type_id(self, kind: DefinedType) -> int:
        """The engine's canonical id of a type, from 1."""
        found = self._types.get(kind)
        if found is None:
            found = self.runtime.heap.types.new_id()
            self.types[found] = kind
            if isinstance(kind, StructType | ArrayType):
                display = (*map(self.type_id, kind.supertypes), found)
                self.runtime.heap.define_type(found, type_record(kind, display))
            found = self._types.setdefault(kind, found)
        return found

    def name_fields(self, type_id: int, names: Mapping[int, str]) -> None:
        """What a module calls the fields of a struct, by index; the first module to give a name is right."""
        known = self.field_names.setdefault(type_id, {})
        for index, name in names.items():
            known.setdefault(name, index)

    def entry_point(self, kind: FuncType) -> EntryPoint:
        """How Python calls functions of a type."""
        return self.runtime.entry.point(signature_of(kind))

    def trampoline(self, kind: FuncType) -> int:
        """Address of the code that calls host functions of a type."""
        return self.runtime.entry.trampoline(signature_of(kind))

    # Objects.

    def share_functions(self, owner: Member) -> None:
        """Objects may hold an owner's functions: it lives as long as everybody who may hold objects."""
        found = self.sharing()
        if found is None:
            found = Sharing()
            self._sharing = weakref.ref(found)
            for holder in self.references.holders.all():
                holder.live_with(found)
        join(owner, found)

    def sharing(self) -> Sharing | None:
        """What lives as long as the owners of functions that objects may hold, if there are any."""
        return None if self._sharing is None else self._sharing()

    def add_holder(self, holder: Holder) -> None:
        """A table, a global or an instance may hold references from now on."""
        self.references.holders.add(holder)
        found = self.sharing()
        if found is not None:
            holder.live_with(found)

    def make_room(self) -> None:
        """In Python that wasm has called: of many objects and exceptions, let those go that nothing holds any more."""
        if self.references.is_crowded() and not self._collect():
            self.references.sweep(self.runtime.unwinder.references())

    def let_go(self) -> None:
        """After a call: release objects that nothing refers to, unless an outer call of wasm may."""
        if self.references.is_due() and not self.runtime.entry.running:
            self.runtime.entry.exclusively(self._let_go)

    def _let_go(self) -> None:
        if not self.runtime.entry.running and not self._collect():
            self.references.sweep(())

    def _collect(self) -> bool:
        """Where objects may hold some, a collection of the heap finds what is held; is it so?"""
        heap = self.runtime.heap
        if heap.is_used:
            heap.collect()
        return heap.is_used


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
