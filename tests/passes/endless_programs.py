"""Functions whose loops lose their last way out when something is inlined or folded, and random ones of that kind.

Each exports "run", which takes an i32 and gives one; $turns counts down, and the turn that gets to zero traps.
"""

from __future__ import annotations

import random

HEAD = """(module
  (memory 1)
  (tag $e) (tag $v (param i32))
  (type $none (func))
  (global $turns (mut i32) (i32.const 0))
  (table funcref (elem $throws))
  (func $count
    (global.set $turns (i32.sub (global.get $turns) (i32.const 1)))
    (drop (i32.div_u (i32.const 1) (global.get $turns))))
  (func $throws (call $count) (throw $e))
  (func $throws_value (call $count) (throw $v (global.get $turns)))
  (func $returns (call $count))
  (func $traps (unreachable))
  (func $spins (loop $l (call $count) (br $l)))
  (func $turns_into_throws (return_call $throws))
  (func $gives (result i32) (call $count) (throw $e))
"""
CALLEES = ("throws", "throws_value", "returns", "traps", "spins", "turns_into_throws")
FORMS = {
    "caught in front": "(loop $l (try_table (catch_all $l) (call ${0})))",
    "caught in front, by tag": "(loop $l (try_table (catch $e $l) (call ${0})))",
    "caught in front, with a value": "(i32.const 1) (loop $l (param i32) (drop) (try_table (catch $v $l) (call ${0})))",
    "caught in front, whatever comes": "(loop $l (try_table (catch_all $l) (call ${0})) (br $l))",
    "caught behind": "(block $o (loop $l (try_table (catch_all $o) (call ${0})) (br $l)))",
    "caught around": "(block $o (try_table (catch_all $o) (loop $l (call ${0}) (br $l))))",
    "not caught": "(loop $l (call ${0}) (br $l))",
    "nested": "(loop $o (loop $l (try_table (catch_all $l) (call ${0}))) (br $o))",
    "through a table": "(loop $l (try_table (catch_all $l) (call_indirect (type $none) (i32.const 0))) (br $l))",
    "of a result": "(loop $l (try_table (catch_all $l) (drop (call $gives))))",
    "both": "(loop $l (try_table (catch_all $l) (call ${0})) (call ${0}) (br $l))",
    "tail call": "(loop $l (if (global.get $turns) (then) (else (return_call $end))) (call ${0}) (br $l))",
}
END = "(func $end (result i32) (i32.const 9))"
PLACES = {
    "in an arm": "(if (i32.and (local.get 0) (i32.const 1)) (then {0}))",
    "behind a switch": "(block $b (block $a (br_table $a $b $a (local.get 0))) (return (i32.const 10))) {0}",
    "right away": "{0}",
}


def module(loop: str, place: str = "in an arm") -> str:
    """A module whose "run" has a loop there."""
    body = PLACES[place].format(loop)
    return (
        f'{HEAD} {END} (func (export "run") (param i32) (result i32)'
        f" (global.set $turns (i32.const 4)) {body} (i32.const 7)))"
    )


def random_module(seed: int) -> str:
    """Several such loops, one in or behind the other, behind random conditions."""
    draw = random.Random(seed)

    def statement(depth: int) -> str:
        kind = draw.random()
        if kind < 0.55 or depth > 2:
            return str(draw.choice(list(FORMS.values())).format(draw.choice(CALLEES)))
        inner = " ".join(statement(depth + 1) for _ in range(draw.randint(1, 2)))
        mask = draw.choice((1, 2, 4))
        if kind < 0.7:
            return f"(if (i32.and (local.get 0) (i32.const {mask})) (then {inner}) (else {statement(depth + 1)}))"
        if kind < 0.85:
            return f"(block $a (block $b (br_table $a $b $a (local.get 0))) {inner})"
        return f"(block $o (loop $l {inner} (br_if $l (i32.and (local.get 0) (i32.const {mask}))) (br $o)))"

    body = " ".join(statement(0) for _ in range(draw.randint(1, 3)))
    return module(body, draw.choice(list(PLACES)))
