"""The program's memory, as calls read and write it. Pointers are the program's: wrong ones are its error."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from seaofnodes.wasi.errno import FAULT, INVAL, NAMETOOLONG, OVERFLOW, WasiError

_MOST_VECTORS: Final = 1024  # buffers of one scattered read or write, as IOV_MAX of Linux
_MOST_BYTES: Final = 1 << 26  # that one call reads or writes: the rest is for the next one
_LONGEST_PATH: Final = 4095  # bytes: Linux has no longer ones


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
        """Write values as `struct` lays them out, little-endian. One that does not fit raises WasiError(OVERFLOW)."""
        try:
            data = struct.pack("<" + layout, *values)
        except struct.error:
            raise WasiError(OVERFLOW) from None
        self.write(address, data)

    def get(self, address: int, layout: str) -> tuple[int, ...]:
        return struct.unpack("<" + layout, self.read(address, struct.calcsize("<" + layout)))

    def text(self, address: int, length: int) -> str:
        """A path or a name. Raises WasiError for what is too long, for what is no UTF-8, and for zero bytes."""
        if length > _LONGEST_PATH:
            raise WasiError(NAMETOOLONG)
        data = self.read(address, length)
        if b"\0" in data:
            raise WasiError(INVAL)
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise WasiError(INVAL) from None

    def vectors(self, address: int, count: int) -> list[tuple[int, int]]:
        """(address, length) of each buffer of a scattered read or write; together no more than one call moves.

        Raises WasiError(INVAL) for too many.
        """
        if count > _MOST_VECTORS:
            raise WasiError(INVAL)
        found: list[tuple[int, int]] = []
        left = _MOST_BYTES
        for start, length in struct.iter_unpack("<II", self.read(address, 8 * count)):
            found.append((start, min(length, left)))
            left -= found[-1][1]
        return found

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
