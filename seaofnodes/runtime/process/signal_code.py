"""The signal handlers' machine code, and the table of ranges that it reads."""

from __future__ import annotations

import signal
from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem, Rip
from seaofnodes.backend.layout import (
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

NULL_PAGE: Final = 4096  # a fault below is the use of a null record

# The table: eight words, then code ranges of four words, then memory ranges of two.
CODE_COUNT, MEMORY_COUNT, PREVIOUS_SEGV, PREVIOUS_BUS, SIGACTION, CHAINED = range(0, 48, 8)
CODES: Final = 64
CODE_CAPACITY: Final = 1 << 14
MEMORIES: Final = CODES + 32 * CODE_CAPACITY
MEMORY_CAPACITY: Final = 1 << 14  # 47 bits of addresses have no room for more
TABLE_SIZE: Final = MEMORIES + 16 * MEMORY_CAPACITY

# Offsets in the kernel's and the C library's structures on x86-64.
_SIGINFO_CODE, _SIGINFO_ADDRESS = 8, 16
_UCONTEXT_RIP: Final = 168
SIGACTION_SIZE, SIGACTION_FLAGS = 152, 136
SA_SIGINFO, SA_ONSTACK = 0x4, 0x08000000
SIG_IGN: Final = 1
_ACTION_ROOM: Final = 168  # bytes for a struct sigaction, and an aligned stack
_NESTED: Final = 1 << 16  # bytes of stack within which a fault comes from the handler that it was passed to


def fault_handler(a: Assembler, table: Label) -> None:
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
    a.emit("MOV_r64_m64", RCX, Mem(R10, CODE_COUNT))
    a.emit("LEA_r64_m", RAX, Mem(R10, CODES))
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
    a.emit("MOV_r64_m64", RCX, Mem(R10, MEMORY_COUNT))
    a.emit("LEA_r64_m", R11, Mem(R10, MEMORIES))
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
    a.emit("SUB_r64_i32", RSP, _ACTION_ROOM)
    a.emit("MOV_r64_m64", RBX, Rip(table))
    a.emit("CMP_r32_i32", RDI, signal.SIGBUS)
    a.jcc("E", bus)
    a.emit("MOV_r64_m64", RAX, Mem(RBX, PREVIOUS_SEGV))
    a.jmp(load)
    a.bind(bus)
    a.emit("MOV_r64_m64", RAX, Mem(RBX, PREVIOUS_BUS))
    a.bind(load)
    a.emit("CMP_r64_i32", RAX, SIG_IGN)
    a.jcc("BE", default)
    a.emit("MOV_r64_m64", RCX, Mem(RBX, CHAINED))
    a.emit("SUB_r64_r64", RCX, RSP)
    a.emit("DEC_r64", RCX)
    a.emit("CMP_r64_i32", RCX, _NESTED)
    a.jcc("B", default)
    a.emit("MOV_m64_r64", Mem(RBX, CHAINED), RSP)
    a.emit("CALL_r64", RAX)
    a.emit("MOV_m64_i32", Mem(RBX, CHAINED), 0)
    a.jmp(done)
    a.bind(default)
    a.emit("XOR_r32_r32", RAX, RAX)
    a.emit("MOV_r32_i32", RCX, SIGACTION_SIZE // 8)
    zero = a.mark()
    a.emit("MOV_m64_r64", Mem(RSP, -8, RCX, 8), RAX)
    a.emit("DEC_r64", RCX)
    a.jcc("NE", zero)
    a.emit("MOV_r64_r64", RSI, RSP)
    a.emit("XOR_r32_r32", RDX, RDX)
    a.emit("CALL_m64", Mem(RBX, SIGACTION))
    a.bind(done)
    a.emit("MOV_r64_m64", RBX, Mem(RBP, -8))
    a.emit("LEAVE")
    a.ret()


def put_fault_handler_first(a: Assembler, table: Label, fault: Label) -> None:
    """int put_first(int signal): make ours the handler of SIGSEGV or SIGBUS, if it is not; 0, or -1 when that fails.

    Somebody may have come before it since (faulthandler.enable()): his handler is called for what is not ours.
    """
    done, bus, kept, first = Label(), Label(), Label(), Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("PUSH_r64", RBX)
    a.emit("SUB_r64_i32", RSP, _ACTION_ROOM)
    a.emit("MOV_r32_r32", RBX, RDI)
    a.emit("XOR_r32_r32", RSI, RSI)
    a.emit("MOV_r64_r64", RDX, RSP)
    a.emit("MOV_r64_m64", RAX, Rip(table))
    a.emit("CALL_m64", Mem(RAX, SIGACTION))
    a.emit("TEST_r32_r32", RAX, RAX)
    a.jcc("NE", done)
    a.emit("MOV_r64_m64", RCX, Mem(RSP))
    a.lea_label("r64", RDX, fault)
    a.emit("CMP_r64_r64", RCX, RDX)
    a.jcc("E", first)
    a.emit("MOV_r64_m64", RAX, Rip(table))
    a.emit("CMP_r32_i32", RBX, signal.SIGBUS)
    a.jcc("E", bus)
    a.emit("MOV_m64_r64", Mem(RAX, PREVIOUS_SEGV), RCX)
    a.jmp(kept)
    a.bind(bus)
    a.emit("MOV_m64_r64", Mem(RAX, PREVIOUS_BUS), RCX)
    a.bind(kept)
    a.emit("MOV_m64_r64", Mem(RSP), RDX)
    a.emit("OR_m32_i32", Mem(RSP, SIGACTION_FLAGS), SA_SIGINFO | SA_ONSTACK)
    a.emit("MOV_r32_r32", RDI, RBX)
    a.emit("MOV_r64_r64", RSI, RSP)
    a.emit("XOR_r32_r32", RDX, RDX)
    a.emit("CALL_m64", Mem(RAX, SIGACTION))
    a.jmp(done)
    a.bind(first)
    a.emit("XOR_r32_r32", RAX, RAX)
    a.bind(done)
    a.emit("MOV_r64_m64", RBX, Mem(RBP, -8))
    a.emit("LEAVE")
    a.ret()
