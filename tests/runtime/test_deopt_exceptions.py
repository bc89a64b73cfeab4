"""Optimized code that is left in a try: the baseline frames' handlers catch what is thrown then."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes import Engine
from seaofnodes.runtime.tiers.events import DeoptEvent

Wat = Callable[[str], bytes]

TEXT = """(module
  (type $t (func (param i32) (result i32)))
  (tag $a (param i32)) (tag $b (param i64))
  (table 4 funcref)
  (elem (i32.const 0) $even $odd $throw_a $throw_b)
  (func $even (type $t) (i32.add (local.get 0) (i32.const 2)))
  (func $odd (type $t) (i32.mul (local.get 0) (i32.const 3)))
  (func $throw_a (type $t) (throw $a (i32.add (local.get 0) (i32.const 1000))))
  (func $throw_b (type $t) (throw $b (i64.const 7)))
  (func $dispatch (param $x i32) (param $which i32) (result i32)
    (i32.add (i32.const 1) (call_indirect (type $t) (local.get $x) (local.get $which))))
  (func $guarded (param $x i32) (param $which i32) (result i32) (local $seen i32)
    (local.set $seen (i32.mul (local.get $x) (i32.const 10)))
    (block $h (result i32)
      (i32.const 5)
      (try_table (result i32) (catch $a $h)
        (i32.add (local.get $x) (call $dispatch (local.get $x) (local.get $which))))
      (i32.add))
    (i32.add (local.get $seen)))
  (func (export "run") (param $n i32) (param $which i32) (result i32) (local $i i32) (local $sum i32)
    (loop $l
      (block $b (result i64)
        (try_table (catch $b $b)
          (local.set $sum (i32.add (local.get $sum) (call $guarded (local.get $i) (local.get $which)))))
        (i64.const 0))
      (i32.wrap_i64)
      (local.set $sum (i32.add (local.get $sum)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $sum)))"""


@pytest.mark.parametrize("which", [1, 2, 3])
@pytest.mark.parametrize("inline", [True, False])
def test_another_target_throws(wat: Wat, which: int, inline: bool) -> None:
    module = wat(TEXT)
    plain = Engine(tier="baseline").instantiate(module).exports["run"]
    expected = [plain(9, 0), plain(6, which)]
    engine = Engine(background=False, verify=True, tier_up_budget=100, inline=inline, osr=False)
    events: list[object] = []
    engine.observe(events.append)
    run = engine.instantiate(module).exports["run"]
    for _ in range(40):
        assert run(9, 0) == expected[0]
    assert [run(6, which), run(9, 0), run(6, which)] == [expected[1], expected[0], expected[1]]
    deopts = [event for event in events if isinstance(event, DeoptEvent)]
    assert bool(deopts) == inline
    if inline:
        assert deopts[0].frames[0].name == "dispatch" and len(deopts[0].frames) > 1
