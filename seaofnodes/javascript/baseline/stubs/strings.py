"""Strings in stubs: ropes, short ones that are copied, decimal digits; and numbers of other values."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import R8, R9, R10, RAX, RBX, RCX, RDI, RDX, RSI
from seaofnodes.javascript.baseline import seen
from seaofnodes.javascript.baseline.stubs.parts import allocate, see
from seaofnodes.javascript.baseline.words import root
from seaofnodes.javascript.objects.kinds import FIRST_STRING, LAST_STRING, Kind
from seaofnodes.javascript.objects.layout import (
    CONS_FIRST,
    CONS_SECOND,
    OBJECT_KIND,
    ODDBALL_NUMBER,
    ROPE_SIZE,
    STRING_LENGTH,
    STRING_UNITS,
)
from seaofnodes.javascript.objects.storage.string_table import MOST_UNITS
from seaofnodes.javascript.objects.strings import LEAST_ROPE
from seaofnodes.runtime.code.stub_tools import Safepoints

_TENTH: Final = 0xCCCCCCCD  # times it, and 35 bits less: a tenth of 32 bits
_ONE_BYTE: Final = (Kind.SEQ_ONE_BYTE, Kind.INTERNALIZED_ONE_BYTE)


def add_strings(a: Assembler, safepoints: Safepoints) -> None:
    """Return the string of rcx and then rax, at least one a string and the other perhaps a small integer; feedback at
    r8. The code behind is for others, and for what Python has to do.
    """
    other, short, first, second, python = Label(), Label(), Label(), Label(), Label()
    strings = a.mark()
    for operand in (RCX, RAX):
        a.emit("TEST_r8_i8", operand, 1)
        a.jcc("E", other)
        a.emit("MOVZX_r32_m8", RDX, Mem(operand, OBJECT_KIND - 1))
        a.emit("SUB_r32_i32", RDX, int(FIRST_STRING))
        a.emit("CMP_r32_i32", RDX, LAST_STRING - FIRST_STRING)
        a.jcc("A", other)
    a.emit("MOV_r32_m32", R9, Mem(RCX, STRING_LENGTH - 1))
    a.emit("MOV_r32_m32", R10, Mem(RAX, STRING_LENGTH - 1))
    a.emit("TEST_r32_r32", R9, R9)
    a.jcc("E", second)
    a.emit("TEST_r32_r32", R10, R10)
    a.jcc("E", first)
    a.emit("LEA_r64_m", RBX, Mem(R9, 0, R10, 1))
    a.emit("CMP_r32_i32", RBX, LEAST_ROPE)
    a.jcc("B", short)
    a.emit("CMP_r32_i32", RBX, MOST_UNITS)
    a.jcc("A", other)
    see(a, seen.STRING)
    a.emit("MOV_r32_i32", RSI, ROPE_SIZE)
    allocate(a, RSI, (RCX, RAX), safepoints)
    a.emit("MOV_r64_m64", RSI, root("cons_header"))
    a.emit("MOV_m64_r64", Mem(RDX), RSI)
    a.emit("MOV_m64_r64", Mem(RDX, STRING_LENGTH), RBX)  # and no hash
    a.emit("MOV_m64_r64", Mem(RDX, CONS_FIRST), RCX)
    a.emit("MOV_m64_r64", Mem(RDX, CONS_SECOND), RAX)
    a.emit("LEA_r64_m", RAX, Mem(RDX, 1))
    a.ret()
    a.bind(short)
    for operand in (RCX, RAX):
        fits = Label()
        for kind in _ONE_BYTE:
            a.emit("CMP_m8_i8", Mem(operand, OBJECT_KIND - 1), int(kind))
            a.jcc("E", fits)
        a.jmp(other)
        a.bind(fits)
    see(a, seen.STRING)
    a.emit("LEA_r64_m", RSI, Mem(RBX, STRING_UNITS + 7))
    a.emit("AND_r64_i32", RSI, -8)
    allocate(a, RSI, (RCX, RAX), safepoints)
    a.emit("MOV_r64_m64", RSI, root("one_byte_header"))
    a.emit("MOV_m64_r64", Mem(RDX), RSI)
    a.emit("MOV_m64_r64", Mem(RDX, STRING_LENGTH), RBX)
    a.emit("LEA_r64_m", RDI, Mem(RDX, STRING_UNITS))
    for operand, count in ((RCX, R9), (RAX, R10)):
        a.emit("XOR_r32_r32", RSI, RSI)
        again = a.mark()
        a.emit("MOVZX_r32_m8", RBX, Mem(operand, STRING_UNITS - 1, RSI, 1))
        a.emit("MOV_m8_r8", Mem(RDI, 0, RSI, 1), RBX)
        a.emit("INC_r64", RSI)
        a.emit("CMP_r64_r64", RSI, count)
        a.jcc("B", again)
        a.emit("ADD_r64_r64", RDI, count)
    a.emit("LEA_r64_m", RAX, Mem(RDX, 1))
    a.ret()
    a.bind(first)
    a.emit("MOV_r64_r64", RAX, RCX)
    a.bind(second)
    a.emit("OR_m8_i8", Mem(R8, 1), seen.STRING)
    a.ret()
    a.bind(other)
    # One of them may be a small integer.
    for number, text in ((RAX, RCX), (RCX, RAX)):
        no = Label()
        a.emit("TEST_r8_i8", number, 1)
        a.jcc("NE", no)
        a.emit("TEST_r8_i8", text, 1)
        a.jcc("E", no)
        _unless_string(a, text, no)
        see(a, seen.ANY)
        _decimal(a, number, safepoints)
        a.jmp(strings)
        a.bind(no)
    a.bind(python)


def _unless_string(a: Assembler, operand: int, no: Label) -> None:
    """Go on at `no` if a heap object is no string. Clobbers rdx."""
    a.emit("MOVZX_r32_m8", RDX, Mem(operand, OBJECT_KIND - 1))
    a.emit("SUB_r32_i32", RDX, int(FIRST_STRING))
    a.emit("CMP_r32_i32", RDX, LAST_STRING - FIRST_STRING)
    a.jcc("A", no)


def _decimal(a: Assembler, number: int, safepoints: Safepoints) -> None:
    """Replace a small integer, in rcx or rax, by the string of its decimal digits. Clobbers all but the other one and
    r8.
    """
    positive, counted, more = Label(), Label(), Label()
    a.emit("MOV_r64_r64", R9, number)
    a.emit("SAR_r64_i8", R9, 32)
    a.emit("XOR_r32_r32", RBX, RBX)  # how many characters the sign is
    a.emit("TEST_r64_r64", R9, R9)
    a.jcc("NS", positive)
    a.emit("NEG_r64", R9)
    a.emit("MOV_r32_i32", RBX, 1)
    a.bind(positive)
    a.emit("LEA_r64_m", RDI, Mem(RBX, 1))
    a.emit("MOV_r32_i32", R10, 10)
    a.bind(more)
    a.emit("CMP_r64_r64", R9, R10)
    a.jcc("B", counted)
    a.emit("INC_r32", RDI)
    a.emit("IMUL_r64_r64_i32", R10, R10, 10)
    a.jmp(more)
    a.bind(counted)
    a.emit("LEA_r64_m", RSI, Mem(RDI, STRING_UNITS + 7))
    a.emit("AND_r64_i32", RSI, -8)
    allocate(a, RSI, (RCX, RAX), safepoints)
    a.emit("MOV_r64_m64", RSI, root("one_byte_header"))
    a.emit("MOV_m64_r64", Mem(RDX), RSI)
    a.emit("MOV_m64_r64", Mem(RDX, STRING_LENGTH), RDI)
    a.emit("LEA_r64_m", number, Mem(RDX, 1))
    a.emit("LEA_r64_m", R10, Mem(RDX, STRING_UNITS, RDI, 1))
    a.emit("MOV_m8_i8", Mem(RDX, STRING_UNITS), ord("-"))
    digit = a.mark()
    a.emit("MOV_r32_i32", RSI, _TENTH)
    a.emit("IMUL_r64_r64", RSI, R9)
    a.emit("SHR_r64_i8", RSI, 35)
    a.emit("IMUL_r32_r32_i32", RDI, RSI, 10)
    a.emit("SUB_r32_r32", R9, RDI)
    a.emit("ADD_r32_i32", R9, ord("0"))
    a.emit("DEC_r64", R10)
    a.emit("MOV_m8_r8", Mem(R10), R9)
    a.emit("MOV_r64_r64", R9, RSI)
    a.emit("TEST_r64_r64", R9, R9)
    a.jcc("NE", digit)


def numbers_of_others(a: Assembler, again: Label, *, digits: bool) -> None:
    """Replace what rcx and rax have by numbers, and go on at `again`: undefined, null and booleans; with `digits`,
    strings of at most nine decimal digits. The code behind is for Python.
    """
    python, convert = Label(), Label()
    for operand in (RCX, RAX):
        fine = Label()
        a.emit("TEST_r8_i8", operand, 1)
        a.jcc("E", fine)
        a.emit("MOVZX_r32_m8", RDX, Mem(operand, OBJECT_KIND - 1))
        a.emit("CMP_r32_i32", RDX, int(Kind.HEAP_NUMBER))
        a.jcc("E", fine)
        a.emit("SUB_r32_i32", RDX, int(Kind.UNDEFINED))
        a.emit("CMP_r32_i32", RDX, Kind.BOOLEAN - Kind.UNDEFINED)
        a.jcc("BE", fine)
        if digits:
            _digits(a, operand, python, store=False)
        else:
            a.jmp(python)
        a.bind(fine)
    a.bind(convert)
    for operand in (RCX, RAX):
        fine, text = Label(), Label()
        a.emit("TEST_r8_i8", operand, 1)
        a.jcc("E", fine)
        a.emit("MOVZX_r32_m8", RDX, Mem(operand, OBJECT_KIND - 1))
        a.emit("CMP_r32_i32", RDX, int(Kind.HEAP_NUMBER))
        a.jcc("E", fine)
        a.emit("SUB_r32_i32", RDX, int(Kind.UNDEFINED))
        a.emit("CMP_r32_i32", RDX, Kind.BOOLEAN - Kind.UNDEFINED)
        a.jcc("A", text)
        see(a, seen.ODDBALL)
        a.emit("MOV_r64_m64", operand, Mem(operand, ODDBALL_NUMBER - 1))
        a.jmp(fine)
        a.bind(text)
        if digits:
            see(a, seen.STRING)
            _digits(a, operand, python, store=True)
        a.bind(fine)
    a.jmp(again)
    a.bind(python)


def _digits(a: Assembler, operand: int, no: Label, *, store: bool) -> None:
    """Go on at `no` unless a heap object is a flat string of one to nine digits; store: replace it by the number."""
    flat = Label()
    for kind in _ONE_BYTE:
        a.emit("CMP_m8_i8", Mem(operand, OBJECT_KIND - 1), int(kind))
        a.jcc("E", flat)
    a.jmp(no)
    a.bind(flat)
    a.emit("MOV_r32_m32", R9, Mem(operand, STRING_LENGTH - 1))
    a.emit("LEA_r64_m", R10, Mem(R9, -1))
    a.emit("CMP_r32_i32", R10, 9)
    a.jcc("AE", no)
    a.emit("XOR_r32_r32", R10, R10)
    a.emit("XOR_r32_r32", RSI, RSI)
    more = a.mark()
    a.emit("MOVZX_r32_m8", RDX, Mem(operand, STRING_UNITS - 1, RSI, 1))
    a.emit("SUB_r32_i32", RDX, ord("0"))
    a.emit("CMP_r32_i32", RDX, 9)
    a.jcc("A", no)
    a.emit("IMUL_r32_r32_i32", R10, R10, 10)
    a.emit("ADD_r32_r32", R10, RDX)
    a.emit("INC_r32", RSI)
    a.emit("CMP_r32_r32", RSI, R9)
    a.jcc("B", more)
    if store:
        a.emit("MOV_r64_r64", operand, R10)
        a.emit("SHL_r64_i8", operand, 32)
