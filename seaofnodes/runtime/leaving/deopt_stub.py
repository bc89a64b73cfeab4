"""The builtins `deoptimize` and `deoptimize_lazy`: save all registers, have Python make the frames to go on with, put
them on the stack, go on.

Python leaves the address of a buffer where r11 was saved, and there, in words: rsp, rbp and pc to go on with, the
number of words of the new frames, 16 integer registers, 16 float registers, and the words of the frames from rsp on.
Nothing of the old frame is needed then: the new ones may lie over it, and over the stub's own.
"""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.code import PATCH_SIZE
from seaofnodes.backend.layout import FLOAT_SCRATCH, R11, RAX, RBP, RCX, RSP
from seaofnodes.runtime.code.builtins import Builtins
from seaofnodes.runtime.entry.stubs import call_saving_all, load_saved_scratch

OUTPUT_RSP, OUTPUT_RBP, OUTPUT_PC, OUTPUT_COUNT = range(4)
OUTPUT_INTEGERS: Final = 4
OUTPUT_FLOATS: Final = OUTPUT_INTEGERS + 16
OUTPUT_FRAMES: Final = OUTPUT_FLOATS + 16


def _deoptimize(a: Assembler) -> None:
    _leave(a, "deoptimize")


def _deoptimize_lazy(a: Assembler) -> None:
    """Called at the return address of a call in marked code. Lowers its own return address by PATCH_SIZE, to that one,
    which tells the exit and the frame's references.
    """
    a.emit("MOV_r64_m64", R11, Mem(RSP))
    a.emit("LEA_r64_m", R11, Mem(R11, -PATCH_SIZE))
    a.emit("MOV_m64_r64", Mem(RSP), R11)
    _leave(a, "deoptimize_lazy")


def _leave(a: Assembler, callable: str) -> None:
    call_saving_all(a, callable)
    load_saved_scratch(a)
    a.emit("MOV_r64_m64", RSP, Mem(R11, 8 * OUTPUT_RSP))
    a.emit("MOV_r64_m64", RBP, Mem(R11, 8 * OUTPUT_RBP))
    a.emit("MOV_r64_m64", RCX, Mem(R11, 8 * OUTPUT_COUNT))
    done = Label()
    again = a.mark()
    a.emit("SUB_r64_i32", RCX, 1)
    a.jcc("B", done)
    a.emit("MOV_r64_m64", RAX, Mem(R11, 8 * OUTPUT_FRAMES, RCX, 8))
    a.emit("MOV_m64_r64", Mem(RSP, 0, RCX, 8), RAX)
    a.jmp(again)
    a.bind(done)
    for number in range(FLOAT_SCRATCH):
        a.emit("MOVSD_x_m64", number, Mem(R11, 8 * (OUTPUT_FLOATS + number)))
    for register in range(16):
        if register not in (RSP, RBP, R11):
            a.emit("MOV_r64_m64", register, Mem(R11, 8 * (OUTPUT_INTEGERS + register)))
    a.emit("JMP_m64", Mem(R11, 8 * OUTPUT_PC))


def _return(a: Assembler) -> None:
    """Where a deoptimization goes on that leaves nothing to do: registers and stack are as the caller expects them."""
    a.ret()


BUILTINS: Final = Builtins({"deoptimize": _deoptimize, "deoptimize_lazy": _deoptimize_lazy, "return": _return})
