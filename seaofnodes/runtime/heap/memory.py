"""The addresses of a heap: one reservation, of which is accessible what has been needed so far.

types | traces | blocks' states | lines' marks | stack of the collector | blocks
"""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.layout import TYPE_RECORD_SHIFT
from seaofnodes.runtime.heap.control import TYPE_BYTES, TYPE_COUNT
from seaofnodes.runtime.process.blocks import Block
from seaofnodes.runtime.process.native import PAGE, PROT_READ, PROT_WRITE, discard_pages, protect_pages, view
from seaofnodes.runtime.process.native_code import BLOCK_BASE, BLOCK_SIZE

BLOCK_SHIFT: Final = 15
LINE_SHIFT: Final = 7
BLOCK: Final = 1 << BLOCK_SHIFT  # bytes
LINE: Final = 1 << LINE_SHIFT
LINES: Final = BLOCK // LINE  # of a block
LARGEST: Final = BLOCK // 2  # bytes of an object that shares blocks with others
MOST_TYPES: Final = 1 << 18
SMALLEST: Final = 16  # bytes of an object that refers to others

_TRACES: Final = 64 << 20
_KEPT_STACK: Final = 1 << 20  # bytes
_STEP: Final = 1 << 18  # bytes that are made accessible at once


class Area:
    """A part of the reservation. Attributes: start, end: addresses; accessible: the end of what may be touched."""

    __slots__ = ("accessible", "end", "start")

    def __init__(self, start: int, size: int) -> None:
        self.start = self.accessible = start
        self.end = start + size

    def need(self, end: int) -> None:
        """Make it accessible up to an address, which is not beyond its end. Raises OSError."""
        if end > self.accessible:
            to = min(self.accessible + -(-(end - self.accessible) // _STEP) * _STEP, self.end)
            protect_pages(self.accessible, to - self.accessible, PROT_READ | PROT_WRITE)
            self.accessible = to


class HeapMemory:
    """Attributes: types, traces, control, free, marks, next_marks, stack, blocks: areas; count: of the blocks there may
    be. The stack has room for all objects that refer to others, and all types that hold something.
    """

    def __init__(self, limit: int) -> None:
        """limit: bytes of objects at most. Raises OSError if there are not enough addresses."""
        self.count = count = limit >> BLOCK_SHIFT
        sizes = [
            MOST_TYPES << TYPE_RECORD_SHIFT, _TRACES, PAGE, 8 * count, LINES * count, LINES * count,
            8 * (count * BLOCK // SMALLEST + 1 + MOST_TYPES),
        ]  # fmt: skip
        sizes = [-(-size // PAGE) * PAGE for size in sizes]
        self.block = Block()  # unmaps it in the end
        at = self.block.reserve(sum(sizes) + (count + 1) * BLOCK, BLOCK_BASE, BLOCK_SIZE)
        areas = []
        for size in sizes:
            areas.append(Area(at, size))
            at += size
        self.types, self.traces, self.control, self.free, self.marks, self.next_marks, self.stack = areas
        self.blocks = Area(at + -at % BLOCK, count * BLOCK)

    @property
    def type_limit(self) -> int:
        """Ids of types that have records are less."""
        return (self.types.accessible - self.types.start) >> TYPE_RECORD_SHIFT

    def objects(self) -> memoryview:
        """All bytes that objects may ever be at; only those of blocks in use may be touched."""
        return view(self.blocks.start, self.blocks.end - self.blocks.start, self.block.capsule)

    def need(self, blocks: int) -> None:
        """Let so many blocks, and what is kept of them, be accessible. Raises OSError."""
        self.blocks.need(self.blocks.start + blocks * BLOCK)
        self.free.need(self.free.start + 8 * blocks)
        self.marks.need(self.marks.start + LINES * blocks)
        self.next_marks.need(self.next_marks.start + LINES * blocks)
        self.stack.need(self.stack.start + 8 * (blocks * BLOCK // SMALLEST + 1 + MOST_TYPES))

    def release(self, used: int, count: int) -> None:
        """Give the memory of `count` free blocks back to the system, the last of those used; and that of the stack."""
        if self.stack.accessible - self.stack.start > _KEPT_STACK:
            discard_pages(self.stack.start + _KEPT_STACK, self.stack.accessible - self.stack.start - _KEPT_STACK)
        if count <= 0:
            return
        free = view(self.free.start, 8 * used, self.block.capsule).cast("Q").tolist()
        for i in range(used - 1, -1, -1):
            if free[i] == LINES and count > 0:
                discard_pages(self.blocks.start + i * BLOCK, BLOCK)
                count -= 1

    def survivors(self, type_id: int) -> tuple[int, int]:
        """Objects of a type after the last collection, and their bytes."""
        record = self.types.start + (type_id << TYPE_RECORD_SHIFT)
        words = view(record, 1 << TYPE_RECORD_SHIFT, self.block.capsule).cast("Q")
        return words[TYPE_COUNT >> 3], words[TYPE_BYTES >> 3]
