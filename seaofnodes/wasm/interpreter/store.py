"""What instances of the interpreter can share: memories, tables and globals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seaofnodes.errors import LinkError, Trap
from seaofnodes.wasm.binary import limits
from seaofnodes.wasm.types import GlobalType, MemoryType, TableType

PAGE = 65536
MAX_PAGES = 65536


class Memory:
    """A linear memory. Attributes: data: its bytes; type: limits as declared, in pages; limit: of pages, ours.

    Raises LinkError if it is to be larger than that from the start.
    """

    __slots__ = ("data", "limit", "type")

    def __init__(self, type: MemoryType, limit: int = MAX_PAGES) -> None:
        if type.limits.min > limit:
            raise LinkError(f"a memory of {type.limits.min:,} pages: at most {limit:,} are supported")
        self.type = type
        self.limit = limit
        self.data = bytearray(type.limits.min * PAGE)

    @property
    def pages(self) -> int:
        return len(self.data) // PAGE

    def grow(self, delta: int) -> int:
        """The old size in pages, or -1 if it cannot grow by `delta` pages."""
        old = self.pages
        maximum = self.type.limits.max
        if old + delta > (self.limit if maximum is None else min(self.limit, maximum)):
            return -1
        self.data.extend(bytes(delta * PAGE))
        return old

    def read(self, address: int, width: int) -> int:
        """Little-endian, unsigned; width in bytes. Raises Trap."""
        if address + width > len(self.data):
            raise Trap("out of bounds memory access")
        return int.from_bytes(self.data[address : address + width], "little")

    def write(self, address: int, width: int, value: int) -> None:
        """The low `width` bytes of an unsigned value. Raises Trap before anything is written."""
        if address + width > len(self.data):
            raise Trap("out of bounds memory access")
        self.data[address : address + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")


class Table:
    """A table of references. Attributes: entries; type: as declared, limits in entries.

    Raises LinkError if it is to be larger than is supported from the start.
    """

    __slots__ = ("entries", "type")

    def __init__(self, type: TableType, value: object = None) -> None:
        if type.limits.min > limits.TABLE_ENTRIES:
            raise LinkError(f"a table of {type.limits.min:,} entries: at most {limits.TABLE_ENTRIES:,} are supported")
        self.type = type
        self.entries: list[Any] = [value] * type.limits.min

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, index: int) -> Any:
        return self.entries[index]

    def __setitem__(self, index: int, value: object) -> None:
        self.entries[index] = value

    def grow(self, delta: int, value: object) -> int:
        """The old size, or -1 if it cannot grow by `delta` entries."""
        old, maximum = len(self.entries), self.type.limits.max
        if old + delta > (limits.TABLE_ENTRIES if maximum is None else min(limits.TABLE_ENTRIES, maximum)):
            return -1
        self.entries += [value] * delta
        return old


@dataclass(slots=True, eq=False)
class Global:
    """A global. Attributes: bits: its value as an unsigned bit pattern, or a reference."""

    type: GlobalType
    bits: Any
