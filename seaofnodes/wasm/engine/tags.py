"""Tags, and the exceptions that carry them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from seaofnodes.backend.layout import EXCEPTION_PAYLOAD, EXCEPTION_TAG
from seaofnodes.runtime.process.native import NativeBuffer
from seaofnodes.wasm.types import FuncType, RefType, ValType

if TYPE_CHECKING:
    from seaofnodes.runtime.entry.groups import Group


class Tag:
    """What kind of exception one is; two tags are the same only if they are one object. The host may create one:

        overflow = Tag(seaofnodes.I32)
        raise seaofnodes.WasmException(overflow, (7,))     # in a host function

    Attributes: type: its parameters are the types of what an exception carries; address: a number that only this tag
    has, as long as it lives, which is its identity in native code; group: see groups.py, with the instances that use it
    if it can carry functions of theirs.
    """

    __slots__ = ("__weakref__", "group", "type")

    def __init__(self, *kinds: ValType) -> None:
        self._place(FuncType(kinds, ()))

    @classmethod
    def of(cls, kind: FuncType) -> Tag:
        """A tag of a type that a module declares."""
        found = cls.__new__(cls)
        found._place(kind)
        return found

    def _place(self, kind: FuncType) -> None:
        self.type = kind
        self.group: Group | None = None

    @property
    def address(self) -> int:
        """What tells it apart from other tags: a number, at which nothing is read."""
        return id(self)  # nothing is read there

    def __reduce__(self) -> tuple[Callable[[FuncType], Tag], tuple[FuncType]]:
        return Tag.of, (self.type,)  # another process gets another tag

    def __repr__(self) -> str:
        return f"<tag ({' '.join(kind.name for kind in self.type.params)})>"


class ExceptionReference:
    """A thrown exception as a value of type exnref. Attributes: tag; address: of its native record; values: what it
    carries, None until Python has seen it.

    From then on it holds what it carries: Python may keep it for longer than wasm does.
    """

    __slots__ = ("__weakref__", "_record", "_store", "tag", "values")

    def __init__(self, tag: Tag) -> None:
        self.tag = tag
        self.values: tuple[object, ...] | None = None
        self._store: weakref.ref[object] | None = None
        self._record = NativeBuffer(EXCEPTION_PAYLOAD + 8 * len(tag.type.params))
        self._record.words[EXCEPTION_TAG >> 3] = tag.address

    @property
    def address(self) -> int:
        return self._record.address

    def fill(self, bits: Iterable[int]) -> None:
        """Store what it carries, as bits."""
        for index, value in enumerate(bits, EXCEPTION_PAYLOAD >> 3):
            self._record.words[index] = value

    def words(self) -> list[int]:
        """The references among what it carries."""
        return [bits for bits, kind in self.cells() if isinstance(kind, RefType)]

    def see(self, store: object, values: tuple[object, ...]) -> None:
        """Python has seen what it carries. store: the one whose words that are."""
        self._store = weakref.ref(store)
        self.values = values

    def is_of(self, store: object) -> bool:
        """Does the store's engine know what its words mean?"""
        return self._store is None or self._store() is store

    def held(self) -> list[tuple[int, object]]:
        """The references among what it carries, with what they are, once Python has seen it."""
        if self.values is None:
            return []
        pairs = zip(self.cells(), self.values, strict=True)
        return [(bits, value) for (bits, kind), value in pairs if isinstance(kind, RefType) and bits]

    def cells(self) -> list[tuple[int, ValType]]:
        """What it carries, as bits, with the types."""
        words = self._record.words[EXCEPTION_PAYLOAD >> 3 :]
        return [(words[i] & (1 << kind.bits) - 1, kind) for i, kind in enumerate(self.tag.type.params)]

    def __repr__(self) -> str:
        return f"<exception {self.tag!r}>"
