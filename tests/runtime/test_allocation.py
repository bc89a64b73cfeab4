"""Allocation in optimized code: several objects at once, arrays of any length."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes import Engine
from seaofnodes.runtime.counters.feedback import Feedback
from seaofnodes.runtime.tiers.compile import trace_optimizing_tier

Wat = Callable[[str], bytes]

TEXT = """(module
  (type $leaf (struct (field i32)))
  (type $pair (struct (field (ref $leaf)) (field (ref null $pair))))
  (type $bytes (array (mut i8))) (type $shorts (array (mut i16)))
  (type $longs (array (mut i64))) (type $leaves (array (mut (ref null $leaf))))
  (import "env" "f" (func $f))
  (global $list (mut (ref null $pair)) (ref.null $pair))
  (func $push (param i32)
    (global.set $list (struct.new $pair (struct.new $leaf (local.get 0)) (global.get $list))))
  (func $sum (result i32) (local $p (ref null $pair)) (local $sum i32)
    (local.set $p (global.get $list))
    (block $end (loop $next
      (br_if $end (ref.is_null (local.get $p)))
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31))
        (struct.get $leaf 0 (struct.get $pair 0 (local.get $p)))))
      (local.set $p (struct.get $pair 1 (local.get $p)))
      (br $next)))
    (local.get $sum))
  (func (export "objects") (param $n i32) (result i32) (local $i i32)
    (global.set $list (ref.null $pair))
    (loop $l
      (global.set $list (struct.new $pair (struct.new $leaf (local.get $i))
        (struct.new $pair (struct.new $leaf (local.get $n)) (global.get $list))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (call $sum))
  (func (export "with a call") (param $n i32) (result i32) (local $leaf (ref null $leaf))
    (local.set $leaf (struct.new $leaf (local.get $n)))
    (call $f)
    (global.set $list (struct.new $pair (ref.as_non_null (local.get $leaf)) (ref.null $pair)))
    (call $sum))
  (func (export "lengths") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (local $a (ref null $bytes)) (local $b (ref null $shorts))
    (local $c (ref null $longs)) (local $d (ref null $leaves))
    (loop $l
      (local.set $a (array.new_default $bytes (local.get $i)))
      (local.set $b (array.new_default $shorts (i32.mul (local.get $i) (i32.const 3))))
      (local.set $c (array.new_default $longs (i32.add (local.get $i) (i32.const 1))))
      (local.set $d (array.new_default $leaves (i32.and (local.get $i) (i32.const 15))))
      (if (local.get $i) (then
        (array.set $bytes (local.get $a) (i32.sub (local.get $i) (i32.const 1)) (local.get $i))
        (array.set $shorts (local.get $b) (i32.sub (i32.mul (local.get $i) (i32.const 3)) (i32.const 1)) (i32.const 9))
        (local.set $sum (i32.add (local.get $sum)
          (array.get_u $bytes (local.get $a) (i32.sub (local.get $i) (i32.const 1)))))))
      (array.set $longs (local.get $c) (local.get $i) (i64.extend_i32_u (local.get $i)))
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 17)) (i32.add
        (i32.add (array.len (local.get $a)) (array.len (local.get $b)))
        (i32.add (i32.wrap_i64 (array.get $longs (local.get $c) (local.get $i))) (array.len (local.get $d))))))
      (br_if $l (i32.le_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $sum)))"""


def exports(wat: Wat, **options: object) -> dict[str, Callable[..., int]]:
    engine = Engine(verify=True, **options)  # type: ignore[arg-type]
    return dict(engine.instantiate(wat(TEXT), {"env": {"f": lambda: None}}).exports)


@pytest.mark.parametrize(("name", "count"), [("objects", 40), ("with a call", 3), ("lengths", 60)])
def test_all_tiers_agree(wat: Wat, name: str, count: int) -> None:
    expected = exports(wat, tier="baseline")[name](count)
    for options in ({}, {"stress_gc": True}, {"pipeline": "none"}):
        assert exports(wat, tier="optimized", **options)[name](count) == expected, options


def test_long_runs(wat: Wat) -> None:
    """Many areas come to their end, wherever in a group of objects that is."""
    found = [exports(wat, tier=tier, heap_limit=64 << 20) for tier in ("baseline", "optimized")]
    for name, count in (("objects", 20_001), ("lengths", 1500)):
        one, other = (each[name](count) for each in found)
        assert one == other


def test_one_check_for_several(wat: Wat) -> None:
    engine = Engine(tier="optimized", pipeline="default-loop-peeling-loop-unrolling")
    instance = engine.instantiate(wat(TEXT), {"env": {"f": lambda: None}})

    def checks(name: str) -> int:
        index = next(export.index for export in instance.module.exports if export.name == name)
        feedback = Feedback.pretended(instance.data.unit.layout.feedback)
        made = trace_optimizing_tier(instance.data.code, index, feedback, engine.options.pipeline).backend
        return sum(i.opcode == "ALLOCATE" for block in made.sequence.blocks for i in block.instructions)

    assert checks("objects") == 1  # four objects
    assert checks("with a call") == 2
