"""Globals as objects."""

from __future__ import annotations

from typing import Any

from seaofnodes.runtime.code.handles import owner_of
from seaofnodes.runtime.entry.groups import Group, Member, join
from seaofnodes.runtime.process.native import NativeBuffer
from seaofnodes.wasm.engine.conversion import FunctionReference, from_word, to_word
from seaofnodes.wasm.engine.references import Pins, top_of
from seaofnodes.wasm.engine.store import HasStore, Store, bind
from seaofnodes.wasm.engine.values import from_bits, to_bits
from seaofnodes.wasm.types import FUNC, GlobalType, RefType, ValType


class Global:
    """A global that instances share, or one instance's own.

        counter = Global(seaofnodes.I64, 0, mutable=True)
        counter.value += 1
        state = Global(seaofnodes.EXTERNREF, {}, mutable=True, engine=engine)

    Attributes: type: value type and mutability; address: where its 8-byte cell is; home: address of the instance that
    owns it, 0 if the host made it; group: who lives as long as it does.
    """

    __slots__ = ("__weakref__", "_owner", "_words", "address", "group", "home", "store", "type")

    def __init__(
        self, kind: ValType, value: Any = None, *, mutable: bool = False, engine: HasStore | None = None
    ) -> None:
        """value: 0 or null if None; engine: needed for objects. Raises TypeError, OverflowError."""
        storage = NativeBuffer(16)
        self._place(GlobalType(kind, mutable), storage.address, storage.words, storage)
        if isinstance(value, FunctionReference):
            self.bind(value.store)
        elif engine is not None:
            self.bind(engine.store)
        if value is not None:
            self.initialize(value)

    @classmethod
    def at(cls, kind: GlobalType, storage: NativeBuffer, offset: int, home: int) -> Global:
        """The global that lives at an offset in an instance's data."""
        found = cls.__new__(cls)
        found._place(kind, storage.address + offset, storage.words[offset >> 3 : (offset >> 3) + 1], storage)
        found.home = home
        return found

    def exported(self, owner: object) -> Global:
        """The same global, which keeps the instance alive whose functions it may refer to."""
        found = Global.__new__(Global)
        found._place(self.type, self.address, self._words, owner)
        found.home, found.store, found.group = self.home, self.store, self.group
        return found

    def _place(self, kind: GlobalType, address: int, words: memoryview, owner: object) -> None:
        self.type = kind
        self.address = address
        self.store: Store | None = None
        self.group: Group | None = None
        self.home = 0
        self._words = words
        self._owner = owner

    def bind(self, store: Store) -> None:
        """Words belong to an engine, so a global of references does, from its first use on."""
        if isinstance(self.type.type, RefType) and self.store is None:
            bind(self, store)
            if top_of(self.type.type) is not FUNC:
                store.add_holder(self)

    def live_with(self, member: Member) -> None:
        """See Holder."""
        join(self, member)
        if self.home:
            join(owner_of(self.home), member)

    def words(self) -> list[int]:
        """The reference it holds, if there is one."""
        return [self._words[0]] if self._words[0] else []

    @property
    def word(self) -> int:
        """What the cell holds: the value's bits, unsigned, or the word of a reference."""
        return self._words[0] & (1 << self.type.type.bits) - 1

    @property
    def bits(self) -> Any:
        """The value's bits, unsigned; a reference as it is."""
        return self.value if isinstance(self.type.type, RefType) else self.word

    @property
    def value(self) -> Any:
        """The value. Setting an immutable global raises TypeError."""
        kind = self.type.type
        if not isinstance(kind, RefType):
            return from_bits(self.word, kind)
        store = self.store
        if self.word == 0 or store is None:
            return None
        return store.references.while_kept(lambda: from_word(store, self.word, kind))

    @value.setter
    def value(self, value: Any) -> None:
        if not self.type.mutable:
            raise TypeError("the global is immutable")
        pins = Pins()
        self._words[0] = self._bits_of(value, pins)

    def initialize(self, value: Any) -> None:
        """Set the value, of an immutable global too, before anybody reads it. Raises TypeError, OverflowError."""
        pins = Pins()
        self._words[0] = self._bits_of(value, pins)

    def _bits_of(self, value: Any, pins: Pins) -> int:
        kind = self.type.type
        if not isinstance(kind, RefType):
            return to_bits(value, kind, "the value")
        if isinstance(value, FunctionReference):
            self.bind(value.store)
        if self.store is None:
            if value is None and kind.nullable:
                return 0
            raise TypeError(f"a global of type {kind} that no engine has used yet: create it with engine=...")
        bits = to_word(self.store, value, kind, "the value", self, pins)
        if self.home and isinstance(value, FunctionReference):
            join(self, owner_of(self.home))
        return bits

    def __repr__(self) -> str:
        return f"<{'mutable ' if self.type.mutable else ''}global {self.type.type} = {self.value}>"
