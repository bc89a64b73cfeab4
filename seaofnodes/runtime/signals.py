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
from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem, Rip
from seaofnodes.backend.layout import (
    CONTEXT_STACK_LIMIT,
    CONTEXT_TRAP_PC,
    R8,
    R9,
    R10,
    R11,
    RAX,
    RBP,
    RBX,
    RCX,
    RDI,
    RDX,
    RSI,
    RSP,
)
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

NULL_PAGE: Final = 4096  # a fault below is the use of a null record

# The table: eight words, then code ranges of four words, then memory ranges of two.
_CODE_COUNT, _MEMORY_COUNT, _PREVIOUS_SEGV, _PREVIOUS_BUS, _PREVIOUS_INT, _SIGACTION, _CHAINED = range(0, 56, 8)
_CODES: Final = 64
_CODE_CAPACITY: Final = 1 << 14
_MEMORIES: Final = _CODES + 32 * _CODE_CAPACITY
_MEMORY_CAPACITY: Final = 1 << 14  # 47 bits of addresses have no room for more
_TABLE_SIZE: Final = _MEMORIES + 16 * _MEMORY_CAPACITY

# Offsets in the kernel's and the C library's structures on x86-64.
_SIGINFO_CODE, _SIGINFO_ADDRESS = 8, 16
_UCONTEXT_RIP: Final = 168
_SIGACTION_SIZE, _SIGACTION_FLAGS = 152, 136
_SA_SIGINFO, _SA_ONSTACK = 0x4, 0x08000000
_SIG_DFL: Final = 0
_SIG_IGN: Final = 1
_NESTED: Final = 1 << 16  # bytes of stack within which a fault comes from the handler that it was passed to

# Called without releasing Python's lock: a fifth of the time.
_sigaction = ctypes.PyDLL(None).sigaction
_sigaction.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


def _fault_handler(a: Assembler, table: Label) -> None:
    """void handler(int signal, siginfo_t*, ucontext_t*):

    ours if pc and address both match, else the previous handler's.
    """
    chain, code_loop, memory_loop, next_code, next_memory = Label(), Label(), Label(), Label(), Label()
    ours, found = Label(), Label()
    a.emit("MOV_r64_m64", R8, Mem(RDX, _UCONTEXT_RIP))
    a.emit("MOV_r64_m64", R9, Mem(RSI, _SIGINFO_ADDRESS))
    a.emit("MOV_r32_m32", RAX, Mem(RSI, _SIGINFO_CODE))
    a.emit("DEC_r32", RAX)  # codes 1 and 2 come from the processor with an address
    a.emit("CMP_r32_i32", RAX, 1)
    a.jcc("A", chain)
    a.emit("MOV_r64_m64", R10, Rip(table))
    a.emit("MOV_r64_m64", RCX, Mem(R10, _CODE_COUNT))
    a.emit("LEA_r64_m", RAX, Mem(R10, _CODES))
    a.bind(code_loop)
    a.emit("DEC_r64", RCX)
    a.jcc("S", chain)
    a.emit("CMP_r64_m64", R8, Mem(RAX))
    a.jcc("B", next_code)
    a.emit("CMP_r64_m64", R8, Mem(RAX, 8))
    a.jcc("B", found)
    a.bind(next_code)
    a.emit("ADD_r64_i32", RAX, 32)
    a.jmp(code_loop)
    a.bind(found)
    a.emit("CMP_r64_i32", R9, NULL_PAGE)
    a.jcc("B", ours)
    a.emit("MOV_r64_m64", RCX, Mem(R10, _MEMORY_COUNT))
    a.emit("LEA_r64_m", R11, Mem(R10, _MEMORIES))
    a.bind(memory_loop)
    a.emit("DEC_r64", RCX)
    a.jcc("S", chain)
    a.emit("CMP_r64_m64", R9, Mem(R11))
    a.jcc("B", next_memory)
    a.emit("CMP_r64_m64", R9, Mem(R11, 8))
    a.jcc("B", ours)
    a.bind(next_memory)
    a.emit("ADD_r64_i32", R11, 16)
    a.jmp(memory_loop)
    a.bind(ours)
    a.emit("MOV_r64_m64", RCX, Mem(RAX, 16))
    a.emit("MOV_m64_r64", Mem(RCX, CONTEXT_TRAP_PC), R8)
    a.emit("MOV_r64_m64", RCX, Mem(RAX, 24))
    a.emit("MOV_m64_r64", Mem(RDX, _UCONTEXT_RIP), RCX)
    a.ret()
    a.bind(chain)
    _chain_fault(a, table)


def _chain_fault(a: Assembler, table: Label) -> None:
    """Call the previous handler; without one, take the default action by returning to the fault without a handler.

    Two handlers that each think the other came before would pass a fault to and fro for ever: a fault that comes
    back to a frame just below the one that passed it on takes the default action too.
    """
    bus, load, default, done = Label(), Label(), Label(), Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("PUSH_r64", RBX)
    a.emit("SUB_r64_i32", RSP, 168)
    a.emit("MOV_r64_m64", RBX, Rip(table))
    a.emit("CMP_r32_i32", RDI, signal.SIGBUS)
    a.jcc("E", bus)
    a.emit("MOV_r64_m64", RAX, Mem(RBX, _PREVIOUS_SEGV))
    a.jmp(load)
    a.bind(bus)
    a.emit("MOV_r64_m64", RAX, Mem(RBX, _PREVIOUS_BUS))
    a.bind(load)
    a.emit("CMP_r64_i32", RAX, _SIG_IGN)
    a.jcc("BE", default)
    a.emit("MOV_r64_m64", RCX, Mem(RBX, _CHAINED))
    a.emit("SUB_r64_r64", RCX, RSP)
    a.emit("DEC_r64", RCX)
    a.emit("CMP_r64_i32", RCX, _NESTED)
    a.jcc("B", default)
    a.emit("MOV_m64_r64", Mem(RBX, _CHAINED), RSP)
    a.emit("CALL_r64", RAX)
    a.emit("MOV_m64_i32", Mem(RBX, _CHAINED), 0)
    a.jmp(done)
    a.bind(default)
    a.emit("XOR_r32_r32", RAX, RAX)
    a.emit("MOV_r32_i32", RCX, _SIGACTION_SIZE // 8)
    zero = a.mark()
    a.emit("MOV_m64_r64", Mem(RSP, -8, RCX, 8), RAX)
    a.emit("DEC_r64", RCX)
    a.jcc("NE", zero)
    a.emit("MOV_r64_r64", RSI, RSP)
    a.emit("XOR_r32_r32", RDX, RDX)
    a.emit("CALL_m64", Mem(RBX, _SIGACTION))
    a.bind(done)
    a.emit("MOV_r64_m64", RBX, Mem(RBP, -8))
    a.emit("LEAVE")
    a.ret()


def _interrupt_handler(a: Assembler, table: Label) -> None:
    """The previous handler first, so that Python knows of the signal before wasm code asks it.

    Then raise every stack limit.
    """
    loop, skip, done = Label(), Label(), Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("PUSH_r64", RBX)
    a.emit("PUSH_r64", RBX)
    a.emit("MOV_r64_m64", RBX, Rip(table))
    a.emit("CALL_m64", Mem(RBX, _PREVIOUS_INT))
    a.emit("MOV_r64_m64", RCX, Mem(RBX, _CODE_COUNT))
    a.emit("LEA_r64_m", RAX, Mem(RBX, _CODES))
    a.bind(loop)
    a.emit("DEC_r64", RCX)
    a.jcc("S", done)
    a.emit("CMP_m64_i32", Mem(RAX), -1)
    a.jcc("E", skip)
    a.emit("MOV_r64_m64", RDX, Mem(RAX, 16))
    a.emit("MOV_m64_i32", Mem(RDX, CONTEXT_STACK_LIMIT), -1)
    a.bind(skip)
    a.emit("ADD_r64_i32", RAX, 32)
    a.jmp(loop)
    a.bind(done)
    a.emit("POP_r64", RBX)
    a.emit("POP_r64", RBX)
    a.emit("POP_r64", RBP)
    a.ret()


class SignalHandlers:
    """The handlers, and the table of ranges that they look into.

    There is one, see `handlers()`; it lives as long as the process.
    """

    def __init__(self) -> None:
        flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        self._table = map_pages(_TABLE_SIZE, PROT_READ | PROT_WRITE, flags)
        self._words = view(self._table, _TABLE_SIZE).cast("Q")
        self._words[_SIGACTION >> 3] = ctypes.cast(libc.sigaction, ctypes.c_void_p).value or 0
        self._lock = threading.Lock()
        self._free_codes: list[int] = []
        self._free_memories: list[int] = []
        a = Assembler()
        table = a.constant(self._table.to_bytes(8, "little"))
        fault = a.mark()
        _fault_handler(a, table)
        interrupt = a.mark()
        _interrupt_handler(a, table)
        data = a.finish().data
        code = map_pages(len(data), PROT_READ | PROT_WRITE, flags)
        view(code, len(data))[:] = data
        protect_pages(code, len(data), PROT_READ | PROT_EXEC)
        self._fault = code + fault.offset
        self._interrupt = code + interrupt.offset
        self._current = ctypes.create_string_buffer(_SIGACTION_SIZE)
        self._current_address = ctypes.addressof(self._current)
        self._current_handler = ctypes.c_uint64.from_buffer(self._current)

    def add_code(self, start: int, end: int, context: int, fault_stub: int) -> int:
        """Faults at a pc in this range continue at fault_stub, with the pc in the context.

        Returns the entry, for remove_code.
        """
        with self._lock:
            return self._add(_CODE_COUNT, _CODES, _CODE_CAPACITY, self._free_codes, (start, end, context, fault_stub))

    def add_memory(self, start: int, end: int) -> int:
        """Faults at these addresses are ours. Returns the entry, for remove_memory."""
        with self._lock:
            return self._add(_MEMORY_COUNT, _MEMORIES, _MEMORY_CAPACITY, self._free_memories, (start, end))

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
        for number, previous in ((signal.SIGSEGV, _PREVIOUS_SEGV), (signal.SIGBUS, _PREVIOUS_BUS)):
            self._put_first(number, previous, self._fault, _SA_SIGINFO | _SA_ONSTACK)

    def install_interrupt_handler(self) -> None:
        """Put the interrupt handler before Python's SIGINT handler, if it is not there. Half a microsecond when it is.

        Where SIGINT is ignored or has its default action, nothing is to be done.
        """
        if _sigaction(signal.SIGINT, None, self._current_address) != 0:
            return  # never happens: the signal exists, the address is ours
        if self._current_handler.value not in (_SIG_DFL, _SIG_IGN, self._interrupt):
            self._put_first(signal.SIGINT, _PREVIOUS_INT, self._interrupt, 0)

    def _put_first(self, number: int, previous: int, handler: int, flags: int) -> None:
        with self._lock:
            action = self._current
            if _sigaction(number, None, self._current_address) != 0:
                raise Error(f"cannot read the handler of signal {number}")
            if self._current_handler.value == handler:
                return
            self._words[previous >> 3] = self._current_handler.value
            self._current_handler.value = handler
            ctypes.c_int.from_buffer(action, _SIGACTION_FLAGS).value |= flags
            if _sigaction(number, self._current_address, None) != 0:
                raise Error(f"cannot install the handler of signal {number}")


@functools.cache
def handlers() -> SignalHandlers:
    """The process's one; created at first use."""
    return SignalHandlers()
