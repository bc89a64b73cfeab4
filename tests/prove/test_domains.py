"""What the solver takes operators to mean is what they mean: on numbers, each gives the same in all domains."""

from __future__ import annotations

import random

import pytest

from seaofnodes.ir.bits import Bits, Float, unwrap, wrap
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops.machine import MACHINE
from seaofnodes.ir.types import Type

pytest.importorskip("z3", reason="proofs need z3-solver")

import z3

from seaofnodes.prove.counterexamples.drawing import edges
from seaofnodes.prove.session import UNITS, Session
from seaofnodes.prove.terms.bitvectors import SymbolicBits, SymbolicFloat, as_symbolic, float_of_bits
from seaofnodes.prove.terms.integers import Integers, NotArithmetic

OPERATORS = [op for op in MACHINE.values() if op.meaning is not None]
INTEGER = [op for op in OPERATORS if not op.type.is_float and not any(type.is_float for type in op.signature)]
MIXES_BITS = ("And", "Or", "Xor", "Shl", "Shr", "Sar", "Rol", "Ror", "Clz", "Ctz", "Popcnt")


def operands(op: Operator, count: int) -> list[list[int]]:
    """Patterns for the operator's inputs: edges, near each other, and drawn ones."""
    picker = random.Random(op.name)
    found = []
    for turn in range(count):
        row: list[int] = []
        for type in op.signature:
            kind = turn % 4
            if kind == 0 and row:
                row.append((row[0] + picker.choice((0, 1, -1))) % (1 << type.bits))
            elif kind == 1:
                row.append(picker.getrandbits(picker.randint(1, type.bits)))
            else:
                row.append(picker.choice(edges(type)))
        found.append(row)
    return found


def symbolic(type: Type, pattern: int) -> SymbolicBits | SymbolicFloat:
    term = z3.BitVecVal(pattern, type.bits)
    return float_of_bits(type.bits, term) if type.is_float else SymbolicBits(type.bits, term)


def expected(op: Operator, patterns: list[int]) -> Bits | Float:
    values = [wrap(type.is_float, type.bits, pattern) for type, pattern in zip(op.signature, patterns, strict=True)]
    assert op.meaning is not None
    return op.meaning(*values)  # type: ignore[no-any-return]


@pytest.mark.parametrize("op", OPERATORS, ids=[op.name for op in OPERATORS])
def test_bit_vectors_and_ieee_numbers(op: Operator) -> None:
    assert op.meaning is not None
    for patterns in operands(op, 60):
        wanted = expected(op, patterns)
        values = [symbolic(type, pattern) for type, pattern in zip(op.signature, patterns, strict=True)]
        found = as_symbolic(op.meaning(*values))
        term = z3.simplify(found.bits if isinstance(found, SymbolicFloat) else found.term)
        assert found.width == wanted.width
        assert term.as_long() == unwrap(wanted, wanted.width), patterns


@pytest.mark.parametrize("op", INTEGER, ids=[op.name for op in INTEGER])
def test_integers(op: Operator) -> None:
    """Unknowns that are said to be the operands: the result can be what it should, and nothing else."""
    assert op.meaning is not None
    refused = 0
    for patterns in operands(op, 10):
        integers = Integers()
        names = [f"x{i}" for i in range(len(patterns))]
        words = [integers.word(name, type.bits) for name, type in zip(names, op.signature, strict=True)]
        wanted = expected(op, patterns)
        try:
            result = op.meaning(*words).unsigned()
        except NotArithmetic:
            refused += 1
            continue
        assert result.width == wanted.width
        known = [z3.Int(name) == pattern for name, pattern in zip(names, patterns, strict=True)]
        facts = [*integers.facts, *integers.products, *known]
        for answer, goal in ((True, result.term == wanted.value), (False, result.term != wanted.value)):  # type: ignore[union-attr]
            assert Session().solver([*facts, goal]).check(UNITS) is answer, patterns
    assert not refused or op.name.endswith(MIXES_BITS)


def test_shifts_of_integers_by_constants() -> None:
    for count in (0, 1, 5, 31):
        for pattern in (0, 1, 0x80000000, 0xFFFFFFFF, 0x12345678):
            integers = Integers()
            x, by = integers.word("x", 32), Bits(32, count)
            number = Bits(32, pattern)
            pairs = [(x.shl(by), number.shl(by)), (x.lshr(by), number.lshr(by)), (x.ashr(by), number.ashr(by))]
            pairs += [
                (x & Bits(32, (1 << count) - 1), number & Bits(32, (1 << count) - 1)),
                (~x, ~number),
                (-x, -number),
            ]
            pairs += [
                (x.sext(64), number.sext(64)),
                (x.zext(64), number.zext(64)),
                (x.extract(20, 3), number.extract(20, 3)),
            ]
            wrong = z3.Or(*(found.unsigned().term != wanted.value for found, wanted in pairs))
            assert Session().solver([*integers.facts, z3.Int("x") == pattern, wrong]).check(UNITS) is False
