"""Making engines and instances, linking them, and letting go of them."""

from __future__ import annotations

import gc
from typing import Any

from seaofnodes import EXTERNREF, FUNCREF, I32, Engine, Global, LinkError, Memory, Table
from seaofnodes.wasm.engine.tags import Tag
from tests.runtime.interrupts.scenario import TEXTS, Probe, Thing, World, gives, scenario, traps
from tests.runtime.interrupts.scenarios_calls import catches
from tests.support import wat

BASELINE: dict[str, Any] = {"tier": "baseline"}

MODULE = """(module
  (import "host" "call" (func $call (param i32) (result i32)))
  (import "host" "memory" (memory 1 4))
  (import "host" "table" (table $shared 4 funcref))
  (import "host" "global" (global $g (mut i32)))
  (import "host" "number" (global $n i32))
  (import "host" "object" (global $o externref))
  (import "host" "tag" (tag $tag (param funcref)))
  (import "other" "add" (func $add (param i32 i32) (result i32)))
  (memory $own (export "own") 2 3)
  (table $objects (export "objects") 3 externref)
  (elem (table $shared) (i32.const 1) func $start $add $call)
  (data (i32.const 8) "first") (data (memory $own) (i32.const 16) "second") (data $passive "third")
  (global $mine (export "mine") (mut funcref) (ref.func $add))
  (func $start (global.set $g (call $call (global.get $n))))
  (start $start)
  (func (export "sum") (result i32) (call $add (global.get $g) (global.get $n)))
  (func (export "through") (param i32) (result i32)
    (call_indirect $shared (param i32) (result i32) (local.get 0) (i32.const 3)))
  (func (export "object") (result externref) (global.get $o)))"""

TRAPPING = """(module (memory 1) (table 1 funcref) (func $f) (elem (i32.const 0) $f)
  (data (i32.const 0) "a") (data (i32.const 65536) "b"))"""
MISSING = """(module (import "host" "call" (func)) (import "host" "missing" (func)) (memory 1))"""
SMALL = """(module
  (import "host" "call" (func $call (param i32) (result i32)))
  (memory (export "memory") 1) (table (export "table") 2 externref)
  (func (export "f") (param i32) (result i32) (i32.add (call $call (local.get 0)) (i32.const 1)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))"""


TEXTS.extend((MODULE, TRAPPING, MISSING, SMALL))


def _double(value: int) -> int:
    return 2 * value


def _imports(world: World) -> dict[str, Any]:
    assert world.probe is not None
    host = {
        "call": _double, "memory": Memory(1, 4), "table": Table(4), "number": 21, "object": world.things["o"],
        "global": Global(I32, 0, mutable=True), "tag": Tag(FUNCREF),
    }  # fmt: skip
    return {"host": host, "other": world.probe.instance}


def _object(world: World) -> None:
    world.things["o"] = Thing()


@scenario(BASELINE, _object)
def instantiate(world: World) -> None:
    assert world.engine is not None
    imports = _imports(world)
    instance = world.engine.instantiate(wat(MODULE), imports)
    gives(63, instance.exports["sum"])
    gives(14, instance.exports["through"], 7)
    gives(world.o, instance.exports["object"])
    host = imports["host"]
    assert host["memory"].read(8, 5) == b"first" and instance.exports["own"].read(16, 6) == b"second"
    assert host["global"].value == 42 and instance.exports["mine"].value == world.probe.exports["add"]  # type: ignore[union-attr]


@scenario({"tier": "optimized"}, _object)
def instantiate_optimized(world: World) -> None:
    instantiate(world)


@scenario(BASELINE, _object)
def instantiate_twice(world: World) -> None:
    """Two instances of one module, which share its code."""
    assert world.engine is not None
    decoded = world.engine.load(wat(SMALL))
    one, two = (world.engine.instantiate(decoded, {"host": {"call": _double}}) for _ in range(2))
    gives(7, one.exports["f"], 3)
    gives(9, two.exports["f"], 4)
    assert one.data.code is two.data.code


@scenario(BASELINE, _object)
def instantiate_fails(world: World) -> None:
    assert world.engine is not None
    traps("out of bounds memory access", world.engine.instantiate, wat(TRAPPING))
    catches(LinkError, world.engine.instantiate, wat(MISSING), {"host": {"call": int}})


@scenario(None, _object)
def engine(world: World) -> None:
    probe = Probe(Engine(tier="baseline", time_limit=30))
    gives(5, probe.exports["add"], 2, 3)
    traps("out of bounds memory access", probe.exports["load"], 1 << 30)


@scenario(None, _object, cold=True, closely=False)
def first_engine_of_the_process(world: World) -> None:
    probe = Probe(Engine(tier="baseline"))
    gives(5, probe.exports["add"], 2, 3)


def _small(world: World) -> None:
    assert world.engine is not None
    instance = world.engine.instantiate(wat(SMALL), {"host": {"call": _double}})
    gives(7, instance.exports["f"], 3)
    instance.exports["table"][1] = Thing()
    world.things["held"] = [instance]


def _another_small(world: World) -> None:
    _small(world)
    gives(9, world.held[-1].exports["f"], 4)
    traps("out of bounds memory access", world.held[-1].exports["load"], 1 << 30)


@scenario(BASELINE, _small, verify=_another_small)
def free_instance(world: World) -> None:
    world.held.clear()
    gc.collect()


@scenario(BASELINE, _small, verify=_another_small)
def free_instance_and_reuse(world: World) -> None:
    """Its code is given back when other code is made."""
    assert world.engine is not None
    world.held.clear()
    gc.collect()
    instance = world.engine.instantiate(wat(SMALL), {"host": {"call": _double}})
    gives(7, instance.exports["f"], 3)


@scenario(BASELINE, _small, verify=_another_small)
def free_in_a_cycle(world: World) -> None:
    cycle: list[Any] = [world.held.pop()]
    cycle.append(cycle)
    del cycle
    gc.collect()


def _engines(world: World) -> None:
    world.things["engines"] = []
    for _ in range(2):
        probe = Probe(Engine(tier="baseline"))
        gives(5, probe.exports["add"], 2, 3)
        world.engines.append(probe)


@scenario(BASELINE, _engines, verify=_engines)
def free_engine(world: World) -> None:
    world.engines.pop()
    gc.collect()
    world.engines.clear()
    gc.collect()


@scenario({**BASELINE, "time_limit": 30.0}, _engines, verify=_engines)
def free_engine_and_make_another(world: World) -> None:
    world.engines.clear()
    gc.collect()
    probe = Probe(Engine(tier="baseline"))
    traps("out of bounds memory access", probe.exports["load"], 1 << 30)
    gives(5, probe.exports["add"], 2, 3)


def _objects(world: World) -> None:
    assert world.engine is not None
    objects = Table(4, element=EXTERNREF, engine=world.engine)
    objects[0] = Thing()
    world.things["held"] = [Memory(2, 4), Table(5), objects, Global(EXTERNREF, Thing(), engine=world.engine)]


@scenario(BASELINE, _objects, verify=_objects)
def free_memories_and_tables(world: World) -> None:
    while world.held:
        world.held.pop()
    gc.collect()


@scenario({"tier": "auto", "background": True, "tier_up_budget": 20}, _small, verify=_another_small)
def free_while_compiling(world: World) -> None:
    for value in range(60):
        gives(2 * value + 1, world.held[-1].exports["f"], value)
    world.held.clear()
    gc.collect()
    assert world.engine is not None and world.engine.wait_for_compiler(10)
