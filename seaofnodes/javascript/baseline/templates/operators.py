"""Templates of operators: small integers inline, the rest in stubs.

The left operand is in rcx, the right one in rax; a stub gets the address of the feedback in r8.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from seaofnodes.backend.assembler import Label
from seaofnodes.backend.layout import R8, RAX, RCX, RDX
from seaofnodes.javascript.baseline.compiler import Choice, Chooser, Compiler, slot_of
from seaofnodes.javascript.baseline.layout import SEEN_SMI
from seaofnodes.javascript.baseline.template import Part, Template, Writer, build
from seaofnodes.javascript.baseline.words import root
from seaofnodes.javascript.bytecode.array import Instruction
from seaofnodes.javascript.objects.words import smi

BINARY = ("Add", "Sub", "Mul", "Div", "Mod", "Exp", "BitwiseOr", "BitwiseXor", "BitwiseAnd", "ShiftLeft", "ShiftRight",
          "ShiftRightLogical")  # fmt: skip
UNARY = ("Inc", "Dec", "Negate", "BitwiseNot")
COMPARES = {
    "TestLessThan": "GE", "TestGreaterThan": "LE", "TestLessThanOrEqual": "G", "TestGreaterThanOrEqual": "L",
    "TestEqual": "NE", "TestEqualStrict": "NE",
}  # fmt: skip


def stub_name(opcode: str) -> str:
    """The builtin of an operator."""
    return f"js_{opcode.removesuffix('Smi')}"


def _seen_smi(part: Part) -> None:
    part.emit("MOV_m8_i8", part.feedback(SEEN_SMI), 1)


def _both_small(part: Part) -> None:
    """rare unless rcx and rax are both small integers."""
    part.emit("MOV_r32_r32", RDX, RAX)
    part.emit("OR_r32_r32", RDX, RCX)
    part.emit("TEST_r8_i8", RDX, 1)
    part.to_rare("NE")


# Each gives the result of rcx and rax in rdx, or jumps to the rare part with both as they were.
def _add(p: Part) -> None:
    p.emit("MOV_r64_r64", RDX, RCX)
    p.emit("ADD_r64_r64", RDX, RAX)
    p.to_rare("O")


def _sub(p: Part) -> None:
    p.emit("MOV_r64_r64", RDX, RCX)
    p.emit("SUB_r64_r64", RDX, RAX)
    p.to_rare("O")


def _mul(p: Part) -> None:
    p.emit("MOV_r64_r64", RDX, RCX)
    p.emit("SAR_r64_i8", RDX, 32)
    p.emit("IMUL_r64_r64", RDX, RAX)
    p.to_rare("O")
    p.emit("TEST_r64_r64", RDX, RDX)
    p.to_rare("E")  # perhaps -0


def _mod(p: Part) -> None:
    p.emit("TEST_r64_r64", RCX, RCX)
    p.to_rare("S")  # the result may be -0
    p.emit("TEST_r64_r64", RAX, RAX)
    p.to_rare("LE")
    p.emit("MOV_r64_r64", R8, RAX)
    p.emit("SHR_r64_i8", R8, 32)
    p.emit("MOV_r64_r64", RAX, RCX)
    p.emit("SHR_r64_i8", RAX, 32)
    p.emit("XOR_r32_r32", RDX, RDX)
    p.emit("DIV_r32", R8)
    p.emit("SHL_r64_i8", RDX, 32)


def _bits(mnemonic: str) -> Callable[[Part], None]:
    def emit(p: Part) -> None:
        p.emit("MOV_r64_r64", RDX, RCX)
        p.emit(f"{mnemonic}_r64_r64", RDX, RAX)

    return emit


def _count(p: Part) -> None:
    """The left operand in rdx, the right one's low five bits in cl; the left one is in r8, too."""
    p.emit("MOV_r64_r64", RDX, RCX)
    p.emit("MOV_r64_r64", R8, RCX)
    p.emit("MOV_r64_r64", RCX, RAX)
    p.emit("SHR_r64_i8", RCX, 32)


def _shift_left(p: Part) -> None:
    _count(p)
    p.emit("SHR_r64_i8", RDX, 32)
    p.emit("SHL_r32_cl", RDX)
    p.emit("SHL_r64_i8", RDX, 32)


def _shift_right(p: Part) -> None:
    _count(p)
    p.emit("SHR_r64_i8", RDX, 32)
    p.emit("SAR_r32_cl", RDX)
    p.emit("SHL_r64_i8", RDX, 32)


def _shift_right_logical(p: Part) -> None:
    _count(p)
    p.emit("SHR_r64_i8", RDX, 32)
    p.emit("SHR_r32_cl", RDX)
    p.emit("MOV_r64_r64", RCX, R8)
    p.emit("TEST_r32_r32", RDX, RDX)
    p.to_rare("S")
    p.emit("SHL_r64_i8", RDX, 32)


_INLINE: dict[str, Callable[[Part], None]] = {
    "Add": _add, "Sub": _sub, "Mul": _mul, "Mod": _mod, "BitwiseOr": _bits("OR"), "BitwiseXor": _bits("XOR"),
    "BitwiseAnd": _bits("AND"), "ShiftLeft": _shift_left, "ShiftRight": _shift_right,
    "ShiftRightLogical": _shift_right_logical,
}  # fmt: skip


def _rare(w: Writer, opcode: str) -> None:
    w.rare.emit("LEA_r64_m", R8, w.rare.feedback())
    w.rare.call(stub_name(opcode))
    w.rare.back()


@functools.cache
def _binary(opcode: str) -> Template:
    """Operands: the register of the left one, feedback slot."""

    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_m64", RCX, w.main.register(0))
        _operate(w, opcode)

    return build(builder)


@functools.cache
def _with_small(opcode: str) -> Template:
    """Operands: a Smi, feedback slot."""

    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_r64", RCX, RAX)
        w.main.emit("MOV_r64_i64", RAX, w.main.word(0))
        _operate(w, opcode)

    return build(builder)


def _operate(w: Writer, opcode: str) -> None:
    inline = _INLINE.get(opcode)
    if inline is None:
        w.main.emit("LEA_r64_m", R8, w.main.feedback())
        w.main.call(stub_name(opcode))
        return
    _both_small(w.main)
    inline(w.main)
    w.main.emit("MOV_r64_r64", RAX, RDX)
    _seen_smi(w.main)
    _rare(w, opcode)


@functools.cache
def _unary(opcode: str) -> Template:
    """Operand: feedback slot."""

    def builder(w: Writer) -> None:
        emit = w.main.emit
        emit("TEST_r8_i8", RAX, 1)
        w.main.to_rare("NE")
        if opcode in ("Inc", "Dec"):
            emit("MOV_r64_i64", RDX, 1 << 32)
            if opcode == "Inc":
                emit("ADD_r64_r64", RDX, RAX)
            else:
                emit("MOV_r64_r64", RCX, RAX)
                emit("SUB_r64_r64", RCX, RDX)
                emit("MOV_r64_r64", RDX, RCX)
            w.main.to_rare("O")
        elif opcode == "Negate":
            emit("TEST_r64_r64", RAX, RAX)
            w.main.to_rare("E")
            emit("MOV_r64_r64", RDX, RAX)
            emit("NEG_r64", RDX)
            w.main.to_rare("O")
        else:
            emit("MOV_r64_r64", RDX, RAX)
            emit("SHR_r64_i8", RDX, 32)
            emit("NOT_r32", RDX)
            emit("SHL_r64_i8", RDX, 32)
        emit("MOV_r64_r64", RAX, RDX)
        _seen_smi(w.main)
        _rare(w, opcode)

    return build(builder)


@functools.cache
def _compare(opcode: str) -> Template:
    """Operands: the register of the left one, feedback slot."""

    def builder(w: Writer) -> None:
        emit = w.main.emit
        emit("MOV_r64_m64", RCX, w.main.register(0))
        _both_small(w.main)
        _seen_smi(w.main)
        emit("CMP_r64_r64", RCX, RAX)
        emit("MOV_r64_m64", RAX, root("true"))
        emit(f"CMOV{COMPARES[opcode]}_r64_m64", RAX, root("false"))
        _rare(w, opcode)

    return build(builder)


@functools.cache
def _keep_number() -> Template:
    """ToNumber, ToNumeric of what is a small integer already. Operand: feedback slot."""

    def builder(w: Writer) -> None:
        done = Label()
        w.main.emit("TEST_r8_i8", RAX, 1)
        w.main.to_rare("NE")
        w.main.a.bind(done)
        _seen_smi(w.main)
        w.rare.emit("MOV_r32_i32", RCX, w.rare.immediate(0))
        w.rare.call("js_step")
        w.rare.back()

    return build(builder)


def _choose_binary(opcode: str) -> Chooser:
    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        return Choice(_binary(opcode), instruction.operands)

    return choose


def _choose_small(opcode: str) -> Chooser:
    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        value, slot = instruction.operands
        return Choice(_with_small(opcode), (smi(value), slot))

    return choose


def _choose_unary(opcode: str) -> Chooser:
    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        return Choice(_unary(opcode), instruction.operands)

    return choose


def _choose_compare(opcode: str) -> Chooser:
    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        return Choice(_compare(opcode), (instruction.operands[0], compiler.extra_slot()))

    return choose


def _to_number(compiler: Compiler, instruction: Instruction) -> Choice:
    return Choice(_keep_number(), (instruction.offset, slot_of(instruction)))


def choosers() -> dict[str, Chooser]:
    """By opcode."""
    found: dict[str, Chooser] = {name: _choose_binary(name) for name in BINARY}
    found |= {f"{name}Smi": _choose_small(name) for name in BINARY}
    found |= {name: _choose_unary(name) for name in UNARY}
    found |= {name: _choose_compare(name) for name in COMPARES}
    return found | {"ToNumber": _to_number, "ToNumeric": _to_number}
