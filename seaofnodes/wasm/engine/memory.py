"""Linear memory: a reserved range of addresses of which the first pages can be used."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.layout import MEMORY_BYTES, MEMORY_START
from seaofnodes.errors import Error
from seaofnodes.runtime.process.blocks import NativeWord, reservation
from seaofnodes.runtime.process.native import view
from seaofnodes.runtime.process.native_code import BLOCK_BUDGET, BLOCK_OWNER, call_grow_memory
from seaofnodes.runtime.process.signals import HANDLERS
from seaofnodes.wasm.types import I32, Limits, MemoryType, ValType

WASM_PAGE: Final = 1 << 16
MAX_PAGES: Final = 1 << 16
MAX_PAGES64: Final = 1 << 20  # of a memory with 64-bit addresses: what is reserved is never more
RESERVED: Final = (8 << 30) + WASM_PAGE  # a 32-bit index plus a 32-bit offset, plus the widest access


def _smaller(limit: int | None, most: int) -> int:
    return most if limit is None else min(limit, most)


class PageBudget(NativeWord):
    """How many bytes the memories and tables of one engine may still have. Machine code takes them and gives back."""

    __slots__ = ()

    def __init__(self, size: int) -> None:
        """size: in bytes; what is less than a page is free, so that small tables take no page from the memories."""
        super().__init__(size // WASM_PAGE * WASM_PAGE + WASM_PAGE - 1)

    @property
    def left(self) -> int:
        """Pages of 64 KiB that are left."""
        return self.value // WASM_PAGE


class Memory:
    """A linear memory. The host may create one and import it into instances; its address never changes.

        memory = Memory(1, 16)
        memory.write(8, b"hello"); memory.read(8, 5); memory.grow(1)

    Code checks the bounds of a memory with 64-bit addresses itself; of others the guard pages do. Attributes: type:
    limits as declared, and the type of addresses; mask: of those; record: address of the native record that code reads.
    """

    __slots__ = ("__weakref__", "_block", "_budget", "_most", "address", "mask", "type")

    def __init__(
        self, min: int, max: int | None = None, *, address: ValType = I32, budget: PageBudget | None = None
    ) -> None:
        """min, max: in pages of 64 KiB; address: I32 or I64; budget: what it shares with others.

        Raises Error when that cannot be had.
        """
        most = MAX_PAGES if address is I32 else MAX_PAGES64
        if not 0 <= min <= most or max is not None and (min > max or max > most and address is I32):
            raise Error(f"a memory has 0 <= min <= max <= {most:,} pages, not min={min}, max={max}")
        self.type = MemoryType(Limits(min, max), address)
        self.mask = (1 << address.bits) - 1
        self._most = _smaller(max, most)
        reserved = RESERVED if address is I32 else WASM_PAGE * (self._most + 1)
        try:
            self._block = block = reservation(reserved)
        except OSError as error:
            raise Error(f"cannot reserve a linear memory: {error}") from error
        self.address: int = block.words[MEMORY_START >> 3]
        HANDLERS.install()
        HANDLERS.add_memory(block, self.address, self.address + reserved)
        self._budget = budget
        if budget is not None:
            block.hold(BLOCK_OWNER, budget)
            block.words[BLOCK_BUDGET >> 3] = budget.address
        if self.grow(min) < 0:
            left = "" if budget is None else f"; {budget.left:,} are left to this engine"
            raise Error(f"cannot have a linear memory of {min:,} pages{left}")

    @property
    def record(self) -> int:
        """Address of the native record that code reads."""
        return self._block.address

    @property
    def size(self) -> int:
        """Current size in pages of 64 KiB."""
        return len(self) >> 16

    def __len__(self) -> int:
        """Current size in bytes."""
        found: int = self._block.words[MEMORY_BYTES >> 3]
        return found

    def grow(self, delta: int) -> int:
        """Add `delta` pages; the old size in pages, or -1 when the maximum does not allow it or there is no memory."""
        if not 0 <= delta <= self._most:
            return -1
        budget = 0 if self._budget is None else self._budget.address
        found: int = call_grow_memory(self._block.address, delta, self._most, budget, 0)
        return found

    def view(self) -> memoryview:
        """The current contents as writable bytes, without a copy; it stays valid, and does not see later growth."""
        return view(self.address, len(self), self._block.capsule)

    def read(self, address: int, length: int) -> bytes:
        """A copy of `length` bytes. Raises IndexError outside the current size."""
        self._check(address, length)
        return bytes(view(self.address + address, length, self._block.capsule)) if length else b""

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Copy bytes into the memory. Raises IndexError outside the current size; nothing is written then."""
        length = len(data)
        self._check(address, length)
        if length:
            view(self.address + address, length, self._block.capsule)[:] = data

    def _check(self, address: int, length: int) -> None:
        if address < 0 or length < 0 or address + length > len(self):
            raise IndexError(f"bytes {address} to {address + length} of a memory of {len(self)} bytes")

    def __repr__(self) -> str:
        return f"<memory of {self.size} pages>"
