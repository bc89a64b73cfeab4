"""Division by constants, as the pass builds it, proved for all dividends: the graph is read as arithmetic on integers.

The divisors are edges and drawn ones; that the reciprocals are right for all is a theorem, whose condition is checked.
"""

from __future__ import annotations

import random

import pytest

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.machine import MACHINE
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.rewrites import division
from seaofnodes.passes.strength_reduction import signed_reciprocal, unsigned_reciprocal
from tests.passes.test_strength_reduction import divisors, quotient_graph

pytest.importorskip("z3", reason="proofs need z3-solver")

import z3

from seaofnodes.passes.rules.folding import constant_value
from seaofnodes.prove.meaning import fit
from seaofnodes.prove.session import UNITS, Session
from seaofnodes.prove.terms.integers import IntegerBits, Integers

DIVISIONS = [f"{sign}{bits}{kind}" for bits in (32, 64) for sign in ("Int", "Uint") for kind in ("Div", "Mod")]


def meaning_of(node: Node, integers: Integers, dividend: IntegerBits) -> IntegerBits:
    """What a node of a graph of pure operators is."""
    known: dict[int, IntegerBits] = {}

    def value(node: Node) -> IntegerBits:
        if node.id not in known:
            known[node.id] = compute(node)
        return known[node.id]

    def compute(node: Node) -> IntegerBits:
        if node.op.name == "Parameter":
            return dividend
        if node.op.name in ("Int32Constant", "Int64Constant"):
            return integers.lift(constant_value(node))  # type: ignore[no-any-return]
        assert node.op.meaning is not None, node
        operands = [value(child) for child in node.inputs[: node.op.value_in]]
        return fit(node.op.meaning(*operands), node.op.type)  # type: ignore[no-any-return]

    return value(node)


def quotient_of(graph: Graph, name: str) -> Node:
    """The node of the quotient. A remainder has to be x - quotient * divisor: that is how it is defined."""
    [end] = graph.end.inputs
    root = end.inputs[0]
    if name.endswith("Div"):
        return root
    bits = root.type.bits
    product = root.inputs[1]
    assert (root.op.name, root.inputs[0].op.name) == (f"Int{bits}Sub", "Parameter")
    assert (product.op.name, product.inputs[1].op.name) == (f"Int{bits}Mul", f"Int{bits}Constant")
    return product.inputs[0]


def is_right(name: str, divisor: int) -> bool | None:
    """Is the quotient that the pass computes right for all dividends? None: no answer."""
    op = MACHINE[name]
    graph = quotient_graph(op, divisor)
    context = PassContext(disabled_rules=frozenset(rule.name for rule in division.RULES.rules))  # proved elsewhere
    Pipeline.parse("strength-reduction").run(graph, context, verify=True)
    integers = Integers()
    dividend = integers.word("x", op.type.bits)
    found = meaning_of(quotient_of(graph, name), integers, dividend)
    quotient = MACHINE[name.replace("Mod", "Div")]
    assert quotient.meaning is not None
    expected = quotient.meaning(dividend, dividend.constant(divisor))
    wrong = z3.Not(found.eq(expected).holds())  # adds facts
    answer = Session().solver([*integers.facts, wrong]).check(4 * UNITS)
    return None if answer is None else not answer


@pytest.mark.parametrize("name", DIVISIONS)
def test_quotients_and_remainders_are_proved(name: str) -> None:
    bits = MACHINE[name].type.bits
    signed = name.startswith("Int")
    tried = 0
    for divisor in divisors(bits, random.Random(name)):
        magnitude = min(divisor, (1 << bits) - divisor) if signed else divisor
        if magnitude & (magnitude - 1):  # powers of two are done by rules
            assert is_right(name, divisor) is True, divisor
            tried += 1
    assert tried > 40


def test_a_wrong_quotient_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """One less in the reciprocal is wrong for some dividend, and the proof fails."""
    import seaofnodes.passes.strength_reduction as pass_

    def too_small(divisor: int, bits: int, known_bits: int | None = None) -> tuple[int, int]:
        factor, shift = unsigned_reciprocal(divisor, bits, known_bits)
        return factor - 1, shift

    monkeypatch.setattr(pass_, "unsigned_reciprocal", too_small)
    assert is_right("Uint32Div", 10) is False


@pytest.mark.parametrize("bits", [32, 64])
def test_the_condition_of_the_theorem(bits: int) -> None:
    """For 0 <= n < N: n // d == n * f >> p if 0 <= f * d - 2**p =: e and e * n < 2**p for all n that leave d - 1:
    Granlund and Montgomery, theorem 4.2.
    """
    picker = random.Random(bits)
    some = {*range(2, 3000), *((1 << k) + d for k in range(12, bits) for d in (-1, 0, 1))}
    some |= {picker.getrandbits(picker.randint(12, bits)) | 2 for _ in range(3000)}
    for divisor in sorted(some):
        reciprocals = [(*unsigned_reciprocal(divisor, bits), 1 << bits)]
        if divisor < 1 << (bits - 1):
            reciprocals.append((*signed_reciprocal(divisor, bits), 1 << (bits - 1)))
        for factor, shift, limit in reciprocals:
            power = bits + shift
            error = factor * divisor - (1 << power)
            largest = limit - 1 - limit % divisor  # that leaves divisor - 1
            assert 0 <= error and error * largest < 1 << power, divisor
            assert error * (limit - 1) < (1 << power) * divisor
