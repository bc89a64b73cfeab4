"""Tables of function references, in reserved address ranges."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Final

from seaofnodes.backend.layout import RECORD_INSTANCE, TABLE_BASE, TABLE_LENGTH
from seaofnodes.errors import Error, LinkError
from seaofnodes.runtime.function import Function
from seaofnodes.runtime.native import PROT_READ, PROT_WRITE, NativeBuffer, Reservation, protect_pages, view
from seaofnodes.wasm.types import FUNCREF, Limits, TableType

if TYPE_CHECKING:
    from seaofnodes.runtime.state import EngineState

MAX_ENTRIES: Final = 10_000_000
ENTRY: Final = 8


def _instance_of(record: int) -> int:
    """The address of the instance that a function record belongs to."""
    return ctypes.c_uint64.from_address(record + RECORD_INSTANCE).value


class TableData:
    """A table's native part, and what keeps its entries alive.

    Entries are addresses of function records, 0 for null. Records lie inside instances: the table holds the
    instances and host functions that foreign entries belong to, with a count. The instance that owns the table is
    not among them, because it holds the table.
    """

    __slots__ = ("__weakref__", "_home", "_keep", "_record", "_reservation", "_words", "engine", "type")

    def __init__(self, kind: TableType, home: int = 0) -> None:
        """home: address of the instance that owns the table; 0: the host made it."""
        self.type = kind
        self._home = home
        self.engine: EngineState | None = None
        self._keep: dict[int, tuple[object, int]] = {}
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

    def grow(self, delta: int) -> int:
        """Add null entries; the old size, or -1."""
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
        return old

    def bind(self, engine: EngineState) -> None:
        """Function records belong to an engine, so a table does, from its first use on.

        Raises LinkError for another engine.
        """
        if self.engine is None:
            self.engine = engine
        elif self.engine is not engine:
            raise LinkError("the table belongs to another engine")

    def put(self, index: int, records: list[int]) -> None:
        """Store addresses of records, or nulls; the caller checked the bounds."""
        keep, home = self._keep, self._home
        for i, record in enumerate(records, index):
            old = self._words[i]
            self._words[i] = record
            if record and (instance := _instance_of(record)) != home:
                if instance in keep:
                    keep[instance] = (keep[instance][0], keep[instance][1] + 1)
                else:
                    assert self.engine is not None
                    keep[instance] = (self.engine.natives[instance], 1)
            if old and keep:
                self._drop(_instance_of(old))

    def _drop(self, instance: int) -> None:
        kept = self._keep.pop(instance, None)
        if kept is None:
            return
        owner, count = kept
        if count > 1:
            self._keep[instance] = (owner, count - 1)
        elif self.engine is not None:
            self.engine.retire(owner)  # a frame of it may be on the stack

    def get(self, index: int) -> int:
        """The address of the record at an index in bounds, or 0."""
        return self._words[index]

    def slice(self, index: int, count: int) -> list[int]:
        """The addresses of the records at indices in bounds."""
        return self._words[index : index + count].tolist()


class Table:
    """A table of functions. The host may create one and import it into instances of one engine.

    table = Table(10)
    table[0] = instance.exports["f"]; table[0](1, 2); table[1] = None; len(table)
    """

    __slots__ = ("__weakref__", "_owner", "data")

    def __init__(self, min: int, max: int | None = None) -> None:
        """min, max: in entries. Raises Error when that cannot be had."""
        if min < 0 or max is not None and max < min:
            raise Error(f"a table has 0 <= min <= max entries, not min={min}, max={max}")
        self.data = TableData(TableType(FUNCREF, Limits(min, max)))
        self._owner: object = None

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

    def grow(self, delta: int) -> int:
        """Add null entries; the old size, or -1 when the maximum does not allow it."""
        return self.data.grow(delta)

    def __getitem__(self, index: int) -> Function | None:
        """The function there, or None. Raises IndexError out of bounds."""
        self._check(index)
        record = self.data.get(index)
        if record == 0:
            return None
        assert self.data.engine is not None
        return self.data.engine.function_at(record)

    def __setitem__(self, index: int, function: Function | None) -> None:
        """Raises IndexError out of bounds, TypeError for what is no wasm function, LinkError for another engine's."""
        self._check(index)
        if function is None:
            self.data.put(index, [0])
            return
        if not isinstance(function, Function):
            raise TypeError(f"a table holds functions of instances and None, not {function!r}")
        engine = function.engine
        self.data.bind(engine)
        self.data.put(index, [function.record])

    def _check(self, index: int) -> None:
        if not 0 <= index < self.data.size:
            raise IndexError(f"entry {index} of a table of {self.data.size}")

    def __repr__(self) -> str:
        return f"<table of {len(self)} entries>"
