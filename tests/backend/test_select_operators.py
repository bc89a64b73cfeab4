"""Every machine operator, compiled in every position an operand can be in, against its declared meaning."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import pytest

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.ir.bits import Float, unwrap, wrap
from seaofnodes.ir.builder import GraphBuilder
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops import memory
from seaofnodes.ir.ops.machine import INT64_ADD, MACHINE
from seaofnodes.ir.types import FLOAT32, FLOAT64, REFERENCE, WORD32, WORD64, Type
from seaofnodes.wasm.dialect import operators as wasm
from tests.backend.execute import Native

_WORDS = {
    WORD32: [
        0, 1, 2, 5, 31, 32, 0x7F, 0x80, 0xFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF,
        0x12345678,
    ],
    WORD64: [
        0, 1, 3, 63, 64, 0x80, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF,
        0x8000000000000000, 0x8000000000000401, 0xFFFFFFFFFFFFFFFF, 0x123456789ABCDEF0, 0xFFFFFFFF00000000,
        0x8000008000000001,
    ],
    REFERENCE: [0, 0x1000, 0x7FFFFFFFFFF8],
}  # fmt: skip
_FLOATS = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.9999999, 123456.75, -3.5e9, 2147483647.0, 2147483648.0,
    -2147483648.0, 4294967295.0, 4294967296.0, 9.223372036854775e18, 9.223372036854775808e18,
    -9.223372036854775808e18, 1.8446744073709552e19, 1e30, -1e30, 1e-40, float("inf"), float("-inf"),
    float("nan"),
]  # fmt: skip


def _operands(type: Type) -> list[int]:
    if type.is_float:
        found = [Float.of(type.bits, value).bits for value in _FLOATS]
        return [*found, 0xFFC00001 if type is FLOAT32 else 0xFFF8000000000001]
    return _WORDS[type]


def _is_defined(op: Operator, values: tuple[int, ...]) -> bool:
    name = op.name
    if ("Div" in name or "Mod" in name) and not op.signature[0].is_float:
        width = op.signature[0].bits
        overflows = values == (1 << (width - 1), (1 << width) - 1)
        return values[1] != 0 and not (overflows and name.startswith("Int") and name.endswith("Div"))
    if name.startswith("TruncateFloat") and op.control_in:
        number = Float(op.signature[0].bits, values[0]).number
        low, high = (0, 1 << op.type.bits) if "Uint" in name else (-1 << (op.type.bits - 1), 1 << (op.type.bits - 1))
        return low - 1 < number < high
    return True


def _expected(op: Operator, values: tuple[int, ...]) -> int:
    assert op.meaning is not None
    operands = [wrap(type.is_float, type.bits, value) for type, value in zip(op.signature, values, strict=True)]
    return unwrap(op.meaning(*operands), op.type.bits)


def _same(op: Operator, got: int, expected: int) -> bool:
    if op.type.is_float and Float(op.type.bits, expected).is_nan:
        return Float(op.type.bits, got).is_nan
    return got == expected


def _samples(op: Operator) -> list[tuple[int, ...]]:
    every = list(itertools.product(*(_operands(type) for type in op.signature)))
    if len(every) > 400:
        every = random.Random(op.name).sample(every, 400)
    return [values for values in every if _is_defined(op, values)]


def _apply(b: GraphBuilder, op: Operator, values: list[Node]) -> Node:
    return b.graph.node(op, *values, b.control) if op.control_in else b.op(op, *values)


# Each builder gives a function from the operands to (the result, what else must be left as it was).


def _from_registers(op: Operator) -> Graph:
    """All operands are parameters; others live on across the operation, so that registers are scarce."""
    others: list[Type] = [
        WORD32,
        WORD64,
        FLOAT64,
        WORD64,
        WORD64,
        FLOAT32,
        WORD64,
        WORD64,
        WORD64,
        WORD64,
        WORD64,
        WORD64,
    ]
    b = GraphBuilder(Graph(op.name, [WORD64, *op.signature, *others], [op.type, *others]))
    count = len(op.signature)
    result = _apply(b, op, [b.parameter(i) for i in range(count)])
    b.return_(result, *(b.parameter(count + i) for i in range(len(others))))
    return b.graph


def _pressed(op: Operator) -> Graph:
    """Operands that came a long way, and are needed again."""
    b = GraphBuilder(Graph(op.name, [WORD64, *op.signature, WORD64], [op.type, *op.signature, WORD64]))
    operands = [b.parameter(i) for i in range(len(op.signature))]
    seed = b.parameter(len(operands))
    many = [b.op(INT64_ADD, seed, b.graph.int64(i * 0x1234567)) for i in range(16)]
    for value in many:
        b.op(wasm.global_set(0, WORD64, "g"), b.context, value)
    result = _apply(b, op, operands)
    total = seed
    for value in many:
        total = b.op(INT64_ADD, total, value)
    b.return_(result, *operands, total)
    return b.graph


def _from_memory(op: Operator, which: int) -> Graph:
    """One operand is loaded right before, so that the instruction may read memory; the others are parameters."""
    b = GraphBuilder(Graph(op.name, [WORD64, *op.signature], [op.type]))
    start = b.op(wasm.memory_start(0), b.context)
    operands = []
    for i, type in enumerate(op.signature):
        if i == which:
            operands.append(
                b.op(
                    memory.load(
                        memory.MemoryAccess(0, f"Float{type.bits}" if type.is_float else f"Word{type.bits}", type, 16)
                    ),
                    start,
                    b.graph.int32(8),
                )
            )
        else:
            operands.append(b.parameter(i))
    b.return_(_apply(b, op, operands))
    return b.graph


def _with_constant(op: Operator, which: int, bits: int) -> Graph:
    b = GraphBuilder(Graph(op.name, [WORD64, *op.signature], [op.type]))
    operands = [
        b.graph.constant_of(type, bits) if i == which else b.parameter(i) for i, type in enumerate(op.signature)
    ]
    b.return_(_apply(b, op, operands))
    return b.graph


def _on_itself(op: Operator) -> Graph:
    b = GraphBuilder(Graph(op.name, [WORD64, op.signature[0]], [op.type]))
    b.return_(_apply(b, op, [b.parameter(0), b.parameter(0)]))
    return b.graph


_EXTRAS = [0xFEDCBA98, 0x0123456789ABCDEF, 0x400921FB54442D18, 3, 4, 0x3F800000, 6, 7, 8, 9, 10, 11]


@pytest.fixture(scope="module")
def native() -> Native:
    return Native()


@pytest.fixture(params=["least", "this machine's"])
def features(request: pytest.FixtureRequest) -> CpuFeatures:
    return CpuFeatures() if request.param == "least" else CpuFeatures.detect()


@pytest.mark.parametrize("name", MACHINE)
def test_operator_between_registers(name: str, native: Native, features: CpuFeatures) -> None:
    op = MACHINE[name]
    call = native.function(_from_registers(op), features)
    for values in _samples(op):
        got, *rest = call(*values, *_EXTRAS)
        expected = _expected(op, values)
        assert _same(op, got, expected), (name, [hex(v) for v in values], hex(got), hex(expected))
        assert rest == _EXTRAS


@pytest.mark.parametrize("name", MACHINE)
def test_operator_under_pressure(name: str, native: Native, features: CpuFeatures) -> None:
    op = MACHINE[name]
    call = native.function(_pressed(op), features)
    seed = 0x1111222233334444
    total = seed + sum(seed + i * 0x1234567 for i in range(16)) & (1 << 64) - 1
    for values in _samples(op)[:100]:
        got, *rest = call(*values, seed)
        assert _same(op, got, _expected(op, values)), (name, values)
        assert rest == [*values, total]


@pytest.mark.parametrize("name", MACHINE)
def test_operator_on_memory(name: str, native: Native, features: CpuFeatures) -> None:
    op = MACHINE[name]
    for which, type in enumerate(op.signature):
        if type is REFERENCE:
            continue
        call = native.function(_from_memory(op, which), features)
        for values in _samples(op)[:100]:
            place = values[which].to_bytes(type.bits // 8, "little")
            native.memory[24 : 24 + len(place)] = place
            assert _same(op, call(*values)[0], _expected(op, values)), (name, which, values)


def _constants(type: Type) -> Iterator[int]:
    yield from _operands(type)
    if type is WORD32 or type is WORD64:
        yield from (3, 9, 4, 0x55)


@pytest.mark.parametrize("name", [name for name, op in MACHINE.items() if len(op.signature) > 1])
def test_operator_with_a_constant(name: str, native: Native) -> None:
    op = MACHINE[name]
    features = CpuFeatures.detect()
    samples = _samples(op)
    for which, type in enumerate(op.signature):
        if type is REFERENCE:
            continue
        for bits in _constants(type):
            call = native.function(_with_constant(op, which, bits), features)
            for values in samples[:: max(len(samples) // 25, 1)]:
                changed = (*values[:which], bits, *values[which + 1 :])
                if _is_defined(op, changed):
                    assert _same(op, call(*changed)[0], _expected(op, changed)), (name, which, bits, changed)


@pytest.mark.parametrize(
    "name", [name for name, op in MACHINE.items() if len(op.signature) == 2 and op.signature[0] is op.signature[1]]
)
def test_operator_on_the_same_value_twice(name: str, native: Native, features: CpuFeatures) -> None:
    op = MACHINE[name]
    call = native.function(_on_itself(op), features)
    for value in _operands(op.signature[0]):
        if _is_defined(op, (value, value)):
            assert _same(op, call(value)[0], _expected(op, (value, value))), (name, value)


_CONDITIONS = [name for name, op in MACHINE.items() if name.endswith(("Equal", "LessThan", "LessThanOrEqual"))]


def _conditional(op: Operator, how: str) -> Graph:
    """1 if the comparison holds, else 2: by a branch, a select, or the value itself."""
    b = GraphBuilder(Graph(op.name, [WORD64, *op.signature], [WORD32]))
    one, two = b.graph.int32(1), b.graph.int32(2)
    condition = b.op(op, b.parameter(0), b.parameter(1))
    equal = MACHINE["Word32Equal"]
    if how.startswith("not"):
        condition = b.op(equal, condition, b.graph.int32(0))
        one, two = two, one
    if how.endswith("branch"):
        [result] = b.if_else(condition, lambda: [one], lambda: [two])
    elif how.endswith("select"):
        result = b.op(MACHINE["Word32Select"], condition, one, two)
    elif how.endswith("float"):
        bits = [b.graph.float64(node.op.parameters) for node in (one, two)]
        select = b.op(MACHINE["Float64Select"], condition, *bits)
        result = b.op(MACHINE["TruncateInt64ToInt32"], b.op(MACHINE["BitcastFloat64ToInt64"], select))
    else:
        result = b.op(MACHINE["Int32Sub"], b.graph.int32(2), condition)
        if how.startswith("not"):
            result = b.op(MACHINE["Int32Sub"], b.graph.int32(3), result)
    b.return_(result)
    return b.graph


@pytest.mark.parametrize(
    "how", ["branch", "not branch", "select", "not select", "float", "not float", "value", "not value"]
)
@pytest.mark.parametrize("name", _CONDITIONS)
def test_condition(name: str, how: str, native: Native, features: CpuFeatures) -> None:
    op = MACHINE[name]
    call = native.function(_conditional(op, how), features)
    for values in _samples(op):
        assert call(*values) == [1 if _expected(op, values) else 2], (name, values)
