"""The builtin `throw_ref`: goes to the handler of an exception, or leaves with it."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import RAX, RBP, RCX, RDI, RDX, RSI, RSP, TRAP_REASONS
from seaofnodes.runtime.code.builtins import Builtins
from seaofnodes.runtime.code.stub_tools import word

_NULL: Final = TRAP_REASONS.index("null exception reference")


def _throw_ref(a: Assembler) -> None:
    null = Label()
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc("E", null)
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    for _ in range(4):
        a.emit("PUSH_r64", RAX)
    a.emit("MOV_r64_m64", RDI, word("throw"))
    a.emit("LEA_r64_m", RSI, Mem(RBP, -24))  # of [exception, -, -, rbp]
    a.emit("AND_r64_i32", RSP, -16)
    a.call_reloc("builtin", "call_python")
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")
    a.emit("MOV_r64_m64", RCX, Mem(RBP, -24))
    a.emit("MOV_r64_m64", RDX, Mem(RBP, -16))
    a.emit("MOV_r64_m64", RAX, Mem(RBP, -32))
    a.emit("MOV_r64_m64", RSP, Mem(RBP, -8))
    a.emit("MOV_r64_r64", RBP, RDX)
    a.emit("JMP_r64", RCX)
    a.bind(null)
    a.call_reloc("builtin", f"trap_{_NULL}")


BUILTINS: Final = Builtins({"throw_ref": _throw_ref})
