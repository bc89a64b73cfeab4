"""Conditions of rules on what is known of variables: where they hold, what proofs make of them, what is no fact."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes.errors import PassError
from seaofnodes.passes.patterns import Expression, Operators, Value, constants, is_power_of_two, variables
from seaofnodes.passes.rules import RuleSet, at_most, known_zeros, one_use
from seaofnodes.prove.prover import prove
from seaofnodes.testing import assert_rule_does_not_fire, assert_rule_fires, assert_same_meaning

o = Operators()
x, y = variables("x y")
C, D = constants("C D")
MASK = "(module (memory 1) (func (param i32) (result i32) (i32.and ({load} (local.get 0)) (i32.const {mask}))))"


def masks(where: Value) -> RuleSet:
    rules = RuleSet("masks")

    @rules.rule(o.Word32And(x, C), where=where)
    def drop_mask() -> Expression:
        """The mask has all bits that may be set."""
        return x

    return rules


RIGHT: list[Callable[[], Value]] = [
    lambda: is_power_of_two(C + 1) & at_most(x, C),
    lambda: at_most(x, C) & is_power_of_two(C + 1),
    lambda: known_zeros(x, ~C),
]


@pytest.mark.parametrize("where", RIGHT)
def test_bounds(where: Callable[[], Value]) -> None:
    rules = masks(where())
    found = assert_rule_fires("drop_mask", rules, MASK.format(load="i32.load8_u", mask=255))
    assert_same_meaning(found.before, found.after)
    assert_rule_fires("drop_mask", rules, MASK.format(load="i32.load8_u", mask=1023))
    assert_rule_does_not_fire("drop_mask", rules, MASK.format(load="i32.load8_u", mask=127))
    assert_rule_does_not_fire("drop_mask", rules, MASK.format(load="i32.load16_u", mask=255))
    assert_rule_does_not_fire("drop_mask", rules, MASK.format(load="i32.load", mask=255))
    assert prove(rules.rules[0]).status == "proved"


@pytest.mark.parametrize("where", [at_most(x, C), at_most(x, 1 << 20), is_power_of_two(C + 1) & one_use(x)])
def test_too_little_is_refuted(where: Value) -> None:
    """With values that are as the facts say, confirmed by the evaluator."""
    verdict = prove(masks(where).rules[0])
    assert verdict.status == "wrong" and verdict.counterexample is not None and verdict.counterexample.confirmed
    values = {known.name: known.bits for known in verdict.counterexample.values}
    assert "at_most" not in repr(where) or values["x"] <= (values["C"] if "C" in repr(where) else 1 << 20)


def test_uses() -> None:
    rules = masks(one_use(x) & C.eq(255) & known_zeros(x, ~C))
    assert_rule_fires("drop_mask", rules, MASK.format(load="i32.load8_u", mask=255))  # whose effect is used as well
    masked = "(i32.and (local.get 0) (i32.const 255))"
    for rest, fires in (("(i32.const 3)", True), ("(local.get 0)", False), (masked, False)):
        body = f"(local.set 0 (i32.popcnt (local.get 0))) (i32.mul {masked} {rest})"
        check = assert_rule_fires if fires else assert_rule_does_not_fire
        check("drop_mask", rules, f"(module (func (param i32) (result i32) {body}))")
    assert str(rules.rules[0]).endswith("where (C == 255) & one_use(x) & known_zeros(x, ~C)")


def test_parts_of_a_pattern_that_are_used_once() -> None:
    """Multiplied in the place of the sum, if that is not wanted elsewhere."""
    rules = RuleSet("distribute")

    @rules.rule(o.Int32Mul(one_use(o.Int32Add(x, C)), D))
    def distribute() -> Expression:
        """(x + C) * D is x * D + C * D."""
        return o.Int32Add(o.Int32Mul(x, D), C * D)

    product = "(i32.mul (local.tee 0 (i32.add (local.get 0) (i32.const 5))) (i32.const 7))"
    found = assert_rule_fires("distribute", rules, f"(module (func (param i32) (result i32) {product}))")
    assert_same_meaning(found.before, found.after)
    twice = f"(i32.xor {product} (local.get 0))"
    assert_rule_does_not_fire("distribute", rules, f"(module (func (param i32) (result i32) {twice}))")
    assert str(rules.rules[0]).startswith("distribute: Int32Mul(one_use(Int32Add(x, C)), D) -> ")
    assert prove(rules.rules[0]).status == "proved"
    whole = RuleSet("whole")
    whole.rule(one_use(o.Int32Mul(x, D)))(lambda: o.Int32Mul(x, D + 0))
    assert_rule_does_not_fire("<lambda>", whole, f"(module (func (param i32) (result i32) (local.set 0 {product}) "
                              "(i32.xor (local.get 0) (i32.clz (local.get 0)))))")


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (lambda: ~at_most(x, 4), "can only be joined with &"),
        (lambda: at_most(x, 4) | C.eq(1), "can only be joined with &"),
        (lambda: at_most(y, 4), "y is not in the pattern"),
        (lambda: at_most(x, D), "D is not in the pattern"),
        (lambda: at_most(C, 4), "C is no variable"),
    ],
)
def test_what_is_no_fact(where: Callable[[], Value], words: str) -> None:
    with pytest.raises(PassError, match=words):
        masks(where())


def test_bounds_are_of_words() -> None:
    rules = RuleSet("wide")
    with pytest.raises(PassError, match="is of a Word64"):
        rules.rule(o.Word64And(x, C), where=at_most(x, 4))(lambda: x)


def test_a_rule_with_facts_hides_no_other() -> None:
    rules = masks(known_zeros(x, ~C))

    @rules.rule(o.Word32And(x, C))
    def never_hidden() -> Expression:
        """Not right, but it can fire."""
        return x

    rules.check()
