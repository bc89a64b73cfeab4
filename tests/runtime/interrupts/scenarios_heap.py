"""Objects: allocated by wasm and by Python, collected, held by handles."""

from __future__ import annotations

import weakref
from typing import Any

from tests.runtime.interrupts.scenario import Thing, World, gives, module, scenario

OPTIONS: dict[str, Any] = {"tier": "baseline", "heap_limit": 32 << 20}

TEXT = """(module
  (type $list (struct (field (mut i32)) (field (mut (ref null 0))) (field (mut externref))))
  (type $bytes (array (mut i8)))
  (global $kept (mut (ref null $list)) (ref.null $list))
  (func $push (param i32 (ref null $list) externref) (result (ref $list))
    (struct.new $list (local.get 0) (local.get 1) (local.get 2)))
  (func (export "churn") (param $times i32) (param $size i32) (param $thing externref) (result i32)
    (local $list (ref null $list)) (local $sum i32)
    (loop $next
      (local.set $list (call $push (local.get $times) (local.get $list) (local.get $thing)))
      (array.set $bytes (array.new_default $bytes (local.get $size)) (i32.const 5) (i32.const 1))
      (br_if $next (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (global.set $kept (local.get $list))
    (call $sum (local.get $list)))
  (func $sum (param $list (ref null $list)) (result i32)
    (local $sum i32)
    (block $end
      (loop $next
        (br_if $end (ref.is_null (local.get $list)))
        (local.set $sum (i32.add (local.get $sum) (struct.get $list 0 (local.get $list))))
        (local.set $list (struct.get $list 1 (local.get $list)))
        (br $next)))
    (local.get $sum))
  (func (export "sum") (param (ref null $list)) (result i32) (call $sum (local.get 0)))
  (func (export "kept") (result i32) (call $sum (global.get $kept)))
  (func (export "thing") (param (ref $list)) (result externref) (struct.get $list 2 (local.get 0)))
  (func (export "push") (param i32 (ref null $list) externref) (result (ref $list))
    (call $push (local.get 0) (local.get 1) (local.get 2))))"""

_instantiate = module(TEXT)


def ready(world: World) -> None:
    """With a list that a handle holds, and a thing that is in it."""
    _instantiate(world)
    held = None
    thing = Thing()
    for i in range(5):
        held = world.exports["push"](i, held, thing)
    world.things.update(held=held, thing=thing)
    gives(sum(range(1, 21)), world.exports["churn"], 20, 600_000, thing)


def heap_is_right(world: World) -> None:
    """All objects that can be reached are whole, and what cannot be is freed."""
    assert world.engine is not None
    exports = world.exports
    world.engine.heap.verify()
    gives(10, exports["sum"], world.held)
    assert exports["thing"](world.held) is world.thing
    gives(210, exports["churn"], 20, 600_000, world.thing)
    gives(210, exports["kept"])
    world.engine.heap.verify()
    thing = Thing()
    gone = weakref.ref(thing)
    lost = exports["push"](1, None, thing)
    del thing
    assert world.engine.heap.collect()
    assert exports["thing"](lost) is gone()
    del lost
    assert world.engine.heap.collect()
    assert gone() is None
    assert {one.count for one in world.engine.heap.survivors} == {25}
    assert world.engine.heap.size < 1 << 20


@scenario(OPTIONS, ready, verify=heap_is_right)
def allocate_in_wasm(world: World) -> None:
    gives(210, world.exports["churn"], 20, 600_000, world.thing)
    gives(78, world.exports["churn"], 12, 2_000_000, world.thing)


@scenario(OPTIONS, ready, verify=heap_is_right)
def make_in_python(world: World) -> None:
    types = world.instance.types
    made = [types["list"](i, world.held, world.thing) for i in range(3)]
    texts = [types["bytes"].filled(1 << 20, i) for i in range(12)]
    assert [list(one)[:2] for one in made] == [[i, world.held] for i in range(3)]
    assert [(len(text), text[5]) for text in texts] == [(1 << 20, i) for i in range(12)]
    assert bytes(types["bytes"](b"text")) == b"text"


@scenario(OPTIONS, ready, verify=heap_is_right)
def collect(world: World) -> None:
    assert world.engine is not None
    assert world.engine.heap.collect()
    world.engine.heap.verify()
    gives(10, world.exports["sum"], world.exports["push"](0, world.held, Thing()))


@scenario(OPTIONS, _instantiate, verify=lambda world: gives(15, world.exports["churn"], 5, 100_000, None))
def first_objects(world: World) -> None:
    gives(15, world.exports["churn"], 5, 1000, None)
    assert world.engine is not None
    world.engine.heap.collect()
