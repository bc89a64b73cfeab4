"""Float arithmetic."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Label, Rip
from seaofnodes.backend.template.values import MEM, SCRATCH_FLOAT, XMM, constant_bits
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.arithmetic.integer import usable
from seaofnodes.wasm.baseline.compiler import Compiler, Handler

_SCRATCH: Final = SCRATCH_FLOAT - XMM

# Immediates of ROUNDSS: the mode, and 8 for no inexact exception.
_NEAREST, _FLOOR, _CEIL, _TRUNC = 8, 9, 10, 11


def arithmetic(name: str, suffix: str, *, commutes: bool) -> Handler:
    """ADD, SUB, MUL, DIV."""
    width = 32 if suffix == "SS" else 64
    xx, xm = f"{name}{suffix}_x_x", f"{name}{suffix}_x_m{width}"
    xxx, xxm = f"V{name}{suffix}_x_x_x", f"V{name}{suffix}_x_x_m{width}"

    def handler(c: Compiler, _: None) -> None:
        right = c.take()
        right_index = len(c.entries)
        left = c.take()
        left_index = right_index - 1
        if commutes and not XMM <= left < MEM and XMM <= right < MEM:
            left, right, left_index, right_index = right, left, right_index, left_index
        pinned = 1 << right if 0 <= right < MEM else 0
        if c.features.avx:
            source = c.to_float_register(left, left_index, pinned)
            to = source if usable(c, source) else right if usable(c, right) else c.allocate_float()
            if right < 0:
                c.emit(xxm, to - XMM, source - XMM, c.pooled(constant_bits(right), width // 8))
            elif right >= MEM:
                c.emit(xxm, to - XMM, source - XMM, c.home(right_index))
            else:
                c.emit(xxx, to - XMM, source - XMM, right - XMM)
            c.push(to)
            return
        if not usable(c, left) and commutes and usable(c, right):
            left, right, left_index, right_index = right, left, right_index, left_index
            pinned = 1 << right if 0 <= right < MEM else 0
        to = c.to_new_register(left, left_index, 0 if left == right else pinned)
        if right < 0:
            c.emit(xm, to - XMM, c.pooled(constant_bits(right), width // 8))
        elif right >= MEM:
            c.emit(xm, to - XMM, c.home(right_index))
        else:
            c.emit(xx, to - XMM, right - XMM)
        c.push(to)

    return handler


def minimum(suffix: str, *, maximum: bool) -> Handler:
    """MIN, MAX. MINSD is right for different numbers; equal ones may be 0 and -0, and a NaN must come through."""
    compare = f"UCOMI{suffix}_x_x"
    packed = "PS" if suffix == "SS" else "PD"

    def handler(c: Compiler, _: None) -> None:
        right = c.pop_float()
        pinned = 1 << right
        entry = c.take()
        usable(c, entry)
        to = c.to_new_register(entry, len(c.entries), 0 if entry == right else pinned) - XMM
        other = right - XMM
        done, unordered = Label(), Label()

        def equal() -> None:
            c.asm.jcc("P", unordered)
            c.emit(f"{'AND' if maximum else 'OR'}{packed}_x_x", to, other)
            c.asm.jmp(done)
            c.asm.bind(unordered)
            c.emit(f"ADD{suffix}_x_x", to, other)
            c.asm.jmp(done)

        c.emit(compare, to, other)
        c.asm.jcc("E", c.defer(equal))  # or unordered
        c.emit(f"{'MAX' if maximum else 'MIN'}{suffix}_x_x", to, other)
        c.asm.bind(done)
        c.push(to + XMM)

    return handler


def square_root(suffix: str) -> Handler:
    """SQRT."""
    form, avx = f"SQRT{suffix}_x_x", f"VSQRT{suffix}_x_x_x"

    def handler(c: Compiler, _: None) -> None:
        source = c.pop_float()
        to = source if usable(c, source) else c.allocate_float()
        if c.features.avx:
            c.emit(avx, to - XMM, source - XMM, source - XMM)
        else:
            c.emit(form, to - XMM, source - XMM)
        c.push(to)

    return handler


def rounding(suffix: str, mode: int) -> Handler:
    """NEAREST, FLOOR, CEIL, TRUNC."""
    form, avx = f"ROUND{suffix}_x_x_i8", f"VROUND{suffix}_x_x_x_i8"

    def handler(c: Compiler, _: None) -> None:
        source = c.pop_float()
        to = source if usable(c, source) else c.allocate_float()
        if c.features.avx:
            c.emit(avx, to - XMM, source - XMM, source - XMM, mode)
        else:
            c.emit(form, to - XMM, source - XMM, mode)
        c.push(to)

    return handler


def _mask(c: Compiler, suffix: str, *, sign: bool) -> Rip:
    """A 128-bit mask of the sign bits, or of all others."""
    if suffix == "SS":
        bits, times = (0x8000_0000 if sign else 0x7FFF_FFFF), 4
    else:
        bits, times = (1 << 63 if sign else (1 << 63) - 1), 2
    return Rip(c.asm.constant(bits.to_bytes(16 // times, "little") * times))


def sign_operation(name: str, suffix: str, *, sign: bool) -> Handler:
    """ABS (and with all but the sign), NEG (xor with the sign): bits, so that a NaN's payload stays."""
    form = f"{name}PS_x_m128"

    def handler(c: Compiler, _: None) -> None:
        entry = c.take()
        usable(c, entry)
        to = c.to_new_register(entry, len(c.entries))
        c.emit(form, to - XMM, _mask(c, suffix, sign=sign))
        c.push(to)

    return handler


def copy_sign(suffix: str) -> Handler:
    """COPYSIGN."""

    def handler(c: Compiler, _: None) -> None:
        right = c.take()
        if right >= MEM:
            c.emit("MOVSD_x_m64", _SCRATCH, c.home(len(c.entries)))
        else:
            c.load(SCRATCH_FLOAT, right, 0)
        c.emit("ANDPS_x_m128", _SCRATCH, _mask(c, suffix, sign=True))
        entry = c.take()
        usable(c, entry)
        to = c.to_new_register(entry, len(c.entries))
        c.emit("ANDPS_x_m128", to - XMM, _mask(c, suffix, sign=False))
        c.emit("ORPS_x_x", to - XMM, _SCRATCH)
        c.push(to)

    return handler


def _handlers() -> dict[int, Handler]:
    found: dict[int, Handler] = {}
    for suffix, at in (("SS", 0), ("SD", op.F64_ABS - op.F32_ABS)):
        found |= {
            op.F32_ABS + at: sign_operation("AND", suffix, sign=False),
            op.F32_NEG + at: sign_operation("XOR", suffix, sign=True),
            op.F32_CEIL + at: rounding(suffix, _CEIL),
            op.F32_FLOOR + at: rounding(suffix, _FLOOR),
            op.F32_TRUNC + at: rounding(suffix, _TRUNC),
            op.F32_NEAREST + at: rounding(suffix, _NEAREST),
            op.F32_SQRT + at: square_root(suffix),
            op.F32_ADD + at: arithmetic("ADD", suffix, commutes=True),
            op.F32_SUB + at: arithmetic("SUB", suffix, commutes=False),
            op.F32_MUL + at: arithmetic("MUL", suffix, commutes=True),
            op.F32_DIV + at: arithmetic("DIV", suffix, commutes=False),
            op.F32_MIN + at: minimum(suffix, maximum=False),
            op.F32_MAX + at: minimum(suffix, maximum=True),
            op.F32_COPYSIGN + at: copy_sign(suffix),
        }
    return found


HANDLERS: Final = _handlers()
