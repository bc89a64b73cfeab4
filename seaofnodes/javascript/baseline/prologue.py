"""What comes first in a function's code: its frame."""

from __future__ import annotations

import functools
from typing import Final

from seaofnodes.backend.assembler import Mem, Rip
from seaofnodes.backend.layout import CONTEXT_STACK_LIMIT, R8, R9, RAX, RBP, RCX, RDI, RDX, RSP
from seaofnodes.javascript.baseline.template import Template, Writer, build
from seaofnodes.javascript.baseline.words import root
from seaofnodes.javascript.bytecode.registers import THIS
from seaofnodes.javascript.objects.kinds import FIRST_RECEIVER
from seaofnodes.javascript.objects.layout import OBJECT_KIND
from seaofnodes.runtime.code.stub_tools import context

MOST_PUSHED: Final = 24  # more registers than this are filled in a loop


@functools.cache
def prologue(registers: int, new_target: bool, converts: bool) -> Template:
    """Operands: parameters, displacement of the context in a closure, registers, bytes below them, the register of
    `new.target`.

    registers: how many there are, or MOST_PUSHED + 1; new_target: does the bytecode use it? converts: must the receiver
    be made an object first? The closure is in rdi, the number of arguments in eax, `new.target` in rdx.
    """

    def builder(w: Writer) -> None:
        emit, a = w.main.emit, w.main.a
        emit("CMP_r32_i32", RAX, w.main.immediate(0))
        w.main.to_rare("B")
        body = w.place()
        emit("PUSH_r64", RBP)
        emit("MOV_r64_r64", RBP, RSP)
        emit("PUSH_m64", Mem(RDI, w.main.immediate(1)))
        for number in (RDI, RAX, RDX):
            emit("PUSH_r64", number)
        emit("MOV_r64_m64", RAX, root("undefined"))
        emit("PUSH_r64", RAX)
        emit("PUSH_r64", RAX)
        if registers <= MOST_PUSHED:
            for _ in range(registers):
                emit("PUSH_r64", RAX)
        else:
            emit("MOV_r32_i32", RCX, w.main.immediate(2))
            again = a.mark()
            emit("PUSH_r64", RAX)
            emit("DEC_r32", RCX)
            a.jcc("NE", again)
        emit("SUB_r64_i32", RSP, w.main.immediate(3))
        emit("CMP_r64_m64", RSP, context(CONTEXT_STACK_LIMIT))
        w.main.to_rare("BE", 1)
        entered = w.place()
        if new_target:
            emit("MOV_m64_r64", w.main.register(4), RDX)
        if converts:
            emit("MOV_r64_m64", RCX, w.main.frame(THIS))
            emit("TEST_r8_i8", RCX, 1)
            w.main.to_rare("E", 2)
            emit("CMP_m8_i8", Mem(RCX, OBJECT_KIND - 1), int(FIRST_RECEIVER))
            w.main.to_rare("B", 2)
        w.entry()
        w.rare.emit("LEA_r64_m", R9, Rip(reloc=("back", body)))
        w.rare.emit("MOV_r32_i32", R8, w.rare.immediate(0))
        w.rare.a.jmp_reloc("builtin", "js_adapt")
        w.entry()
        w.rare.call("js_poll_entry")
        w.rare.back(entered)
        if converts:
            w.entry()
            w.rare.call("js_receiver")
            w.rare.emit("MOV_m64_r64", w.rare.frame(THIS), RAX)
            w.rare.back()

    return build(builder)
