"""Inline caches: what a site has seen of maps, written where machine code reads it.

A site is monomorphic in its own words, polymorphic in a table of at most MOST_ENTRIES, then megamorphic. After Hölzle,
Chambers and Ungar (ECOOP 1991).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from seaofnodes.javascript.baseline import layout
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import ElementsKind, Kind
from seaofnodes.javascript.objects.layout import (
    ACCESSOR,
    CONTEXT_SLOTS,
    DEFAULT,
    ELEMENTS,
    MAYBE_LAZY,
    OBJECT_PROPERTIES,
    WRITABLE,
)
from seaofnodes.javascript.objects.shapes import Shape
from seaofnodes.javascript.objects.words import Key
from seaofnodes.runtime.code.space import CodeSpace

_TABLE_WORDS: Final = (layout.MOST_ENTRIES + 1) << layout.ENTRY_SHIFT - 3
_TAGGED: Final = (ElementsKind.PACKED_SMI, ElementsKind.HOLEY_SMI, ElementsKind.PACKED, ElementsKind.HOLEY)
_ONLY_SMIS: Final = (ElementsKind.PACKED_SMI, ElementsKind.HOLEY_SMI)
_HALF: Final = 0xFFFF_FFFF


class Entry(NamedTuple):
    """What a map says about a property. Attributes: as in the layout of tables."""

    map: int
    handler: int
    place: int
    epoch: int = 0
    new_map: int = 0


@dataclass(slots=True)
class Site:
    """Attributes: entries: by map; table: address, 0 if there is none; megamorphic: has it seen too many maps?"""

    entries: dict[int, Entry] = field(default_factory=dict)
    table: int = 0
    megamorphic: bool = False


class Caches:
    """All property sites of an isolate, by the address of their feedback slot. Attributes: epoch_word: its address;
    sites; elements: of those of elements; mega: address of the megamorphic cache.
    """

    def __init__(self, iso: Isolate, space: CodeSpace, epoch: int) -> None:
        self._iso = iso
        self._space = space
        self.epoch_word = epoch
        self.sites: dict[int, Site] = {}
        self.elements: dict[int, tuple[int, int]] = {}
        self.mega = space.allocate_words(1 << layout.MEGA_BITS + 1 + layout.MEGA_SHIFT - 3)
        self._turn = 0

    @property
    def epoch(self) -> int:
        return self._space.load_word(self.epoch_word)

    def forget(self) -> None:
        """After a collection in which shapes have gone: their ids may come back as those of others."""
        store = self._space.store_word
        for address, site in self.sites.items():
            store(address + layout.CACHE_MAP, 0)
            if site.table:
                store(site.table, 0)
            site.entries.clear()
            if not site.megamorphic:
                store(address + layout.CACHE_TABLE, 0)
        for address in self.elements:
            store(address + layout.CACHE_MAP, 0)
        self.elements.clear()
        for index in range(2 << layout.MEGA_BITS):
            store(self.mega + (index << layout.MEGA_SHIFT), 0)

    # --- What a shape says

    def load_entry(self, receiver: int, key: Key) -> Entry | None:
        """How to load a property; None if that is not for machine code."""
        iso = self._iso
        if not receiver & 1 or key < 0:
            return None
        shape = iso.shape(receiver)
        if shape.kind < Kind.JS_OBJECT:
            prototype = self._prototype_of(shape)
            return None if prototype is None else self._in_prototypes(shape.id, prototype, key)
        if not shape.plain_names:
            return None
        found = shape.lookup(key)
        if found is not None:
            slot, attributes = found
            if attributes & (ACCESSOR | MAYBE_LAZY) or shape.own:
                return None
            return self._field(shape, slot)
        return None if shape.own else self._in_prototypes(shape.id, shape.prototype, key)

    def _prototype_of(self, shape: Shape) -> int | None:
        names = {Kind.HEAP_NUMBER: "NumberPrototype"}
        if Kind.SEQ_ONE_BYTE <= shape.kind <= Kind.SLICED:
            return self._iso.realm.intrinsic("StringPrototype")
        name = names.get(shape.kind)
        return None if name is None else self._iso.realm.intrinsic(name)

    def _in_prototypes(self, map: int, holder: int, key: Key) -> Entry | None:
        iso = self._iso
        while holder != iso.null:
            shape = iso.shape(holder)
            if not (shape.plain_names or shape.kind == Kind.JS_STRING_WRAPPER):
                return None
            found = shape.lookup(key)
            if found is not None:
                slot, attributes = found
                if attributes & ACCESSOR:
                    return None
                address = self._address(holder, shape, slot)
                value = iso.memory.raw(address + 1, 0)
                if value & 1 and iso.kind(value) == Kind.LAZY:
                    return None
                return Entry(map, layout.CELL, address, self.epoch)
            holder = shape.prototype
        return Entry(map, layout.ABSENT, 0, self.epoch)

    def _field(self, shape: Shape, slot: int) -> Entry:
        if slot < shape.in_object:
            return Entry(shape.id, layout.FIELD, 8 * (shape.first + slot) - 1)
        return Entry(shape.id, layout.SLOT, ELEMENTS + 8 * (slot - shape.in_object) - 1)

    def _address(self, holder: int, shape: Shape, slot: int) -> int:
        """Of a slot's word."""
        if slot < shape.in_object:
            return holder - 1 + 8 * (shape.first + slot)
        return self._iso.memory.raw(holder, OBJECT_PROPERTIES) - 1 + ELEMENTS + 8 * (slot - shape.in_object)

    def store_entry(self, before: Shape, after: Shape, key: Key, defines: bool) -> Entry | None:
        """How the store, or definition, was done that has just changed an object's shape from one to the other."""
        if before.kind < Kind.JS_OBJECT or not before.plain_names or before.own or after.own or key < 0:
            return None
        if before is after:
            found = before.lookup(key)
            if found is None or found[1] & (ACCESSOR | MAYBE_LAZY) or not found[1] & WRITABLE:
                return None
            if defines and found[1] != DEFAULT:
                return None
            return self._field(before, found[0])
        found = after.lookup(key)
        if after.parent is not before or found is None or found[0] != before.count or after.count != before.count + 1:
            return None
        slot = found[0]
        field = self._field(after, slot)
        handler = layout.ADD_FIELD if field.handler == layout.FIELD else layout.ADD_SLOT
        return Entry(before.id, handler, field.place, self.epoch, after.id)

    # --- Sites

    def add(self, address: int, entry: Entry, key: Key) -> None:
        """A site has missed, and this is how it would have hit."""
        site = self.sites.get(address)
        if site is None:
            site = self.sites[address] = Site()
        site.entries[entry.map] = entry
        if not site.megamorphic and len(site.entries) > layout.MOST_ENTRIES:
            site.megamorphic = True
            self._space.store_word(address, 0)
            self._space.store_word(address + layout.CACHE_TABLE, layout.MEGAMORPHIC)
        if site.megamorphic:
            self._add_mega(entry, key)
            return
        if len(site.entries) == 1 and entry.handler == layout.FIELD:
            self._space.store_word(address, entry.map | (entry.place & _HALF) << 32)
        else:
            self._space.store_word(address, 0)
        self._write_table(address, site)

    def _write_table(self, address: int, site: Site) -> None:
        if not site.table:
            site.table = self._space.allocate_words(_TABLE_WORDS)
        at = site.table
        for entry in site.entries.values():
            self._write(at, entry)
            at += 1 << layout.ENTRY_SHIFT
        self._space.store_word(at, 0)
        self._space.store_word(address + layout.CACHE_TABLE, site.table)

    def _write(self, at: int, entry: Entry) -> None:
        store = self._space.store_word
        store(at + layout.ENTRY_PLACE, entry.place)
        store(at + layout.ENTRY_EPOCH, entry.epoch)
        store(at + layout.ENTRY_NEW_MAP, entry.new_map)
        store(at, entry.map | entry.handler << 32)

    def _add_mega(self, entry: Entry, key: Key) -> None:
        """In the set's first entry that is free or its own, else in one of both in turn."""
        space = self._space
        index = (entry.map * layout.MEGA_FACTOR + key) * layout.MEGA_FACTOR & _HALF
        first = self.mega + (index >> 32 - layout.MEGA_BITS << layout.MEGA_SHIFT + 1)
        both = first, first + (1 << layout.MEGA_SHIFT)
        self._turn ^= 1
        at = both[self._turn]
        for place in both:
            map = space.load_word(place) & _HALF
            if not map or (map == entry.map and space.load_word(place + layout.MEGA_KEY) == key):
                at = place
                break
        space.store_word(at, 0)
        space.store_word(at + layout.MEGA_KEY, key)
        self._write(at, entry)

    def add_elements(self, address: int, receiver: int) -> None:
        """An element of an object has been loaded or stored: let machine code do so for its map."""
        if not receiver & 1:
            return
        shape = self._iso.shape(receiver)
        if shape.kind < Kind.JS_OBJECT or not shape.plain_elements or shape.elements_kind not in _TAGGED:
            return
        if shape.own:  # its kind of elements may change in place
            return
        forbidden = int(shape.elements_kind in _ONLY_SMIS)
        self.elements[address] = shape.id, forbidden
        self._space.store_word(address, shape.id | forbidden << 32)

    # --- Globals

    def cell(self, key: Key) -> tuple[int, bool] | None:
        """Address of a global variable's value, and may it be stored to; None if machine code cannot."""
        iso = self._iso
        found = iso.realm.script_context.lookup(key)
        if found is not None:
            return found.context - 1 + CONTEXT_SLOTS + 8 * found.index, not found.constant
        holder = iso.realm.global_object
        shape = iso.shape(holder)
        there = shape.lookup(key)
        if there is None or there[1] & ACCESSOR:
            return None
        address = self._address(holder, shape, there[0])
        value = iso.memory.raw(address + 1, 0)
        if value & 1 and iso.kind(value) == Kind.LAZY:
            return None
        return address, bool(there[1] & WRITABLE)

    def add_cell(self, address: int, cell: int) -> None:
        """A load or store of a global variable goes there, in this epoch."""
        self._space.store_word(address + layout.CELL_ADDRESS, cell)
        self._space.store_word(address + layout.CELL_EPOCH, self.epoch)
