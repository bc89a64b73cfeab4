"""Integer arithmetic but division: two-address instructions with immediates and slots as operands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.baseline.compiler import Compiler, Handler
from seaofnodes.backend.baseline.values import MEM, SCRATCH, XMM, constant, constant_bits, signed
from seaofnodes.backend.layout import RCX
from seaofnodes.wasm import opcodes as op

Fold = Callable[[int, int], int]


def fits(entry: int, width: int) -> bool:
    """Is the entry a constant that an instruction of that width takes as an immediate?"""
    return entry < 0 and (width == 32 or -0x8000_0000 <= signed(~entry >> 1, 64) < 0x8000_0000)


def overwrites(c: Compiler, register: int) -> bool:
    """Does the next instruction set the local that alone still owns this register? Then the register is free from now on."""
    owners = c.owners[register]
    if len(owners) == 1 and owners[0] < c.locals:
        following = c.index + 1
        if c.body.opcodes[following] in (op.LOCAL_SET, op.LOCAL_TEE) and c.body.immediates[following] == owners[0]:
            index = owners.pop()
            c.entries[index] = MEM if register < XMM else MEM + 1
            c.clean.discard(index)
            c.free |= 1 << register
            return True
    return False


def usable(c: Compiler, entry: int) -> bool:
    """Is the operand just taken in a register that may be overwritten?"""
    return 0 <= entry < MEM and (bool(c.free >> entry & 1) or overwrites(c, entry))


def arithmetic(name: str, width: int, fold: Fold, *, commutes: bool) -> Handler:
    """ADD, SUB, AND, OR, XOR."""
    rr, ri, rm = (f"{name}_r{width}_{kind}" for kind in (f"r{width}", "i32", f"m{width}"))
    mask = (1 << width) - 1
    lea = f"LEA_r{width}_m"
    sign = {"ADD": 1, "SUB": -1}.get(name, 0)

    def handler(c: Compiler, _: None) -> None:
        right = c.take()
        right_index = len(c.entries)
        left = c.take()
        left_index = right_index - 1
        if left < 0 and commutes:
            left, right, left_index, right_index = right, left, right_index, left_index
        if right < 0:
            if left < 0:
                c.entries.append(constant(fold(constant_bits(left), constant_bits(right)) & mask))
                return
            if fits(right, width):
                immediate = signed(constant_bits(right), width)
                if usable(c, left) or not 0 <= left < XMM or not sign or immediate == -0x8000_0000:
                    to = c.to_new_register(left, left_index)
                    c.emit(ri, to, immediate)
                else:
                    to = c.allocate()
                    c.emit(lea, to, Mem(left, sign * immediate))
                c.push(to)
                return
            right = c.to_register(right, right_index, 1 << left if left < XMM else 0)
        if not usable(c, left):
            if commutes and usable(c, right):
                left, right, left_index, right_index = right, left, right_index, left_index
            elif sign > 0 and 0 <= left < XMM and 0 <= right < XMM:
                to = c.allocate()
                c.emit(lea, to, Mem(left, 0, right))
                c.push(to)
                return
        to = c.to_new_register(left, left_index, 1 << right if right < XMM and right != left else 0)
        if right < XMM:
            c.emit(rr, to, right)
        else:
            c.emit(rm, to, c.home(right_index))
        c.push(to)

    return handler


def multiply(width: int) -> Handler:
    """MUL; there is a form with an immediate and another target."""
    rr, rm, rri, rmi = (
        f"IMUL_r{width}_{kind}" for kind in (f"r{width}", f"m{width}", f"r{width}_i32", f"m{width}_i32")
    )
    mask = (1 << width) - 1

    def handler(c: Compiler, _: None) -> None:
        right = c.take()
        right_index = len(c.entries)
        left = c.take()
        left_index = right_index - 1
        if left < 0 or not usable(c, left) and usable(c, right):
            left, right, left_index, right_index = right, left, right_index, left_index
        if right < 0:
            if left < 0:
                c.entries.append(constant(constant_bits(left) * constant_bits(right) & mask))
                return
            if fits(right, width):
                immediate = signed(constant_bits(right), width)
                if left >= MEM:
                    to = c.allocate()
                    c.emit(rmi, to, c.home(left_index), immediate)
                else:
                    to = left if usable(c, left) else c.allocate()
                    c.emit(rri, to, left, immediate)
                c.push(to)
                return
            right = c.to_register(right, right_index, 1 << left if left < XMM else 0)
        to = c.to_new_register(left, left_index, 1 << right if right < XMM and right != left else 0)
        if right < XMM:
            c.emit(rr, to, right)
        else:
            c.emit(rm, to, c.home(right_index))
        c.push(to)

    return handler


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


def _rotate_left(width: int) -> Fold:
    return lambda a, n: a << n | a >> (width - n)


def _rotate_right(width: int) -> Fold:
    return lambda a, n: a >> n | a << (width - n)


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
    for width, at in ((32, 0), (64, op.I64_ADD - op.I32_ADD)):
        found |= {
            op.I32_CLZ + at: count_leading_zeros(width),
            op.I32_CTZ + at: count_trailing_zeros(width),
            op.I32_POPCNT + at: population_count(width),
            op.I32_ADD + at: arithmetic("ADD", width, lambda a, b: a + b, commutes=True),
            op.I32_SUB + at: arithmetic("SUB", width, lambda a, b: a - b, commutes=False),
            op.I32_AND + at: arithmetic("AND", width, lambda a, b: a & b, commutes=True),
            op.I32_OR + at: arithmetic("OR", width, lambda a, b: a | b, commutes=True),
            op.I32_XOR + at: arithmetic("XOR", width, lambda a, b: a ^ b, commutes=True),
            op.I32_MUL + at: multiply(width),
            op.I32_SHL + at: shift("SHL", width, lambda a, n: a << n),
            op.I32_SHR_U + at: shift("SHR", width, lambda a, n: a >> n),
            op.I32_SHR_S + at: shift("SAR", width, lambda a, n, width=width: signed(a, width) >> n),  # type: ignore[misc]
            op.I32_ROTL + at: shift("ROL", width, _rotate_left(width)),
            op.I32_ROTR + at: shift("ROR", width, _rotate_right(width)),
        }
    return found


HANDLERS: Final = _handlers()
