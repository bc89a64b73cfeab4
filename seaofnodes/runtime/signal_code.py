"""The signal handlers' machine code, and the table of ranges that it reads."""

from __future__ import annotations

import signal
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

NULL_PAGE: Final = 4096  # a fault below is the use of a null record

# The table: eight words, then code ranges of four words, then memory ranges of two.
CODE_COUNT, MEMORY_COUNT, PREVIOUS_SEGV, PREVIOUS_BUS, PREVIOUS_INT, SIGACTION, CHAINED = range(0, 56, 8)
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
SIG_DFL: Final = 0
SIG_IGN: Final = 1
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
    a.emit("SUB_r64_i32", RSP, 168)
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


def interrupt_handler(a: Assembler, table: Label) -> None:
    """The previous handler first, so that Python knows of the signal before wasm code asks it.

    Then raise every stack limit.
    """
    loop, skip, done = Label(), Label(), Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("PUSH_r64", RBX)
    a.emit("PUSH_r64", RBX)
    a.emit("MOV_r64_m64", RBX, Rip(table))
    a.emit("CALL_m64", Mem(RBX, PREVIOUS_INT))
    a.emit("MOV_r64_m64", RCX, Mem(RBX, CODE_COUNT))
    a.emit("LEA_r64_m", RAX, Mem(RBX, CODES))
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


def interrupt_handler_is_first(a: Assembler, table: Label, interrupt: Label) -> None:
    """int is_first(void): is ours the handler of SIGINT, or is there none to come before?"""
    yes = Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("SUB_r64_i32", RSP, 160)
    a.emit("MOV_r32_i32", RDI, signal.SIGINT)
    a.emit("XOR_r32_r32", RSI, RSI)
    a.emit("MOV_r64_r64", RDX, RSP)
    a.emit("MOV_r64_m64", RAX, Rip(table))
    a.emit("CALL_m64", Mem(RAX, SIGACTION))
    a.emit("MOV_r64_m64", RCX, Mem(RSP))
    a.lea_label("r64", RDX, interrupt)
    a.emit("MOV_r32_i32", RAX, 1)
    a.emit("CMP_r64_r64", RCX, RDX)
    a.jcc("E", yes)
    a.emit("CMP_r64_i32", RCX, SIG_IGN)
    a.jcc("BE", yes)
    a.emit("XOR_r32_r32", RAX, RAX)
    a.bind(yes)
    a.emit("LEAVE")
    a.ret()
