"""Emission of sums, sets, selects, divisions, bit counts."""

from __future__ import annotations

from typing import Any

from seaofnodes.backend.assembler import Label, Mem
from seaofnodes.backend.emit.emitter import Emitter, Handler
from seaofnodes.backend.instruction import Instruction
from seaofnodes.backend.layout import RDX, SCRATCH
from seaofnodes.backend.select.arithmetic.compare import NEGATED


def _lea(width: int) -> Handler:
    """A sum; in place where the definition took an operand's register."""
    add, add_immediate = f"ADD_r{width}_r{width}", f"ADD_r{width}_i32"
    shift, move, form = f"SHL_r{width}_i8", f"MOV_r{width}_r{width}", f"LEA_r{width}_m"

    def handler(e: Emitter, i: Instruction) -> None:
        address: Any = i.payload
        uses = i.use_locations
        target = i.def_locations[0]
        emit = e.asm.emit
        disp, scale = address.disp, address.scale
        base = uses[address.base] if address.base >= 0 else None
        index = uses[address.scaled] if address.scaled >= 0 else None
        if index is None:
            if target == base:
                if disp:
                    emit(add_immediate, target, disp)
                return
            if not disp:
                assert base is not None
                emit(move, target, base)
                return
        elif not disp:
            if base is None:
                if target == index:
                    emit(shift, target, scale.bit_length() - 1)
                    return
                if scale == 2:
                    base, scale = index, 1
            elif scale == 1:
                if target == base:
                    emit(add, target, index)
                    return
                if target == index:
                    emit(add, target, base)
                    return
                if base & 7 == 5:  # as a base it would need a displacement
                    base, index = index, base
        emit(form, target, Mem(base, disp, index, scale))

    return handler


# Conditions.


def _set(code: str) -> Handler:
    def handler(e: Emitter, i: Instruction) -> None:
        [target] = i.def_locations
        emit = e.asm.emit
        if code == "FE" or code == "FNE":
            equal = code == "FE"
            emit("SETNP_r8" if equal else "SETP_r8", target)
            emit("SETE_r8" if equal else "SETNE_r8", SCRATCH)
            emit("AND_r8_r8" if equal else "OR_r8_r8", target, SCRATCH)
        else:
            emit(f"SET{code}_r8", target)
        emit("MOVZX_r32_r8", target, target)

    return handler


def _move_if_not_equal(width: int) -> Handler:
    def handler(e: Emitter, i: Instruction) -> None:
        [target] = i.def_locations
        source = i.use_locations[1]
        for code in ("NE", "P"):
            if 0 <= source < 32:
                e.asm.emit(f"CMOV{code}_r{width}_r{width}", target, source)
            else:
                e.asm.emit(f"CMOV{code}_r{width}_m{width}", target, e.slot(source))

    return handler


def _select_float(code: str) -> Handler:
    """A move behind a branch."""

    def handler(e: Emitter, i: Instruction) -> None:
        asm = e.asm
        skip = Label()
        if code == "FNE":
            move = Label()
            asm.jcc("P", move)
            asm.jcc("E", skip)
            asm.bind(move)
        else:
            asm.jcc(NEGATED[code], skip)
        e.move(i.use_locations[1], i.def_locations[0], 8)
        asm.bind(skip)

    return handler


# Division: rdx:rax by the operand.


def _one_operand(e: Emitter, i: Instruction, mnemonic: str, width: int, operand: int) -> None:
    source = i.use_locations[operand]
    if 0 <= source < 32:
        e.asm.emit(f"{mnemonic}_r{width}", source)
    else:
        e.asm.emit(f"{mnemonic}_m{width}", e.slot(source))


def _signed_division(width: int) -> Handler:
    def handler(e: Emitter, i: Instruction) -> None:
        e.asm.emit("CDQ" if width == 32 else "CQO")
        _one_operand(e, i, "IDIV", width, 1)

    return handler


def _unsigned_division(width: int) -> Handler:
    def handler(e: Emitter, i: Instruction) -> None:
        e.asm.emit("XOR_r32_r32", RDX, RDX)
        _one_operand(e, i, "DIV", width, 1)

    return handler


def _signed_remainder(width: int) -> Handler:
    """By -1 it is 0, where the instruction would fault on the smallest number."""
    divide = _signed_division(width)

    def handler(e: Emitter, i: Instruction) -> None:
        asm = e.asm
        back = Label()

        def zero() -> None:
            asm.emit("XOR_r32_r32", RDX, RDX)
            asm.jmp(back)

        asm.emit(f"CMP_r{width}_i32", i.use_locations[1], -1)
        asm.jcc("E", e.out_of_line(zero))
        divide(e, i)
        asm.bind(back)

    return handler


def _multiply_high(mnemonic: str) -> Handler:
    return lambda e, i: _one_operand(e, i, mnemonic, 64, 1)


def _count_zeros(mnemonic: str, width: int, if_zero: int, mask: int) -> Handler:
    """For processors without LZCNT or TZCNT."""

    def handler(e: Emitter, i: Instruction) -> None:
        asm = e.asm
        target = i.def_locations[0]
        done = Label()
        asm.emit(f"{mnemonic}_r{width}_r{width}", target, i.use_locations[0])
        asm.jcc("NE", done)
        asm.emit("MOV_r32_i32", target, if_zero)
        asm.bind(done)
        if mask:
            asm.emit("XOR_r32_i32", target, mask)

    return handler


def _handlers() -> dict[str, Handler]:
    found: dict[str, Handler] = {"IMUL_s64": _multiply_high("IMUL"), "MUL_s64": _multiply_high("MUL")}
    for code in NEGATED:
        found[f"SET{code}"] = _set(code)
        found[f"SELECT{code}_x"] = _select_float(code)
    for width in (32, 64):
        found |= {
            f"LEA_r{width}_m": _lea(width),
            f"CMOVFNE_r{width}_s{width}": _move_if_not_equal(width),
            f"IDIV_s{width}": _signed_division(width),
            f"DIV_s{width}": _unsigned_division(width),
            f"IREM_s{width}": _signed_remainder(width),
            f"CLZ_{width}": _count_zeros("BSR", width, 2 * width - 1, width - 1),
            f"CTZ_{width}": _count_zeros("BSF", width, width, 0),
        }
    return found


HANDLERS = _handlers()
