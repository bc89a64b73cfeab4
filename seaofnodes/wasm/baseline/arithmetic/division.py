"""Integer division and remainder: in rax and rdx, with explicit checks."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Label
from seaofnodes.backend.layout import RAX, RDX
from seaofnodes.backend.template.values import SCRATCH, XMM, constant_bits, signed
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.arithmetic.integer import usable
from seaofnodes.wasm.baseline.compiler import Compiler, Handler

_DIVIDE_BY_ZERO: Final = "integer divide by zero"
_OVERFLOW: Final = "integer overflow"


def divide(width: int, *, is_signed: bool, remainder: bool) -> Handler:
    """DIV_S, DIV_U, REM_S, REM_U."""
    reg = f"r{width}"

    def handler(c: Compiler, _: None) -> None:
        right = c.take()
        right_index = len(c.entries)
        left = c.take()
        left_index = right_index - 1
        divisor = signed(constant_bits(right), width) if right < 0 else None
        if divisor and not is_signed and divisor > 0 and divisor & (divisor - 1) == 0:
            usable(c, left)
            to = c.to_new_register(left, left_index)
            if remainder and divisor > 0x8000_0000:
                c.asm.move_constant(SCRATCH, divisor - 1)
                c.emit("AND_r64_r64", to, SCRATCH)
            elif remainder:
                c.emit(f"AND_{reg}_i32", to, divisor - 1)
            elif divisor > 1:
                c.emit(f"SHR_{reg}_i8", to, divisor.bit_length() - 1)
            c.push(to)
            return
        pinned = 1 << RAX | 1 << RDX
        for entry in (left, right):
            if 0 <= entry < XMM:
                pinned |= 1 << entry
        c.claim(RAX, pinned)
        c.claim(RDX, pinned)
        if right in (RAX, RDX):  # still there, but not for long
            c.move(SCRATCH, right)
            right = SCRATCH
        c.load(RAX, left, left_index)
        right = c.to_register(right, right_index, pinned)
        if divisor is None:
            c.emit(f"TEST_{reg}_{reg}", right, right)
            c.asm.jcc("E", c.trap_label(_DIVIDE_BY_ZERO))
        elif not divisor:
            c.trap(_DIVIDE_BY_ZERO)
        done = Label()
        if not is_signed:
            c.emit("XOR_r32_r32", RDX, RDX)
            c.emit(f"DIV_{reg}", right)
        else:
            if divisor is None or divisor == -1:
                _check_minus_one(c, width, right, done, remainder)
            c.emit("CDQ" if width == 32 else "CQO")
            c.emit(f"IDIV_{reg}", right)
        c.asm.bind(done)
        c.push(RDX if remainder else RAX)

    return handler


def _check_minus_one(c: Compiler, width: int, right: int, done: Label, remainder: bool) -> None:
    """The processor faults on the least number divided by -1; the remainder is 0, the quotient traps."""
    back = Label()
    overflow = None if remainder else c.trap_label(_OVERFLOW)

    def slow() -> None:
        if overflow is None:
            c.emit("XOR_r32_r32", RDX, RDX)
            c.asm.jmp(done)
            return
        if width == 32:
            c.emit("CMP_r32_i32", RAX, -0x8000_0000)
        else:
            c.emit("MOV_r64_i64", RDX, -0x8000_0000_0000_0000)
            c.emit("CMP_r64_r64", RAX, RDX)
        c.asm.jcc("E", overflow)
        c.asm.jmp(back)

    c.emit(f"CMP_r{width}_i32", right, -1)
    c.asm.jcc("E", c.defer(slow))
    c.asm.bind(back)


def _handlers() -> dict[int, Handler]:
    found: dict[int, Handler] = {}
    for first, width in ((op.I32_DIV_S, 32), (op.I64_DIV_S, 64)):
        found[first] = divide(width, is_signed=True, remainder=False)
        found[first + 1] = divide(width, is_signed=False, remainder=False)
        found[first + 2] = divide(width, is_signed=True, remainder=True)
        found[first + 3] = divide(width, is_signed=False, remainder=True)
    return found


HANDLERS: Final = _handlers()
