"""Shifts and rotates."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.layout import RCX
from seaofnodes.backend.template.values import XMM, constant, constant_bits, signed
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.arithmetic.integer import Fold, usable
from seaofnodes.wasm.baseline.compiler import Compiler, Handler


def shift(name: str, width: int, fold: Fold) -> Handler:
    """SHL, SHR, SAR, ROL, ROR: by an immediate, by any register where the processor can, else by cl."""
    by_immediate, by_cl = f"{name}_r{width}_i8", f"{name}_r{width}_cl"
    three_operands = f"{name}X_r{width}_r{width}_r{width}" if name in ("SHL", "SHR", "SAR") else ""
    rotate = f"RORX_r{width}_r{width}_i8"
    mask = (1 << width) - 1

    def handler(c: Compiler, _: None) -> None:
        right = c.take()
        right_index = len(c.entries)
        left = c.take()
        if right < 0:
            count = constant_bits(right) & (width - 1)
            if left < 0:
                c.entries.append(constant(fold(constant_bits(left), count) & mask))
                return
            if not three_operands and c.features.bmi2 and left < XMM and not usable(c, left):
                to = c.allocate()
                c.emit(rotate, to, left, count if name == "ROR" else -count % width)
            else:
                usable(c, left)
                to = c.to_new_register(left, right_index - 1)
                c.emit(by_immediate, to, count)
            c.push(to)
            return
        if three_operands and c.features.bmi2:
            right = c.to_register(right, right_index, 1 << left if 0 <= left < XMM else 0)
            left = c.to_register(left, right_index - 1, 1 << right)
            to = left if usable(c, left) else right if usable(c, right) else c.allocate()
            c.emit(three_operands, to, left, right)
            c.push(to)
            return
        _shift_by_cl(c, by_cl, left, right, right_index)

    return handler


def _shift_by_cl(c: Compiler, form: str, left: int, right: int, right_index: int) -> None:
    usable(c, left)
    pinned = 1 << RCX
    for entry in (left, right):
        if 0 <= entry < XMM:
            pinned |= 1 << entry
    c.claim(RCX, pinned)
    if left == RCX:  # about to be overwritten by the count
        to = c.allocate(pinned)
        c.move(to, RCX)
    else:
        to = c.to_new_register(left, right_index - 1, pinned & ~(1 << left if 0 <= left < XMM and left != right else 0))
    if right != RCX:
        c.load(RCX, right, right_index)
    c.emit(form, to)
    c.push(to)


def _rotate_left(width: int) -> Fold:
    return lambda a, n: a << n | a >> (width - n)


def _rotate_right(width: int) -> Fold:
    return lambda a, n: a >> n | a << (width - n)


def _shift_right_signed(width: int) -> Fold:
    return lambda a, n: signed(a, width) >> n


def _handlers() -> dict[int, Handler]:
    found: dict[int, Handler] = {}
    for first, width in ((op.I32_SHL, 32), (op.I64_SHL, 64)):
        found[first] = shift("SHL", width, lambda a, n: a << n)
        found[first + 1] = shift("SAR", width, _shift_right_signed(width))
        found[first + 2] = shift("SHR", width, lambda a, n: a >> n)
        found[first + 3] = shift("ROL", width, _rotate_left(width))
        found[first + 4] = shift("ROR", width, _rotate_right(width))
    return found


HANDLERS: Final = _handlers()
