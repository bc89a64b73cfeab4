"""Counting bits, sign extension and wrapping."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.template.values import MEM, SCRATCH, constant, constant_bits, signed
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.arithmetic.integer import usable
from seaofnodes.wasm.baseline.compiler import Compiler, Handler


def count_leading_zeros(width: int) -> Handler:
    """CLZ."""
    lzcnt, bsr = f"LZCNT_r{width}_r{width}", f"BSR_r{width}_r{width}"

    def handler(c: Compiler, _: None) -> None:
        source = c.pop()
        to = c.allocate(1 << source)
        if c.features.lzcnt:
            c.emit(lzcnt, to, source)
        else:  # the index of the highest bit, flipped; 2 * width - 1 flips to width
            c.emit("MOV_r32_i32", to, 2 * width - 1)
            c.emit(bsr, SCRATCH, source)
            c.emit(f"CMOVNE_r{width}_r{width}", to, SCRATCH)
            c.emit(f"XOR_r{width}_i32", to, width - 1)
        c.push(to)

    return handler


def count_trailing_zeros(width: int) -> Handler:
    """CTZ."""
    tzcnt, bsf = f"TZCNT_r{width}_r{width}", f"BSF_r{width}_r{width}"

    def handler(c: Compiler, _: None) -> None:
        source = c.pop()
        to = c.allocate(1 << source)
        if c.features.bmi1:
            c.emit(tzcnt, to, source)
        else:
            c.emit("MOV_r32_i32", to, width)
            c.emit(bsf, SCRATCH, source)
            c.emit(f"CMOVNE_r{width}_r{width}", to, SCRATCH)
        c.push(to)

    return handler


def population_count(width: int) -> Handler:
    """POPCNT."""
    form = f"POPCNT_r{width}_r{width}"

    def handler(c: Compiler, _: None) -> None:
        source = c.pop()
        to = c.allocate()
        c.emit(form, to, source)
        c.push(to)

    return handler


def extend(form: str, from_width: int, to_width: int) -> Handler:
    """Sign extension out of the low bits."""
    mask = (1 << to_width) - 1

    def handler(c: Compiler, _: None) -> None:
        entry = c.take()
        if entry < 0:
            low = constant_bits(entry) & ((1 << from_width) - 1)
            c.entries.append(constant(signed(low, from_width) & mask))
            return
        source = c.to_register(entry, len(c.entries))
        to = source if usable(c, source) else c.allocate()
        c.emit(form, to, source)
        c.push(to)

    return handler


def wrap(c: Compiler, _: None) -> None:
    """i32.wrap_i64: clear the upper half."""
    entry = c.take()
    if entry < 0:
        c.entries.append(constant(constant_bits(entry) & 0xFFFF_FFFF))
        return
    if entry == MEM:
        to = c.allocate()
        c.emit("MOV_r32_m32", to, c.home(len(c.entries)))
    else:
        to = entry if usable(c, entry) else c.allocate()
        c.emit("MOV_r32_r32", to, entry)
    c.push(to)


def extend_unsigned(c: Compiler, _: None) -> None:
    """i64.extend_i32_u: the upper half of an i32 is zero already."""


def _handlers() -> dict[int, Handler]:
    found: dict[int, Handler] = {
        op.I32_WRAP_I64: wrap,
        op.I64_EXTEND_I32_U: extend_unsigned,
        op.I64_EXTEND_I32_S: extend("MOVSXD_r64_r32", 32, 64),
        op.I32_EXTEND8_S: extend("MOVSX_r32_r8", 8, 32),
        op.I32_EXTEND16_S: extend("MOVSX_r32_r16", 16, 32),
        op.I64_EXTEND8_S: extend("MOVSX_r64_r8", 8, 64),
        op.I64_EXTEND16_S: extend("MOVSX_r64_r16", 16, 64),
        op.I64_EXTEND32_S: extend("MOVSXD_r64_r32", 32, 64),
    }
    for first, width in ((op.I32_CLZ, 32), (op.I64_CLZ, 64)):
        found[first] = count_leading_zeros(width)
        found[first + 1] = count_trailing_zeros(width)
        found[first + 2] = population_count(width)
    return found


HANDLERS: Final = _handlers()
