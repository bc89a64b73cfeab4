"""Compilation, installation, deoptimization, on-stack replacement, observers."""

from __future__ import annotations

import threading
from typing import Any

from seaofnodes.runtime.tiers.events import Event, MarkEvent
from tests.runtime.interrupts.scenario import World, gives, module, scenario, traps

SYNCHRONOUS: dict[str, Any] = {"tier": "auto", "background": False, "tier_up_budget": 50}
BACKGROUND: dict[str, Any] = {"tier": "auto", "background": True, "tier_up_budget": 50}

TEXT = """(module
  (type $t (func (param i32 i32) (result i32)))
  (import "env" "tick" (func $tick (param i32)))
  (memory 1)
  (table (export "table") 8 funcref)
  (elem (i32.const 0) $add $multiply $outer $trap)
  (global $g (mut i32) (i32.const 0))
  (func $add (export "add") (type $t) (i32.add (i32.xor (local.get 0) (local.get 1)) (i32.const 37)))
  (func $multiply (export "multiply") (type $t) (i32.mul (local.get 0) (local.get 1)))
  (func $trap (type $t) unreachable)
  (func $middle (type $t)
    (i32.add (i32.const 3) (call_indirect (type $t) (local.get 0) (local.get 1) (global.get $g))))
  (func $outer (type $t) (i32.add (i32.const 5) (call $middle (local.get 0) (local.get 1))))
  (func (export "set") (param i32) (global.set $g (local.get 0)))
  (func (export "run") (param $n i32) (param $which i32) (result i32) (local $i i32) (local $sum i32)
    (local.set $sum (i32.const 1))
    (loop $l
      (local.set $sum (call_indirect (type $t) (local.get $i) (local.get $sum) (local.get $which)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $sum))
  (func (export "inlined") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (loop $l
      (local.set $sum (call $outer (local.get $i) (local.get $sum)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $sum))
  (func (export "ticking") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (loop $l
      (call $tick (local.get $i))
      (local.set $sum (call_indirect (type $t) (local.get $i) (local.get $sum) (global.get $g)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $sum))
  (func (export "plain") (param i32) (result i32) (local i32)
    (loop
      (i32.store (i32.and (local.get 0) (i32.const 0xfc)) (local.get 1))
      (local.set 1 (i32.add (i32.add (i32.mul (local.get 1) (i32.const 3)) (local.get 0))
        (i32.load (i32.and (local.get 0) (i32.const 0xfc)))))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))"""

_OPERATIONS = (lambda i, s: (i ^ s) + 37, lambda i, s: i * s)


def _signed(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - (value >> 31 << 32)


def run(n: int, which: int) -> int:
    """What the function `run` gives."""
    total = 1
    for i in range(n):
        total = _OPERATIONS[which](i, total) & 0xFFFFFFFF
    return _signed(total)


def inlined(n: int, which: int) -> int:
    """What `inlined` gives; which: the global."""
    total = 0
    for i in range(n):
        total = _OPERATIONS[which](i, total) + 8 & 0xFFFFFFFF
    return _signed(total)


def ticking(n: int, turn: int) -> int:
    """What `ticking` gives when the global changes from 0 to 1 in turn `turn`."""
    total = 0
    for i in range(n):
        total = _OPERATIONS[i >= turn](i, total) & 0xFFFFFFFF
    return _signed(total)


def plain(n: int) -> int:
    """What `plain` gives."""
    total, memory = 0, {}
    while n:
        memory[n & 0xFC] = total
        total = 3 * total + n + memory[n & 0xFC] & 0xFFFFFFFF
        n -= 1
    return _signed(total)


def _imports(world: World) -> dict[str, Any]:
    def tick(turn: int) -> None:
        world.things.get("tick", int)(turn)

    return {"env": {"tick": tick}}


ready = module(TEXT, _imports)


def results_are_right(world: World) -> None:
    """All functions, while they are made hot, and when guesses go wrong."""
    world.things.pop("tick", None)
    exports = world.exports
    for turn in range(8):
        which = turn // 2 & 1
        exports["set"](which)
        gives(run(60, which), exports["run"], 60, which)
        gives(inlined(60, which), exports["inlined"], 60)
        gives(plain(40 + turn), exports["plain"], 40 + turn)
        gives(ticking(30, 0 if which else 30), exports["ticking"], 30)
    traps("unreachable", exports["run"], 5, 3)
    traps("uninitialized element", exports["run"], 5, 7)
    gives(run(100, 1), exports["run"], 100, 1)


@scenario({"tier": "baseline"}, ready, verify=results_are_right)
def compile_baseline(world: World) -> None:
    gives(run(5, 0), world.exports["run"], 5, 0)
    gives(plain(9), world.exports["plain"], 9)


@scenario({"tier": "optimized"}, ready, verify=results_are_right)
def compile_optimized(world: World) -> None:
    gives(run(5, 0), world.exports["run"], 5, 0)
    gives(plain(9), world.exports["plain"], 9)


@scenario({"tier": "auto", "background": False, "tier_up_budget": 0}, ready, verify=results_are_right)
def compile_optimized_at_once(world: World) -> None:
    gives(plain(9), world.exports["plain"], 9)


@scenario({**SYNCHRONOUS, "osr": False}, ready, verify=results_are_right)
def tier_up(world: World) -> None:
    for _ in range(4):
        gives(plain(60), world.exports["plain"], 60)


@scenario(SYNCHRONOUS, ready, verify=results_are_right)
def osr(world: World) -> None:
    gives(plain(400), world.exports["plain"], 400)
    gives(plain(400), world.exports["plain"], 400)


@scenario(BACKGROUND, ready, verify=results_are_right)
def background(world: World) -> None:
    for _ in range(3):
        gives(plain(60), world.exports["plain"], 60)
    assert world.engine is not None and world.engine.wait_for_compiler(10)
    gives(plain(60), world.exports["plain"], 60)


@scenario(BACKGROUND, ready, verify=results_are_right)
def background_osr(world: World) -> None:
    gives(plain(400), world.exports["plain"], 400)
    assert world.engine is not None and world.engine.wait_for_compiler(10)
    gives(plain(5000), world.exports["plain"], 5000)
    gives(ticking(100, 100), world.exports["ticking"], 100)


def _hot(world: World) -> None:
    ready(world)
    for _ in range(6):
        gives(run(60, 0), world.exports["run"], 60, 0)
        gives(inlined(60, 0), world.exports["inlined"], 60)


@scenario({**SYNCHRONOUS, "osr": False}, _hot, verify=results_are_right)
def deoptimize(world: World) -> None:
    gives(run(5, 1), world.exports["run"], 5, 1)
    gives(run(5, 1), world.exports["run"], 5, 1)


@scenario({**SYNCHRONOUS, "osr": False}, _hot, verify=results_are_right)
def deoptimize_inlined(world: World) -> None:
    world.exports["set"](1)
    gives(inlined(5, 1), world.exports["inlined"], 5)
    gives(inlined(5, 1), world.exports["inlined"], 5)


def _turning(world: World) -> None:
    ready(world)
    gives(ticking(20, 20), world.exports["ticking"], 20)
    world.things["tick"] = lambda turn: world.exports["set"](1) if turn == 300 else None


@scenario(SYNCHRONOUS, _turning, verify=results_are_right)
def osr_and_deoptimize(world: World) -> None:
    gives(ticking(400, 300), world.exports["ticking"], 400)


@scenario({**SYNCHRONOUS, "stress_deopt": True}, ready, verify=results_are_right)
def stress_exits(world: World) -> None:
    for _ in range(3):
        gives(inlined(60, 0), world.exports["inlined"], 60)


@scenario({"tier": "optimized", "stress_deopt": True, "stress_inline": True}, ready, verify=results_are_right)
def stress_exits_optimized(world: World) -> None:
    gives(inlined(9, 0), world.exports["inlined"], 9)
    world.instance.data.code.arm_exits()
    gives(inlined(9, 0), world.exports["inlined"], 9)


def _observed(world: World) -> None:
    ready(world)
    exports = world.exports
    assert world.engine is not None
    gives(12, exports["multiply"], 3, 4)

    def observe(event: Event) -> None:
        if not isinstance(event, MarkEvent):
            gives(12, exports["multiply"], 3, 4)

    world.engine.observe(observe)


@scenario(SYNCHRONOUS, _observed, verify=results_are_right)
def observers(world: World) -> None:
    exports = world.exports
    gives(plain(100), exports["plain"], 100)
    for which in (0, 0, 0, 1):
        gives(run(60, which), exports["run"], 60, which)


@scenario({"tier": "auto"}, ready, verify=results_are_right)
def compile_for_tools(world: World) -> None:
    engine, instance = world.engine, world.instance
    assert engine is not None
    assert engine.compile(instance, "plain").code.code_size > 0
    assert engine.compile_function(instance.module, 2).code_size > 0
    gives(plain(9), world.exports["plain"], 9)
    assert engine.code_size(instance, "plain") > 0


@scenario(BACKGROUND, ready, verify=results_are_right)
def two_threads(world: World) -> None:
    """Another thread calls, and makes code hot, at the same time."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                gives(plain(60), world.exports["plain"], 60)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(5):
            gives(run(40, 0), world.exports["run"], 40, 0)
    finally:
        thread.join()
    assert not failed, failed


@scenario({"tier": "optimized"}, ready, verify=results_are_right, cold=True, closely=False)
def first_compilation_of_the_process(world: World) -> None:
    gives(plain(9), world.exports["plain"], 9)
    gives(run(5, 0), world.exports["run"], 5, 0)
