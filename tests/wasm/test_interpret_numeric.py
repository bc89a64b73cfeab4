"""The reference interpreter's arithmetic against wasmtime, on edge cases of every numeric instruction."""

from __future__ import annotations

import itertools

import pytest
import wasmtime

from seaofnodes.errors import Trap
from seaofnodes.wasm.interpreter.numeric import ARITY, CANONICAL_FUNCTIONS, FUNCTIONS, canonical
from seaofnodes.wasm.opcodes import OBJECTS, OPCODES, Opcode
from seaofnodes.wasm.types import F32, F64, I32, I64, ValType
from tests import support

INTEGERS = {
    I32: (0, 1, 2, 31, 32, 0x7F, 0x80, 0x8000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x12345678),
    I64: (
        0,
        1,
        63,
        64,
        0x80,
        0x8000,
        0x80000000,
        0xFFFFFFFF,
        (1 << 63) - 1,
        1 << 63,
        (1 << 64) - 1,
        0x123456789ABCDEF0,
    ),
}
FLOATS = {
    F32: """0 1 -1.5 2.5 -0.5 0.9 3.5 16777217 2147483520 2147483648 -2147483648 -2147483904 4294967040 4294967296
        9.223371e18 9.223372e18 -9.223372e18 1.8446744e19 1e-45 3.4028235e38""",
    F64: """0 1 -1.5 2.5 -0.5 -0.9 3.5 2147483647.9 2147483648 -2147483648.9 -2147483649 4294967295.9 4294967296
        9007199254740993 9.223372036854775e18 9.223372036854775807e18 -9.223372036854775808e18 1.8446744073709552e19
        5e-324 1.7976931348623157e308 1.4e-45 3.4028235677973366e38""",
}
SIGN = {F32: 1 << 31, F64: 1 << 63}
SPECIAL = {
    F32: (0x7F800000, 0x7FC00000, 0x7F800001, 0xFFC00001),
    F64: (0x7FF0000000000000, 0x7FF8000000000000, 0x7FF0000000000001, 0xFFF8000000000001),
}


def operands(kind: ValType) -> list[int]:
    """Interesting bit patterns."""
    if kind in INTEGERS:
        return list(INTEGERS[kind])
    found = [support.bits(kind.name, _nearest(kind, float(value))) for value in FLOATS[kind].split()]
    return [bits ^ flip for bits in [*found, *SPECIAL[kind]] for flip in (0, SIGN[kind])]


def _nearest(kind: ValType, value: float) -> float:
    import struct

    return float(struct.unpack("<f", struct.pack("<f", value))[0]) if kind is F32 else value


def as_integer(kind: ValType) -> str:
    return {F32: "i32", F64: "i64"}.get(kind, kind.name)


def text(opcodes: list[Opcode]) -> str:
    """A function for each instruction; floats go in and out as integers."""
    functions = []
    for op in opcodes:
        assert op.params is not None and op.results is not None
        params = " ".join(as_integer(kind) for kind in op.params)
        gets = "\n".join(
            f"local.get {i}" + (f"\n{kind.name}.reinterpret_{as_integer(kind)}" if kind.is_float else "")
            for i, kind in enumerate(op.params)
        )
        result = op.results[0]
        back = f"{as_integer(result)}.reinterpret_{result.name}" if result.is_float else ""
        functions.append(
            f'(func (export "{op.name}") (param {params}) (result {as_integer(result)}) {gets} {op.name} {back})'
        )
    return "(module " + "\n".join(functions) + ")"


NUMERIC = [OPCODES[code] for code in FUNCTIONS]
PER_INSTRUCTION = 300  # pairs of operands, evenly chosen


@pytest.fixture(scope="module")
def peer() -> tuple[wasmtime.Store, wasmtime.Instance]:
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    return store, wasmtime.Instance(store, wasmtime.Module(engine, support.wat(text(NUMERIC))), [])


@pytest.mark.parametrize("op", NUMERIC, ids=lambda op: op.name)
def test_arithmetic(op: Opcode, peer: tuple[wasmtime.Store, wasmtime.Instance]) -> None:
    store, instance = peer
    function = instance.exports(store)[op.name]
    assert isinstance(function, wasmtime.Func)
    assert op.params is not None and op.results is not None
    result = op.results[0]
    mask = (1 << result.bits) - 1
    cases = list(itertools.product(*(operands(kind) for kind in op.params)))
    for case in cases[:: len(cases) // PER_INSTRUCTION + 1]:
        signed = [
            value - (1 << kind.bits) if value >> (kind.bits - 1) else value
            for kind, value in zip(op.params, case, strict=True)
        ]
        try:
            expected = function(store, *signed) & mask
        except wasmtime.Trap as trap:
            with pytest.raises(Trap) as found:
                FUNCTIONS[op.code](*case)
            assert found.value.reason in trap.message
            continue
        got = FUNCTIONS[op.code](*case)
        if result.is_float:
            assert canonical(result.bits, got) == canonical(result.bits, expected), case
            assert CANONICAL_FUNCTIONS[op.code](*case) == canonical(result.bits, expected)
        else:
            assert got == expected, case


def test_every_instruction_has_a_meaning() -> None:
    simple = {
        op.code
        for op in OPCODES.values()
        if op.params and op.results and not op.width and op.name[0] in "if" and op.code not in OBJECTS
    }
    assert simple == set(FUNCTIONS)
    assert all(ARITY[code] in (1, 2) for code in FUNCTIONS)


def test_moving_bits_keeps_payloads_unless_told_otherwise() -> None:
    by_name = {op.name: op.code for op in OPCODES.values()}
    payload = 0xFF800123
    for name in ("f32.reinterpret_i32", "i32.reinterpret_f32"):
        assert FUNCTIONS[by_name[name]](payload) == payload
    assert FUNCTIONS[by_name["f32.neg"]](payload) == 0x7F800123
    assert CANONICAL_FUNCTIONS[by_name["f32.neg"]](payload) == 0x7FC00000
    assert CANONICAL_FUNCTIONS[by_name["f32.reinterpret_i32"]](payload) == 0x7FC00000
