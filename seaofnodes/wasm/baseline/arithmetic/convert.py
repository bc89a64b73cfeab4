"""Conversions between integers and floats, and between float widths."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Label
from seaofnodes.backend.template.values import SCRATCH, SCRATCH_FLOAT, XMM
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.arithmetic.integer import usable
from seaofnodes.wasm.baseline.compiler import Compiler, Handler

_SCRATCH: Final = SCRATCH_FLOAT - XMM
_TWO_TO_63: Final = {"SS": 0x5F00_0000, "SD": 0x43E0_0000_0000_0000}
_MINUS_TWO_TO_63: Final = {"SS": 0xDF00_0000, "SD": 0xC3E0_0000_0000_0000}
_INVALID: Final = "invalid conversion to integer"
_OVERFLOW: Final = "integer overflow"


def truncate(suffix: str, width: int, *, is_signed: bool, saturate: bool) -> Handler:
    """TRUNC and TRUNC_SAT: convert to 64 bits, and look whether the number fits; if not, go on out of line."""
    convert = f"CVTT{suffix}2SI_r64_x"

    def handler(c: Compiler, _: None) -> None:
        source = c.pop_float() - XMM
        to = c.allocate()
        back = Label()
        if saturate:
            slow = c.defer(lambda: _saturate(c, suffix, width, is_signed, source, to, back))
        else:
            slow = c.defer(lambda: _trap_or_fix(c, suffix, width, is_signed, source, to, back))
        c.emit(convert, to, source)
        if width == 32:
            if is_signed:
                c.emit("MOVSXD_r64_r32", SCRATCH, to)
            else:
                c.emit("MOV_r32_r32", SCRATCH, to)
            c.emit("CMP_r64_r64", SCRATCH, to)
            c.asm.jcc("NE", slow)
            if is_signed:
                c.emit("MOV_r32_r32", to, to)
        elif is_signed:
            c.emit("CMP_r64_i32", to, 1)  # overflows for the least number, which stands for all failures
            c.asm.jcc("O", slow)
        else:
            c.emit("TEST_r64_r64", to, to)
            c.asm.jcc("S", slow)
        c.asm.bind(back)
        c.push(to)

    return handler


def _compare(c: Compiler, suffix: str, source: int, bits: int) -> None:
    size = 4 if suffix == "SS" else 8
    c.emit(f"UCOMI{suffix}_x_m{8 * size}", source, c.pooled(bits, size))


def _above_two_to_63(c: Compiler, suffix: str, source: int, to: int) -> None:
    """Convert a number from 2**63 on to unsigned; negative when it is too large."""
    size = 4 if suffix == "SS" else 8
    c.emit("MOVAPS_x_x", _SCRATCH, source)
    c.emit(f"SUB{suffix}_x_m{8 * size}", _SCRATCH, c.pooled(_TWO_TO_63[suffix], size))
    c.emit(f"CVTT{suffix}2SI_r64_x", to, _SCRATCH)
    c.emit("TEST_r64_r64", to, to)


def _trap_or_fix(c: Compiler, suffix: str, width: int, is_signed: bool, source: int, to: int, back: Label) -> None:
    invalid, overflow = c.trap_label(_INVALID), c.trap_label(_OVERFLOW)
    if width == 32:
        c.emit(f"UCOMI{suffix}_x_x", source, source)
        c.asm.jcc("P", invalid)
        c.asm.jmp(overflow)
    elif is_signed:
        _compare(c, suffix, source, _MINUS_TWO_TO_63[suffix])
        c.asm.jcc("P", invalid)
        c.asm.jcc("E", back)
        c.asm.jmp(overflow)
    else:
        _compare(c, suffix, source, _TWO_TO_63[suffix])
        c.asm.jcc("P", invalid)
        c.asm.jcc("B", overflow)
        _above_two_to_63(c, suffix, source, to)
        c.asm.jcc("S", overflow)
        c.emit("BTC_r64_i8", to, 63)
        c.asm.jmp(back)


def _saturate(c: Compiler, suffix: str, width: int, is_signed: bool, source: int, to: int, back: Label) -> None:
    emit, asm = c.emit, c.asm
    zero, most = Label(), Label()
    if not is_signed and width == 64:
        _compare(c, suffix, source, _TWO_TO_63[suffix])
        asm.jcc("P", zero)
        asm.jcc("B", zero)
        _above_two_to_63(c, suffix, source, to)
        asm.jcc("S", most)
        emit("BTC_r64_i8", to, 63)
        asm.jmp(back)
    else:
        emit("XORPS_x_x", _SCRATCH, _SCRATCH)
        emit(f"UCOMI{suffix}_x_x", source, _SCRATCH)
        asm.jcc("P", zero)
        asm.jcc("A", most)
        if is_signed:
            if width == 32:
                emit("MOV_r32_i32", to, -0x8000_0000)
            else:
                emit("MOV_r64_i64", to, -0x8000_0000_0000_0000)
            asm.jmp(back)
    asm.bind(zero)
    emit("XOR_r32_r32", to, to)
    asm.jmp(back)
    asm.bind(most)
    asm.move_constant(to, (1 << width - is_signed) - 1)
    asm.jmp(back)


def convert_to_float(suffix: str, width: int, *, is_signed: bool) -> Handler:
    """CONVERT. An unsigned 32-bit number is a signed 64-bit one."""
    register_width = 32 if width == 32 and is_signed else 64
    form = f"CVTSI2{suffix}_x_r{register_width}"

    def handler(c: Compiler, _: None) -> None:
        source = c.pop()
        to = c.allocate_float() - XMM
        c.emit("XORPS_x_x", to, to)  # the conversion keeps the upper part: do not wait for it
        back = Label()
        if width == 64 and not is_signed:
            c.emit("TEST_r64_r64", source, source)
            c.asm.jcc("S", c.defer(lambda: _convert_large(c, suffix, source, to, back)))
        c.emit(form, to, source)
        c.asm.bind(back)
        c.push(to + XMM)

    return handler


def _convert_large(c: Compiler, suffix: str, source: int, to: int, back: Label) -> None:
    """Halve the number, the lowest bit sticking, so that it rounds the same way; convert; double."""
    even = Label()
    c.emit("MOV_r64_r64", SCRATCH, source)
    c.emit("SHR_r64_i8", SCRATCH, 1)
    c.asm.jcc("AE", even)
    c.emit("OR_r64_i32", SCRATCH, 1)
    c.asm.bind(even)
    c.emit(f"CVTSI2{suffix}_x_r64", to, SCRATCH)
    c.emit(f"ADD{suffix}_x_x", to, to)
    c.asm.jmp(back)


def change_width(form: str) -> Handler:
    """DEMOTE, PROMOTE."""

    def handler(c: Compiler, _: None) -> None:
        source = c.pop_float()
        to = source if usable(c, source) else c.allocate_float()
        if to != source:
            c.emit("XORPS_x_x", to - XMM, to - XMM)
        c.emit(form, to - XMM, source - XMM)
        c.push(to)

    return handler


def reinterpret_float(form: str) -> Handler:
    """Integer bits of a float."""

    def handler(c: Compiler, _: None) -> None:
        source = c.pop_float()
        to = c.allocate()
        c.emit(form, to, source - XMM)
        c.push(to)

    return handler


def reinterpret_integer(form: str) -> Handler:
    """A float of integer bits."""

    def handler(c: Compiler, _: None) -> None:
        source = c.pop()
        to = c.allocate_float()
        c.emit(form, to - XMM, source)
        c.push(to)

    return handler


def _handlers() -> dict[int, Handler]:
    found: dict[int, Handler] = {
        op.F32_DEMOTE_F64: change_width("CVTSD2SS_x_x"),
        op.F64_PROMOTE_F32: change_width("CVTSS2SD_x_x"),
        op.I32_REINTERPRET_F32: reinterpret_float("MOVD_r32_x"),
        op.I64_REINTERPRET_F64: reinterpret_float("MOVQ_r64_x"),
        op.F32_REINTERPRET_I32: reinterpret_integer("MOVD_x_r32"),
        op.F64_REINTERPRET_I64: reinterpret_integer("MOVQ_x_r64"),
    }
    kinds = [("SS", True), ("SS", False), ("SD", True), ("SD", False)]
    for first, width, saturate in (
        (op.I32_TRUNC_F32_S, 32, False),
        (op.I64_TRUNC_F32_S, 64, False),
        (op.I32_TRUNC_SAT_F32_S, 32, True),
        (op.I64_TRUNC_SAT_F32_S, 64, True),
    ):
        for number, (suffix, is_signed) in enumerate(kinds):
            found[first + number] = truncate(suffix, width, is_signed=is_signed, saturate=saturate)
    for first, suffix in ((op.F32_CONVERT_I32_S, "SS"), (op.F64_CONVERT_I32_S, "SD")):
        for number, (width, is_signed) in enumerate([(32, True), (32, False), (64, True), (64, False)]):
            found[first + number] = convert_to_float(suffix, width, is_signed=is_signed)
    return found


HANDLERS: Final = _handlers()
