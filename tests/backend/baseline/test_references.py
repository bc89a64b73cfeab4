"""References, tables and call_ref in baseline code."""

from __future__ import annotations

import pytest

from tests.backend.baseline.interpreted import Both
from tests.backend.baseline.moving import Mover
from tests.backend.baseline.reference_programs import program

_MODULE = """(module (type $t (func (param i32) (result i32)))
  (table $a 5 funcref) (table $b 3 10 funcref) (elem (table $a) (i32.const 0) func $inc $dec)
  (elem declare func $dec $inc)
  (func $inc (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $dec (param i32) (result i32) (i32.sub (local.get 0) (i32.const 1)))
  (func $pick (param i32) (result (ref null $t)) (local $f (ref null $t))
    (if (i32.eq (local.get 0) (i32.const 1)) (then (local.set $f (ref.func $inc))))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (local.set $f (ref.func $dec))))
    (local.get $f))
  (func (export "get") (param i32) (result i32) (ref.is_null (table.get $a (local.get 0))))
  (func (export "set") (param i32) (table.set $a (local.get 0) (ref.func $dec)))
  (func (export "to_b") (param i32 i32) (table.set $b (local.get 0) (table.get $a (local.get 1))))
  (func (export "call_b") (param i32 i32) (result i32)
    (call_indirect $b (type $t) (local.get 1) (local.get 0)))
  (func (export "clear") (param i32) (table.set $a (local.get 0) (ref.null func)))
  (func (export "size") (result i32 i32) (table.size $a) (table.size $b))
  (func (export "call_ref") (param i32) (result i32) (call_ref $t (i32.const 10) (call $pick (local.get 0))))
  (func (export "is_null") (param i32) (result i32)
    (if (result i32) (ref.is_null (call $pick (local.get 0))) (then (i32.const 8)) (else (i32.const 9))))
  (func (export "as_non_null") (param i32) (result i32)
    (drop (ref.as_non_null (call $pick (local.get 0)))) (i32.const 7))
  (func (export "on_null") (param i32) (result i32)
    (block $n (return (call_ref $t (i32.const 5) (br_on_null $n (call $pick (local.get 0)))))) (i32.const 77))
  (func (export "on_non_null") (param i32) (result i32)
    (call_ref $t (i32.const 9)
      (block $n (result (ref $t)) (br_on_non_null $n (call $pick (local.get 0))) (return (i32.const 66)))))
  (func (export "select") (param i32) (result i32)
    (call_ref $t (local.get 0) (select (result (ref $t)) (ref.func $dec) (ref.func $inc)
      (i32.gt_s (local.get 0) (i32.const 3)))))
  (func (export "constants") (result i32 i32)
    (ref.is_null (ref.null func))
    (block $n (br_on_null $n (ref.null func)) (unreachable)) (block $m (result (ref func))
      (br_on_non_null $m (ref.null func)) (return (i32.const 1) (i32.const 2))) (drop) (i32.const 3))
  (func (export "as_null") (ref.as_non_null (ref.null func)) (drop))
  (func (export "call_null") (drop (call_ref $t (i32.const 1) (ref.null $t)))))"""


def test_references_and_tables() -> None:
    both = Both(_MODULE)
    for index in (0, 2, 4, 5, 0xFFFFFFFF):
        both.call("get", index)
    for name, *arguments in (
        ("set", 3), ("get", 3), ("to_b", 1, 0), ("call_b", 1, 10), ("call_b", 0, 1), ("call_b", 3, 1), ("to_b", 3, 0),
        ("clear", 0), ("get", 0), ("clear", 9), ("size",), ("constants",), ("as_null",), ("call_null",),
    ):  # fmt: skip
        both.call(str(name), *map(int, arguments))
    for number in range(3):
        for name in ("call_ref", "is_null", "as_non_null", "on_null", "on_non_null"):
            both.call(name, number)
    assert both.call("call_ref", 0) == "null function reference" and both.call("as_non_null", 0) == "null reference"
    assert both.call("get", 5) == "out of bounds table access"
    assert [both.call("select", number) for number in (3, 4)] == [[4], [3]]


@pytest.mark.parametrize("tier", ["baseline", "optimized"])
@pytest.mark.parametrize("seed", range(6))
def test_safepoints_tell_all_references_that_are_needed(seed: int, tier: str) -> None:
    both = Both(program(seed), tier)
    mover = Mover(both.ours)
    for argument in (0, 5):
        both.call("refuel")
        mover.start()
        both.call("run", argument)
    assert mover.polls > 20


def test_safepoints_tell_references_in_registers() -> None:
    for tier in ("baseline", "optimized"):
        registers = 0
        for seed in range(6):
            both = Both(program(seed), tier)
            mover = Mover(both.ours)
            both.call("refuel")
            mover.start()
            both.call("run", 5)
            registers += mover.registers
        assert registers > 100


def test_a_dead_reference_is_not_told() -> None:
    both = Both("""(module (elem declare func $f) (func $f) (func $g) (func (export "f") (local funcref funcref i64)
      (local.set 0 (ref.func $f)) (call $g) (drop (local.get 0))
      (local.set 1 (ref.func $f)) (call $g)
      (ref.func $f) (call $g) (drop) (call $g) (drop (local.get 1))))""")
    both.call("f")
    found = both.ours.data.code.baseline[2].code
    assert found is not None
    # The operand's slot is behind those of the three locals.
    assert [slots for _, slots in sorted(found.safepoints.items())] == [(-16,), (-24,), (-24, -40), (-24,)]


def test_polls_before_large_frames_are_made() -> None:
    """Parameters, in registers and on the stack, are told while the frame is not there yet."""
    numbers = " ".join(["i32"] * 7)
    zeros = "(i32.const 0)" * 7
    references = "(local.get 8) (local.get 9) (local.get 10)"
    recur = f"(call $recur (i32.sub (local.get 0) (i32.const 1)) {zeros} {references})"
    both = Both(f"""(module (type $t (func (param i32) (result i32))) (elem declare func $two $three)
      (func $two (type $t) (i32.mul (local.get 0) (i32.const 2)))
      (func $three (type $t) (i32.mul (local.get 0) (i32.const 3)))
      (func $start (param (ref null $t)) (result i32)
        (call $recur (i32.const 4) {zeros} (local.get 0) (ref.func $three) (local.get 0)))
      (func $recur (param i32 {numbers} (ref null $t) (ref null $t) (ref null $t)) (result i32) (local {"i64 " * 3000})
        (if (local.get 0) (then (return {recur})))
        (i32.add (call_ref $t (i32.const 1) (local.get 8))
          (i32.add (call_ref $t (i32.const 10) (local.get 9)) (call_ref $t (i32.const 100) (local.get 10)))))
      (func $again (param (ref null $t)) (result i32) (call $start (local.get 0)) (i32.add (call $start (local.get 0))))
      (func (export "f") (result i32) (call $again (ref.func $two))))""")
    expected = both.call("f")
    mover = Mover(both.ours)
    mover.start()
    assert both.call("f") == expected == [2 * (2 + 30 + 200)]
    assert mover.polls and mover.moved
