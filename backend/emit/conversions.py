"""Emission of conversions between integers and floats, minimum, maximum, copysign."""

from __future__ import annotations

import struct

from seaofnodes.backend.assembler import Label
from seaofnodes.backend.emit.emitter import Emitter, Handler
from seaofnodes.backend.instruction import Instruction
from seaofnodes.backend.layout import FLOAT_SCRATCH, SCRATCH


def _zero(e: Emitter, register: int) -> None:
    if e.avx:
        e.asm.emit("VXORPS_x_x_x", register, register, register)
    else:
        e.asm.emit("XORPS_x_x", register, register)


def _arithmetic(e: Emitter, mnemonic: str, target: int, left: int, right: int) -> None:
    """target = left op right; without AVX `right` must not be `target` unless `left` is."""
    if e.avx:
        e.asm.emit(f"V{mnemonic}_x_x_x", target, left, right)
    else:
        if target != left:
            e.asm.emit("MOVAPS_x_x", target, left)
        e.asm.emit(f"{mnemonic}_x_x", target, right)


def _compare(e: Emitter, suffix: str, left: int, right: int) -> None:
    e.asm.emit(f"{'V' if e.avx else ''}UCOMI{suffix}_x_x", left, right)


def _min_max(operation: str, width: int) -> Handler:
    """MINSD and MAXSD give the second operand where the operands are equal zeros or one is not a number: not what is
    wanted there.
    """
    suffix = "SS" if width == 32 else "SD"
    both = "ORPS" if operation == "MIN" else "ANDPS"

    def handler(e: Emitter, i: Instruction) -> None:
        asm = e.asm
        target = i.def_locations[0] & 15
        left, right = (location & 15 for location in i.use_locations)
        back = Label()

        def equal_or_unordered() -> None:
            nan = Label()
            asm.jcc("P", nan)
            _arithmetic(e, both, target, left, right)
            asm.jmp(back)
            asm.bind(nan)
            _arithmetic(e, f"ADD{suffix}", target, left, right)
            asm.jmp(back)

        _compare(e, suffix, left, right)
        asm.jcc("E", e.out_of_line(equal_or_unordered))
        _arithmetic(e, f"{operation}{suffix}", target, left, right)
        asm.bind(back)

    return handler


def _copysign(width: int) -> Handler:
    sign = (1 << (width - 1)).to_bytes(width // 8, "little") * (128 // width)
    rest = bytes(0xFF - byte for byte in sign)

    def handler(e: Emitter, i: Instruction) -> None:
        emit = e.asm.emit
        target = i.def_locations[0] & 15
        left, right = (location & 15 for location in i.use_locations)
        if e.avx:
            emit("VANDPS_x_x_m128", FLOAT_SCRATCH, right, e.constant(sign))
            emit("VANDPS_x_x_m128", target, left, e.constant(rest))
            emit("VORPS_x_x_x", target, target, FLOAT_SCRATCH)
        else:
            emit("MOVAPS_x_x", FLOAT_SCRATCH, right)
            emit("ANDPS_x_m128", FLOAT_SCRATCH, e.constant(sign))
            if target != left:
                emit("MOVAPS_x_x", target, left)
            emit("ANDPS_x_m128", target, e.constant(rest))
            emit("ORPS_x_x", target, FLOAT_SCRATCH)

    return handler


# Integers to floats.


def _convert(e: Emitter, suffix: str, target: int, source: int, bits: int) -> None:
    """The definition is cleared first: the instruction merges into it, and would wait for its last writer."""
    _zero(e, target)
    if e.avx:
        e.asm.emit(f"VCVTSI2{suffix}_x_x_r{bits}", target, target, source)
    else:
        e.asm.emit(f"CVTSI2{suffix}_x_r{bits}", target, source)


def _int_to_float(suffix: str, bits: int, memory: bool) -> Handler:
    def handler(e: Emitter, i: Instruction) -> None:
        target = i.def_locations[0] & 15
        source = i.use_locations[0]
        if not memory and 0 <= source < 32:
            _convert(e, suffix, target, source, bits)
            return
        _zero(e, target)
        operand = e.memory(i.payload, i.use_locations) if memory else e.slot(source)  # type: ignore[arg-type]
        if e.avx:
            e.asm.emit(f"VCVTSI2{suffix}_x_x_m{bits}", target, target, operand)
        else:
            e.asm.emit(f"CVTSI2{suffix}_x_m{bits}", target, operand)

    return handler


def _uint64_to_float(suffix: str) -> Handler:
    """From 2**63 on: halve, keeping the lost bit so that rounding sees it, convert, double."""

    def handler(e: Emitter, i: Instruction) -> None:
        asm = e.asm
        target = i.def_locations[0] & 15
        source, half = i.use_locations[0], i.temp_locations[0]
        back = Label()

        def large() -> None:
            asm.emit("MOV_r64_r64", half, source)
            asm.emit("MOV_r32_r32", SCRATCH, source)
            asm.emit("SHR_r64_i8", half, 1)
            asm.emit("AND_r32_i32", SCRATCH, 1)
            asm.emit("OR_r64_r64", half, SCRATCH)
            _convert(e, suffix, target, half, 64)
            _arithmetic(e, f"ADD{suffix}", target, target, target)
            asm.jmp(back)

        asm.emit("TEST_r64_r64", source, source)
        asm.jcc("S", e.out_of_line(large))
        _convert(e, suffix, target, source, 64)
        asm.bind(back)

    return handler


# Floats to integers; the instruction gives the smallest integer for what is out of range.


def _truncate(e: Emitter, suffix: str, bits: int, target: int, source: int) -> None:
    e.asm.emit(f"{'V' if e.avx else ''}CVTT{suffix}2SI_r{bits}_x", target, source)


def _saturate_signed(suffix: str, bits: int) -> Handler:
    def handler(e: Emitter, i: Instruction) -> None:
        asm = e.asm
        target, source, zero = i.def_locations[0], i.use_locations[0] & 15, i.temp_locations[0] & 15
        back = Label()

        def smallest() -> None:
            nan = Label()
            _zero(e, zero)
            _compare(e, suffix, source, zero)
            asm.jcc("P", nan)
            asm.jcc("B", back)
            asm.move_constant(target, (1 << (bits - 1)) - 1)
            asm.jmp(back)
            asm.bind(nan)
            asm.move_constant(target, 0)
            asm.jmp(back)

        _truncate(e, suffix, bits, target, source)
        asm.emit(f"CMP_r{bits}_i32", target, 1)
        asm.jcc("O", e.out_of_line(smallest))
        asm.bind(back)

    return handler


def _saturate_unsigned_32(suffix: str) -> Handler:
    def handler(e: Emitter, i: Instruction) -> None:
        asm = e.asm
        target, source, zero = i.def_locations[0], i.use_locations[0] & 15, i.temp_locations[0] & 15
        back = Label()

        def beyond() -> None:
            _zero(e, zero)
            _compare(e, suffix, source, zero)
            asm.move_constant(target, 0)
            asm.jcc("BE", back)  # or not a number
            asm.move_constant(target, 0xFFFFFFFF)
            asm.jmp(back)

        _truncate(e, suffix, 64, target, source)
        asm.emit("MOV_r64_r64", SCRATCH, target)
        asm.emit("SHR_r64_i8", SCRATCH, 32)
        asm.jcc("NE", e.out_of_line(beyond))
        asm.bind(back)

    return handler


def _saturate_unsigned_64(suffix: str) -> Handler:
    limit = struct.pack("<f" if suffix == "SS" else "<d", 2.0**63)
    width = 8 * len(limit)

    def handler(e: Emitter, i: Instruction) -> None:
        asm = e.asm
        target, source, temp = i.def_locations[0], i.use_locations[0] & 15, i.temp_locations[0] & 15
        back = Label()

        def negative() -> None:
            beyond = Label()
            _zero(e, temp)
            _compare(e, suffix, source, temp)
            asm.move_constant(target, 0)
            asm.jcc("BE", back)  # or not a number
            if e.avx:
                asm.emit(f"VSUB{suffix}_x_x_m{width}", temp, source, e.constant(limit))
            else:
                asm.emit("MOVAPS_x_x", temp, source)
                asm.emit(f"SUB{suffix}_x_m{width}", temp, e.constant(limit))
            _truncate(e, suffix, 64, target, temp)
            asm.emit("TEST_r64_r64", target, target)
            asm.jcc("S", beyond)
            asm.emit("BTC_r64_i8", target, 63)
            asm.jmp(back)
            asm.bind(beyond)
            asm.move_constant(target, -1)
            asm.jmp(back)

        _truncate(e, suffix, 64, target, source)
        asm.emit("TEST_r64_r64", target, target)
        asm.jcc("S", e.out_of_line(negative))
        asm.bind(back)

    return handler


def _handlers() -> dict[str, Handler]:
    found: dict[str, Handler] = {}
    for width, suffix in ((32, "SS"), (64, "SD")):
        found |= {
            f"FMIN_{width}": _min_max("MIN", width),
            f"FMAX_{width}": _min_max("MAX", width),
            f"COPYSIGN_{width}": _copysign(width),
            f"UINT64_TO_FLOAT{width}": _uint64_to_float(suffix),
            f"SATURATE_{suffix}_I32": _saturate_signed(suffix, 32),
            f"SATURATE_{suffix}_I64": _saturate_signed(suffix, 64),
            f"SATURATE_{suffix}_U32": _saturate_unsigned_32(suffix),
            f"SATURATE_{suffix}_U64": _saturate_unsigned_64(suffix),
            f"TRUNCATE_{suffix}_U64": _saturate_unsigned_64(suffix),
        }
        for bits in (32, 64):
            found[f"CVTSI2{suffix}_s{bits}"] = _int_to_float(suffix, bits, False)
            found[f"CVTSI2{suffix}_m{bits}"] = _int_to_float(suffix, bits, True)
    return found


HANDLERS = _handlers()
