"""Every numeric instruction on edge cases: operands in registers, as constants, in the frame; compares before branches.

The oracle is wasmtime. Everything crosses as integer bits; where a NaN comes out of arithmetic, any quiet NaN will do.
"""

from __future__ import annotations

import functools
import itertools
import math
import struct
from typing import Any

import pytest
import wasmtime

import seaofnodes
from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.opcodes import OPCODES, Opcode
from seaofnodes.wasm.types import ValType
from tests.support import wat

I32 = [
    0, 1, 2, 5, 31, 32, 33, 127, 128, 255, 0x7FFF, 0x8000, 0x12345678, 0x7FFFFFFF, 0x80000000, 0xDEADBEEF, 0xFFFFFFFF
]  # fmt: skip
I64 = [*I32, 63, 64, 1 << 32, 0x7FFFFFFF_FFFFFFFF, 1 << 63, 0xFFFFFFFF_80000000, 0xFFFFFFFF_7FFFFFFF, (1 << 64) - 1]
FLOATS = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.9999999, -0.9999999, 3.7, 4503599627370497.5,
    2147483647.0, 2147483648.0, -2147483648.0, -2147483648.9, -2147483649.0, 4294967295.0, 4294967295.9, 4294967296.0,
    9.223372036854775e18, 9223372036854775808.0, -9223372036854775808.0, -9.3e18, 1.8446744073709550e19,
    1.8446744073709552e19, 1e-40, 5e-324, 1e39, -1e300, math.inf, -math.inf,
]  # fmt: skip
NANS = {"f32": [0x7FC00000, 0xFFC00000, 0x7FA00001], "f64": [0x7FF8 << 48, 0xFFF8 << 48, (0x7FF4 << 48) | 1]}
BITWISE = ("neg", "abs", "copysign", "reinterpret", "load", "store")  # a NaN's payload and sign must come through

NUMERIC = [
    opcode
    for opcode in OPCODES.values()
    if opcode.params and opcode.results and not opcode.width
    if opcode.code not in (op.SELECT, op.MEMORY_GROW, *op.OBJECTS)
]


@functools.cache
def edges(kind: str) -> list[int]:
    """Interesting bit patterns of a type."""
    if kind in ("i32", "i64"):
        return I32 if kind == "i32" else I64
    found = []
    for value in FLOATS:
        try:
            found.append(int.from_bytes(struct.pack("<f" if kind == "f32" else "<d", value), "little"))
        except OverflowError:
            continue
    return found + NANS[kind]


def integer(kind: str) -> str:
    return "i" + kind[1:]


def literal(kind: str, bits: int) -> str:
    """A constant, NaN payloads included."""
    text = f"({integer(kind)}.const {bits})"
    if kind[0] == "i":
        return text
    width, mantissa = (8, 23) if kind == "f32" else (16, 52)
    value = struct.unpack("<f" if kind == "f32" else "<d", bits.to_bytes(width // 2, "little"))[0]
    if not math.isnan(value):
        return f"({kind}.const {value.hex() if math.isfinite(value) else value})"
    sign = "-" if bits >> (8 * width // 2 - 1) else ""
    return f"({kind}.const {sign}nan:{bits & ((1 << mantissa) - 1):#x})"


def get(kind: str, number: int) -> str:
    found = f"(local.get {number})"
    return found if kind[0] == "i" else f"({kind}.reinterpret_{integer(kind)} {found})"


def give(kind: ValType, text: str) -> str:
    return text if not kind.is_float else f"({integer(kind.name)}.reinterpret_{kind.name} {text})"


def module_text(opcode: Opcode) -> tuple[str, list[tuple[str, list[tuple[int, ...]]]]]:
    """A module of functions around one instruction, and the arguments for each."""
    assert opcode.params and opcode.results
    kinds = [kind.name for kind in opcode.params]
    result = opcode.results[0]
    params = "".join(f"(param {integer(kind)})" for kind in kinds)
    operands = [get(kind, number) for number, kind in enumerate(kinds)]
    every = list(itertools.product(*(edges(kind) for kind in kinds)))
    functions: list[str] = []
    calls: list[tuple[str, list[tuple[int, ...]]]] = []

    def add(body: str, arguments: list[tuple[int, ...]], *, raw: bool = False) -> None:
        name = f"f{len(calls)}"
        text = body if raw else give(result, body)
        head = f'(func (export "{name}") {params} (result {integer(result.name)}) (local $l {result.name})'
        functions.append(f"{head} {text})")
        calls.append((name, arguments))

    def apply(*operands: str) -> str:
        return f"({opcode.name} {' '.join(operands)})"

    add(apply(*operands), every)
    # The operands stay alive, so that the result needs a register of its own.
    again = " ".join(f"(drop (local.get {n}))" for n in range(len(kinds)))
    add(f"(block (result {result.name}) {apply(*operands)} {again})", every[:40])
    # The operands come from the frame: a call has emptied the registers.
    add(f"(block (result {result.name}) (call $clobber) {apply(*operands)})", every[:60])
    pushed = "".join(operands)
    add(f"(block (result {result.name}) {pushed} (call $clobber) {opcode.name})", every[:60])
    # Into one of its operands' own locals.
    if kinds[0] == result.name:
        rest = "".join(operands[1:])
        again = f"(local.set $l {operands[0]}) (local.set $l ({opcode.name} (local.get $l) {rest})) (local.get $l)"
        add(f"(block (result {result.name}) {again})", every[:60])
    for number, kind in enumerate(kinds):
        for bits in edges(kind):
            constants = [*operands]
            constants[number] = literal(kind, bits)
            arguments = [tuple(bits if n == number else value for n, value in enumerate(row)) for row in every]
            add(apply(*constants), list(dict.fromkeys(arguments))[:: 1 if len(kinds) == 1 else 4])
    if len(kinds) == 2:
        for row in every[:: max(1, len(every) // 20)]:
            add(apply(*map(literal, kinds, row)), [row])
    if result.name == "i32" and (op.I32_EQZ <= opcode.code <= op.F64_GE):
        some = every if len(kinds) == 1 else every[::3]
        for condition in (apply(*operands), f"(i32.eqz {apply(*operands)})"):
            add(f"(if (result i32) {condition} (then (i32.const 7)) (else (i32.const 9)))", some)
            add(f"(select (i32.const 7) (global.get $x) {condition})", some)
            add(f"(i32.wrap_i64 (i64.trunc_f64_s (select (f64.const 3) (f64.const 4) {condition})))", some)
            add(f"(block (br_if 0 {condition}) (return (i32.const 9))) (i32.const 7)", some, raw=True)
            add(f"(block (result i32) (drop (br_if 0 (i32.const 5) {condition})) (i32.const 6))", some)
    text = "\n".join(functions)
    head = "(module (global $x (mut i32) (i32.const 11)) (func $clobber)"
    return f"{head}\n{text})", calls


def is_quiet_nan(kind: str, bits: int) -> bool:
    quiet = 0x7FC00000 if kind == "f32" else 0x7FF8 << 48
    return bits & quiet == quiet


def check(opcode: Opcode, engine: Any) -> None:
    text, calls = module_text(opcode)
    data = wat(text)
    ours = engine.instantiate(data).exports
    oracle = wasmtime.Engine()
    store = wasmtime.Store(oracle)
    theirs: Any = wasmtime.Instance(store, wasmtime.Module(oracle, data), []).exports(store)
    assert opcode.params and opcode.results
    widths = [kind.bits for kind in opcode.params]
    result = opcode.results[0]
    exact = not result.is_float or any(word in opcode.name for word in BITWISE)
    for name, arguments in calls:
        function, function_bits = theirs[name], ours[name].call_bits
        for row in arguments:
            signed = [
                bits - (1 << width) if bits >> (width - 1) else bits for bits, width in zip(row, widths, strict=True)
            ]
            expected: int | str
            try:
                expected = function(store, *signed) & ((1 << result.bits) - 1)
            except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
                expected = str(error)
            try:
                got: int = function_bits(*row)[0]
            except seaofnodes.Trap as trap:
                assert isinstance(expected, str) and trap.reason.removeprefix("integer ") in expected, (name, row, trap)
                continue
            nan = not exact and isinstance(expected, int) and is_quiet_nan(result.name, expected)
            agrees = is_quiet_nan(result.name, got) if nan else got == expected
            assert agrees, (text, name, [hex(bits) for bits in row])


@pytest.mark.parametrize("opcode", NUMERIC, ids=lambda opcode: opcode.name)
def test_instruction(opcode: Opcode) -> None:
    check(opcode, seaofnodes.Engine(tier="baseline"))


@pytest.mark.parametrize(
    "name",
    "clz ctz shl shr_s shr_u rotl rotr add min max sqrt floor nearest copysign convert_i64_u trunc_f64_u".split(),
)
def test_without_newer_instructions(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a processor that has none of the optional instructions."""
    monkeypatch.setattr("seaofnodes.runtime.tiers.compile.cpu_features", CpuFeatures)
    for opcode in NUMERIC:
        if opcode.name.endswith(f".{name}"):
            check(opcode, seaofnodes.Engine(tier="baseline"))
