"""Integer addition, multiplication and logic: two-address instructions with immediates and slots as operands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.template.values import MEM, XMM, constant, constant_bits, signed
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.compiler import Compiler, Handler

Fold = Callable[[int, int], int]


def fits(entry: int, width: int) -> bool:
    """Is the entry a constant that an instruction of that width takes as an immediate?"""
    return entry < 0 and (width == 32 or -0x8000_0000 <= signed(~entry >> 1, 64) < 0x8000_0000)


def overwrites(c: Compiler, register: int) -> bool:
    """Does the next instruction set the local that alone still owns this register? Then it is free from now on."""
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


def _handlers() -> dict[int, Handler]:
    found: dict[int, Handler] = {}
    for at, width in ((0, 32), (op.I64_ADD - op.I32_ADD, 64)):
        found |= {
            op.I32_ADD + at: arithmetic("ADD", width, lambda a, b: a + b, commutes=True),
            op.I32_SUB + at: arithmetic("SUB", width, lambda a, b: a - b, commutes=False),
            op.I32_AND + at: arithmetic("AND", width, lambda a, b: a & b, commutes=True),
            op.I32_OR + at: arithmetic("OR", width, lambda a, b: a | b, commutes=True),
            op.I32_XOR + at: arithmetic("XOR", width, lambda a, b: a ^ b, commutes=True),
            op.I32_MUL + at: multiply(width),
        }
    return found


HANDLERS: Final = _handlers()
