"""Signal handlers in machine code: faults of wasm code become traps, Ctrl-C reaches running wasm code.

The table of code and memory ranges behind the handlers is the one process-wide state: signals belong to the
process. The handlers read it without a lock, from any thread; entries are written end first, start last, and
removed start first.
"""

from __future__ import annotations

import ctypes
import functools
import signal
import threading
from collections.abc import Callable

from seaofnodes.backend.assembler import Assembler
from seaofnodes.errors import Error
from seaofnodes.runtime.context import ALL_ONES
from seaofnodes.runtime.native import (
    MAP_ANONYMOUS,
    MAP_NORESERVE,
    MAP_PRIVATE,
    PROT_EXEC,
    PROT_READ,
    PROT_WRITE,
    libc,
    map_pages,
    protect_pages,
    view,
)
from seaofnodes.runtime.signal_code import (
    CODE_CAPACITY,
    CODE_COUNT,
    CODES,
    MEMORIES,
    MEMORY_CAPACITY,
    MEMORY_COUNT,
    PREVIOUS_BUS,
    PREVIOUS_INT,
    PREVIOUS_SEGV,
    SA_ONSTACK,
    SA_SIGINFO,
    SIGACTION,
    SIGACTION_FLAGS,
    SIGACTION_SIZE,
    TABLE_SIZE,
    fault_handler,
    interrupt_handler,
    interrupt_handler_is_first,
)

_sigaction = libc.sigaction
_sigaction.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_IS_FIRST = ctypes.PYFUNCTYPE(ctypes.c_int)


class SignalHandlers:
    """The handlers, and the table of ranges that they look into.

    There is one, see `handlers()`; it lives as long as the process.
    """

    def __init__(self) -> None:
        flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        self._table = map_pages(TABLE_SIZE, PROT_READ | PROT_WRITE, flags)
        self._words = view(self._table, TABLE_SIZE).cast("Q")
        self._words[SIGACTION >> 3] = ctypes.cast(libc.sigaction, ctypes.c_void_p).value or 0
        self._lock = threading.Lock()
        self._free_codes: list[int] = []
        self._free_memories: list[int] = []
        a = Assembler()
        table = a.constant(self._table.to_bytes(8, "little"))
        fault = a.mark()
        fault_handler(a, table)
        interrupt = a.mark()
        interrupt_handler(a, table)
        is_first = a.mark()
        interrupt_handler_is_first(a, table, interrupt)
        data = a.finish().data
        code = map_pages(len(data), PROT_READ | PROT_WRITE, flags)
        view(code, len(data))[:] = data
        protect_pages(code, len(data), PROT_READ | PROT_EXEC)
        self._fault = code + fault.offset
        self._interrupt = code + interrupt.offset
        self._interrupt_handler_is_first: Callable[[], int] = _IS_FIRST(code + is_first.offset)
        self._current = ctypes.create_string_buffer(SIGACTION_SIZE)
        self._current_address = ctypes.addressof(self._current)
        self._current_handler = ctypes.c_uint64.from_buffer(self._current)

    def add_code(self, start: int, end: int, context: int, fault_stub: int) -> int:
        """Faults at a pc in this range continue at fault_stub, with the pc in the context.

        Returns the entry, for remove_code.
        """
        with self._lock:
            return self._add(CODE_COUNT, CODES, CODE_CAPACITY, self._free_codes, (start, end, context, fault_stub))

    def add_memory(self, start: int, end: int) -> int:
        """Faults at these addresses are ours. Returns the entry, for remove_memory."""
        with self._lock:
            return self._add(MEMORY_COUNT, MEMORIES, MEMORY_CAPACITY, self._free_memories, (start, end))

    def remove_code(self, entry: int) -> None:
        """Forget a code range."""
        self._words[entry] = ALL_ONES
        self._free_codes.append(entry)

    def remove_memory(self, entry: int) -> None:
        """Forget a range of memory."""
        self._words[entry] = ALL_ONES
        self._free_memories.append(entry)

    def _add(self, count: int, first: int, capacity: int, free: list[int], entry: tuple[int, ...]) -> int:
        words = self._words
        if free:  # removal, perhaps by the garbage collector, takes no lock: appending and popping are atomic
            at = free.pop()
        else:
            used = words[count >> 3]
            if used == capacity:
                raise Error(f"more than {capacity:,} code spaces or memories in one process")
            at = (first >> 3) + used * len(entry)
            words[at] = ALL_ONES
            words[count >> 3] = used + 1
        for i in range(len(entry) - 1, -1, -1):
            words[at + i] = entry[i]
        return at

    def install_fault_handlers(self) -> None:
        """Put the fault handler first in line, if it is not; it passes on what is not ours."""
        for number, previous in ((signal.SIGSEGV, PREVIOUS_SEGV), (signal.SIGBUS, PREVIOUS_BUS)):
            self._put_first(number, previous, self._fault, SA_SIGINFO | SA_ONSTACK)

    def install_interrupt_handler(self) -> None:
        """Put the interrupt handler before Python's SIGINT handler, if it is not there: a quarter of a microsecond.

        Where SIGINT is ignored or has its default action, nothing is to be done.
        """
        if not self._interrupt_handler_is_first():
            self._put_first(signal.SIGINT, PREVIOUS_INT, self._interrupt, 0)

    def _put_first(self, number: int, previous: int, handler: int, flags: int) -> None:
        with self._lock:
            action = self._current
            if _sigaction(number, None, self._current_address) != 0:
                raise Error(f"cannot read the handler of signal {number}")
            if self._current_handler.value == handler:
                return
            self._words[previous >> 3] = self._current_handler.value
            self._current_handler.value = handler
            ctypes.c_int.from_buffer(action, SIGACTION_FLAGS).value |= flags
            if _sigaction(number, self._current_address, None) != 0:
                raise Error(f"cannot install the handler of signal {number}")


@functools.cache
def handlers() -> SignalHandlers:
    """The process's one; created at first use."""
    return SignalHandlers()
