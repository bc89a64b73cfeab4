"""What all entry stubs have in common: how a thread comes into an engine's machine code, and how it leaves.

All that has to be undone is undone here, where no exception of Python can come between.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import (
    BACKTRACE_LIMIT,
    CONTEXT_ENTRY_FRAME,
    CONTEXT_EXIT_FRAME,
    CONTEXT_FRAME_COUNT,
    CONTEXT_FRAMES,
    CONTEXT_REAL_LIMIT,
    CONTEXT_STACK_LIMIT,
    CONTEXT_TRAP_PC,
    CONTEXT_TRAP_REASON,
    R12,
    R13,
    RAX,
    RBP,
    RBX,
    RCX,
    RDI,
    RDX,
    RSI,
    RSP,
)
from seaofnodes.runtime.code.stub_tools import (
    ENTRY_OUTER,
    ENTRY_OUTER_EXIT,
    ENTRY_SAVED,
    ENTRY_SIZE,
    ENTRY_TOOK,
    call_c,
    context,
    word,
)
from seaofnodes.runtime.entry.context import (
    CONTEXT_BEGIN,
    CONTEXT_CHANGES,
    CONTEXT_INTERRUPTED,
    CONTEXT_NONE,
    CONTEXT_OWNER,
    CONTEXT_THREAD,
    RAISED,
    TAKEN,
    TRAPPED,
)

# What `trapped` is given the address of: words.
TRAP_REASON, TRAP_PC, TRAP_COUNT, TRAP_FRAMES = range(4)
_TRAP_ROOM: Final = 8 * (TRAP_FRAMES + BACKTRACE_LIMIT) + 15 & -16


def _entry_begin(a: Assembler) -> None:
    """Called with the entry frame complete and the stack limit in rsi: returns without Python's lock, or leaves."""
    inside, nested, ready, failed, taken = Label(), Label(), Label(), Label(), Label()
    a.emit("PUSH_r64", RSI)  # aligns
    a.emit("MOV_r64_r64", RBX, RSI)
    call_c(a, "PyThreadState_Get")
    a.emit("MOV_r64_m64", RCX, context(CONTEXT_OWNER))
    a.emit("CMP_r64_r64", RCX, RAX)
    a.jcc("E", inside)
    a.emit("TEST_r64_r64", RCX, RCX)
    a.jcc("NE", taken)
    a.emit("MOV_m64_r64", context(CONTEXT_OWNER), RAX)
    a.emit("MOV_m64_i32", Mem(RBP, ENTRY_TOOK), 1)
    a.bind(inside)
    a.emit("INC_m64", context(CONTEXT_CHANGES))
    a.emit("MOV_m64_r64", context(CONTEXT_EXIT_FRAME), RBP)
    a.emit("MOV_r32_i32", RDI, signal.SIGSEGV)
    call_c(a, "put_fault_handler_first")
    a.emit("CMP_m64_i32", Mem(RBP, ENTRY_OUTER), 0)
    a.jcc("NE", nested)
    a.emit("MOV_m64_r64", context(CONTEXT_REAL_LIMIT), RBX)
    a.emit("MOV_m64_r64", context(CONTEXT_STACK_LIMIT), RBX)
    a.emit("MOV_m64_i32", context(CONTEXT_INTERRUPTED), 0)  # what came too late for the call before
    a.emit("MOV_m64_r64", context(CONTEXT_ENTRY_FRAME), RBP)
    a.emit("CMP_m64_i32", context(CONTEXT_BEGIN), 0)
    a.jcc("E", ready)
    a.emit("MOV_r64_m64", RDI, word("begin"))
    a.emit("MOV_r64_m64", RSI, context(CONTEXT_NONE))
    call_c(a, "PyObject_CallOneArg")
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc("E", failed)
    a.emit("MOV_r64_r64", RDI, RAX)
    call_c(a, "Py_DecRef")
    a.jmp(ready)
    a.bind(nested)
    a.emit("MOV_m64_r64", context(CONTEXT_ENTRY_FRAME), RBP)
    a.bind(ready)
    call_c(a, "PyEval_SaveThread")
    a.emit("MOV_m64_r64", context(CONTEXT_THREAD), RAX)
    a.emit("POP_r64", RSI)
    a.ret()
    a.bind(failed)
    a.emit("MOV_r32_i32", RBX, RAISED)
    a.jmp_reloc("builtin", "entry_end")
    a.bind(taken)
    a.emit("MOV_r32_i32", RBX, TAKEN)
    a.jmp_reloc("builtin", "entry_leave")


def _entry_exit(a: Assembler) -> None:
    """Back from the code, without Python's lock, rsp where the entry stub left it; ebx: the status."""
    restore, copy, end = Label(), Label(), Label()
    a.emit("MOV_m64_r64", context(CONTEXT_EXIT_FRAME), RBP)  # its frames are gone
    a.emit("CMP_r32_i32", RBX, TRAPPED)
    a.jcc("NE", restore)
    # What the context tells goes to the stack: in Python's next instruction a signal handler may run code.
    a.emit("LEA_r64_m", RSP, Mem(RBP, -ENTRY_SIZE - _TRAP_ROOM))
    for offset, at in (
        (CONTEXT_TRAP_REASON, TRAP_REASON), (CONTEXT_TRAP_PC, TRAP_PC), (CONTEXT_FRAME_COUNT, TRAP_COUNT)
    ):  # fmt: skip
        a.emit("MOV_r64_m64", RCX, context(offset))
        a.emit("MOV_m64_r64", Mem(RSP, 8 * at), RCX)
    a.emit("MOV_r32_i32", RDX, BACKTRACE_LIMIT)
    a.emit("CMP_r64_r64", RCX, RDX)
    a.emit("CMOVA_r64_r64", RCX, RDX)
    a.emit("LEA_r64_m", RDX, context(CONTEXT_FRAMES))
    a.bind(copy)
    a.emit("MOV_r64_m64", RAX, Mem(RDX, -8, RCX, 8))
    a.emit("MOV_m64_r64", Mem(RSP, 8 * (TRAP_FRAMES - 1), RCX, 8), RAX)
    a.emit("DEC_r64", RCX)
    a.jcc("NE", copy)
    a.bind(restore)
    a.emit("MOV_r64_m64", RDI, context(CONTEXT_THREAD))
    call_c(a, "PyEval_RestoreThread")
    a.emit("CMP_r32_i32", RBX, TRAPPED)
    a.jcc("NE", end)
    a.emit("MOV_r32_i32", RBX, RAISED)
    a.emit("MOV_r64_r64", RDI, RSP)
    call_c(a, "PyLong_FromVoidPtr")
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc("E", end)
    a.emit("MOV_r64_r64", R12, RAX)
    a.emit("MOV_r64_m64", RDI, word("trapped"))
    a.emit("MOV_r64_r64", RSI, R12)
    call_c(a, "PyObject_CallOneArg")
    a.emit("MOV_r64_r64", R13, RAX)
    a.emit("MOV_r64_r64", RDI, R12)
    call_c(a, "Py_DecRef")
    a.emit("MOV_r64_r64", RDI, R13)
    call_c(a, "Py_DecRef")  # null: it raises the trap
    a.bind(end)
    a.jmp_reloc("builtin", "entry_end")


def _entry_end(a: Assembler) -> None:
    """With Python's lock: unlink the frame."""
    a.emit("MOV_r64_m64", RAX, Mem(RBP, ENTRY_OUTER))
    a.emit("MOV_m64_r64", context(CONTEXT_ENTRY_FRAME), RAX)
    a.emit("MOV_r64_m64", RAX, Mem(RBP, ENTRY_OUTER_EXIT))
    a.emit("MOV_m64_r64", context(CONTEXT_EXIT_FRAME), RAX)
    a.jmp_reloc("builtin", "entry_leave")


def _entry_leave(a: Assembler) -> None:
    """Give the engine back, if the entry frame has taken it, and return the status."""
    kept = Label()
    a.emit("CMP_m64_i32", Mem(RBP, ENTRY_TOOK), 0)
    a.jcc("E", kept)
    a.emit("MOV_m64_i32", context(CONTEXT_OWNER), 0)
    a.bind(kept)
    a.emit("MOV_r32_r32", RAX, RBX)
    a.emit("LEA_r64_m", RSP, Mem(RBP, -8 * len(ENTRY_SAVED)))
    for register in reversed(ENTRY_SAVED):
        a.emit("POP_r64", register)
    a.emit("POP_r64", RBP)
    a.ret()


# Name -> builder; each refers only to those before it.
BUILDERS: Final[dict[str, Callable[[Assembler], None]]] = {
    "entry_leave": _entry_leave,
    "entry_end": _entry_end,
    "entry_exit": _entry_exit,
    "entry_begin": _entry_begin,
}
