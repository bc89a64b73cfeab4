"""WebAssembly programs whose objects are collected while they run."""

from __future__ import annotations

import gc
import weakref

import pytest

from seaofnodes import Engine, HeapLimitError
from seaofnodes.runtime.tiers.options import Tier
from tests.support import wat

TIERS: tuple[Tier, ...] = ("baseline", "optimized", "auto")

# A tree in structs; its leaves are arrays, a table and a global hold parts of it, exceptions carry it.
TREES = """
(module
  (type $leaf (array (mut i32)))
  (rec (type $tree (sub (struct (field $depth i32))))
       (type $node (sub final $tree (struct (field i32) (field $left (mut (ref null $tree)))
                                            (field $right (mut (ref null $tree))) (field $leaf (ref null $leaf))))))
  (tag $found (param (ref $tree)))
  (table $trees 4 (ref null $tree))
  (global $last (mut (ref null $tree)) (ref.null $tree))
  (func $make (param $depth i32) (result (ref $tree))
    (if (result (ref $tree)) (i32.eqz (local.get $depth))
      (then (struct.new $node (i32.const 0) (ref.null $tree) (ref.null $tree)
                              (array.new $leaf (i32.const 7) (i32.const 3))))
      (else (struct.new $node (local.get $depth)
              (call $make (i32.sub (local.get $depth) (i32.const 1)))
              (call $make (i32.sub (local.get $depth) (i32.const 1)))
              (ref.null $leaf)))))
  (func $sum (param $tree (ref null $tree)) (result i32)
    (local $node (ref null $node)) (local $i i32) (local $sum i32)
    (if (ref.is_null (local.get $tree)) (then (return (i32.const 0))))
    (local.set $node (ref.cast (ref $node) (local.get $tree)))
    (if (ref.is_null (struct.get $node $leaf (local.get $node)))
      (then (return (i32.add (call $sum (struct.get $node $left (local.get $node)))
                             (call $sum (struct.get $node $right (local.get $node)))))))
    (loop $next
      (local.set $sum (i32.add (local.get $sum)
        (array.get $leaf (struct.get $node $leaf (local.get $node)) (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (array.len (struct.get $node $leaf (local.get $node))))))
    (local.get $sum))
  (func (export "churn") (param $times i32) (param $depth i32) (result i32)
    (local $i i32) (local $sum i32) (local $tree (ref null $tree))
    (table.set $trees (i32.const 2) (call $make (local.get $depth)))
    (global.set $last (call $make (local.get $depth)))
    (loop $next
      (local.set $tree (call $make (local.get $depth)))
      (struct.set $node $left (ref.cast (ref $node) (local.get $tree)) (call $make (i32.const 1)))
      (local.set $sum (i32.add (local.get $sum) (call $sum (local.get $tree))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $times))))
    (i32.add (local.get $sum)
      (i32.add (call $sum (table.get $trees (i32.const 2))) (call $sum (global.get $last)))))
  (func (export "thrown") (param $depth i32) (result i32)
    (call $sum (block $caught (result (ref $tree))
      (try_table (catch $found $caught) (throw $found (call $make (local.get $depth))))
      unreachable)))
  (func (export "make") (param i32) (result (ref $tree)) (call $make (local.get 0)))
  (func (export "sum") (param (ref null $tree)) (result i32) (call $sum (local.get 0))))
"""


def leaves(depth: int) -> int:
    """The sum over a tree."""
    return 21 << depth


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("stress", [False, True])
def test_trees(tier: Tier, stress: bool) -> None:
    engine = Engine(tier=tier, tier_up_budget=50, background=False, stress_gc=stress, heap_limit=16 << 20)
    exports = engine.instantiate(wat(TREES)).exports
    depth, times = (3, 3) if stress else (8, 1500)
    churned = exports["churn"](times, depth)
    assert churned == times * (leaves(depth) // 2 + leaves(1)) + 2 * leaves(depth)
    assert engine.heap.collections > 2
    kept = exports["make"](4)
    assert exports["thrown"](3) == leaves(3)
    assert exports["churn"](times, depth) == churned
    assert exports["sum"](kept) == leaves(4)
    engine.heap.verify()


@pytest.mark.parametrize("tier", TIERS)
def test_a_program_that_holds_too_much_ends_and_the_next_one_runs(tier: Tier) -> None:
    engine = Engine(tier=tier, tier_up_budget=50, background=False, heap_limit=4 << 20)
    exports = engine.instantiate(wat(TREES)).exports
    for _ in range(2):
        with pytest.raises(HeapLimitError, match="4,194,304"):
            exports["make"](24)
        assert exports["sum"](exports["make"](5)) == leaves(5)


HOLDERS = """
(module
  (type $box (struct (field (mut externref)) (field (mut exnref))))
  (tag $carry (param (ref $box)))
  (func (export "box") (param externref) (result (ref $box)) (struct.new $box (local.get 0) (ref.null exn)))
  (func (export "unbox") (param (ref $box)) (result externref) (struct.get $box 0 (local.get 0)))
  (func (export "knot") (param externref)
    (local $box (ref $box))
    (local.set $box (struct.new $box (local.get 0) (ref.null exn)))
    (struct.set $box 1 (local.get $box)
      (block $caught (result exnref)
        (try_table (catch_all_ref $caught) (throw $carry (local.get $box)))
        unreachable)))
  (func (export "knot_kept") (param externref) (result (ref $box))
    (local $box (ref $box))
    (local.set $box (struct.new $box (local.get 0) (ref.null exn)))
    (struct.set $box 1 (local.get $box)
      (block $caught (result exnref)
        (try_table (catch_all_ref $caught) (throw $carry (struct.new $box (local.get 0) (ref.null exn))))
        unreachable))
    (local.get $box))
  (func (export "carried") (param (ref $box)) (result externref)
    (struct.get $box 0 (block $caught (result (ref $box))
      (try_table (catch $carry $caught) (throw_ref (struct.get $box 1 (local.get 0))))
      unreachable))))
"""


class Thing:
    """Something of Python."""


@pytest.mark.parametrize("stress", [False, True])
def test_objects_hold_things_of_python_and_exceptions(stress: bool) -> None:
    engine = Engine(tier="baseline", stress_gc=stress)
    exports = engine.instantiate(wat(HOLDERS)).exports
    thing = Thing()
    gone = weakref.ref(thing)
    box, knot = exports["box"](thing), exports["knot_kept"](thing)
    del thing
    engine.heap.collect()
    assert exports["unbox"](box) is gone()
    del box
    engine.heap.collect()
    assert exports["carried"](knot) is gone()
    del knot
    engine.heap.collect()
    gc.collect()
    assert gone() is None


def test_an_object_and_an_exception_that_hold_each_other_are_freed() -> None:
    engine = Engine(tier="baseline")
    exports = engine.instantiate(wat(HOLDERS)).exports
    thing = Thing()
    gone = weakref.ref(thing)
    exports["knot"](thing)
    del thing
    engine.heap.collect()
    gc.collect()
    assert gone() is None
    assert not engine.store.references.objects


def test_many_calls_collect_seldom() -> None:
    engine = Engine(tier="baseline")
    exports = engine.instantiate(wat(HOLDERS)).exports
    for _ in range(5000):
        exports["unbox"](exports["box"](Thing()))
    assert engine.heap.collections < 20
    assert len(engine.store.references.objects) < 5000
