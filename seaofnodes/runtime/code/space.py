"""Where an engine's machine code and its data live: one reservation, never writable and executable at once.

The reservation starts with data pages (the context, entry slots), readable and writable; code pages follow,
readable and executable, backed by an anonymous file whose second mapping elsewhere is readable and writable. The frame
table's pages come last.
"""

from __future__ import annotations

import ctypes
import functools
import os
import struct
from bisect import bisect_right, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from seaofnodes.backend.code import MachineCode, Relocation
from seaofnodes.backend.layout import CONTEXT_ENTRY_FRAME, CONTEXT_FRAME_TABLE, CONTEXT_SIZE
from seaofnodes.errors import Error
from seaofnodes.runtime.code.arena import Arena
from seaofnodes.runtime.code.code_object import CodeObject, FunctionNames
from seaofnodes.runtime.code.frame_table import FrameRecord, FrameTable
from seaofnodes.runtime.process.blocks import Block
from seaofnodes.runtime.process.exclusion import Mutex
from seaofnodes.runtime.process.native import (
    MAP_ANONYMOUS,
    MAP_FIXED,
    MAP_NORESERVE,
    MAP_PRIVATE,
    MAP_SHARED,
    PROT_EXEC,
    PROT_READ,
    PROT_WRITE,
    map_pages,
    view,
)
from seaofnodes.runtime.process.native_code import BLOCK_BASE, BLOCK_OTHER, BLOCK_OTHER_SIZE, BLOCK_SIZE
from seaofnodes.runtime.process.signals import HANDLERS
from seaofnodes.runtime.process.weak_bag import WeakBag

T = TypeVar("T")
Callback = Callable[[int], object]

MIB: Final = 1 << 20
LINE: Final = 64  # bytes of a cache line: where in one code or data starts must not change with what was there before
_READ_WRITE: Final = PROT_READ | PROT_WRITE


@dataclass(frozen=True, slots=True)
class CodeCopy:
    """Attributes: file: descriptor of a file with the code pages; version: of the code that it has."""

    file: int
    version: int


class CodeSpace:
    """Allocates, writes, finds and frees machine code; holds the context and the entry slots.

    Attributes: context: address of the engine's context; words: the data pages as unsigned 64-bit words; builtins:
    addresses of the stubs by name; names: addresses of the words that code reads by name; callables: what machine code
    calls of Python, by such a name; released: lists of code that no frame will run again, and of words that nobody
    needs; code_start, code_end: the executable range; version: how often code has been written; code_gap, data_gap:
    bytes to leave free before the next code and the next instance's data (multiples of LINE), for measurements with a
    placement that is drawn.
    """

    def __init__(self, size: int = 512 * MIB) -> None:
        data_size, code_size = size // 8, size - size // 8
        self._block = block = Block()
        frames_size = code_size
        base = block.reserve(size + frames_size, BLOCK_BASE, BLOCK_SIZE)
        self._writable = block.reserve(code_size, BLOCK_OTHER, BLOCK_OTHER_SIZE)
        map_pages(data_size, _READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, address=base)
        self.context = base
        self.words = view(base, data_size, block.capsule).cast("Q")
        self.code_start = base + data_size
        self.code_end = base + size
        frames_flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE
        map_pages(frames_size, _READ_WRITE, frames_flags, address=base + size)
        fd = os.memfd_create("seaofnodes-code")
        try:
            os.ftruncate(fd, code_size)
            self.map_code(fd)
        finally:
            os.close(fd)
        self.builtins: dict[str, int] = {}
        self.names: dict[str, int] = {}
        self.callables: dict[str, Callback] = {}
        self.released: list[list[Any]] = []
        self._data = Arena(CONTEXT_SIZE, data_size)
        self._code = Arena(0, code_size, LINE)
        self.code_gap: Callable[[], int] = int  # 0
        self.data_gap: Callable[[], int] = int
        table = self.words[CONTEXT_FRAME_TABLE >> 3 : (CONTEXT_FRAME_TABLE >> 3) + 1]
        self._frames = FrameTable(view(base + size, frames_size, block.capsule).cast("Q"), base + size, table)
        self.mutex = Mutex()  # a compiler may run beside the code
        self._is_changing = self._is_mixed = False
        self.version = 0
        self._objects: dict[int, CodeObject] = {}  # by start: the code that there is
        self._starts: list[int] = []  # sorted
        self._words: dict[int, int] = {}  # by offset: the words that there are
        SPACES.add(self)

    def map_code(self, fd: int) -> None:
        """Map a file as the code pages."""
        size = self.code_end - self.code_start
        map_pages(size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, self.code_start)
        map_pages(size, _READ_WRITE, MAP_SHARED | MAP_FIXED, fd, self._writable)

    def handle_faults(self, stub: int) -> None:
        """Faults of compiled code continue there, as long as the space lives."""
        HANDLERS.add_code(self._block, self.code_start, self.code_end, self.context, stub)

    @property
    def code_bytes(self) -> int:
        """Bytes of code space in use."""
        return self._change(lambda: self._code.used)

    @property
    def code_bytes_free(self) -> int:
        """Bytes of code space that are free, in pieces perhaps."""
        return self.code_end - self.code_start - self.code_bytes

    def allocate_words(self, count: int, owner: list[object] | None = None) -> int:
        """Address of `count` words in the data pages, zeroed. Raises Error when the space is full.

        owner: gets what `released` has to have when nobody needs them any more, or None if they stay.
        """

        def allocate() -> int:
            offset = self._data.allocate(8 * count)
            if offset is None:
                raise Error(f"the code space has no room for {count:,} entry slots")
            first = offset // 8
            self.words[first : first + count] = memoryview(bytes(8 * count)).cast("Q")
            if owner is not None:
                owner.append((offset, count))
            self._words[offset] = count
            return self.context + offset

        return self._change(allocate)

    def define(self, name: str, value: int) -> int:
        """Give a word of the data pages a name by which code finds it (relocation kind "word"); its address."""
        found = self.names.get(name)
        if found is None:
            found = self.names[name] = self.allocate_words(1)
        self.store_word(found, value)
        return found

    def register(self, callbacks: dict[str, Callback]) -> None:
        """Let machine code call functions of Python, by their names, with the address of words that its stub describes.

        The space holds them; what they need they must find without holding it (`finder`).
        """
        self.callables |= callbacks
        for name, callback in callbacks.items():
            self.define(name, id(callback))

    def _change(self, function: Callable[[], T]) -> T:
        """Call a function that allocates, while no other thread does. What an exception leaves undone is mended later.

        Within one, a finalizer or a handler of signals may come here as well: then the outer one goes on afterwards.
        """
        is_nested = self.mutex.is_inside()

        def change() -> T:
            self._mend(is_nested)
            self._is_changing = True
            self._collect()
            found = function()
            if is_nested:
                self._is_mixed = True
            elif self._is_mixed:  # the inner one may have used a slot of the table that the outer one had chosen
                self._is_mixed = False
                self._rebuild_frames()
            self._is_changing = is_nested
            return found

        return self.mutex.run(change)

    def _mend(self, is_nested: bool) -> None:
        """After a change that did not come to its end: find out anew what is free."""
        if is_nested:
            return
        if self._is_changing:
            self._mend_all()
        if self.words[CONTEXT_ENTRY_FRAME >> 3] == 0:  # a thread that comes now finds the table that counts
            self._frames.reclaim()

    def _mend_all(self) -> None:
        self._code.take_all(map(self._piece, self._objects.values()))
        self._data.take_all((offset, 8 * count) for offset, count in self._words.items())
        self._starts = sorted(self._objects)
        self._rebuild_frames()

    def _rebuild_frames(self) -> None:
        self._frames.rebuild({start: found.frame_records() for start, found in self._objects.items()})

    def _collect(self) -> None:
        """Take back what died: that may happen at any moment, so it only leaves a note."""
        while self.released:
            for found in self.released[0]:
                if isinstance(found, CodeObject):
                    self._free(found)
                elif self._words.get(found[0]) == found[1]:
                    del self._words[found[0]]
                    self._data.free(found[0], 8 * found[1])
            del self.released[0]  # notes are appended

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
        names: FunctionNames | None = None,
        safepoints: Mapping[int, tuple[int, ...]] | None = None,
        owner: list[Any] | None = None,
    ) -> CodeObject:
        """Copy code into the space and resolve its relocations; `slots` is the address of the unit's entry slots.

        safepoints: of a stub; owner: gets what `released` has to have when nobody needs the code any more, or None if
        it stays. Raises Error when the space is full.
        """
        size = len(data)
        gap = self.code_gap()

        def add() -> CodeObject:
            offset = self._code.allocate(gap + size)
            if offset is None:
                raise Error(f"the code space is full: {self._code.used:,} bytes in use")
            start = self.code_start + offset + gap
            patched = bytearray(data)
            for relocation in relocations:
                value = self._target(relocation, slots) + relocation.addend - (start + relocation.offset)
                struct.pack_into("<i", patched, relocation.offset, value)
            self._write(start, bytes(patched))
            found = CodeObject(start, size, name, code, names, safepoints or {}, gap)
            try:
                self._frames.add(start, found.frame_records())
            except Error:
                self._code.free(*self._piece(found))
                raise
            if owner is not None:
                owner.append(found)
            self._objects[start] = found
            insort(self._starts, start)
            return found

        return self._change(add)

    def rewrite(self, found: CodeObject, data: bytes) -> None:
        """Replace code that has never run."""
        self.mutex.run(functools.partial(self._write, found.start, data))

    def patch(self, address: int, data: bytes) -> None:
        """Change instructions that no frame is in the middle of; the thread that asks is the one that runs them."""
        self.mutex.run(functools.partial(self._write, address, data))

    def _write(self, address: int, data: bytes) -> None:
        self.version += 1
        ctypes.memmove(self._writable + address - self.code_start, data, len(data))

    def copy_code(self) -> CodeCopy:
        """A copy of the code pages, for a process that is about to be forked. Raises OSError."""
        fd = os.memfd_create("seaofnodes-code")
        try:
            os.ftruncate(fd, self.code_end - self.code_start)
            version = self.version
            self._copy(fd, 0, self._code.top)
        except BaseException:
            os.close(fd)
            raise
        return CodeCopy(fd, version)

    def adopt(self, copy: CodeCopy) -> None:
        """In the forked process: go on with the copy. Raises OSError."""
        if copy.version != self.version:  # written between the copy and the fork
            self._copy(copy.file, 0, self._code.top)
        self.map_code(copy.file)

    def _copy(self, fd: int, offset: int, size: int) -> None:
        if size:
            pages = view(self._writable + offset, size, self._block.capsule)
            while pages:
                written = os.pwrite(fd, pages, offset)
                pages, offset = pages[written:], offset + written

    def _target(self, relocation: Relocation, slots: int) -> int:
        kind, target = relocation.kind, relocation.target
        if kind == "builtin":
            return self.builtins[str(target)]
        if kind == "word":
            return self.names[str(target)]
        assert isinstance(target, int)
        if kind == "context":
            return self.context + target
        if kind == "slot":
            return slots + 8 * target
        raise ValueError(f"unknown relocation kind {kind!r}")

    def free(self, found: CodeObject) -> None:
        """Give code back. No frame on any stack may be in it."""
        self._change(lambda: self._free(found))

    def _free(self, found: CodeObject) -> None:
        if self._objects.get(found.start) is found:
            del self._objects[found.start]
            self._starts.remove(found.start)
            self._frames.remove(found.start, (record.return_address for record in found.frame_records()))
            self._code.free(*self._piece(found))

    def _piece(self, found: CodeObject) -> tuple[int, int]:
        """Of the code pages: offset and size in bytes, its gap included."""
        return found.start - found.gap - self.code_start, found.gap + found.size

    def frame(self, return_address: int) -> FrameRecord | None:
        """What the frame table has of a frame that a call in installed code made: see `FrameRecord`."""
        return self.mutex.run(functools.partial(self._frames.find, return_address))

    def find(self, pc: int) -> CodeObject | None:
        """The code that an address lies in."""
        starts = self._starts
        index = bisect_right(starts, pc) - 1
        if 0 <= index < len(starts):
            found = self._objects.get(starts[index])
            if found is not None and found.start <= pc < found.start + found.size:
                return found
        # Not there, or the list has changed meanwhile.
        return self.mutex.run(functools.partial(self._find, pc, self.mutex.is_inside()))

    def _find(self, pc: int, is_nested: bool) -> CodeObject | None:
        self._mend(is_nested)
        index = bisect_right(self._starts, pc) - 1
        found = self._objects[self._starts[index]] if index >= 0 else None
        return found if found is not None and pc < found.start + found.size else None


SPACES: Final[WeakBag[CodeSpace]] = WeakBag()  # of the process: what forking it copies
