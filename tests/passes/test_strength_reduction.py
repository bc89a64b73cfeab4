"""Division by constants, for all kinds of divisors, and multiplications in pieces."""

from __future__ import annotations

import random

import pytest

from seaofnodes.ir.bits import Bits
from seaofnodes.ir.builder import GraphBuilder
from seaofnodes.ir.evaluator.evaluate import evaluate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops.machine import MACHINE
from seaofnodes.ir.types import WORD64
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.strength_reduction import signed_reciprocal, unsigned_reciprocal
from seaofnodes.wasm.decoder import decode_module
from tests.passes.equivalence import check_equivalent
from tests.passes.test_rules import NO_STATE
from tests.passes.texts import count, lifted, operators
from tests.support import wat

DIVISIONS = [f"{sign}{bits}{kind}" for bits in (32, 64) for sign in ("Int", "Uint") for kind in ("Div", "Mod")]


def quotient_graph(op: Operator, divisor: int) -> Graph:
    graph = Graph("quotient", [WORD64, op.type], [op.type])
    builder = GraphBuilder(graph)
    builder.return_(builder.op(op, builder.parameter(0), graph.constant_of(op.type, divisor)))
    return graph


def divisors(bits: int, picker: random.Random) -> list[int]:
    edges = [1, 2, 3, 5, 6, 7, 9, 10, 14, 25, 28, 100, 125, 625, 641, 1000, 6700417]
    edges += [(1 << k) + d for k in (4, 8, bits // 2, bits - 2, bits - 1) for d in (-1, 0, 1)]
    edges += [-divisor for divisor in edges]
    edges += [picker.getrandbits(picker.randint(2, bits)) for _ in range(25)]
    return sorted({divisor % (1 << bits) for divisor in edges} - {0})


def dividends(bits: int, divisor: int, picker: random.Random) -> set[int]:
    half = 1 << (bits - 1)
    found = {0, 1, 2, half - 1, half, half + 1, 2 * half - 1, divisor, divisor - 1, -divisor, 1 - divisor, -divisor - 1}
    for top in (half - 1, -half, 2 * half - 1):
        multiple = top // divisor * divisor
        found |= {multiple - 1, multiple, multiple + 1}
    found |= {picker.getrandbits(picker.randint(1, bits)) for _ in range(6)}
    return {value % (2 * half) for value in found}


@pytest.mark.parametrize("name", DIVISIONS)
def test_division_by_constants(name: str) -> None:
    op = MACHINE[name]
    assert op.meaning is not None
    bits, picker = op.type.bits, random.Random(name)
    for divisor in divisors(bits, picker):
        graph = quotient_graph(op, divisor)
        Pipeline.parse("strength-reduction,simplify,gvn,dead-code").run(graph, verify=True)
        assert not any("Div" in node.op.name or "Mod" in node.op.name for node in graph.reachable())
        for dividend in dividends(bits, divisor, picker):
            expected = op.meaning(Bits(bits, dividend), Bits(bits, divisor)).value
            assert evaluate(graph, [dividend], NO_STATE) == [expected], f"{name}({dividend}, {divisor})"


@pytest.mark.parametrize("bits", [6, 8, 9])
def test_reciprocals_exhaustively_where_numbers_are_short(bits: int) -> None:
    for divisor in range(2, 1 << bits):
        factor, shift = unsigned_reciprocal(divisor, bits)
        assert factor >> (bits + 1) == 0
        for n in range(1 << bits):
            assert n * factor >> (bits + shift) == n // divisor
    for divisor in range(2, 1 << (bits - 1)):
        factor, shift = signed_reciprocal(divisor, bits)
        assert factor >> bits == 0
        for n in range(-(1 << (bits - 1)), 1 << (bits - 1)):
            quotient = abs(n) // divisor * (-1 if n < 0 else 1)
            assert (n * factor >> (bits + shift)) + (n < 0) == quotient


@pytest.mark.parametrize("bits", [6, 8])
def test_reciprocals_for_dividends_that_are_shorter(bits: int) -> None:
    for divisor in range(3, 1 << bits, 2):
        for known in range(1, bits):
            factor, shift = unsigned_reciprocal(divisor, bits, known)
            assert all(n * factor >> (bits + shift) == n // divisor for n in range(1 << known))
            assert factor >> bits == 0


def test_the_checks_of_constant_divisors_go() -> None:
    divide = "(i32.add (i32.div_s (local.get 0) (i32.const 10)) (i32.rem_u (local.get 0) (i32.const 8)))"
    graph = lifted(f"(module (func (param i32) (result i32) {divide}))", "default")
    assert count(graph, "TrapIf") == 0
    graph = lifted("(module (func (param i32) (result i32) (i32.div_s (local.get 0) (i32.const -1))))", "default")
    assert count(graph, "TrapIf") == 1  # INT_MIN / -1
    graph = lifted("(module (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 0))))", "default")
    assert count(graph, "TrapIf") == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("(i32.mul (local.get 0) (i32.const 3))", ["Int32Mul"]),  # LEA
        ("(i32.mul (local.get 0) (i32.const 40))", ["Int32Mul", "Word32Shl"]),
        ("(i32.mul (local.get 0) (i32.const 33))", ["Int32Add", "Word32Shl"]),
        ("(i32.mul (local.get 0) (i32.const 31))", ["Int32Sub", "Word32Shl"]),
        ("(i32.mul (local.get 0) (i32.const 37))", ["Int32Mul"]),
        ("(i32.div_u (local.get 0) (i32.const 16))", ["Word32Shr"]),
        ("(i32.rem_u (local.get 0) (i32.const 16))", ["Word32And"]),
        ("(i32.div_s (local.get 0) (i32.const 2))", ["Int32Add", "Word32Sar", "Word32Shr"]),
        ("(i32.div_u (local.get 0) (i32.const 0x80000001))", ["Uint32LessThanOrEqual"]),
    ],
)
def test_what_operations_become(body: str, expected: list[str]) -> None:
    graph = lifted(f"(module (func (param i32) (result i32) {body}))", "default")
    assert operators(graph) == expected


def test_it_can_be_switched_off() -> None:
    op = MACHINE["Uint32Div"]
    graph = quotient_graph(op, 10)
    context = PassContext(disabled_rules=frozenset(["divide-by-constant"]))
    Pipeline.parse("strength-reduction").run(graph, context)
    assert count(graph, "Uint32Div") == 1
    Pipeline.parse("strength-reduction").run(graph, context := PassContext())
    assert count(graph, "Uint32Div") == 0 and context.rules["divide-by-constant"].fired == 1


@pytest.mark.parametrize("divisor", [8, 10, 1000])
@pytest.mark.parametrize("name", ["div_s", "rem_s"])
@pytest.mark.parametrize("bits", [32, 64])
def test_no_sign_is_looked_at_where_there_is_none(bits: int, name: str, divisor: int) -> None:
    """Of a value that facts know not to be negative."""
    shifts, kind = {32: "Word32Sar", 64: "Word64Sar"}[bits], f"i{bits}"
    value = f"({kind}.shr_u (local.get 0) ({kind}.const 1))"
    text = "(module (func (param {k}) (result {k}) ({k}.{n} {v} ({k}.const {d}))))"
    for operand, without in ((value, True), ("(local.get 0)", False)):
        module = text.format(k=kind, n=name, v=operand, d=divisor)
        graph = check_equivalent(decode_module(wat(module)), 0, "simplify,strength-reduction,simplify", rounds=20)
        assert (shifts not in operators(graph)) == without
