"""Memory that typed functions read and write where they do not run as machine code."""

from __future__ import annotations

import ctypes
from typing import Protocol

from seaofnodes.errors import Trap
from seaofnodes.ir.ops.traps import MEMORY_OUT_OF_BOUNDS, TRAP_REASONS


class Memory(Protocol):
    """Bytes by address, little-endian."""

    def load(self, address: int, width: int) -> int:
        """`width` bytes as an unsigned number."""

    def store(self, address: int, width: int, value: int) -> None:
        """Write the low `width` bytes of a number."""


class SimulatedMemory:
    """Some regions of addresses, which nothing else has; all others trap."""

    def __init__(self) -> None:
        self._regions: dict[int, bytearray] = {}

    def add(self, address: int, data: bytes) -> bytearray:
        """A region from an address on; gives its bytes, which change as they are written."""
        found = self._regions[address] = bytearray(data)
        return found

    def _place(self, address: int, width: int) -> tuple[bytearray, int]:
        for start, data in self._regions.items():
            if start <= address <= start + len(data) - width:
                return data, address - start
        raise Trap(TRAP_REASONS[MEMORY_OUT_OF_BOUNDS])

    def load(self, address: int, width: int) -> int:
        """Raises Trap outside of the regions."""
        data, at = self._place(address, width)
        return int.from_bytes(data[at : at + width], "little")

    def store(self, address: int, width: int, value: int) -> None:
        """Raises Trap outside of the regions."""
        data, at = self._place(address, width)
        data[at : at + width] = (value & (1 << 8 * width) - 1).to_bytes(width, "little")


class ProcessMemory:
    """The process's own memory: what machine code sees. A wrong address ends the process."""

    def load(self, address: int, width: int) -> int:
        """Of addresses that are the process's."""
        return int.from_bytes(ctypes.string_at(address, width), "little")

    def store(self, address: int, width: int, value: int) -> None:
        """To addresses that are the process's."""
        ctypes.memmove(address, (value & (1 << 8 * width) - 1).to_bytes(width, "little"), width)
