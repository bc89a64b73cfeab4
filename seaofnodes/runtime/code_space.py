"""Where an engine's machine code and its data live: one reservation, never writable and executable at once.

The reservation starts with data pages (the context, entry slots), readable and writable; code pages follow,
readable and executable, backed by an anonymous file whose second mapping elsewhere is readable and writable.
"""

from __future__ import annotations

import ctypes
import os
import struct
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from seaofnodes.backend.code import MachineCode, Relocation
from seaofnodes.backend.layout import CONTEXT_SIZE
from seaofnodes.backend.positions import Position
from seaofnodes.errors import Error
from seaofnodes.runtime.arena import Arena
from seaofnodes.runtime.native import (
    MAP_ANONYMOUS,
    MAP_FIXED,
    MAP_NORESERVE,
    MAP_PRIVATE,
    MAP_SHARED,
    PROT_EXEC,
    PROT_READ,
    PROT_WRITE,
    Reservation,
    map_pages,
    view,
)
from seaofnodes.wasm.module import Module

MIB: Final = 1 << 20


class CodeObject:
    """A piece of installed machine code.

    Attributes: start: address of its first instruction; size: bytes of code and constants; code: what the compiler
    said, or None for a stub; module: the module of the function, or None for a stub; name: for people.
    """

    __slots__ = ("code", "module", "name", "size", "start")

    def __init__(self, start: int, size: int, name: str, code: MachineCode | None, module: Module | None) -> None:
        self.start = start
        self.size = size
        self.name = name
        self.code = code
        self.module = module

    def position(self, pc: int) -> Position | None:
        """What the instruction at offset `pc` was made for."""
        return None if self.code is None else self.code.positions.at(pc)

    def __repr__(self) -> str:
        return f"<code {self.name} at {self.start:#x}, {self.size} bytes>"


class CodeSpace:
    """Allocates, writes, finds and frees machine code; holds the context and the entry slots.

    Attributes: context: address of the engine's context; words: the data pages as unsigned 64-bit words; builtins:
    addresses of the stubs by name; released: code that no frame will run again, and words as (address, count);
    code_start, code_end: the executable range.
    """

    def __init__(self, size: int = 512 * MIB) -> None:
        data_size, code_size = size // 8, size - size // 8
        self._reservation = Reservation(size)
        self._writable = Reservation(code_size)
        base = self._reservation.address
        read_write = PROT_READ | PROT_WRITE
        map_pages(data_size, read_write, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, address=base)
        fd = os.memfd_create("seaofnodes-code")
        try:
            os.ftruncate(fd, code_size)
            map_pages(code_size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, base + data_size)
            map_pages(code_size, read_write, MAP_SHARED | MAP_FIXED, fd, self._writable.address)
        finally:
            os.close(fd)
        self._pid = os.getpid()
        self.context = base
        self.words = view(base, data_size, self._reservation).cast("Q")
        self.code_start = base + data_size
        self.code_end = base + size
        self.builtins: dict[str, int] = {}
        self.released: list[CodeObject | tuple[int, int]] = []
        self._data = Arena(CONTEXT_SIZE, data_size)
        self._code = Arena(0, code_size)
        self._lock = threading.RLock()  # a compiler may run beside the code
        self._starts: list[int] = []
        self._objects: list[CodeObject] = []

    @property
    def code_bytes(self) -> int:
        """Bytes of code space in use."""
        with self._lock:
            self._collect()
            return self._code.used

    def allocate_words(self, count: int) -> int:
        """Address of `count` words in the data pages, zeroed. Raises Error when the space is full."""
        with self._lock:
            self._collect()
            offset = self._data.allocate(8 * count)
        if offset is None:
            raise Error(f"the code space has no room for {count:,} entry slots")
        first = offset // 8
        self.words[first : first + count] = memoryview(bytes(8 * count)).cast("Q")
        return self.context + offset

    def _collect(self) -> None:
        """Take back what finalizers gave back: those may run at any moment, so they only leave a note."""
        while self.released:
            found = self.released.pop()
            if isinstance(found, CodeObject):
                self.free(found)
            else:
                address, count = found
                self._data.free(address - self.context, 8 * count)

    def store_word(self, address: int, value: int) -> None:
        """One aligned 8-byte store into the data pages."""
        self.words[(address - self.context) >> 3] = value

    def load_word(self, address: int) -> int:
        """A word of the data pages."""
        return self.words[(address - self.context) >> 3]

    def install(
        self,
        data: bytes,
        relocations: Sequence[Relocation],
        name: str,
        *,
        slots: int = 0,
        code: MachineCode | None = None,
        module: Module | None = None,
    ) -> CodeObject:
        """Copy code into the space and resolve its relocations; `slots` is the address of the module's entry slots.

        Raises Error when the space is full, or belongs to the process that this one was forked from.
        """
        if os.getpid() != self._pid:
            raise Error("an engine cannot compile in a forked process; create a new one there")
        size = len(data)
        with self._lock:
            self._collect()
            offset = self._code.allocate(size)
        if offset is None:
            raise Error(f"the code space is full: {self._code.used:,} bytes in use")
        start = self.code_start + offset
        if relocations:
            patched = bytearray(data)
            for relocation in relocations:
                value = self._target(relocation, slots) + relocation.addend - (start + relocation.offset)
                struct.pack_into("<i", patched, relocation.offset, value)
            data = bytes(patched)
        found = CodeObject(start, size, name, code, module)
        self.rewrite(found, data)
        with self._lock:
            index = bisect_left(self._starts, start)
            self._starts.insert(index, start)
            self._objects.insert(index, found)
        return found

    def rewrite(self, found: CodeObject, data: bytes) -> None:
        """Replace code that has never run."""
        ctypes.memmove(self._writable.address + found.start - self.code_start, data, len(data))

    def patch(self, address: int, data: bytes) -> None:
        """Change instructions that no frame is in the middle of; the thread that asks is the one that runs them."""
        ctypes.memmove(self._writable.address + address - self.code_start, data, len(data))

    def _target(self, relocation: Relocation, slots: int) -> int:
        kind, target = relocation.kind, relocation.target
        if kind == "builtin":
            return self.builtins[str(target)]
        assert isinstance(target, int)
        if kind == "context":
            return self.context + target
        if kind == "slot":
            return slots + 8 * target
        raise ValueError(f"unknown relocation kind {kind!r}")

    def free(self, found: CodeObject) -> None:
        """Give code back. No frame on any stack may be in it."""
        with self._lock:
            index = bisect_left(self._starts, found.start)
            assert self._objects[index] is found
            del self._starts[index], self._objects[index]
            self._code.free(found.start - self.code_start, found.size)

    def find(self, pc: int) -> CodeObject | None:
        """The code that an address lies in."""
        with self._lock:
            index = bisect_right(self._starts, pc) - 1
            if index < 0:
                return None
            found = self._objects[index]
        return found if pc < found.start + found.size else None
