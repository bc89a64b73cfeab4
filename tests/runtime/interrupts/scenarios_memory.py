"""Memories, tables and globals, by wasm and by Python."""

from __future__ import annotations

from typing import Any

from seaofnodes import EXTERNREF, I32, I64, Engine, Global, Memory, Table
from tests.runtime.interrupts import inside
from tests.runtime.interrupts.scenario import Thing, World, gives, module, scenario, traps

_PAGES = 64
OPTIONS: dict[str, Any] = {"tier": "baseline", "max_memory": _PAGES * inside.PAGE}

TEXT = """(module
  (memory (export "memory") 1 40) (memory $other (export "other") i64 1)
  (data $data "abcdefgh")
  (table $functions (export "functions") 4 20 funcref)
  (table $objects (export "objects") 2 20 externref)
  (elem $elements func $seven $eight)
  (global (export "global") (mut externref) (ref.null extern))
  (func $seven (export "seven") (result i32) (i32.const 7)) (func $eight (result i32) (i32.const 8))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "grow other") (param i64) (result i64) (memory.grow $other (local.get 0)))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "size") (result i32) (memory.size))
  (func (export "bulk")
    (memory.init $data (i32.const 10) (i32.const 0) (i32.const 8))
    (memory.copy (i32.const 20) (i32.const 10) (i32.const 8))
    (memory.fill (i32.const 12) (i32.const 65) (i32.const 2)))
  (func (export "drop") (data.drop $data) (elem.drop $elements))
  (func (export "tables") (param externref)
    (table.init $functions $elements (i32.const 1) (i32.const 0) (i32.const 2))
    (table.copy $functions $functions (i32.const 2) (i32.const 1) (i32.const 2))
    (table.fill $objects (i32.const 0) (local.get 0) (i32.const 2)))
  (func (export "grow objects") (param externref i32) (result i32)
    (table.grow $objects (local.get 0) (local.get 1)))
  (func (export "grow functions") (param i32) (result i32)
    (table.grow $functions (ref.func $seven) (local.get 0)))
  (func (export "call") (param i32) (result i32) (call_indirect $functions (result i32) (local.get 0)))
  (func (export "get") (param i32) (result externref) (table.get $objects (local.get 0)))
  (func (export "set") (param i32 externref) (table.set $objects (local.get 0) (local.get 1)))
  (func (export "global set") (param externref) (global.set 0 (local.get 0))))"""

ready = module(TEXT)


def memory_is_right(world: World) -> None:
    """Sizes agree, all of it can be used and nothing behind it, and the engine's pages are all there."""
    exports, memory = world.exports, world.exports["memory"]
    gives(memory.size, exports["size"])
    last = len(memory) - 1
    exports["store"](last, 77)
    gives(77, exports["load"], last)
    assert memory.read(last, 1) == b"M"
    traps("out of bounds memory access", exports["load"], last + 1)
    assert world.engine is not None and world.probe is not None
    used = inside.pages_of(memory, exports["other"], world.probe.exports["memory"])
    left = inside.pages_left(world.engine)
    assert used + left == _PAGES, f"{used} pages are used, {left} are left, of {_PAGES}"
    size = memory.size
    gives(size, exports["grow"], 1)
    gives(size + 1, memory.grow, 1)
    gives(-1, memory.grow, 100)


def tables_are_right(world: World) -> None:
    """Sizes agree, and all entries can be used."""
    exports = world.exports
    for name, value in (("objects", Thing()), ("functions", exports["seven"])):
        table = exports[name]
        for index in range(len(table)):
            table[index] = value
            assert table[index] == value
        size = len(table)
        gives(size, table.grow, 1, value)
        assert table[size] == value
    last = len(exports["functions"]) - 1
    gives(7, exports["call"], last)
    traps("undefined element", exports["call"], last + 1)
    gives(exports["objects"][0], exports["get"], len(exports["objects"]) - 1)
    traps("out of bounds table access", exports["get"], len(exports["objects"]))


@scenario(OPTIONS, ready, verify=memory_is_right)
def grow_memory_in_wasm(world: World) -> None:
    gives(1, world.exports["grow"], 2)
    gives(-1, world.exports["grow"], 200)
    gives(3, world.exports["grow"], 3)
    gives(1, world.exports["grow other"], 1)
    gives(-1, world.exports["grow other"], 1 << 40)


@scenario(OPTIONS, ready, verify=memory_is_right)
def grow_memory_in_python(world: World) -> None:
    gives(1, world.exports["memory"].grow, 2)
    gives(-1, world.exports["memory"].grow, 200)
    gives(1, world.exports["other"].grow, 3)
    gives(-1, world.exports["other"].grow, 62)


@scenario(OPTIONS, ready, verify=tables_are_right)
def grow_tables_in_wasm(world: World) -> None:
    thing = Thing()
    gives(2, world.exports["grow objects"], thing, 3)
    gives(thing, world.exports["get"], 4)
    gives(-1, world.exports["grow objects"], thing, 200)
    gives(4, world.exports["grow functions"], 2)
    gives(7, world.exports["call"], 5)


@scenario(OPTIONS, ready, verify=tables_are_right)
def grow_tables_in_python(world: World) -> None:
    thing = Thing()
    gives(2, world.exports["objects"].grow, 3, thing)
    gives(thing, world.exports["get"], 4)
    gives(4, world.exports["functions"].grow, 2, world.exports["seven"])
    gives(7, world.exports["call"], 5)


@scenario(OPTIONS, ready, verify=tables_are_right)
def entries_of_tables(world: World) -> None:
    exports, thing = world.exports, Thing()
    exports["functions"][1] = exports["seven"]
    gives(7, exports["call"], 1)
    exports["functions"][1] = None
    assert exports["functions"][1] is None
    exports["objects"][0] = thing
    gives(thing, exports["get"], 0)
    exports["set"](1, thing)
    assert exports["objects"][1] is thing


def _bulk_is_right(world: World) -> None:
    exports = world.exports
    exports["memory"].write(0, bytes(40))
    exports["bulk"]()
    assert exports["memory"].read(10, 18) == b"abAAefgh\0\0abcdefgh"
    exports["tables"](None)
    memory_is_right(world)
    tables_are_right(world)


@scenario(OPTIONS, ready, verify=_bulk_is_right)
def bulk_operations(world: World) -> None:
    world.exports["bulk"]()
    world.exports["tables"](Thing())
    gives(8, world.exports["call"], 3)


def _dropped_is_right(world: World) -> None:
    world.exports["drop"]()
    traps("out of bounds memory access", world.exports["bulk"])
    traps("out of bounds table access", world.exports["tables"], None)
    memory_is_right(world)
    tables_are_right(world)


@scenario(OPTIONS, ready, verify=_dropped_is_right)
def drop_segments(world: World) -> None:
    world.exports["drop"]()


@scenario(OPTIONS, ready, verify=memory_is_right)
def memory_in_python(world: World) -> None:
    memory = world.exports["memory"]
    memory.write(100, b"hello")
    assert memory.read(100, 5) == b"hello"
    view = memory.view()
    assert bytes(view[100:105]) == b"hello"
    view[100] = 72
    gives(72, world.exports["load"], 100)


@scenario(OPTIONS, ready)
def globals_in_python(world: World) -> None:
    thing, found = Thing(), world.exports["global"]
    found.value = thing
    gives(thing, lambda: found.value)
    world.exports["global set"](None)
    gives(None, lambda: found.value)
    world.exports["global set"](thing)
    gives(thing, lambda: found.value)


@scenario({"tier": "baseline"})
def objects_of_the_host(world: World) -> None:
    """What Python makes without an instance."""
    assert world.engine is not None
    memory = Memory(1, 3)
    memory.write(0, b"x")
    assert memory.grow(2) == 1 and memory.read(0, 1) == b"x" and len(memory) == 3 << 16
    table = Table(2, 5)
    assert table.grow(3) == 2 and table[4] is None
    thing = Thing()
    objects = Table(1, 2, element=EXTERNREF, engine=world.engine)
    objects[0] = thing
    assert objects[0] is thing
    assert Global(I32, 5).value == 5
    counter = Global(I64, 1, mutable=True)
    counter.value += 1
    gives(2, lambda: counter.value)
    state = Global(EXTERNREF, thing, mutable=True, engine=world.engine)
    assert state.value is thing


def _crowd(world: World) -> None:
    world.things["engine two"] = Engine(tier="baseline")
    ready(world)
    objects = world.exports["objects"]
    objects.grow(12)
    for index in range(len(objects)):
        objects[index] = Thing()


@scenario(OPTIONS, _crowd, verify=tables_are_right)
def references_are_swept(world: World) -> None:
    objects = world.exports["objects"]
    for index in range(0, len(objects), 2):
        objects[index] = None
    world.exports["set"](3, Thing())
    gives(None, world.exports["get"], 4)
    world.exports["set"](4, Thing())
