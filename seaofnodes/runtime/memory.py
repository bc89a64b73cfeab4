"""Linear memory: a reserved range of addresses of which the first pages can be used."""

from __future__ import annotations

import weakref
from typing import Final

from seaofnodes.backend.layout import MEMORY_BYTES, MEMORY_START
from seaofnodes.errors import Error
from seaofnodes.runtime.native import PROT_READ, PROT_WRITE, NativeBuffer, Reservation, protect_pages, view
from seaofnodes.runtime.signals import handlers
from seaofnodes.wasm.types import I32, Limits, MemoryType, ValType

WASM_PAGE: Final = 1 << 16
MAX_PAGES: Final = 1 << 16
MAX_PAGES64: Final = 1 << 20  # of a memory with 64-bit addresses: what is reserved is never more
RESERVED: Final = (8 << 30) + WASM_PAGE  # a 32-bit index plus a 32-bit offset, plus the widest access


def _smaller(limit: int | None, most: int) -> int:
    return most if limit is None else min(limit, most)


class PageBudget:
    """How many pages the memories of one engine may have together."""

    __slots__ = ("left",)

    def __init__(self, pages: int) -> None:
        self.left = pages

    def take(self, pages: int) -> bool:
        """Take that many, or none."""
        if pages > self.left:
            return False
        self.left -= pages
        return True

    def give_back(self, record: NativeBuffer) -> None:
        """A memory with that record is gone."""
        self.left += record.words[MEMORY_BYTES >> 3] >> 16


class Memory:
    """A linear memory. The host may create one and import it into instances; its address never changes.

        memory = Memory(1, 16)
        memory.write(8, b"hello"); memory.read(8, 5); memory.grow(1)

    Code checks the bounds of a memory with 64-bit addresses itself; of others the guard pages do. Attributes: type:
    limits as declared, and the type of addresses; mask: of those; record: address of the native record that code reads.
    """

    __slots__ = ("__weakref__", "_budget", "_record", "_reservation", "mask", "type")

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
        reserved = RESERVED if address is I32 else WASM_PAGE * (_smaller(max, most) + 1)
        try:
            self._reservation = Reservation(reserved)
        except OSError as error:
            raise Error(f"cannot reserve a linear memory: {error}") from error
        start = self._reservation.address
        signals = handlers()
        signals.install_fault_handlers()
        entry = signals.add_memory(start, start + reserved)
        # Before the range is unmapped: finalizers of one object run newest first.
        weakref.finalize(self._reservation, signals.remove_memory, entry).atexit = False
        self._record = NativeBuffer(16)
        self._record.words[MEMORY_START >> 3] = start
        self._budget = budget
        if budget is not None:
            weakref.finalize(self, budget.give_back, self._record).atexit = False
        if self.grow(min) < 0:
            left = "" if budget is None else f"; {budget.left:,} are left to this engine"
            raise Error(f"cannot have a linear memory of {min:,} pages{left}")

    @property
    def address(self) -> int:
        """Where the memory starts, as a native address."""
        return self._reservation.address

    @property
    def record(self) -> int:
        """Address of the native record that code reads."""
        return self._record.address

    @property
    def size(self) -> int:
        """Current size in pages of 64 KiB."""
        return self._record.words[MEMORY_BYTES >> 3] >> 16

    def __len__(self) -> int:
        """Current size in bytes."""
        return self._record.words[MEMORY_BYTES >> 3]

    def grow(self, delta: int) -> int:
        """Add `delta` pages; the old size in pages, or -1 when the maximum does not allow it or there is no memory."""
        old = self.size
        limit = self.type.limits.max
        new = old + delta
        if delta < 0 or new > _smaller(limit, MAX_PAGES if self.type.address is I32 else MAX_PAGES64):
            return -1
        if delta:
            if self._budget is not None and not self._budget.take(delta):
                return -1
            try:
                protect_pages(self.address + old * WASM_PAGE, delta * WASM_PAGE, PROT_READ | PROT_WRITE)
            except OSError:
                if self._budget is not None:
                    self._budget.left += delta
                return -1  # the specification's answer
            self._record.words[MEMORY_BYTES >> 3] = new * WASM_PAGE
        return old

    def view(self) -> memoryview:
        """The current contents as writable bytes, without a copy; it stays valid, and does not see later growth."""
        return view(self.address, len(self), self._reservation)

    def read(self, address: int, length: int) -> bytes:
        """A copy of `length` bytes. Raises IndexError outside the current size."""
        self._check(address, length)
        return bytes(view(self.address + address, length, self._reservation)) if length else b""

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Copy bytes into the memory. Raises IndexError outside the current size; nothing is written then."""
        length = len(data)
        self._check(address, length)
        if length:
            view(self.address + address, length, self._reservation)[:] = data

    def _check(self, address: int, length: int) -> None:
        if address < 0 or length < 0 or address + length > len(self):
            raise IndexError(f"bytes {address} to {address + length} of a memory of {len(self)} bytes")

    def __repr__(self) -> str:
        return f"<memory of {self.size} pages>"
