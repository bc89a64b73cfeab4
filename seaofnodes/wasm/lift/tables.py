"""Which operators stand for which instructions: the part of lifting that is a table."""

from __future__ import annotations

from typing import Final, NamedTuple

from seaofnodes.ir.bits import Float
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.types import FLOAT32, FLOAT64, WORD32, WORD64, Type
from seaofnodes.wasm import opcodes as w


def _binary() -> dict[int, tuple[Operator, bool]]:
    """Instruction -> (operator, are its operands swapped?)."""
    plain: dict[int, Operator] = {}
    swapped: dict[int, Operator] = {}
    for width, wide, eq, less, add, conjunction in (
        ("32", 0, w.I32_EQ, w.I32_LT_S, w.I32_ADD, w.I32_AND),
        ("64", 1, w.I64_EQ, w.I64_LT_S, w.I64_ADD, w.I64_AND),
    ):
        plain[eq] = (m.WORD32_EQUAL, m.WORD64_EQUAL)[wide]
        for i, sign in enumerate(("Int", "Uint")):  # lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u
            plain[less + i] = swapped[less + 2 + i] = m.MACHINE[f"{sign}{width}LessThan"]
            plain[less + 4 + i] = swapped[less + 6 + i] = m.MACHINE[f"{sign}{width}LessThanOrEqual"]
        for i, name in enumerate(("Add", "Sub", "Mul")):
            plain[add + i] = m.MACHINE[f"Int{width}{name}"]
        for i, name in enumerate(("And", "Or", "Xor", "Shl", "Sar", "Shr", "Rol", "Ror")):
            plain[conjunction + i] = m.MACHINE[f"Word{width}{name}"]
    for width, eq, add in (("32", w.F32_EQ, w.F32_ADD), ("64", w.F64_EQ, w.F64_ADD)):
        plain[eq] = m.MACHINE[f"Float{width}Equal"]
        plain[eq + 2] = swapped[eq + 3] = m.MACHINE[f"Float{width}LessThan"]  # after eq, ne: lt gt le ge
        plain[eq + 4] = swapped[eq + 5] = m.MACHINE[f"Float{width}LessThanOrEqual"]
        for i, name in enumerate(("Add", "Sub", "Mul", "Div", "Min", "Max", "Copysign")):
            plain[add + i] = m.MACHINE[f"Float{width}{name}"]
    return {code: (op, False) for code, op in plain.items()} | {code: (op, True) for code, op in swapped.items()}


def _unary() -> dict[int, Operator]:
    found: dict[int, Operator] = {}
    for width, clz in (("32", w.I32_CLZ), ("64", w.I64_CLZ)):
        for i, name in enumerate(("Clz", "Ctz", "Popcnt")):
            found[clz + i] = m.MACHINE[f"Word{width}{name}"]
    for width, first in (("32", w.F32_ABS), ("64", w.F64_ABS)):
        for i, name in enumerate(("Abs", "Neg", "RoundUp", "RoundDown", "RoundTruncate", "RoundTiesEven", "Sqrt")):
            found[first + i] = m.MACHINE[f"Float{width}{name}"]
    for target, first in ((FLOAT32, w.F32_CONVERT_I32_S), (FLOAT64, w.F64_CONVERT_I32_S)):
        for i, (source, signed) in enumerate(((WORD32, True), (WORD32, False), (WORD64, True), (WORD64, False))):
            found[first + i] = m.INT_TO_FLOAT[source, signed, target]
    return (
        found
        | {
            w.I32_WRAP_I64: m.TRUNCATE_INT64_TO_INT32,
            w.I64_EXTEND_I32_S: m.CHANGE_INT32_TO_INT64,
            w.I64_EXTEND_I32_U: m.CHANGE_UINT32_TO_UINT64,
            w.F32_DEMOTE_F64: m.TRUNCATE_FLOAT64_TO_FLOAT32,
            w.F64_PROMOTE_F32: m.CHANGE_FLOAT32_TO_FLOAT64,
            w.I32_REINTERPRET_F32: m.BITCAST_FLOAT32_TO_INT32,
            w.I64_REINTERPRET_F64: m.BITCAST_FLOAT64_TO_INT64,
            w.F32_REINTERPRET_I32: m.BITCAST_INT32_TO_FLOAT32,
            w.F64_REINTERPRET_I64: m.BITCAST_INT64_TO_FLOAT64,
            w.I32_EXTEND8_S: m.SIGN_EXTEND_8_32,
            w.I32_EXTEND16_S: m.SIGN_EXTEND_16_32,
            w.I64_EXTEND8_S: m.SIGN_EXTEND_8_64,
            w.I64_EXTEND16_S: m.SIGN_EXTEND_16_64,
        }
        | {
            code: m.FLOAT_TO_INT[(*key, True)]
            for code, key in _conversions(w.I32_TRUNC_SAT_F32_S, w.I64_TRUNC_SAT_F32_S)
        }
    )


def _conversions(first32: int, first64: int) -> list[tuple[int, tuple[Type, bool, Type]]]:
    """Float to integer conversions (f32_s f32_u f64_s f64_u) as (instruction, (source, signed, target))."""
    sources = ((FLOAT32, True), (FLOAT32, False), (FLOAT64, True), (FLOAT64, False))
    return [
        (first + i, (source, signed, target))
        for first, target in ((first32, WORD32), (first64, WORD64))
        for i, (source, signed) in enumerate(sources)
    ]


BINARY: Final = _binary()
UNARY: Final = _unary()
NOT_EQUAL: Final = {  # there is no such operator: it is "equal" compared with 0
    w.I32_NE: m.WORD32_EQUAL,
    w.I64_NE: m.WORD64_EQUAL,
    w.F32_NE: m.FLOAT32_EQUAL,
    w.F64_NE: m.FLOAT64_EQUAL,
}
EQUAL_ZERO: Final = {w.I32_EQZ: m.WORD32_EQUAL, w.I64_EQZ: m.WORD64_EQUAL}
DIVISION: Final = {
    w.I32_DIV_S: m.INT32_DIV, w.I32_DIV_U: m.UINT32_DIV, w.I32_REM_S: m.INT32_MOD, w.I32_REM_U: m.UINT32_MOD,
    w.I64_DIV_S: m.INT64_DIV, w.I64_DIV_U: m.UINT64_DIV, w.I64_REM_S: m.INT64_MOD, w.I64_REM_U: m.UINT64_MOD,
}  # fmt: skip


class Truncation(NamedTuple):
    """A trapping conversion: x is in range if `above(low, x)` and `below(x, high)`; bounds are bit patterns."""

    op: Operator
    equal: Operator
    above: Operator
    below: Operator
    low: int
    high: int


def _truncation(source: Type, signed: bool, target: Type) -> Truncation:
    wide = source is FLOAT64
    equal = (m.FLOAT32_EQUAL, m.FLOAT64_EQUAL)[wide]
    less = (m.FLOAT32_LESS_THAN, m.FLOAT64_LESS_THAN)[wide]
    less_or_equal = (m.FLOAT32_LESS_THAN_OR_EQUAL, m.FLOAT64_LESS_THAN_OR_EQUAL)[wide]
    minimum = -(1 << (target.bits - 1)) if signed else 0
    low, above = Float.of_int(source.bits, minimum - 1), less
    if low.number != minimum - 1:  # no such float: the minimum itself is the bound
        low, above = Float.of_int(source.bits, minimum), less_or_equal
    high = Float.of_int(source.bits, 1 << (target.bits - signed))
    return Truncation(m.FLOAT_TO_INT[source, signed, target, False], equal, above, less, low.bits, high.bits)


TRUNCATION: Final = {code: _truncation(*key) for code, key in _conversions(w.I32_TRUNC_F32_S, w.I64_TRUNC_F32_S)}


def _accesses(first: int, last: int) -> dict[int, tuple[str, Type]]:
    """Loads or stores: instruction -> (representation, type of the value)."""
    found: dict[int, tuple[str, Type]] = {}
    for code in range(first, last + 1):
        group, _, operation = w.OPCODES[code].name.partition(".")
        type = {"i32": WORD32, "i64": WORD64, "f32": FLOAT32, "f64": FLOAT64}[group]
        bits = w.OPCODES[code].width * 8
        signs = {"s": "Int", "u": "Uint"}
        found[code] = (f"Float{bits}" if type.is_float else f"{signs.get(operation[-1], 'Word')}{bits}", type)
    return found


LOADS: Final = _accesses(w.I32_LOAD, w.I64_LOAD32_U)
STORES: Final = _accesses(w.I32_STORE, w.I64_STORE32)
