"""Rules that are wrong get values that show it, on real graphs."""

from __future__ import annotations

import math

import pytest

from seaofnodes.ir.types import TYPES
from seaofnodes.passes.patterns import Expression, Operators, Width, as_expression, constants, variables
from seaofnodes.passes.rules.declare import RuleSet
from seaofnodes.passes.rules.predicates import Predicate
from seaofnodes.passes.rules.rule import Rule

pytest.importorskip("z3", reason="proofs need z3-solver")

from seaofnodes.ir.bits import wrap
from seaofnodes.prove.counterexamples.confirm import counterexample
from seaofnodes.prove.counterexamples.graphs import PatternGraph
from seaofnodes.prove.prover import Limits, prove
from seaofnodes.prove.verdicts import Known, Verdict
from tests.prove.wrong_rules import RULES

QUICK = Limits(seconds=2.0, draws=20_000)
x, y = variables("x y")
C, D = constants("C D")
o, w, long = Operators(), Width(32), Width(64)


def verdict_of(pattern: Expression, replacement: Expression | int, where: object = None) -> Verdict:
    rule = RuleSet("one").rule(pattern, where)(lambda: replacement)  # type: ignore[arg-type]
    return prove(rule, QUICK)


@pytest.mark.parametrize("rule", RULES.rules, ids=[rule.name for rule in RULES.rules])
def test_is_refuted(rule: Rule) -> None:
    verdict = prove(rule, QUICK)
    found = verdict.counterexample
    assert verdict.status == "wrong" and found is not None and found.confirmed
    assert found.unsafe or found.left.bits != found.right.bits
    binding = {v.name: wrap(TYPES[v.type].is_float, TYPES[v.type].bits, v.bits) for v in found.values}
    assert PatternGraph(rule, binding).run().values == [found.left.bits]  # the same again, by the evaluator alone
    if rule.where is not None:
        assert rule.where.evaluate({name: binding[name] for name in rule.constants}, 32).value


def refuted(name: str) -> tuple[dict[str, str], str]:
    """The values that refute a rule, and what must not be executed."""
    found = prove(next(rule for rule in RULES.rules if rule.name == name), QUICK).counterexample
    assert found is not None
    return {value.name: str(value) for value in found.values}, found.unsafe


def test_values_are_readable() -> None:
    assert refuted("signed_division_is_a_shift")[0] == {"x": "-1 (0xffffffff, unsigned 4294967295)", "C": "2"}
    assert refuted("equal_to_itself")[0] == {"x": "NaN (0x7fc00000)"}
    assert refuted("zero_minus")[0] == {"x": "0.0 (0x0000000000000000)"}
    assert refuted("times_one")[0] == {"x": "signalling NaN (0x7f800001)"}
    assert refuted("wrong_for_one_value")[0] == {"x": "7403524780991409907 (0x66be9a9010cb6ef3)"}
    assert str(Known("x", "Float64", 1 << 63)) == "-0.0 (0x8000000000000000)"
    assert str(Known("x", "Float32", 0xFFC00000)) == "-NaN (0xffc00000)"
    assert str(Known("x", "Word32", 1 << 31)) == "-2147483648 (0x80000000, unsigned 2147483648)"
    assert str(Known("x", "Word32", 7)) == "7"


def test_what_must_not_be_executed_is_named() -> None:
    assert refuted("divide_by_the_product")[1].endswith(", 0)")
    assert refuted("remainder_by_dividing")[1] == (
        "Int32Div(-2147483648 (0x80000000, unsigned 2147483648), -1 (0xffffffff, unsigned 4294967295))"
    )


def test_a_rule_that_fits_its_condition_only() -> None:
    """Right where it applies; wrong for the one constant more."""
    shift = o.Word32Shl(x, C)
    assert verdict_of(w.Shl(shift, D), w.Shl(x, C + D), C.ult(16) & D.ult(17)).status == "proved"
    verdict = verdict_of(w.Shl(shift, D), w.Shl(x, C + D), C.ult(17) & D.ult(17))
    assert verdict.status == "wrong" and verdict.counterexample is not None
    assert [str(value) for value in verdict.counterexample.values] == ["1", "16", "16"]


def test_a_condition_that_never_holds() -> None:
    verdict = verdict_of(w.Add(x, C), x, C.ult(4) & ~C.ult(5))
    assert (verdict.status, verdict.method, verdict.good) == ("vacuous", "its condition never holds", False)
    assert verdict_of(w.Add(x, C), x, (C & 1).eq(2)).status == "vacuous"
    assert verdict_of(w.UDiv(x, 0), 1).status == "vacuous"  # its check always fails
    assert verdict_of(w.Add(x, C), x, (C * C).eq(C) & C.ne(0) & C.ne(1)).status == "vacuous"


def test_conditions_in_plain_python() -> None:
    def ends_in_three(C: object) -> bool:
        return C.value % 10 == 3  # type: ignore[attr-defined, no-any-return]

    remainder = w.Sub(x, w.Mul(w.UDiv(x, 3), 3))
    right = verdict_of(w.UMod(x, C), remainder, Predicate.of(ends_in_three) & C.ult(13))
    assert right.status == "tested" and right.good
    assert "the solver cannot look into its condition: ends_in_three(C) is plain Python" in right.method
    for_all = verdict_of(w.Add(x, C), w.Sub(x, -C), ends_in_three)
    assert for_all.status == "proved" and for_all.method.endswith(", without its condition")
    wrong = verdict_of(w.Div(x, C), w.Sar(x, 1), Predicate.of(ends_in_three) & C.ult(14))
    assert wrong.status == "wrong" and wrong.counterexample is not None and wrong.counterexample.confirmed
    never = verdict_of(w.Add(x, C), x, lambda C: False)
    assert never.status == "unknown" and "no drawn values" in never.method


def test_what_nobody_can_decide_is_not_good() -> None:
    """Two primes of 32 bits: too hard for the solver, and not found by drawing."""
    product = 4294967291 * 4294967279
    where = (C * D).eq(product) & ~C.ult(2) & ~D.ult(2) & C.ule(0xFFFFFFFF) & D.ule(0xFFFFFFFF)
    rule = RuleSet("one").rule(long.Add(long.Mul(x, C), D), where)(lambda: as_expression(0))
    verdict = prove(rule, Limits(seconds=0.2, draws=100))
    assert verdict.status == "unknown" and not verdict.good


def test_a_rule_right_by_accident_is_not_confirmed() -> None:
    rule = RuleSet("one").rule(w.Add(x, 0))(lambda: x)
    assert not counterexample(rule, {"x": wrap(False, 32, 5)}).confirmed


def test_nans_have_to_be_kept_where_bits_are_moved() -> None:
    assert verdict_of(o.Float32Neg(x), o.Float32Sub(-0.0, x)).status == "wrong"
    masked = w.And(o.BitcastFloat32ToInt32(x), 0x7FFFFFFF)
    assert verdict_of(o.BitcastInt32ToFloat32(masked), o.Float32Abs(x)).status == "proved"


def test_nans_of_arithmetic_may_be_others() -> None:
    total, half = o.Float32Add(x, y), o.Float32Mul(x, 0.5)
    assert verdict_of(total, o.Float32Add(y, x)).status == "proved"
    quotient = o.Float32Div(x, y)
    assert verdict_of(o.Float32Neg(quotient), o.Float32Div(o.Float32Neg(x), y)).status == "proved"
    assert verdict_of(o.Float32Neg(o.Float32Sub(x, y)), o.Float32Sub(y, x)).status == "wrong"  # -(1 - 1) is -0
    assert verdict_of(o.Float32Neg(half), o.Float32Mul(o.Float32Neg(x), 0.5)).status == "proved"
    assert verdict_of(o.Float32Copysign(math.nan, 0.0), o.Float32Div(0.0, 0.0)).status == "wrong"  # that may give -NaN


def test_nans_that_a_selection_hands_on() -> None:
    """One arm is arithmetic, the other is not; only the NaNs of the first are loose."""
    c = x
    before = o.Float32Select(c, o.Float32Mul(y, y), y)
    assert verdict_of(before, o.Float32Select(c, o.Float32Mul(y, o.Float32Abs(y)), y)).status == "wrong"
    assert verdict_of(before, o.Float32Select(c, o.Float32Mul(o.Float32Neg(y), o.Float32Neg(y)), y)).status == "proved"
    quieted = o.Float32Select(c, o.Float32Mul(y, y), o.Float32Sub(y, 0.0))
    verdict = verdict_of(before, quieted)
    assert verdict.status == "wrong" and verdict.counterexample is not None and verdict.counterexample.confirmed
    assert "NaN" in str(verdict.counterexample.values[1])
    assert verdict_of(quieted, o.Float32Select(c, o.Float32Mul(y, y), o.Float32Add(y, -0.0))).status == "proved"
