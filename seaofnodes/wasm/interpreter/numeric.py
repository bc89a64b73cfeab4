"""Meaning of the numeric instructions on bit patterns: plain integers for i32 and i64, `ir/bits.py` for floats.

Written from the specification, apart from the operators' meanings, so that either can check the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.errors import Trap
from seaofnodes.ir.bits import CANONICAL_NAN, Bits, Float
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.interpreter.values import from_bits, to_bits
from seaofnodes.wasm.types import F32, F64

__all__ = ["ARITY", "CANONICAL_FUNCTIONS", "FUNCTIONS", "canonical", "from_bits", "to_bits"]
Function = Callable[..., int]


def _signed(value: int, width: int) -> int:
    return value - (1 << width) if value >> (width - 1) else value


def _divide(a: int, b: int, width: int, signed: bool) -> int:
    if b == 0:
        raise Trap("integer divide by zero")
    if signed:
        a, b = _signed(a, width), _signed(b, width)
        if a == -(1 << (width - 1)) and b == -1:
            raise Trap("integer overflow")
    quotient = abs(a) // abs(b)
    return (quotient if (a < 0) == (b < 0) else -quotient) & ((1 << width) - 1)


def _remainder(a: int, b: int, width: int, signed: bool) -> int:
    if b == 0:
        raise Trap("integer divide by zero")
    if signed:
        a, b = _signed(a, width), _signed(b, width)
    rest = abs(a) % abs(b)
    return (-rest if a < 0 else rest) & ((1 << width) - 1)


def _integers(n: int, eqz: int, clz: int, add: int) -> dict[int, Function]:
    """Instructions on integers of n bits: comparisons from eqz on, counts from clz on, arithmetic from add on."""
    mask = (1 << n) - 1

    def signed(value: int) -> int:
        return _signed(value, n)

    functions: list[tuple[int, list[Function]]] = [
        (
            eqz,
            [
                lambda a: int(a == 0),
                lambda a, b: int(a == b),
                lambda a, b: int(a != b),
                lambda a, b: int(signed(a) < signed(b)),
                lambda a, b: int(a < b),
                lambda a, b: int(signed(a) > signed(b)),
                lambda a, b: int(a > b),
                lambda a, b: int(signed(a) <= signed(b)),
                lambda a, b: int(a <= b),
                lambda a, b: int(signed(a) >= signed(b)),
                lambda a, b: int(a >= b),
            ],
        ),
        (
            clz,
            [
                lambda a: n - a.bit_length(),
                lambda a: (a & -a).bit_length() - 1 if a else n,
                lambda a: a.bit_count(),
            ],
        ),
        (
            add,
            [
                lambda a, b: (a + b) & mask,
                lambda a, b: (a - b) & mask,
                lambda a, b: (a * b) & mask,
                lambda a, b: _divide(a, b, n, True),
                lambda a, b: _divide(a, b, n, False),
                lambda a, b: _remainder(a, b, n, True),
                lambda a, b: _remainder(a, b, n, False),
                lambda a, b: a & b,
                lambda a, b: a | b,
                lambda a, b: a ^ b,
                lambda a, b: (a << (b % n)) & mask,
                lambda a, b: (signed(a) >> (b % n)) & mask,
                lambda a, b: a >> (b % n),
                lambda a, b: (a << (b % n) | a >> (n - b % n)) & mask,
                lambda a, b: (a >> (b % n) | a << (n - b % n)) & mask,
            ],
        ),
    ]
    return {first + i: function for first, group in functions for i, function in enumerate(group)}


def _floats(n: int, eq: int, absolute: int, add: int) -> dict[int, Function]:
    """Instructions on floats of n bits: comparisons from eq on, unary from absolute on, binary from add on."""

    def unary(function: Callable[[Float], Float]) -> Function:
        return lambda a: function(Float(n, a)).bits

    def binary(function: Callable[[Float, Float], Float]) -> Function:
        return lambda a, b: function(Float(n, a), Float(n, b)).bits

    def compare(function: Callable[[float, float], bool]) -> Function:
        return lambda a, b: int(function(Float(n, a).number, Float(n, b).number))

    functions: list[tuple[int, list[Function]]] = [
        (
            eq,
            [
                compare(lambda a, b: a == b),
                compare(lambda a, b: a != b),
                compare(lambda a, b: a < b),
                compare(lambda a, b: a > b),
                compare(lambda a, b: a <= b),
                compare(lambda a, b: a >= b),
            ],
        ),
        (
            absolute,
            [
                unary(abs),
                unary(lambda a: -a),
                unary(lambda a: a.round("ceil")),
                unary(lambda a: a.round("floor")),
                unary(lambda a: a.round("trunc")),
                unary(lambda a: a.round("nearest")),
                unary(lambda a: a.sqrt()),
            ],
        ),
        (
            add,
            [
                binary(lambda a, b: a + b),
                binary(lambda a, b: a - b),
                binary(lambda a, b: a * b),
                binary(lambda a, b: a / b),
                binary(lambda a, b: a.minimum(b)),
                binary(lambda a, b: a.maximum(b)),
                binary(lambda a, b: a.copysign(b)),
            ],
        ),
    ]
    return {first + i: function for first, group in functions for i, function in enumerate(group)}


def _truncate(source: int, signed: bool, target: int) -> Function:
    low, high = (-(1 << (target - 1)), (1 << (target - 1)) - 1) if signed else (0, (1 << target) - 1)

    def truncate(a: int) -> int:
        if Float(source, a).is_nan:
            raise Trap("invalid conversion to integer")
        value = Float(source, a).number
        if value in (float("inf"), float("-inf")) or not low <= int(value) <= high:
            raise Trap("integer overflow")
        return int(value) & ((1 << target) - 1)

    return truncate


def _saturate(source: int, signed: bool, target: int) -> Function:
    return lambda a: Float(source, a).to_int_saturating(target, signed).value


def _conversions() -> dict[int, Function]:
    found: dict[int, Function] = {
        w.I32_WRAP_I64: lambda a: a & 0xFFFFFFFF,
        w.I64_EXTEND_I32_S: lambda a: _signed(a, 32) & 0xFFFFFFFFFFFFFFFF,
        w.I64_EXTEND_I32_U: lambda a: a,
        w.F32_DEMOTE_F64: lambda a: Float(64, a).to_float(32).bits,
        w.F64_PROMOTE_F32: lambda a: Float(32, a).to_float(64).bits,
    }
    for code in (w.I32_REINTERPRET_F32, w.I64_REINTERPRET_F64, w.F32_REINTERPRET_I32, w.F64_REINTERPRET_I64):
        found[code] = lambda a: a
    for first, target in ((w.F32_CONVERT_I32_S, 32), (w.F64_CONVERT_I32_S, 64)):
        for i, (source, signed) in enumerate(((32, True), (32, False), (64, True), (64, False))):
            found[first + i] = _convert(source, signed, target)
    kinds = ((32, True), (32, False), (64, True), (64, False))
    for i, (source, signed) in enumerate(kinds):
        found[w.I32_TRUNC_F32_S + i] = _truncate(source, signed, 32)
        found[w.I64_TRUNC_F32_S + i] = _truncate(source, signed, 64)
        found[w.I32_TRUNC_SAT_F32_S + i] = _saturate(source, signed, 32)
        found[w.I64_TRUNC_SAT_F32_S + i] = _saturate(source, signed, 64)
    for code, narrow, wide in (
        (w.I32_EXTEND8_S, 8, 32),
        (w.I32_EXTEND16_S, 16, 32),
        (w.I64_EXTEND8_S, 8, 64),
        (w.I64_EXTEND16_S, 16, 64),
        (w.I64_EXTEND32_S, 32, 64),
    ):
        found[code] = _extend(narrow, wide)
    return found


def _convert(source: int, signed: bool, target: int) -> Function:
    return lambda a: Bits(source, a).to_float(target, signed).bits


def _extend(narrow: int, wide: int) -> Function:
    return lambda a: _signed(a & ((1 << narrow) - 1), narrow) & ((1 << wide) - 1)


def canonical(width: int, bits: int) -> int:
    """The bits of a float, those of the canonical NaN if it is any NaN."""
    return CANONICAL_NAN[width] if Float(width, bits).is_nan else bits


def _canonical_results(functions: dict[int, Function]) -> dict[int, Function]:
    def wrap(function: Function, width: int) -> Function:
        return lambda *operands: canonical(width, function(*operands))

    found = dict(functions)
    for code, function in functions.items():
        results = w.OPCODES[code].results
        if results in ((F32,), (F64,)):
            found[code] = wrap(function, results[0].bits)
    return found


FUNCTIONS: Final[dict[int, Function]] = {
    **_integers(32, w.I32_EQZ, w.I32_CLZ, w.I32_ADD),
    **_integers(64, w.I64_EQZ, w.I64_CLZ, w.I64_ADD),
    **_floats(32, w.F32_EQ, w.F32_ABS, w.F32_ADD),
    **_floats(64, w.F64_EQ, w.F64_ABS, w.F64_ADD),
    **_conversions(),
}
CANONICAL_FUNCTIONS: Final[dict[int, Function]] = _canonical_results(FUNCTIONS)  # every float result is canonical
ARITY: Final[dict[int, int]] = {code: len(w.OPCODES[code].params or ()) for code in FUNCTIONS}
