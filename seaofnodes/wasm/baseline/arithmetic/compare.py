"""Comparisons: the flags go straight to a branch or select where one follows."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.template.values import MEM, XMM, constant_bits, signed
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.arithmetic.integer import fits
from seaofnodes.wasm.baseline.compiler import NEGATED, Compiler, Handler

_SWAPPED: Final = {
    "E": "E", "NE": "NE", "L": "G", "G": "L", "LE": "GE", "GE": "LE", "B": "A", "A": "B", "BE": "AE", "AE": "BE"
}  # fmt: skip


def push_flag(c: Compiler, condition: str) -> None:
    """Push 1 or 0."""
    c.flags_live = True  # whatever makes room for the result must keep them
    register = c.allocate()
    c.emit(f"SET{condition}_r8", register)
    c.emit("MOVZX_r32_r8", register, register)
    c.flags_live = False
    c.push(register)


def compare(condition: str, width: int) -> Handler:
    """EQ, NE, LT, GT, LE, GE."""
    rr, ri, rm, mi, mr = (
        f"CMP_{kinds.format(width)}" for kinds in ("r{0}_r{0}", "r{0}_i32", "r{0}_m{0}", "m{0}_i32", "m{0}_r{0}")
    )
    test = f"TEST_r{width}_r{width}"
    swapped = _SWAPPED[condition]

    def handler(c: Compiler, _: None) -> None:
        right = c.take()
        right_index = len(c.entries)
        left = c.take()
        left_index = right_index - 1
        code = condition
        if left < 0 and right >= 0:
            left, right, left_index, right_index = right, left, right_index, left_index
            code = swapped
        if left < 0:
            left = c.to_register(left, left_index)
        if right < 0 and not fits(right, width):
            right = c.to_register(right, right_index, 1 << left if left < XMM else 0)
        if right < 0:
            immediate = signed(constant_bits(right), width)
            if left >= MEM:
                c.emit(mi, c.home(left_index), immediate)
            elif not immediate and code in ("E", "NE", "L", "GE", "G", "LE"):
                c.emit(test, left, left)
            else:
                c.emit(ri, left, immediate)
        elif left >= MEM:
            if right >= MEM:
                right = c.to_register(right, right_index)
            c.emit(mr, c.home(left_index), right)
        elif right >= MEM:
            c.emit(rm, left, c.home(right_index))
        else:
            c.emit(rr, left, right)
        c.push_condition(code, lambda: push_flag(c, code))

    return handler


def equal_zero(width: int) -> Handler:
    """EQZ; of a comparison that is in the flags, its negation."""

    def handler(c: Compiler, _: None) -> None:
        if c.condition is not None:
            c.condition = NEGATED[c.condition]
            return
        entry = c.take()
        if entry >= MEM:
            c.emit(f"CMP_m{width}_i32", c.home(len(c.entries)), 0)
        else:
            register = c.to_register(entry, len(c.entries))
            c.emit(f"TEST_r{width}_r{width}", register, register)
        c.push_condition("E", lambda: push_flag(c, "E"))

    return handler


def compare_floats(condition: str, suffix: str, *, swap: bool = False) -> Handler:
    """Of two floats. Unordered sets ZF, PF and CF: so lt and le swap the operands, eq and ne look at PF too."""
    width = 32 if suffix == "SS" else 64
    xx, xm = f"UCOMI{suffix}_x_x", f"UCOMI{suffix}_x_m{width}"

    def handler(c: Compiler, _: None) -> None:
        right = c.take()
        right_index = len(c.entries)
        left = c.take()
        left_index = right_index - 1
        if swap:
            left, right, left_index, right_index = right, left, right_index, left_index
        register = c.to_float_register(left, left_index, 1 << right if 0 <= right < MEM else 0) - XMM
        if right < 0:
            c.emit(xm, register, c.pooled(constant_bits(right), width // 8))
        elif right >= MEM:
            c.emit(xm, register, c.home(right_index))
        else:
            c.emit(xx, register, right - XMM)
        c.push_condition(condition, lambda: _push_float_flag(c, condition))

    return handler


def _push_float_flag(c: Compiler, condition: str) -> None:
    if condition in NEGATED and len(condition) <= 2:
        push_flag(c, condition)
        return
    # eq: ZF and not PF; ne: not ZF or PF.
    c.flags_live = True
    register = c.allocate()
    other = c.allocate(1 << register)
    c.emit("SETNP_r8" if condition == "E_NP" else "SETP_r8", register)
    c.emit("MOV_r32_i32", other, 0 if condition == "E_NP" else 1)
    c.emit("MOVZX_r32_r8", register, register)
    c.emit("CMOVNE_r32_r32", register, other)
    c.flags_live = False
    c.push(register)


def _handlers() -> dict[int, Handler]:
    found: dict[int, Handler] = {op.I32_EQZ: equal_zero(32), op.I64_EQZ: equal_zero(64)}
    conditions = ("E", "NE", "L", "B", "G", "A", "LE", "BE", "GE", "AE")
    for first, width in ((op.I32_EQ, 32), (op.I64_EQ, 64)):
        found |= {first + number: compare(condition, width) for number, condition in enumerate(conditions)}
    for first, suffix in ((op.F32_EQ, "SS"), (op.F64_EQ, "SD")):
        found |= {
            first: compare_floats("E_NP", suffix),
            first + 1: compare_floats("NE_P", suffix),
            first + 2: compare_floats("A", suffix, swap=True),
            first + 3: compare_floats("A", suffix),
            first + 4: compare_floats("AE", suffix, swap=True),
            first + 5: compare_floats("AE", suffix),
        }
    return found


HANDLERS: Final = _handlers()
