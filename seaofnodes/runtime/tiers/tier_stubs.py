"""Builtins of the tiers: compiling at first use, tier-up, counting calls."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import (
    CONTEXT_REAL_LIMIT,
    FRAME_INSTANCE,
    INTEGER_ARGUMENTS,
    OSR_VALUES,
    R11,
    RAX,
    RBP,
    RDI,
    RSI,
    RSP,
)
from seaofnodes.runtime.code.builtins import Builtins
from seaofnodes.runtime.code.stub_tools import STACK_EXHAUSTED, Safepoints, context, word
from seaofnodes.runtime.counters.feedback_stub import feedback_indirect
from seaofnodes.runtime.entry.context import CONTEXT_NONE
from seaofnodes.runtime.entry.stubs import calling_python_saving_all, load_saved_scratch


def _tier_up(a: Assembler) -> None:
    calling_python_saving_all(a, "tier_up")


def _tier_up_loop(a: Assembler) -> None:
    """As `tier_up`, but may go on in optimized code, which takes the frame over."""
    calling_python_saving_all(a, "tier_up_loop", _enter_optimized)


def _enter_optimized(a: Assembler) -> None:
    """Python gave None, or put the address of [entry, values...] where r11 is saved."""
    stay = Label()
    a.emit("CMP_r64_m64", RAX, context(CONTEXT_NONE))
    a.jcc("E", stay)
    load_saved_scratch(a)
    a.emit("LEA_r64_m", OSR_VALUES, Mem(R11, 8))
    a.emit("MOV_r64_m64", RBP, Mem(RBP))
    a.emit("MOV_r64_m64", RSI, Mem(RBP, FRAME_INSTANCE))
    a.emit("LEA_r64_m", RSP, Mem(RBP, FRAME_INSTANCE))
    a.emit("JMP_m64", Mem(R11))
    a.bind(stay)


# Where the frame of the builtin `lazy` has things, from rbp: what it is called with, and integer arguments.
LAZY_INSTANCE: Final = -8
LAZY_INDEX: Final = -16
LAZY_INTEGERS: Final = -80
LAZY_ARGUMENTS: Final = 1 << 30  # a place of references at a safepoint: those among the arguments of that function


def _lazy(a: Assembler) -> Safepoints:
    """Calls Python with the address of [function index, instance]; the code's address comes back in the first word."""
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("PUSH_r64", RSI)
    a.emit("PUSH_r64", R11)
    a.emit("SUB_r64_i32", RSP, 192)
    exhausted = Label()
    a.emit("CMP_r64_m64", RSP, context(CONTEXT_REAL_LIMIT))
    a.jcc("BE", exhausted)
    for i, register in enumerate(INTEGER_ARGUMENTS):
        a.emit("MOV_m64_r64", Mem(RBP, LAZY_INTEGERS + 8 * i), register)
    for i in range(8):
        a.emit("MOVUPS_m128_x", Mem(RSP, 16 * i), i)
    a.emit("MOV_r64_m64", RDI, word("compile_lazily"))
    a.emit("LEA_r64_m", RSI, Mem(RBP, LAZY_INDEX))
    a.call_reloc("builtin", "call_python")
    safepoints: Safepoints = {a.pc: (LAZY_ARGUMENTS,)}
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")
    for i in range(8):
        a.emit("MOVUPS_x_m128", i, Mem(RSP, 16 * i))
    for i, register in enumerate(INTEGER_ARGUMENTS):
        a.emit("MOV_r64_m64", register, Mem(RBP, LAZY_INTEGERS + 8 * i))
    a.emit("MOV_r64_m64", R11, Mem(RBP, LAZY_INDEX))
    a.emit("MOV_r64_m64", RSI, Mem(RBP, LAZY_INSTANCE))
    a.emit("LEAVE")
    a.emit("JMP_r64", R11)
    a.bind(exhausted)
    a.call_reloc("builtin", f"trap_{STACK_EXHAUSTED}")
    return safepoints


BUILTINS: Final = Builtins(
    {"tier_up": _tier_up, "tier_up_loop": _tier_up_loop, "feedback_indirect": feedback_indirect, "lazy": _lazy}
)
