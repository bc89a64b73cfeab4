"""Strings in stubs: ropes, and short ones that are copied."""

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
    ROPE_SIZE,
    STRING_LENGTH,
    STRING_UNITS,
)
from seaofnodes.javascript.objects.string_table import MOST_UNITS
from seaofnodes.javascript.objects.strings import LEAST_ROPE
from seaofnodes.runtime.code.stub_tools import Safepoints

_ONE_BYTE: Final = (Kind.SEQ_ONE_BYTE, Kind.INTERNALIZED_ONE_BYTE)


def concatenate(a: Assembler, safepoints: Safepoints) -> None:
    """Return the string of rcx and then rax, with feedback at r8. The code behind is for what are no strings, and what
    Python has to do.
    """
    other, short, first, second = Label(), Label(), Label(), Label()
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
