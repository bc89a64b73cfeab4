"""Stubs between machine code and Python, and for traps and polls; see docs/architecture.md, "Builtins"."""

from __future__ import annotations

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
    R8,
    R9,
    R11,
    R12,
    RAX,
    RBP,
    RBX,
    RCX,
    RDI,
    RDX,
    RSI,
    RSP,
    TRAP_REASONS,
)
from seaofnodes.runtime.code.builtins import Builtins
from seaofnodes.runtime.code.stub_tools import ENTRY_SIZE, STACK_EXHAUSTED, call_c, context, word
from seaofnodes.runtime.entry import stub_parts as entry_stub_parts
from seaofnodes.runtime.entry.context import CONTEXT_THREAD, FAULT, RAISED, TRAPPED


def _call_python(a: Assembler) -> None:
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("MOV_m64_r64", context(CONTEXT_EXIT_FRAME), RBP)
    a.emit("MOV_r64_r64", RBX, RDI)  # compiled code keeps nothing in rbx and r12 across a call
    a.emit("MOV_r64_r64", R12, RSI)
    a.emit("MOV_r64_m64", RDI, context(CONTEXT_THREAD))
    call_c(a, "PyEval_RestoreThread")
    a.emit("MOV_r64_r64", RDI, R12)
    call_c(a, "PyLong_FromVoidPtr")
    a.emit("MOV_r64_r64", R12, RAX)
    failed, done = Label(), Label()
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc("E", failed)
    a.emit("MOV_r64_r64", RDI, RBX)
    a.emit("MOV_r64_r64", RSI, RAX)
    call_c(a, "PyObject_CallOneArg")
    a.emit("MOV_r64_r64", RBX, RAX)
    a.emit("MOV_r64_r64", RDI, R12)
    call_c(a, "Py_DecRef")
    a.emit("MOV_r64_r64", RDI, RBX)
    call_c(a, "Py_DecRef")  # does nothing for null
    a.jmp(done)
    a.bind(failed)
    a.emit("XOR_r32_r32", RBX, RBX)
    a.bind(done)
    call_c(a, "PyEval_SaveThread")
    a.emit("MOV_m64_r64", context(CONTEXT_THREAD), RAX)
    a.emit("MOV_r64_r64", RAX, RBX)
    a.emit("LEAVE")
    a.ret()


def _unwind(a: Assembler) -> None:
    a.emit("MOV_r64_m64", RBP, context(CONTEXT_ENTRY_FRAME))
    a.emit("LEA_r64_m", RSP, Mem(RBP, -ENTRY_SIZE))
    a.jmp_reloc("builtin", "entry_exit")


def _unwind_raised(a: Assembler) -> None:
    a.emit("MOV_r32_i32", RBX, RAISED)
    _unwind(a)


def _trap(reason: int) -> Callable[[Assembler], None]:
    def build(a: Assembler) -> None:
        a.emit("MOV_r64_m64", R11, Mem(RSP))
        a.emit("MOV_m64_i32", context(CONTEXT_TRAP_REASON), reason)
        a.jmp_reloc("builtin", "walk")

    return build


def _fault(a: Assembler) -> None:
    a.emit("MOV_r64_m64", R11, context(CONTEXT_TRAP_PC))
    a.emit("INC_r64", R11)  # like a return address: its instruction lies before it
    a.emit("MOV_m64_i32", context(CONTEXT_TRAP_REASON), FAULT - (1 << 64))
    a.jmp_reloc("builtin", "walk")


def _walk(a: Assembler) -> None:
    """r11: the innermost return address; collect the others along the chain of frames, and unwind."""
    a.emit("LEA_r64_m", R9, context(CONTEXT_FRAMES))
    a.emit("MOV_m64_r64", Mem(R9), R11)
    a.emit("MOV_r32_i32", RCX, 1)
    a.emit("MOV_r64_m64", RDX, context(CONTEXT_ENTRY_FRAME))
    a.emit("MOV_r64_r64", RAX, RBP)
    done, skip = Label(), Label()
    loop = a.mark()
    a.emit("MOV_r64_m64", RBX, Mem(RAX))
    a.emit("CMP_r64_r64", RBX, RDX)
    a.jcc("E", done)
    a.emit("CMP_r64_i32", RCX, BACKTRACE_LIMIT)
    a.jcc("AE", skip)
    a.emit("MOV_r64_m64", R8, Mem(RAX, 8))
    a.emit("MOV_m64_r64", Mem(R9, 0, RCX, 8), R8)
    a.bind(skip)
    a.emit("INC_r64", RCX)
    a.emit("MOV_r64_r64", RAX, RBX)
    a.jmp(loop)
    a.bind(done)
    a.emit("MOV_m64_r64", context(CONTEXT_FRAME_COUNT), RCX)
    a.emit("MOV_r32_i32", RBX, TRAPPED)
    _unwind(a)


# A frame that saves every register: rbp's frame, then 16 vectors, then 14 integer registers.
_SAVED_INTEGERS: Final = tuple(register for register in range(16) if register not in (RSP, RBP))
_SAVE_ALL: Final = 16 * 16 + 8 * len(_SAVED_INTEGERS)


def saved_register(frame: int, location: tuple[str, int]) -> int:
    """Address where `call_saving_all` has saved a register; frame: what its callable was given."""
    kind, number = location
    top = (frame & -16) - _SAVE_ALL
    return top + (16 * number if kind == "x" else 256 + 8 * _SAVED_INTEGERS.index(number))


SAVED_SCRATCH: Final = Mem(RSP, 256 + 8 * _SAVED_INTEGERS.index(R11))  # in such a frame


def load_saved_scratch(a: Assembler) -> None:
    """What Python has put where `call_saving_all` has saved r11, which nobody's values are in."""
    a.emit("MOV_r64_m64", R11, SAVED_SCRATCH)


def call_saving_all(a: Assembler, name: str) -> None:
    """Save every register; call the runtime's callable with the address of [caller's rbp, return address]."""
    save_all(a)
    call_with_frame(a, name)


def save_all(a: Assembler) -> None:
    """Make a frame with every register; rsp is aligned as calls want it."""
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("AND_r64_i32", RSP, -16)
    a.emit("SUB_r64_i32", RSP, _SAVE_ALL)
    for i, register in enumerate(_SAVED_INTEGERS):
        a.emit("MOV_m64_r64", Mem(RSP, 256 + 8 * i), register)
    for i in range(16):
        a.emit("MOVUPS_m128_x", Mem(RSP, 16 * i), i)


def call_with_frame(a: Assembler, name: str) -> None:
    """In such a frame: call the callable with its address; leave if it raises."""
    a.emit("MOV_r64_m64", RDI, word(name))
    a.emit("MOV_r64_r64", RSI, RBP)
    a.call_reloc("builtin", "call_python")
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")


def calling_python_saving_all(a: Assembler, name: str, then: Callable[[Assembler], None] | None = None) -> None:
    """A builtin that calls the runtime's callable in that way and keeps every register.

    then: code before the registers are restored, with the caller's frame at [rbp].
    """
    call_saving_all(a, name)
    if then is not None:
        then(a)
    restore_all(a)
    a.ret()


def restore_all(a: Assembler) -> None:
    """What `call_saving_all` has saved, rsp as before it."""
    for i in range(16):
        a.emit("MOVUPS_x_m128", i, Mem(RSP, 16 * i))
    for i, register in enumerate(_SAVED_INTEGERS):
        a.emit("MOV_r64_m64", register, Mem(RSP, 256 + 8 * i))
    a.emit("LEAVE")


def _poll_loop(a: Assembler) -> None:
    # The limit goes back before Python looks for the reason, so that an interrupt that comes now is seen by the
    # next poll.
    a.emit("PUSH_r64", RAX)
    a.emit("MOV_r64_m64", RAX, context(CONTEXT_REAL_LIMIT))
    a.emit("MOV_m64_r64", context(CONTEXT_STACK_LIMIT), RAX)
    a.emit("POP_r64", RAX)
    calling_python_saving_all(a, "poll")


def _poll_entry(a: Assembler) -> None:
    a.emit("CMP_r64_m64", R11, context(CONTEXT_REAL_LIMIT))
    a.jcc_reloc("BE", "builtin", f"trap_{STACK_EXHAUSTED}")
    _poll_loop(a)


# Name -> builder; each refers only to those before it.
_BUILDERS: Final[dict[str, Callable[[Assembler], None]]] = {
    **entry_stub_parts.BUILDERS,
    "unwind_raised": _unwind_raised,
    "call_python": _call_python,
    "walk": _walk,
    "fault": _fault,
    **{f"trap_{i}": _trap(i) for i in range(len(TRAP_REASONS))},
    "poll_entry": _poll_entry,
    "poll_loop": _poll_loop,
}
BUILTINS: Final = Builtins(_BUILDERS)
