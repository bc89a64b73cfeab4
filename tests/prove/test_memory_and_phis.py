"""Rules over loads, stores and phis: wrong ones are refuted on real graphs, by what can be read."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

pytest.importorskip("z3", reason="proofs need z3-solver")

from seaofnodes.passes.patterns import Operators, constants, is_power_of_two, variables
from seaofnodes.passes.patterns.state import addresses, each, load, nothing, phi, store
from seaofnodes.passes.rules import RuleSet, at_most, in_bounds, one_use
from seaofnodes.passes.rules.rule import Rule
from seaofnodes.prove.counterexamples.drawing import bindings, draw, simplest
from seaofnodes.prove.counterexamples.graphs import PatternGraph
from seaofnodes.prove.memory import MEMORY_BIT, STATE, Numbers
from seaofnodes.prove.prover import Limits, prove
from seaofnodes.prove.report import counterexample_lines
from seaofnodes.prove.verdicts import Verdict
from tests.prove.wrong_state_rules import RULES

QUICK = Limits(seconds=2.0, draws=5_000)
x, y = variables("x y")
C, D = constants("C D")
a, b = addresses("a b")
o = Operators()


def verdict_of(pattern: object, replacement: object, where: object = None) -> Verdict:
    return prove(rule_of(pattern, replacement, where), QUICK)


def rule_of(pattern: object, replacement: object, where: object = None) -> Rule:
    return RuleSet("one").rule(pattern, where)(lambda: replacement)  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("rule", RULES.rules, ids=[rule.name for rule in RULES.rules])
def test_is_refuted(rule: Rule) -> None:
    verdict = prove(rule, QUICK)
    found = verdict.counterexample
    assert verdict.status == "wrong" and found is not None and found.confirmed, verdict
    assert found.unsafe or str(found.left) != str(found.right)


@pytest.mark.parametrize("rule", RULES.rules, ids=[rule.name for rule in RULES.rules])
def test_drawn_values_refute_too(rule: Rule) -> None:
    """Most are wrong for values that are drawn: the solver and the numbers have one description."""
    found = draw(rule, 20_000)
    assert found.values is not None
    assert simplest(rule, found.values)


def lines(rule: str) -> list[str]:
    found = prove(next(one for one in RULES.rules if one.name == rule), QUICK).counterexample
    assert found is not None
    return list(counterexample_lines(found))


def test_a_lost_trap_is_shown() -> None:
    assert lines("narrow_a_load") == [
        "a = 65535, in a memory of 65536 bytes",
        "bytes at a = 00 - - -",
        "before the rule: trap: out of bounds memory access",
        "after the rule:  0",
        "confirmed by the graph evaluator",
    ]


def test_contents_are_shown() -> None:
    [where, contents, before, after, _] = lines("store_more_than_was_loaded")
    assert where.endswith("in a memory of 65536 bytes")
    first, second = contents.removeprefix("bytes at a = ").split()
    assert second != "00"
    assert before == f"before the rule: bytes at a are {first} 00"
    assert after == f"after the rule:  bytes at a are {first} {second}"


def test_what_is_beyond_is_named() -> None:
    found = lines("load_beyond_what_is_known")
    assert found[-2].startswith("after the rule:  no result; it executes Load[Word32") and "in bounds" in found[-2]


def test_the_way_to_the_phi_is_shown() -> None:
    assert "input of the phi = 1" in lines("forget_the_sign")
    assert not any("input" in line for line in lines("one_mask_for_all"))


RIGHT: list[tuple[object, object, object]] = [
    (o.Word32And(load("Word32", a), 255), load("Uint8", a), in_bounds(a)),
    (o.Word32Shr(load("Word32", a), 24), load("Uint8", a + 3), None),
    (o.SignExtendWord8ToInt32(load("Uint8", a)), load("Int8", a), None),
    (o.TruncateInt64ToInt32(o.Word64Shr(load("Word64", a), 32)), load("Word32", a + 4), None),
    (o.Word32Or(load("Uint8", a), o.Word32Shl(load("Uint8", a + 1), 8)), load("Uint16", a), None),
    (o.Word32Xor(load("Word32", a), load("Word32", a)), 0, None),
    (o.Word32Shr(load("Word32", a + (-4)), 24), load("Uint8", a + (-1)), None),
    (store("Word8", a, load("Uint8", a)), nothing, None),
    (store("Word8", a, o.Word32And(load("Uint8", b), 255)), store("Word8", a, load("Uint8", b)), None),
    (store("Word16", a, o.Word32Xor(load("Uint16", a), C)), store("Word8", a, o.Word32Xor(load("Uint16", a), C)),
     C.ult(256)),
    (store("Float32", a, o.Float32Add(x, y)), store("Float32", a, o.Float32Add(y, x)), None),
    (store("Word64", a, o.BitcastFloat64ToInt64(x)), store("Float64", a, x), None),
    (phi(o.Int32Sub(each(x), y)), o.Int32Sub(phi(each(x)), y), None),
    (phi(o.Float64Neg(each(x))), o.Float64Neg(phi(each(x))), None),
    (phi(o.Int32Div(each(x), y)), o.Int32Div(phi(each(x)), y), None),
    (o.Uint32Div(one_use(phi(each(C))), D), phi(each(C).lshr(D.ctz())), is_power_of_two(D)),
    (phi(o.Word32And(each(x), each(C))), phi(each(x)), at_most(each(x), each(C)) & is_power_of_two(each(C) + 1)),
    (phi(o.Int32Add(x, y), o.Int32Sub(x, y)), o.Int32Add(x, phi(y, o.Int32Sub(0, y))), None),
    (o.Word32And(load("Uint8", a), phi(each(C))), load("Uint8", a), (each(C) & 255).eq(255)),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "replacement", "where"), RIGHT, ids=range(len(RIGHT)))
def test_is_proved(pattern: object, replacement: object, where: object) -> None:
    verdict = verdict_of(pattern, replacement, where)
    assert verdict.status == "proved", verdict


def test_conditions_that_never_hold() -> None:
    masked = o.Word32And(load("Uint8", a), C)
    assert verdict_of(masked, load("Uint8", a), C.ult(4) & ~C.ult(5)).status == "vacuous"
    assert verdict_of(o.Word32And(load("Uint8", a), phi(each(C))), 0, each(C).ult(0)).status == "vacuous"


def test_conditions_in_plain_python() -> None:
    right = verdict_of(o.Word32And(load("Uint8", a), C), load("Uint8", a), lambda C: C.value & 255 == 255)
    assert right.status == "tested" and "plain Python" in right.method
    wrong = verdict_of(o.Word32And(load("Uint8", a), C), load("Uint8", a), lambda C: C.value & 127 == 127)
    assert wrong.status == "wrong" and wrong.counterexample is not None and wrong.counterexample.confirmed


def run(rule: Rule, state: Numbers, **values: int) -> object:
    from seaofnodes.ir.bits import Bits

    binding: Mapping[str, object] = {STATE: state, **{name: Bits(64, value) for name, value in values.items()}}
    return PatternGraph(rule, binding).run()


def test_patterns_as_graphs() -> None:
    """Bytes in their order; the end of the memory; two memories."""
    half = rule_of(o.Word32And(load("Int16", a), -1), 0)
    state = Numbers(0, {10: 0x34, 11: 0x92, 1 << MEMORY_BIT | 10: 1}, (1 << 16, 1 << 17))
    assert run(half, state, a=10).values == [0xFFFF9234]  # type: ignore[attr-defined]
    assert run(half, state, a=(1 << 16) - 2).values == [0]  # type: ignore[attr-defined]
    assert run(half, state, a=(1 << 16) - 1).trapped  # type: ignore[attr-defined]
    both = rule_of(o.Int32Add(load("Word32", a), load("Word32", b)), 0)
    assert run(both, state, a=8, b=1 << MEMORY_BIT | 10).values == [0x92340001]  # type: ignore[attr-defined]
    assert not run(both, state, a=8, b=1 << MEMORY_BIT | 1 << 16).trapped  # type: ignore[attr-defined]


def test_drawn_states_are_at_the_edges() -> None:
    rule = rule_of(store("Word32", a, load("Word32", b)), nothing)
    trapped = near = several = 0
    for _, binding in zip(range(300), bindings(rule, 1, 1000), strict=False):
        found = PatternGraph(rule, binding).run()
        trapped += found.trapped
        near += abs(binding["a"].value - binding["b"].value) < 4
        several += binding["a"].value >> MEMORY_BIT != binding["b"].value >> MEMORY_BIT
    assert trapped > 50 and near > 50 and several > 50 and trapped < 290


def test_names() -> None:
    """A rule's text is what was written."""
    rule = rule_of(o.Int32Add(one_use(phi(each(C))), load("Int8", a + 4)), phi(each(C)), in_bounds(a) & each(C).ult(4))
    assert str(rule) == (
        "<lambda>: Int32Add(one_use(Phi(each(C))), Load[Int8, Word32](a + 4)) -> Phi(each(C))  "
        "where each(C).ult(4) & in_bounds(a)"
    )
