"""Templates that make objects: each copies one that has been made for the site and that no program has seen."""

from __future__ import annotations

import functools

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.layout import R8, R9, RAX, RCX, RDX
from seaofnodes.javascript.baseline.compiler import Choice, Chooser, Compiler
from seaofnodes.javascript.baseline.layout import CLONE_MODEL
from seaofnodes.javascript.baseline.template import Template, Writer, build
from seaofnodes.javascript.bytecode.array import Instruction
from seaofnodes.javascript.bytecode.opcodes import Operand
from seaofnodes.javascript.bytecode.registers import CONTEXT
from seaofnodes.javascript.objects.layout import CONTEXT_PREVIOUS, CONTEXT_SLOTS, FUNCTION_CONTEXT

LITERALS = ("CreateObjectLiteral", "CreateEmptyObjectLiteral", "CreateEmptyArrayLiteral", "CreateArrayLiteral")
CONTEXTS = ("CreateFunctionContext", "CreateFunctionContextWithCells", "CreateBlockContext", "CreateCatchContext")
CLOSURES = ("CreateClosure",)
MADE = (*LITERALS, *CONTEXTS, *CLOSURES)


@functools.cache
def _clone(opcode: str) -> Template:
    """Operands: the bytecode's offset, a register with what is caught, feedback slot."""

    def builder(w: Writer) -> None:
        emit = w.main.emit
        emit("MOV_r64_m64", RCX, w.main.feedback(CLONE_MODEL))
        emit("TEST_r64_r64", RCX, RCX)
        w.main.to_rare("E")
        emit("LEA_r64_m", R8, w.main.feedback())
        w.main.call("js_clone")
        place = {**dict.fromkeys(CONTEXTS, CONTEXT_PREVIOUS), "CreateClosure": FUNCTION_CONTEXT}.get(opcode)
        if place is not None:
            emit("MOV_r64_m64", RDX, w.main.frame(CONTEXT))
            emit("MOV_m64_r64", Mem(RAX, place - 1), RDX)
        if opcode == "CreateCatchContext":
            emit("MOV_r64_m64", RDX, w.main.register(1))
            emit("MOV_m64_r64", Mem(RAX, CONTEXT_SLOTS + 16 - 1), RDX)
        w.rare.emit("LEA_r64_m", R8, w.rare.feedback())
        w.rare.emit("MOV_r32_i32", R9, w.rare.immediate(0))
        w.rare.call("js_make")
        w.rare.back()

    return build(builder)


def _choose(opcode: str) -> Chooser:
    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        kinds = instruction.opcode.operands
        caught = instruction.operands[kinds.index(Operand.IN)] if Operand.IN in kinds else 0
        return Choice(_clone(opcode), (instruction.offset, caught, compiler.extra_slot()))

    return choose


def choosers() -> dict[str, Chooser]:
    """By opcode."""
    return {name: _choose(name) for name in MADE}
