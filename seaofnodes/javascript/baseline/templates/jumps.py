"""Templates of jumps, returns and switches."""

from __future__ import annotations

import functools

from seaofnodes.backend.assembler import Label, Mem
from seaofnodes.backend.layout import CONTEXT_STACK_LIMIT, RAX, RCX, RSP
from seaofnodes.javascript.baseline.compiler import Choice, Chooser, Compiler
from seaofnodes.javascript.baseline.template import Template, Writer, build
from seaofnodes.javascript.baseline.words import root
from seaofnodes.javascript.bytecode.array import Instruction
from seaofnodes.javascript.bytecode.opcodes import Operand
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import OBJECT_KIND
from seaofnodes.javascript.objects.words import smi
from seaofnodes.runtime.code.stub_tools import context


@functools.cache
def _jump() -> Template:
    return build(lambda w: w.main.jump(0))


@functools.cache
def _loop() -> Template:
    """Operand 0: the target, 1: the bytecode's offset."""

    def builder(w: Writer) -> None:
        w.main.emit("CMP_r64_m64", RSP, context(CONTEXT_STACK_LIMIT))
        w.main.to_rare("BE")
        w.main.jump(0)
        w.rare.call("js_poll")
        w.rare.jump(0)

    return build(builder)


@functools.cache
def _if_root(names: tuple[str, ...], condition: str) -> Template:
    """Jump if the accumulator is one of these words ("E"), or not the only one ("NE")."""

    def builder(w: Writer) -> None:
        for name in names:
            w.main.emit("CMP_r64_m64", RAX, root(name))
            w.main.jump(0, condition)

    return build(builder)


@functools.cache
def _if_truthy(wanted: bool) -> Template:
    """Jump if ToBoolean of the accumulator is as wanted."""

    def builder(w: Writer) -> None:
        w.main.emit("CMP_r64_m64", RAX, root("true" if wanted else "false"))
        w.main.jump(0, "E")
        w.main.emit("CMP_r64_m64", RAX, root("false" if wanted else "true"))
        w.main.to_rare("NE")
        w.rare.emit("TEST_r8_i8", RAX, 1)
        heap = Label()
        w.rare.a.jcc("NE", heap)
        w.rare.emit("TEST_r64_r64", RAX, RAX)
        w.rare.jump(0, "NE" if wanted else "E")
        w.rare.back()
        w.rare.a.bind(heap)
        w.rare.emit("MOV_m64_r64", w.rare.frame(-5), RAX)
        w.rare.call("js_truth")
        w.rare.emit("TEST_r64_r64", RCX, RCX)
        w.rare.jump(0, "NE" if wanted else "E")
        w.rare.back()

    return build(builder)


@functools.cache
def _if_receiver() -> Template:
    def builder(w: Writer) -> None:
        no = Label()
        w.main.emit("TEST_r8_i8", RAX, 1)
        w.main.a.jcc("E", no)
        w.main.emit("CMP_m8_i8", Mem(RAX, OBJECT_KIND - 1), int(Kind.JS_OBJECT))
        w.main.jump(0, "AE")
        w.main.a.bind(no)

    return build(builder)


@functools.cache
def _for_in_done() -> Template:
    """Operands: target, index, length."""

    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_m64", RCX, w.main.register(1))
        w.main.emit("CMP_r64_m64", RCX, w.main.register(2))
        w.main.jump(0, "E")

    return build(builder)


@functools.cache
def _return() -> Template:
    def builder(w: Writer) -> None:
        w.main.emit("LEAVE")
        w.main.a.ret()

    return build(builder)


@functools.cache
def _case() -> Template:
    """Operand 0: target, 1: a Smi."""

    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_i64", RCX, w.main.word(1))
        w.main.emit("CMP_r64_r64", RAX, RCX)
        w.main.jump(0, "E")

    return build(builder)


def _target(instruction: Instruction) -> int:
    return instruction.target


def _on_roots(names: tuple[str, ...], condition: str = "E") -> Chooser:
    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        return Choice(_if_root(names, condition), (_target(instruction),))

    return choose


def _on_truth(wanted: bool) -> Chooser:
    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        return Choice(_if_truthy(wanted), (_target(instruction),))

    return choose


def _always(compiler: Compiler, instruction: Instruction) -> Choice:
    return Choice(_jump(), (_target(instruction),))


def _jump_loop(compiler: Compiler, instruction: Instruction) -> Choice:
    return Choice(_loop(), (_target(instruction), instruction.offset))


def _receiver(compiler: Compiler, instruction: Instruction) -> Choice:
    return Choice(_if_receiver(), (_target(instruction),))


def _for_in(compiler: Compiler, instruction: Instruction) -> Choice:
    _, index, length = instruction.operands
    return Choice(_for_in_done(), (_target(instruction), index, length))


def _give_back(compiler: Compiler, instruction: Instruction) -> Choice:
    return Choice(_return(), ())


def _switch(compiler: Compiler, instruction: Instruction) -> Choice:
    """A comparison for each case; what is no case goes on behind."""
    first, count, base = instruction.operands
    assert instruction.opcode.operands == (Operand.IDX, Operand.UIMM, Operand.IMM)
    cases = []
    for index in range(count):
        distance = compiler.code.constants[first + index]
        if isinstance(distance, int):
            cases.append((instruction.offset + distance, smi(base + index)))
    compiler.also = [Choice(_case(), case) for case in cases[1:]]
    return Choice(_case(), cases[0]) if cases else Choice(_nothing(), ())


@functools.cache
def _nothing() -> Template:
    return build(lambda w: None)


def choosers() -> dict[str, Chooser]:
    """By opcode."""
    return {
        "Jump": _always, "JumpLoop": _jump_loop, "Return": _give_back,
        "JumpIfTrue": _on_roots(("true",)), "JumpIfFalse": _on_roots(("false",)),
        "JumpIfNull": _on_roots(("null",)), "JumpIfNotNull": _on_roots(("null",), "NE"),
        "JumpIfUndefined": _on_roots(("undefined",)), "JumpIfNotUndefined": _on_roots(("undefined",), "NE"),
        "JumpIfUndefinedOrNull": _on_roots(("undefined", "null")),
        "JumpIfToBooleanTrue": _on_truth(True), "JumpIfToBooleanFalse": _on_truth(False),
        "JumpIfJSReceiver": _receiver, "JumpIfForInDone": _for_in, "SwitchOnSmiNoFeedback": _switch,
    }  # fmt: skip
