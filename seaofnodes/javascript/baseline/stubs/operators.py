"""Stubs of operators, for what inline code leaves: doubles here, all else in Python (operations/)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import R8, R9, R10, RAX, RCX, RDX
from seaofnodes.javascript.baseline import seen
from seaofnodes.javascript.baseline.stubs.parts import box_number, call_python, load_number, see, small_or_box
from seaofnodes.javascript.baseline.stubs.strings import add_strings, numbers_of_others
from seaofnodes.javascript.baseline.templates import operators
from seaofnodes.javascript.baseline.words import root
from seaofnodes.javascript.objects.kinds import INTERNALIZED, Kind
from seaofnodes.javascript.objects.layout import OBJECT_KIND
from seaofnodes.runtime.code.stub_tools import Safepoints

_ARITHMETIC: Final = {"Add": "ADDSD", "Sub": "SUBSD", "Mul": "MULSD", "Div": "DIVSD"}
_CONDITIONS: Final = {  # after a comparison of the left operand with the right one, or the other way round
    "TestLessThan": ("A", True), "TestGreaterThan": ("A", False), "TestLessThanOrEqual": ("AE", True),
    "TestGreaterThanOrEqual": ("AE", False),
}  # fmt: skip
_BITWISE: Final = ("BitwiseOr", "BitwiseXor", "BitwiseAnd", "ShiftLeft", "ShiftRight", "ShiftRightLogical")


def _python(a: Assembler, opcode: str, safepoints: Safepoints) -> None:
    call_python(a, f"js_{opcode}", (R8, RAX, RCX), (RAX, RCX), safepoints)
    a.ret()


def _arithmetic(opcode: str) -> Callable[[Assembler], Safepoints]:
    def build(a: Assembler) -> Safepoints:
        safepoints: Safepoints = {}
        other, boxed, small = Label(), Label(), Label()
        again = a.mark()
        load_number(a, RCX, 0, other)
        load_number(a, RAX, 1, other)
        a.emit(f"{_ARITHMETIC[opcode]}_x_x", 0, 1)
        if opcode in ("Mul", "Div"):  # of two small integers the result may be one
            a.emit("MOV_r32_r32", RDX, RAX)
            a.emit("OR_r32_r32", RDX, RCX)
            a.emit("TEST_r8_i8", RDX, 1)
            a.jcc("NE", boxed)
            small_or_box(a)
            a.emit("TEST_r8_i8", RAX, 1)
            a.jcc("E", small)
            see(a, seen.NUMBER)
            a.ret()
            a.bind(small)
            a.emit("MOV_m8_i8", Mem(R8), 1)
            a.ret()
            a.bind(boxed)
        see(a, seen.NUMBER)
        box_number(a)
        a.ret()
        a.bind(other)
        if opcode == "Add":
            add_strings(a, safepoints)
        numbers_of_others(a, again, digits=opcode != "Add")
        _python(a, opcode, safepoints)
        return safepoints

    return build


def _bitwise(opcode: str) -> Callable[[Assembler], Safepoints]:
    """Of numbers whose integral part has 64 bits at most, here."""

    def build(a: Assembler) -> Safepoints:
        safepoints: Safepoints = {}
        other, unboxed, python = Label(), Label(), Label()
        again = a.mark()
        load_number(a, RCX, 0, other)
        load_number(a, RAX, 1, other)
        for source, to in ((0, R9), (1, R10)):
            a.emit("CVTTSD2SI_r64_x", to, source)
            a.emit("MOV_r64_i64", RDX, 1 << 63)
            a.emit("CMP_r64_r64", to, RDX)
            a.jcc("E", python)
        see(a, seen.NUMBER)
        a.emit("MOV_r64_r64", RCX, R10)
        match opcode:
            case "BitwiseOr" | "BitwiseXor" | "BitwiseAnd":
                a.emit(f"{opcode.removeprefix('Bitwise').upper()}_r32_r32", R9, R10)
            case "ShiftLeft":
                a.emit("SHL_r32_cl", R9)
            case "ShiftRight":
                a.emit("SAR_r32_cl", R9)
            case _:
                a.emit("SHR_r32_cl", R9)
                a.emit("TEST_r32_r32", R9, R9)
                a.jcc("NS", unboxed)
                a.emit("MOV_r32_r32", R9, R9)
                a.emit("CVTSI2SD_x_r64", 0, R9)
                box_number(a)
                a.ret()
        a.bind(unboxed)
        a.emit("MOV_r64_r64", RAX, R9)
        a.emit("SHL_r64_i8", RAX, 32)
        a.ret()
        a.bind(other)
        numbers_of_others(a, again, digits=True)
        a.bind(python)
        _python(a, opcode, safepoints)
        return safepoints

    return build


def _unary(opcode: str) -> Callable[[Assembler], Safepoints]:
    def build(a: Assembler) -> Safepoints:
        safepoints: Safepoints = {}
        other = Label()
        load_number(a, RAX, 0, other)
        see(a, seen.NUMBER)
        if opcode == "BitwiseNot":
            a.emit("CVTTSD2SI_r64_x", RCX, 0)
            a.emit("MOV_r64_i64", RDX, 1 << 63)
            a.emit("CMP_r64_r64", RCX, RDX)
            a.jcc("E", other)
            a.emit("NOT_r32", RCX)
            a.emit("MOV_r64_r64", RAX, RCX)
            a.emit("SHL_r64_i8", RAX, 32)
        elif opcode == "Negate":
            a.emit("MOVQ_r64_x", RCX, 0)
            a.emit("MOV_r64_i64", RDX, 1 << 63)
            a.emit("XOR_r64_r64", RCX, RDX)
            a.emit("MOVQ_x_r64", 0, RCX)
            box_number(a)
        else:
            a.emit("MOV_r32_i32", RDX, 1)
            a.emit("CVTSI2SD_x_r32", 1, RDX)
            a.emit("ADDSD_x_x" if opcode == "Inc" else "SUBSD_x_x", 0, 1)
            box_number(a)
        a.ret()
        a.bind(other)
        call_python(a, f"js_{opcode}", (R8, RAX), (RAX,), safepoints)
        a.ret()
        return safepoints

    return build


def _relational(opcode: str) -> Callable[[Assembler], Safepoints]:
    condition, swapped = _CONDITIONS[opcode]

    def build(a: Assembler) -> Safepoints:
        safepoints: Safepoints = {}
        other = Label()
        again = a.mark()
        load_number(a, RCX, 0, other)
        load_number(a, RAX, 1, other)
        see(a, seen.NUMBER)
        a.emit("UCOMISD_x_x", *((1, 0) if swapped else (0, 1)))
        a.emit("MOV_r64_m64", RAX, root("false"))
        a.emit(f"CMOV{condition}_r64_m64", RAX, root("true"))
        a.ret()
        a.bind(other)
        numbers_of_others(a, again, digits=False)
        _python(a, opcode, safepoints)
        return safepoints

    return build


def _equality(opcode: str) -> Callable[[Assembler], Safepoints]:
    def build(a: Assembler) -> Safepoints:
        safepoints: Safepoints = {}
        other, python, yes, no, second = Label(), Label(), Label(), Label(), Label()
        load_number(a, RCX, 0, other)
        load_number(a, RAX, 1, python)
        see(a, seen.NUMBER)
        a.emit("UCOMISD_x_x", 0, 1)
        a.jcc("P", no)
        a.jcc("E", yes)
        a.bind(no)
        a.emit("MOV_r64_m64", RAX, root("false"))
        a.ret()
        a.bind(yes)
        a.emit("MOV_r64_m64", RAX, root("true"))
        a.ret()
        a.bind(other)
        # Names, and objects: the same or not.
        a.emit("TEST_r8_i8", RAX, 1)
        a.jcc("E", python)
        a.emit("MOVZX_r32_m8", RDX, Mem(RCX, OBJECT_KIND - 1))
        a.emit("CMP_r32_i32", RDX, int(Kind.JS_OBJECT))
        a.jcc("B", second)
        a.emit("CMP_m8_i8", Mem(RAX, OBJECT_KIND - 1), int(Kind.JS_OBJECT))
        a.jcc("B", python)
        see(a, seen.RECEIVER)
        a.emit("CMP_r64_r64", RAX, RCX)
        a.jcc("E", yes)
        a.jmp(no)
        a.bind(second)
        for kind in INTERNALIZED:
            fits, next_kind = Label(), Label()
            a.emit("CMP_r32_i32", RDX, int(kind))
            a.jcc("NE", next_kind)
            for right in INTERNALIZED:
                a.emit("CMP_m8_i8", Mem(RAX, OBJECT_KIND - 1), int(right))
                a.jcc("E", fits)
            a.jmp(python)
            a.bind(fits)
            see(a, seen.STRING)
            a.emit("CMP_r64_r64", RAX, RCX)
            a.jcc("E", yes)
            a.jmp(no)
            a.bind(next_kind)
        a.bind(python)
        _python(a, opcode, safepoints)
        return safepoints

    return build


def _only_python(opcode: str) -> Callable[[Assembler], Safepoints]:
    def build(a: Assembler) -> Safepoints:
        safepoints: Safepoints = {}
        _python(a, opcode, safepoints)
        return safepoints

    return build


def builders() -> dict[str, Callable[[Assembler], Safepoints | None]]:
    """By name."""
    found: dict[str, Callable[[Assembler], Safepoints | None]] = {}
    for opcode in operators.BINARY:
        if opcode in _ARITHMETIC:
            found[f"js_{opcode}"] = _arithmetic(opcode)
        elif opcode in _BITWISE:
            found[f"js_{opcode}"] = _bitwise(opcode)
        else:
            found[f"js_{opcode}"] = _only_python(opcode)
    for opcode in operators.UNARY:
        found[f"js_{opcode}"] = _unary(opcode)
    for opcode in operators.COMPARES:
        found[f"js_{opcode}"] = _equality(opcode) if "Equal" in opcode and "Than" not in opcode else _relational(opcode)
    return found
