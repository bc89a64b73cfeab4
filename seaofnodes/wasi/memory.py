"""The program's memory, as calls read and write it. Pointers are the program's: wrong ones are its error."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Protocol

from seaofnodes.wasi.errno import FAULT, INVAL, WasiError


class Bytes(Protocol):
    """A linear memory."""

    def read(self, address: int, length: int) -> bytes: ...
    def write(self, address: int, data: bytes) -> None: ...


class ProgramMemory:
    """Typed access. What lies outside of the memory raises WasiError(FAULT)."""

    __slots__ = ("bytes",)

    def __init__(self, memory: Bytes) -> None:
        self.bytes = memory

    def read(self, address: int, length: int) -> bytes:
        try:
            return self.bytes.read(address, length)
        except IndexError:
            raise WasiError(FAULT) from None

    def write(self, address: int, data: bytes) -> None:
        try:
            self.bytes.write(address, data)
        except IndexError:
            raise WasiError(FAULT) from None

    def put(self, address: int, layout: str, *values: int) -> None:
        """Write values as `struct` lays them out, little-endian."""
        self.write(address, struct.pack("<" + layout, *values))

    def get(self, address: int, layout: str) -> tuple[int, ...]:
        return struct.unpack("<" + layout, self.read(address, struct.calcsize("<" + layout)))

    def text(self, address: int, length: int) -> str:
        """A path or a name. Raises WasiError for what is no UTF-8, and for zero bytes."""
        data = self.read(address, length)
        if b"\0" in data:
            raise WasiError(INVAL)
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise WasiError(INVAL) from None

    def vectors(self, address: int, count: int) -> list[tuple[int, int]]:
        """(address, length) of each buffer of a scattered read or write."""
        return [(found[0], found[1]) for found in (self.get(address + 8 * i, "II") for i in range(count))]

    def scatter(self, vectors: Sequence[tuple[int, int]], data: bytes) -> None:
        """Fill the buffers in order."""
        at = 0
        for address, length in vectors:
            part = data[at : at + length]
            self.write(address, part)
            at += len(part)

    def gather(self, vectors: Sequence[tuple[int, int]]) -> bytes:
        """The contents of the buffers, one after the other."""
        return b"".join(self._parts(vectors))

    def _parts(self, vectors: Sequence[tuple[int, int]]) -> Iterator[bytes]:
        for address, length in vectors:
            yield self.read(address, length)
