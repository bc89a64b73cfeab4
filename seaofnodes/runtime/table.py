"""Tables of references, in reserved address ranges."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, Final

from seaofnodes.backend.layout import TABLE_BASE, TABLE_LENGTH
from seaofnodes.errors import Error, LinkError
from seaofnodes.runtime.function import Function
from seaofnodes.runtime.groups import Group, Member, join
from seaofnodes.runtime.native import PROT_READ, PROT_WRITE, NativeBuffer, Reservation, protect_pages, view
from seaofnodes.runtime.references import from_word, to_word, top_of
from seaofnodes.wasm.types import FUNC, FUNCREF, Limits, RefType, TableType

if TYPE_CHECKING:
    from seaofnodes.runtime.engine import Engine
    from seaofnodes.runtime.state import EngineState

MAX_ENTRIES: Final = 10_000_000
ENTRY: Final = 8


class TableData:
    """A table's native part. Entries are words (see references.py), 0 for null.

    Attributes: type: as declared; mask: of indices and sizes; home: address of the instance that owns the table, 0 if
    the host made it; group: who lives as long as it does.
    """

    __slots__ = (
        "__weakref__", "_record", "_reservation", "_words", "engine", "group", "holds_functions", "home", "mask", "type"
    )  # fmt: skip

    def __init__(self, kind: TableType, home: int = 0) -> None:
        self.type = kind
        self.mask = (1 << kind.address.bits) - 1
        self.home = home
        self.group: Group | None = None
        self.engine: EngineState | None = None
        self.holds_functions = top_of(kind.element) is FUNC
        limits = kind.limits
        top = MAX_ENTRIES if limits.max is None else min(limits.max, MAX_ENTRIES)
        if limits.min > top:
            raise Error(f"a table of {limits.min:,} entries: at most {MAX_ENTRIES:,} are supported")
        self._reservation = Reservation(max(ENTRY * top, ENTRY))
        self._words = view(self._reservation.address, 0).cast("Q")
        self._record = NativeBuffer(16)
        self._record.words[TABLE_BASE >> 3] = self._reservation.address
        if self.grow(limits.min) < 0:
            raise Error(f"cannot commit a table of {limits.min:,} entries")

    @property
    def base(self) -> int:
        """Native address of entry 0."""
        return self._reservation.address

    @property
    def record(self) -> int:
        """Address of the native record that code reads."""
        return self._record.address

    @property
    def size(self) -> int:
        """Number of entries."""
        return self._record.words[TABLE_LENGTH >> 3]

    def grow(self, delta: int, word: int = 0) -> int:
        """Add entries; the old size, or -1."""
        old = self.size
        if delta < 0 or ENTRY * (old + delta) > self._reservation.size:
            return -1
        if self.type.limits.max is not None and old + delta > self.type.limits.max:
            return -1
        if delta:
            try:
                protect_pages(self.base, ENTRY * (old + delta), PROT_READ | PROT_WRITE)
            except OSError:
                return -1
            self._words = view(self.base, ENTRY * (old + delta), self._reservation).cast("Q")
            self._record.words[TABLE_LENGTH >> 3] = old + delta
            if word:
                self.put(old, [word] * delta)
        return old

    def bind(self, engine: EngineState) -> None:
        """Words belong to an engine, so a table does, from its first use on. Raises LinkError for another engine."""
        if self.engine is None:
            self.engine = engine
            if not self.holds_functions:
                engine.references.holders.add(self)
        elif self.engine is not engine:
            raise LinkError("the table belongs to another engine")

    def put(self, index: int, words: list[int]) -> None:
        """Store words; the caller checked the bounds, and whoever gave the words shares a group with the table."""
        count = len(words)
        self._words[index : index + count] = memoryview((ctypes.c_uint64 * count)(*words)).cast("B").cast("Q")

    def join(self, owner: Member) -> None:
        """A function's owner lives as long as the table, and as who has that."""
        assert self.engine is not None
        natives = self.engine.natives
        home = natives[self.home] if self.home else self
        if owner is not home:
            join(self, owner)
            join(self, home)

    def get(self, index: int) -> int:
        """The word at an index in bounds."""
        return self._words[index]

    def slice(self, index: int, count: int) -> list[int]:
        """The words at indices in bounds."""
        return self._words[index : index + count].tolist()

    def words(self) -> list[int]:
        """The words that are not null."""
        return [word for word in self._words if word]


class Table:
    """A table of references. The host may create one and import it into instances of one engine.

        table = Table(10)
        table[0] = instance.exports["f"]; table[0](1, 2); table[1] = None; len(table)
        objects = Table(10, element=seaofnodes.EXTERNREF, engine=engine)
    """

    __slots__ = ("__weakref__", "_owner", "data")

    def __init__(
        self, min: int, max: int | None = None, *, element: RefType = FUNCREF, engine: Engine | None = None
    ) -> None:
        """min, max: in entries; engine: needed for objects. Raises Error when that cannot be had."""
        if min < 0 or max is not None and max < min:
            raise Error(f"a table has 0 <= min <= max entries, not min={min}, max={max}")
        self.data = TableData(TableType(element, Limits(min, max)))
        self._owner: object = None
        if engine is not None:
            self.data.bind(engine.state)

    @classmethod
    def of(cls, data: TableData, owner: object) -> Table:
        """The table that an instance exports; its entries may belong to the instance, so it keeps that alive."""
        found = cls.__new__(cls)
        found.data = data
        found._owner = owner
        return found

    @property
    def type(self) -> TableType:
        """Element type and limits as declared."""
        return self.data.type

    def __len__(self) -> int:
        return self.data.size

    def grow(self, delta: int, value: Any = None) -> int:
        """Add entries; the old size, or -1 when the maximum does not allow it."""
        return self.data.grow(delta, self._word(value))

    def __getitem__(self, index: int) -> Any:
        """What is there, None for null. Raises IndexError out of bounds."""
        self._check(index)
        word = self.data.get(index)
        if word == 0:
            return None
        assert self.data.engine is not None
        return from_word(self.data.engine, word, self.data.type.element)

    def __setitem__(self, index: int, value: Any) -> None:
        """Raises IndexError out of bounds, TypeError for what is not of the table's type, LinkError for another
        engine's.
        """
        self._check(index)
        self.data.put(index, [self._word(value)])

    def _word(self, value: Any) -> int:
        if isinstance(value, Function):
            self.data.bind(value.engine)
        engine = self.data.engine
        kind = self.data.type.element
        if engine is None:
            if value is None and kind.nullable:
                return 0
            if self.data.holds_functions:
                raise TypeError(f"a table holds functions of instances and None, not {value!r}")
            raise TypeError("a table of objects that no engine has used yet: create it with engine=...")
        word = to_word(engine, value, kind, "the entry")
        if isinstance(value, Function) and value.owner is not None:
            self.data.join(value.owner)
        return word

    def _check(self, index: int) -> None:
        if not 0 <= index < self.data.size:
            raise IndexError(f"entry {index} of a table of {self.data.size}")

    def __repr__(self) -> str:
        return f"<table of {len(self)} entries>"
