"""Templates of calls: of JavaScript's functions inline, of what else can be called by the interpreter's handler."""

from __future__ import annotations

import functools

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.layout import R8, RAX, RBX, RCX, RDI, RDX, RSP
from seaofnodes.javascript.baseline.compiler import Choice, Chooser, Compiler
from seaofnodes.javascript.baseline.layout import CALL_COUNT, CALL_TARGET, RECORD_ENTRY
from seaofnodes.javascript.baseline.template import Template, Writer, build
from seaofnodes.javascript.baseline.templates.fallback import step
from seaofnodes.javascript.baseline.words import load_record, root
from seaofnodes.javascript.bytecode.array import Instruction
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import OBJECT_KIND

_UNDEFINED = -1  # in place of an operand


@functools.cache
def _call(arguments: tuple[tuple[int, int], ...], offset_operand: int) -> Template:
    """Operands: the callee's register first; feedback slot last.

    arguments: the receiver and the others: (operand, how far behind it in a list), or (_UNDEFINED, 0); offset_operand:
    which has the bytecode's offset.
    """

    def builder(w: Writer) -> None:
        emit = w.main.emit
        count = len(arguments)
        emit("MOV_r64_m64", RDI, w.main.register(0))
        emit("TEST_r8_i8", RDI, 1)
        w.main.to_rare("E")
        emit("CMP_m8_i8", Mem(RDI, OBJECT_KIND - 1), int(Kind.JS_FUNCTION))
        w.main.to_rare("NE")
        emit("MOV_r64_m64", RDX, root("undefined"))
        for index, (operand, further) in enumerate(arguments):
            if operand == _UNDEFINED:
                emit("MOV_m64_r64", Mem(RSP, 8 * index), RDX)
            else:
                emit("MOV_r64_m64", RAX, w.main.next_register(operand, further))
                emit("MOV_m64_r64", Mem(RSP, 8 * index), RAX)
        load_record(w.main.emit)
        # The target, or 1 once there have been two.
        emit("MOV_r64_m64", RBX, w.main.feedback(CALL_TARGET))
        emit("MOV_r32_i32", R8, 1)
        emit("CMP_r64_r64", RBX, RCX)
        emit("CMOVE_r64_r64", R8, RCX)
        emit("TEST_r64_r64", RBX, RBX)
        emit("CMOVE_r64_r64", R8, RCX)
        emit("MOV_m64_r64", w.main.feedback(CALL_TARGET), R8)
        emit("INC_m64", w.main.feedback(CALL_COUNT))
        emit("MOV_r32_i32", RAX, count)
        emit("CALL_m64", Mem(RCX, RECORD_ENTRY))
        w.main.called(count)
        step(w.rare, offset_operand)
        w.rare.back()

    return build(builder)


def _listed(undefined: bool) -> Chooser:
    """Callee, list, count, slot; the list has the receiver first, unless that is undefined."""

    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        callee, first, count, slot = instruction.operands
        listed = tuple((1, further) for further in range(count))
        if count > 200:
            return Choice(_only_step(), (instruction.offset,))
        arguments = ((_UNDEFINED, 0), *listed) if undefined else listed
        return Choice(_call(arguments, 2), (callee, first, instruction.offset, slot))

    return choose


def _fixed(count: int, undefined: bool) -> Chooser:
    """Callee, then so many registers, slot."""

    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        *registers, slot = instruction.operands
        named = tuple((1 + index, 0) for index in range(count))
        arguments = ((_UNDEFINED, 0), *named) if undefined else named
        return Choice(_call(arguments, 1 + count), (*registers, instruction.offset, slot))

    return choose


@functools.cache
def _only_step() -> Template:
    return build(lambda w: step(w.main, 0))


def choosers() -> dict[str, Chooser]:
    """By opcode."""
    return {
        "CallAnyReceiver": _listed(False), "CallProperty": _listed(False), "CallUndefinedReceiver": _listed(True),
        "CallProperty0": _fixed(1, False), "CallProperty1": _fixed(2, False), "CallProperty2": _fixed(3, False),
        "CallUndefinedReceiver0": _fixed(0, True), "CallUndefinedReceiver1": _fixed(1, True),
        "CallUndefinedReceiver2": _fixed(2, True),
    }  # fmt: skip
