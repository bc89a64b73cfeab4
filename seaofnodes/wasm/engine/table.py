"""Tables of references, in reserved address ranges."""

from __future__ import annotations

import ctypes
from typing import Any, Final

from seaofnodes.backend.layout import TABLE_BASE, TABLE_LENGTH
from seaofnodes.errors import Error, LinkError
from seaofnodes.runtime.code.handles import owner_of
from seaofnodes.runtime.entry.groups import Group, Member, join
from seaofnodes.runtime.process.blocks import reservation
from seaofnodes.runtime.process.native import view
from seaofnodes.runtime.process.native_code import BLOCK_OWNER, BLOCK_SHIFT, call_charge, call_grow_table
from seaofnodes.wasm.engine.conversion import FunctionReference, from_word, to_word
from seaofnodes.wasm.engine.memory import PageBudget
from seaofnodes.wasm.engine.references import Pins, top_of
from seaofnodes.wasm.engine.store import HasStore, Store, bind
from seaofnodes.wasm.types import FUNC, FUNCREF, Limits, RefType, TableType

MAX_ENTRIES: Final = 10_000_000
ENTRY: Final = 8


class TableData:
    """A table's native part. Entries are words (see references.py), 0 for null.

    Attributes: type: as declared; mask: of indices and sizes; home: address of the instance that owns the table, 0 if
    the host made it; group: who lives as long as it does.
    """

    __slots__ = (
        "__weakref__", "_block", "_budget", "_most", "_words", "base", "group", "holds_functions", "home",
        "mask", "store", "type",
    )  # fmt: skip

    def __init__(self, kind: TableType, home: int = 0, budget: PageBudget | None = None) -> None:
        self.type = kind
        self.mask = (1 << kind.address.bits) - 1
        self.home = home
        self.group: Group | None = None
        self.store: Store | None = None
        self.holds_functions = top_of(kind.element) is FUNC
        limits = kind.limits
        self._most = MAX_ENTRIES if limits.max is None else min(limits.max, MAX_ENTRIES)
        if limits.min > self._most:
            raise Error(f"a table of {limits.min:,} entries: at most {MAX_ENTRIES:,} are supported")
        reserved = max(ENTRY * self._most, ENTRY)
        try:
            self._block = block = reservation(reserved)
        except OSError as error:
            raise Error(f"cannot reserve a table: {error}") from error
        self.base: int = block.words[TABLE_BASE >> 3]
        self._words = view(self.base, reserved, block.capsule).cast("Q")
        block.words[BLOCK_SHIFT >> 3] = 3
        self._budget: PageBudget | None = None
        if budget is not None:
            self._charge(budget)
        if self.grow(limits.min) < 0:
            raise self._too_large(limits.min)

    def _charge(self, budget: PageBudget) -> None:
        """Let the table count towards a budget from now on. Raises Error."""
        self._budget = budget
        self._block.hold(BLOCK_OWNER, budget)
        if call_charge(self._block.address, budget.address) < 0:
            raise self._too_large(self.size)

    def _too_large(self, entries: int) -> Error:
        left = "" if self._budget is None else f"; {self._budget.left:,} pages are left to this engine"
        return Error(f"cannot have a table of {entries:,} entries{left}")

    @property
    def record(self) -> int:
        """Address of the native record that code reads."""
        return self._block.address

    @property
    def size(self) -> int:
        """Number of entries."""
        found: int = self._block.words[TABLE_LENGTH >> 3]
        return found

    def grow(self, delta: int, word: int = 0) -> int:
        """Add entries; the old size, or -1."""
        if not 0 <= delta <= self._most:
            return -1
        budget = 0 if self._budget is None else self._budget.address
        found: int = call_grow_table(self._block.address, delta, self._most, budget, word)
        return found

    def bind(self, store: Store) -> None:
        """Words belong to an engine, so a table does, from its first use on. Raises LinkError for another engine."""
        if bind(self, store) is not store:
            raise LinkError("the table belongs to another engine")
        if self._budget is None:
            self._charge(store.pages)
        if not self.holds_functions:
            store.add_holder(self)

    def put(self, index: int, words: list[int]) -> None:
        """Store words; the caller checked the bounds, and whoever gave the words shares a group with the table."""
        count = len(words)
        self._words[index : index + count] = memoryview((ctypes.c_uint64 * count)(*words)).cast("B").cast("Q")

    def join(self, owner: Member) -> None:
        """A function's owner lives as long as the table, and as who has that."""
        assert self.store is not None
        home = owner_of(self.home) if self.home else self
        if owner is not home:
            join(self, owner)
            join(self, home)

    def get(self, index: int) -> int:
        """The word at an index in bounds."""
        return self._words[index]

    def slice(self, index: int, count: int) -> list[int]:
        """The words at indices in bounds."""
        return self._words[index : index + count].tolist()

    def live_with(self, member: Member) -> None:
        """See Holder."""
        join(self, member)
        if self.home:
            join(owner_of(self.home), member)

    def words(self) -> list[int]:
        """The words that are not null."""
        return [word for word in self._words[: self.size] if word]


class Table:
    """A table of references. The host may create one and import it into instances of one engine.

        table = Table(10)
        table[0] = instance.exports["f"]; table[0](1, 2); table[1] = None; len(table)
        objects = Table(10, element=seaofnodes.EXTERNREF, engine=engine)

    Entries are functions, objects or exceptions, by the type of its elements; None is null.
    """

    __slots__ = ("__weakref__", "_owner", "data")

    def __init__(
        self, min: int, max: int | None = None, *, element: RefType = FUNCREF, engine: HasStore | None = None
    ) -> None:
        """min, max: in entries; engine: needed for objects. Raises Error when that cannot be had."""
        if min < 0 or max is not None and max < min:
            raise Error(f"a table has 0 <= min <= max entries, not min={min}, max={max}")
        self.data = TableData(TableType(element, Limits(min, max)))
        self._owner: object = None
        if engine is not None:
            self.data.bind(engine.store)

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
        pins = Pins()
        return self.data.grow(delta, self._word(value, pins))

    def __getitem__(self, index: int) -> Any:
        """What is there, None for null. Raises IndexError out of bounds."""
        self._check(index)
        data, store = self.data, self.data.store
        if store is None or data.get(index) == 0:
            return None
        return store.references.while_kept(lambda: from_word(store, data.get(index), data.type.element))

    def __setitem__(self, index: int, value: Any) -> None:
        """Raises IndexError out of bounds, TypeError for what is not of the table's type, LinkError for another
        engine's.
        """
        self._check(index)
        pins = Pins()
        self.data.put(index, [self._word(value, pins)])

    def _word(self, value: Any, pins: Pins) -> int:
        if isinstance(value, FunctionReference):
            self.data.bind(value.store)
        store = self.data.store
        kind = self.data.type.element
        if store is None:
            if value is None and kind.nullable:
                return 0
            if self.data.holds_functions:
                raise TypeError(f"a table holds functions of instances and None, not {value!r}")
            raise TypeError("a table of objects that no engine has used yet: create it with engine=...")
        word = to_word(store, value, kind, "the entry", pins=pins)
        if isinstance(value, FunctionReference) and value.owner is not None:
            self.data.join(value.owner)
        return word

    def _check(self, index: int) -> None:
        if not 0 <= index < self.data.size:
            raise IndexError(f"entry {index} of a table of {self.data.size}")

    def __repr__(self) -> str:
        return f"<table of {len(self)} entries>"
