"""The builtin `throw_ref`: walks the frames to the handler of an exception, or leaves with it."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import CONTEXT_ENTRY_FRAME, R8, RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP, TRAP_REASONS
from seaofnodes.runtime.code.builtins import Builtins
from seaofnodes.runtime.code.frame_lookup import look_up_frame
from seaofnodes.runtime.code.frame_table import RECORD_FRAME_SIZE, RECORD_HANDLER
from seaofnodes.runtime.code.stub_tools import Safepoints, context, word

_NULL: Final = TRAP_REASONS.index("null exception reference")


def _throw_ref(a: Assembler) -> Safepoints:
    null, next_frame = Label(), Label()
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc("E", null)
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("MOV_r64_r64", RDX, RBP)
    a.emit("MOV_r64_m64", RBX, context(CONTEXT_ENTRY_FRAME))
    # rdx: rbp of a frame; its return address lies in its caller's code and may have a handler there.
    walk = a.mark()
    a.emit("MOV_r64_m64", RCX, Mem(RDX, 8))
    a.emit("MOV_r64_m64", RDX, Mem(RDX))
    look_up_frame(a, next_frame)
    a.emit("MOV_r64_m64", R8, Mem(RDI, RECORD_HANDLER))
    a.emit("TEST_r64_r64", R8, R8)
    a.jcc("E", next_frame)
    a.emit("MOV_r64_r64", RBP, RDX)
    a.emit("MOV_r64_r64", RSP, RDX)
    a.emit("SUB_r64_m64", RSP, Mem(RDI, RECORD_FRAME_SIZE))
    a.emit("JMP_r64", R8)
    a.bind(next_frame)
    a.emit("CMP_r64_r64", RDX, RBX)
    a.jcc("NE", walk)
    a.emit("PUSH_r64", RAX)
    a.emit("MOV_r64_m64", RDI, word("uncaught"))
    a.emit("MOV_r64_r64", RSI, RSP)  # of [exception, rbp, return address]
    a.emit("AND_r64_i32", RSP, -16)
    a.call_reloc("builtin", "call_python")
    safepoints: Safepoints = {a.pc: (-8,)}
    a.jmp_reloc("builtin", "unwind_raised")
    a.bind(null)
    a.call_reloc("builtin", f"trap_{_NULL}")
    return safepoints


BUILTINS: Final = Builtins({"throw_ref": _throw_ref})
