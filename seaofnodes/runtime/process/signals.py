"""A signal handler in machine code: faults of compiled code become traps.

The table of code and memory ranges is process-wide state, because signals belong to the process. The handler
reads it without a lock, from any thread; entries are written end first, start last. Who has a range owns a block
(blocks.py) that makes the entry void before the range goes.
"""

from __future__ import annotations

import ctypes
import functools
import signal
from typing import Final

from seaofnodes.backend.assembler import Assembler, Label
from seaofnodes.errors import Error
from seaofnodes.runtime.process.blocks import Block
from seaofnodes.runtime.process.exclusion import Mutex
from seaofnodes.runtime.process.native import (
    ALL_ONES,
    MAP_ANONYMOUS,
    MAP_NORESERVE,
    MAP_PRIVATE,
    PROT_READ,
    PROT_WRITE,
    map_pages,
    view,
)
from seaofnodes.runtime.process.native_code import BLOCK_ITEM, BLOCK_LIST, BLOCK_SIGNALS, address_of, make_executable
from seaofnodes.runtime.process.signal_code import (
    CODE_CAPACITY,
    CODE_COUNT,
    CODES,
    MEMORIES,
    MEMORY_CAPACITY,
    MEMORY_COUNT,
    SIGACTION,
    TABLE_SIZE,
    fault_handler,
    put_fault_handler_first,
)


class SignalHandlers:
    """The handler, and the table of ranges that it looks into. There is one, HANDLERS, as long as the process lives.

    Attributes: put_first: address of int(int signal), which makes the handler the first of SIGSEGV or SIGBUS.
    """

    def __init__(self) -> None:
        self._table = map_pages(TABLE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
        self._words = view(self._table, TABLE_SIZE).cast("Q")
        self._words[SIGACTION >> 3] = address_of("sigaction")
        self._mutex = Mutex()
        self._free_codes: list[int] = []
        self._free_memories: list[int] = []

        def build(a: Assembler) -> None:
            table = a.constant(self._table.to_bytes(8, "little"))
            fault = a.mark()
            fault_handler(a, table)
            marks.append(a.mark())
            put_fault_handler_first(a, table, fault)

        marks: list[Label] = []
        code = make_executable({"all": build})["all"]
        self.put_first: Final = code + marks[0].offset
        self._put_first = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_int)(self.put_first)

    def install(self) -> None:
        """Put the handler first in line. Raises Error."""
        for number in (signal.SIGSEGV, signal.SIGBUS):
            if self._put_first(number) != 0:
                raise Error(f"cannot install the handler of signal {number}")

    def add_code(self, block: Block, start: int, end: int, context: int, fault_stub: int) -> None:
        """Faults at a pc in this range continue at fault_stub, with the pc in the context, until the block dies."""
        entry = (start, end, context, fault_stub)
        self._mutex.run(
            functools.partial(self._add, block, CODE_COUNT, CODES, CODE_CAPACITY, self._free_codes, entry)
        )

    def add_memory(self, block: Block, start: int, end: int) -> None:
        """Faults at these addresses are ours until the block dies."""
        self._mutex.run(
            functools.partial(
                self._add, block, MEMORY_COUNT, MEMORIES, MEMORY_CAPACITY, self._free_memories, (start, end)
            )
        )

    def _add(
        self, block: Block, count: int, first: int, capacity: int, free: list[int], entry: tuple[int, ...]
    ) -> None:
        words = self._words
        if free:
            at = free.pop()
        else:
            used = words[count >> 3]
            if used == capacity:
                raise Error(f"more than {capacity:,} code spaces or memories in one process")
            at = (first >> 3) + used * len(entry)
            words[at] = ALL_ONES
            words[count >> 3] = used + 1
        block.hold(BLOCK_ITEM, at)
        block.hold(BLOCK_LIST, free)
        block.words[BLOCK_SIGNALS >> 3] = self._table + 8 * at
        for i in range(len(entry) - 1, -1, -1):
            words[at + i] = entry[i]


HANDLERS: Final = SignalHandlers()
