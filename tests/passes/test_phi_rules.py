"""Rules over phis on graphs: any number of inputs, loops, what has to be computed before the merge."""

from __future__ import annotations

import pytest

from seaofnodes.errors import PassError
from seaofnodes.ir.types import WORD32
from seaofnodes.passes.patterns import (
    Expression,
    Operators,
    addresses,
    constants,
    each,
    is_power_of_two,
    load,
    phi,
    variables,
)
from seaofnodes.passes.rules import RuleSet, at_most, one_use
from seaofnodes.testing import (
    assert_matches,
    assert_rule_does_not_fire,
    assert_rule_fires,
    assert_same_meaning,
    transform,
)

o = Operators()
x, y, z = variables("x y z")
C, D = constants("C D")
(a,) = addresses("a")
MODULE = "(module (memory 1) (func (param i32 i32) (result i32) (local i32 i32) {body}))"
IF = "(if (result i32) (local.get 0) (then {}) (else {}))"
LOOP = "(local.set 2 {}) (loop $l (local.set 2 {}) (br_if $l (i32.lt_u (local.get 2) (i32.const 100)))) (local.get 2)"


def one(pattern: object, replacement: object, where: object = None) -> RuleSet:
    rules = RuleSet("one")

    def rule() -> Expression:
        """Under test."""
        return replacement  # type: ignore[return-value]

    rules.rule(pattern, where)(rule)  # type: ignore[arg-type]
    return rules


def module(body: str) -> str:
    return MODULE.format(body=body)


def switch(*arms: str) -> str:
    """One of the values, as the first parameter says."""
    text = f"(block $b0 (br_table {' '.join(f'$b{i}' for i in range(len(arms)))} (local.get 0)))"
    for number, arm in enumerate(arms[:-1], 1):
        text = f"(block $b{number} {text} (br $out {arm}))"
    return f"(block $out (result i32) {text} {arms[-1]})"


SINK = one(phi(o.Int32Add(each(x), y)), o.Int32Add(phi(each(x)), y))
MASKS = one(o.Word32And(one_use(phi(each(C))), D), phi(each(C) & D))


def test_operands_of_each_input_in_either_order() -> None:
    body = switch(
        "(i32.add (local.get 1) (i32.popcnt (local.get 0)))",
        "(i32.add (i32.clz (local.get 0)) (local.get 1))",
        "(i32.add (local.get 1) (i32.const 5))",
    )
    found = assert_rule_fires("rule", SINK, module(body), times=1)
    assert_matches("%phi = Phi[Word32, 3]...\n%sum = Int32Add(%phi, ...)\nnot: ... = Int32Add...", found)
    assert_same_meaning(found.before, found.after)


def test_every_input_has_to_match() -> None:
    plus = "(i32.add (local.get 1) (i32.popcnt (local.get 0)))"
    for other in ("(local.get 0)", "(i32.add (i32.const 1) (i32.const 2))", "(i32.sub (local.get 0) (local.get 1))"):
        for arms in ((plus, other), (other, plus)):
            assert_rule_does_not_fire("rule", SINK, module(IF.format(*arms)))


def test_constants_of_each_input() -> None:
    body = f"(i32.and {switch('(i32.const 7)', '(i32.const 12)', '(i32.const 8)')} (i32.const 6))"
    found = assert_rule_fires("rule", MASKS, module(body), times=1)
    constants_left = [node.op.parameters for node in found.after.reachable() if node.op.is_int32_constant]
    assert constants_left == [6, 4, 0]
    assert_same_meaning(found.before, found.after)
    twice = f"(local.set 2 {IF.format('(i32.const 7)', '(i32.const 12)')})"
    assert_rule_does_not_fire(
        "rule", MASKS, module(f"{twice} (i32.sub (local.get 2) (i32.and (local.get 2) (i32.const 6)))")
    )


def test_conditions_and_facts_hold_for_all_inputs() -> None:
    where = is_power_of_two(each(C) + 1) & at_most(each(x), each(C))
    rules = one(phi(o.Word32And(each(x), each(C))), phi(each(x)), where)
    byte, half = "(i32.load8_u (local.get 1))", "(i32.load16_u (local.get 1))"
    masked = "(i32.and {} (i32.const {}))"
    good = IF.format(masked.format(byte, 255), masked.format(half, 65535))
    found = assert_rule_fires("rule", rules, module(good), times=1)
    assert_same_meaning(found.before, found.after)
    for arms in (((half, 255), (byte, 255)), ((byte, 255), (half, 255)), ((byte, 255), (byte, 254))):
        assert_rule_does_not_fire("rule", rules, module(IF.format(*(masked.format(*arm) for arm in arms))))


def test_loops() -> None:
    """What is added in every turn is no sum of the phi; what is added on the way in and in every turn is."""
    body = LOOP.format("(i32.add (local.get 0) (local.get 1))", "(i32.add (i32.mul (local.get 2) (i32.const 3)) "
                       "(local.get 1))")
    found = assert_rule_fires("rule", SINK, module(body), times=1)
    assert_same_meaning(found.before, found.after)
    turn = "(i32.add (local.get 2) (local.get 1))"
    assert_rule_does_not_fire("rule", SINK, module(LOOP.format("(local.get 0)", turn)))
    itself = LOOP.format("(i32.add (local.get 0) (local.get 1))", turn)
    found = assert_rule_fires("rule", SINK, module(itself), times=1)
    assert_same_meaning(found.before, found.after)


PUSH = one(o.Int32Add(phi(each(x)), y), phi(o.Int32Add(each(x), y)))


def test_what_comes_round_again() -> None:
    """The sum of a counter's phi is a counter, whose sum could be pushed into its phi, and so on."""
    loop = """(local.set 2 (local.get 0)) (loop $l (local.set 2 (i32.sub (local.get 2) (local.get 1)))
      (br_if $l (i32.lt_u (local.get 2) (i32.const 100)))) (local.get 2)"""
    push = [one(o.Int32Sub(phi(each(x), loops=loops), y), phi(o.Int32Sub(each(x), y))) for loops in (True, False)]
    with pytest.raises(PassError, match=r"rewriting does not end: rule \(.*:\d+\) -> rule"):
        transform(push[0], module(loop))
    assert_rule_does_not_fire("rule", push[1], module(loop))
    choice = f"(i32.sub {IF.format('(i32.popcnt (local.get 0))', '(i32.clz (local.get 1))')} (local.get 1))"
    assert_rule_fires("rule", push[1], module(choice))
    assert "Phi(each(x), loops=False)" in str(push[1].rules[0])


def test_what_is_computed_after_the_merge_cannot_go_before_it() -> None:
    choice = IF.format("(i32.popcnt (local.get 0))", "(i32.clz (local.get 1))")
    for operand, fires in (
        ("(local.get 1)", True),
        ("(i32.mul (local.get 1) (i32.ctz (local.get 0)))", True),
        ("(i32.const 5)", True),
        ("(i32.load (local.get 1))", False),
        ("(global.get 0)", False),
    ):
        source = "(module (memory 1) (global (mut i32) (i32.const 3)) (func (param i32 i32) (result i32) "
        source += f"(i32.add {choice} {operand})))"
        check = assert_rule_fires if fires else assert_rule_does_not_fire
        found = check("rule", PUSH, source)
        assert_same_meaning(found.before, found.after)
    other = f"(local.set 2 (i32.load (local.get 1))) (i32.add {choice} (local.get 2))"
    found = assert_rule_fires("rule", PUSH, module(other))  # a load before the branch
    assert_same_meaning(found.before, found.after)


def test_values_of_another_turn() -> None:
    """y stands in one input of a loop's phi, and after the loop's header: there it is that of this turn."""
    rules = one(o.Int32Sub(phi(z, o.Int32Add(x, y)), y), phi(o.Int32Sub(z, y), x))
    turn = """(local.set 2 (local.get 0)) (loop $l
      (local.set 3 (i32.load (local.get 2)))
      (local.set 1 (i32.sub (local.get 2) (local.get 3)))
      (local.set 2 (i32.add (i32.popcnt (local.get 1)) (local.get 3)))
      (br_if $l (i32.lt_u (local.get 2) (i32.const 9)))) (local.get 1)"""
    assert_rule_does_not_fire("rule", rules, module(turn))
    same = turn.replace("(i32.load (local.get 2))", "(i32.clz (local.get 0))")
    found = assert_rule_fires("rule", rules, module(same))
    assert_same_meaning(found.before, found.after)


def test_several_phis_of_one_merge() -> None:
    rules = one(o.Word32Xor(phi(each(x)), phi(each(y))), phi(o.Word32Xor(each(x), each(y))))
    arm = "(local.set 2 (i32.{0} (local.get 0))) (local.set 3 (i32.{1} (local.get 1)))"
    both = f"(if (local.get 0) (then {arm.format('clz', 'ctz')}) (else {arm.format('popcnt', 'eqz')}))"
    found = assert_rule_fires("rule", rules, module(f"{both} (i32.xor (local.get 2) (local.get 3))"), times=1)
    assert_same_meaning(found.before, found.after)
    apart = f"{IF.format('(i32.const 1)', '(i32.const 2)')} {IF.format('(i32.const 3)', '(i32.const 4)')}"
    assert_rule_does_not_fire("rule", rules, module(f"(i32.xor {apart})"))


def test_inputs_in_order() -> None:
    rules = one(phi(o.Int32Add(x, y), o.Int32Sub(x, y)), o.Int32Add(x, phi(y, o.Int32Sub(0, y))))
    plus, minus = "(i32.add (local.get 0) (local.get 1))", "(i32.sub (local.get 0) (local.get 1))"
    found = assert_rule_fires("rule", rules, module(IF.format(plus, minus)), times=1)
    assert_same_meaning(found.before, found.after)
    assert_rule_does_not_fire("rule", rules, module(IF.format(minus, plus)))
    assert_rule_does_not_fire("rule", rules, module(switch(plus, minus, minus)))


def test_divisions_behind_the_checks_of_all_inputs() -> None:
    rules = one(phi(o.Uint32Div(each(x), y)), o.Uint32Div(phi(each(x)), y))
    body = IF.format("(i32.div_u (i32.clz (local.get 1)) (local.get 1))", "(i32.div_u (local.get 0) (local.get 1))")
    found = assert_rule_fires("rule", rules, module(body), times=1)
    assert_same_meaning(found.before, found.after)
    [division] = [node for node in found.after.reachable() if node.op.name == "Uint32Div"]
    assert division.control.op.is_merge


def test_types_of_phis() -> None:
    rules = one(phi(C, D, type=WORD32), o.Word32Xor(C, phi(0, C ^ D)), C.ne(0))
    assert_rule_fires("rule", rules, module(IF.format("(i32.const 5)", "(i32.const 6)")), times=1)
    wide = "(i32.wrap_i64 (if (result i64) (local.get 0) (then (i64.const 3)) (else (i64.const 4))))"
    assert_rule_does_not_fire("rule", rules, module(wide))


def test_loads_beside_phis() -> None:
    rules = one(o.Word32And(load("Uint8", a), phi(each(C))), load("Uint8", a), (each(C) & 255).eq(255))
    body = f"(i32.and (i32.load8_u (local.get 1)) {IF.format('(i32.const 511)', '(i32.const -1)')})"
    found = assert_rule_fires("rule", rules, module(body))
    assert_same_meaning(found.before, found.after)


@pytest.mark.parametrize(("inputs", "fires"), [(3, True), (60, True), (65, False)])
def test_many_inputs(inputs: int, fires: bool) -> None:
    check = assert_rule_fires if fires else assert_rule_does_not_fire
    check("rule", SINK, module(switch(*[f"(i32.add (local.get 1) (i32.const {i}))" for i in range(inputs)])))


def test_a_search_that_could_take_forever_gives_up() -> None:
    """Two orders for each input, and only the last one does not match."""
    rules = one(phi(o.Word32Xor(o.Int32Add(each(x), each(y)), z)), phi(each(x)))
    add = "(i32.xor (i32.add (i32.clz (local.get {})) (i32.ctz (local.get 1))) (local.get 1))"
    arms = [add.format(i % 2) for i in range(40)]
    assert_rule_does_not_fire("rule", rules, module(switch(*arms, "(i32.xor (i32.clz (local.get 0)) (local.get 1))")))
