"""Globals as objects."""

from __future__ import annotations

from seaofnodes.runtime.native import NativeBuffer
from seaofnodes.runtime.values import Value, from_bits, to_bits
from seaofnodes.wasm.types import GlobalType, ValType


class Global:
    """A global that instances share, or one instance's own.

        counter = Global(seaofnodes.I64, 0, mutable=True)
        counter.value += 1

    Attributes: type: value type and mutability; address: where its 8-byte cell is.
    """

    __slots__ = ("__weakref__", "_owner", "_words", "address", "type")

    def __init__(self, kind: ValType, value: Value = 0, *, mutable: bool = False) -> None:
        storage = NativeBuffer(16)
        storage.words[0] = to_bits(value, kind, "the value")
        self._place(GlobalType(kind, mutable), storage.address, storage.words, storage)

    @classmethod
    def at(cls, kind: GlobalType, storage: NativeBuffer, offset: int) -> Global:
        """The global that lives at an offset in an instance's data."""
        found = cls.__new__(cls)
        found._place(kind, storage.address + offset, storage.words[offset >> 3 : (offset >> 3) + 1], storage)
        return found

    def _place(self, kind: GlobalType, address: int, words: memoryview, owner: NativeBuffer) -> None:
        self.type = kind
        self.address = address
        self._words = words
        self._owner = owner

    @property
    def bits(self) -> int:
        """The value's bits, unsigned."""
        return self._words[0] & (1 << self.type.type.bits) - 1

    @property
    def value(self) -> Value:
        """The value. Setting an immutable global raises TypeError."""
        return from_bits(self.bits, self.type.type)

    @value.setter
    def value(self, value: Value) -> None:
        if not self.type.mutable:
            raise TypeError("the global is immutable")
        self._words[0] = to_bits(value, self.type.type, "the value")

    def __repr__(self) -> str:
        return f"<{'mutable ' if self.type.mutable else ''}global {self.type.type} = {self.value}>"
