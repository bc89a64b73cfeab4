"""Collections of a heap: what of them is in Python, around the functions of collector.py."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, Final, Protocol, TypeVar

from seaofnodes.backend.layout import EXTERNAL, OBJECT_STATE, OBJECT_TAG
from seaofnodes.errors import Error
from seaofnodes.runtime.heap import control as c
from seaofnodes.runtime.heap.ephemerons import Ephemerons
from seaofnodes.runtime.heap.machine_code import CollectorCode
from seaofnodes.runtime.heap.memory import HeapMemory
from seaofnodes.runtime.process.native import NativeBuffer, view

_MASK: Final = (1 << 64) - 1
_HASH: Final = 0x9E3779B97F4A7C15  # as in collector.py
_LEAST_FOUND: Final = 1024

T = TypeVar("T")

_byte: Any = ctypes.c_uint8.from_address
Roots = Callable[[], Iterable[int]]


def state_of(word: int) -> int:
    """The state byte of an object."""
    found: int = _byte(word - OBJECT_TAG + OBJECT_STATE).value
    return found


class Others(Protocol):
    """A language's references that are no objects, but that objects may hold, and that may hold objects."""

    def payloads(self, words: Iterable[int], seen: set[int]) -> list[int]:
        """What those among the words hold that hold others, and that are not in `seen`, to which they are added."""

    def while_kept(self, function: Callable[[], T]) -> T:
        """Call a function while no other thread finds what a word stands for that it has read."""

    def name_of(self, word: int) -> str | None:
        """What to call it, for people."""

    def sweep_with_objects(self, roots: Iterable[int]) -> None:
        """Let those go that are not among these words, nor held elsewhere."""


class Collector:
    """Attributes: words: the heap's control block, by index."""

    def __init__(self, memory: HeapMemory, area: int, changes: int) -> None:
        """area: address of `heap_top` and `heap_limit`; changes: see control.py, CHANGES."""
        self._memory = memory
        control = memory.control
        control.need(control.start + c.CONTROL_SIZE)
        self.address = control.start
        self.words = view(control.start, c.CONTROL_SIZE, memory.block.capsule).cast("Q")
        self._changes = view(changes, 8).cast("Q")
        self._found = NativeBuffer(8 * _LEAST_FOUND)
        for offset, value in {
            c.BLOCKS: memory.blocks.start,
            c.COUNT: memory.count,
            c.MARKS: memory.marks.start,
            c.NEXT_MARKS: memory.next_marks.start,
            c.FREE: memory.free.start,
            c.AREA: area,
            c.TYPES: memory.types.start,
            c.STACK: memory.stack.start,
            c.FOUND: self._found.address,
            c.FOUND_MASK: _LEAST_FOUND - 1,
            c.CHANGES: changes,
        }.items():
            self[offset] = value

    def __getitem__(self, offset: int) -> int:
        return self.words[offset >> 3]

    def __setitem__(self, offset: int, value: int) -> None:
        self.words[offset >> 3] = value

    def collect(
        self, code: CollectorCode, roots: Iterable[Roots], others: Others | None, ephemerons: Ephemerons
    ) -> bool:
        """Find what the roots hold, and free the rest; False if what they hold changed meanwhile."""
        changes = self._changes[0]
        self[c.TYPE_LIMIT] = self._memory.type_limit
        epoch = code.begin(self.address)
        if not epoch:
            raise Error(f"{c.LAST_EPOCH - 1} collections in a row have been interrupted")
        words = list(chain.from_iterable(root() for root in roots))
        seen: set[int] = set()
        todo = words
        while todo:
            if others is not None:
                todo = [*todo, *others.payloads(todo, seen)]
            if not self._mark(code, epoch, todo):
                return False
            todo = [word for word in self.found() if word & 3 != EXTERNAL and word not in seen] if others else []
            seen.update(todo)
            todo = others.payloads(todo, set()) if others is not None and todo else []
            todo = todo or ephemerons.reached(lambda word: state_of(word) == epoch)
        if code.sweep(self.address, epoch, changes) != c.DONE:
            return False
        if others is not None and self._changes[0] == changes:
            others.sweep_with_objects([*words, *self.found()])
        return True

    def _mark(self, code: CollectorCode, epoch: int, words: list[int]) -> bool:
        found = array("Q", filter(OBJECT_TAG.__and__, words))
        address, count = found.buffer_info()
        while (status := code.mark(self.address, epoch, address, count)) == c.FOUND_FULL:
            self._grow_found()
            count = 0
        return status == c.DONE

    def found(self) -> list[int]:
        """The words that the collection has met in objects, and that are none: external references, records."""
        return [word for word in self._found.words[: self[c.FOUND_MASK] + 1] if word]

    def _grow_found(self) -> None:
        mask = 2 * self[c.FOUND_MASK] + 1
        table = NativeBuffer(8 * (mask + 1))
        for word in self.found():
            at = ((word * _HASH & _MASK) >> 20) & mask
            while table.words[at]:
                at = at + 1 & mask
            table.words[at] = word
        self[c.FOUND] = table.address
        self._found = table
        self[c.FOUND_MASK] = mask

    def check(self, code: CollectorCode, roots: Iterable[Roots], *, after: bool) -> None:
        """Look at all that can be reached. Raises Error if something is wrong. after: right after a collection?"""
        epoch = self[c.EPOCH] % c.LAST_EPOCH + 1
        self[c.TYPE_LIMIT] = self._memory.type_limit
        found = array("Q", filter(OBJECT_TAG.__and__, chain.from_iterable(root() for root in roots)))
        address, count = found.buffer_info()
        wrong = code.check(self.address, epoch, address, count, after)
        if wrong:
            where = "a root" if address <= wrong < address + 8 * count else f"what is at {wrong:#x}"
            word = view(wrong, 8).cast("Q")[0]
            raise Error(f"the heap is broken: {where} refers to {word:#x}, which is no object that has been kept")
        self[c.EPOCH] = self[c.DONE_EPOCH] = epoch
