"""Entry, call, exit: of Python into wasm, of wasm into host functions, and what leaves them otherwise."""

from __future__ import annotations

import threading
from typing import Any

from seaofnodes import EXTERNREF, I32, Engine, InterruptError, TimeLimitError, WasmException
from seaofnodes.wasm.engine.tags import Tag
from tests.runtime.interrupts.scenario import Thing, World, gives, module, scenario, traps

BASELINE: dict[str, Any] = {"tier": "baseline"}

TEXT = """(module
  (import "host" "call" (func $call (param i32) (result i32)))
  (import "host" "raise" (func $raise))
  (import "host" "object" (func $object (param externref) (result externref)))
  (import "host" "tag" (tag $tag (param i32 externref)))
  (memory 1)
  (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "two") (param i64 f64) (result f64 i64) (local.get 1) (local.get 0))
  (func (export "nested") (param i32) (result i32) (i32.add (call $call (local.get 0)) (i32.const 1)))
  (func (export "raise") (call $raise))
  (func (export "same") (param externref) (result externref) (local.get 0))
  (func (export "object") (param externref) (result externref) (call $object (local.get 0)))
  (func (export "pick") (param funcref) (result funcref) (local.get 0))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func $deep (export "deep") (result i32) (i32.add (call $deep) (i32.const 1)))
  (func $throw (export "throw") (param i32 externref) (throw $tag (local.get 0) (local.get 1)))
  (func (export "caught") (param i32 externref) (result i32 externref)
    (block $h (result i32 externref)
      (try_table (catch $tag $h) (call $throw (local.get 0) (local.get 1))) (unreachable)))
  (func (export "host caught") (result i32 externref)
    (block $h (result i32 externref)
      (try_table (catch $tag $h) (call $raise)) (unreachable)))
  (func (export "reference") (param i32 externref) (result exnref)
    (block $h (result exnref)
      (try_table (catch_all_ref $h) (call $throw (local.get 0) (local.get 1))) (unreachable)))
  (func (export "again") (param exnref) (throw_ref (local.get 0)))
  (func (export "loop") (drop (call $call (i32.const 1))) (loop (br 0))))"""


def _imports(world: World) -> dict[str, Any]:
    """The host's functions do what the scenario puts into `world.things`."""

    def call(value: int) -> int:
        found: int = world.things.get("call", _double)(value)
        return found

    def fail() -> None:
        world.things.get("raise", int)()

    def same(value: object) -> object:
        return value

    tag = world.things["tag"] = Tag(I32, EXTERNREF)
    return {"host": {"call": call, "raise": fail, "object": same, "tag": tag}}


def _double(value: int) -> int:
    return 2 * value


def catches(kind: type[BaseException], function: Any, *arguments: object) -> BaseException:
    """Raises AssertionError if a call does not raise that."""
    try:
        found = function(*arguments)
    except kind as error:
        return error
    raise AssertionError(f"gave {found!r} in place of {kind.__name__}")


ready = module(TEXT, _imports)


@scenario(BASELINE, ready)
def first_call(world: World) -> None:
    gives(5, world.exports["add"], 2, 3)


def _elsewhere(world: World) -> None:
    ready(world)
    thread = threading.Thread(target=world.exports["add"], args=(1, 1))
    thread.start()
    thread.join()


@scenario(BASELINE, _elsewhere)
def call_after_another_thread(world: World) -> None:
    gives(5, world.exports["add"], 2, 3)


def _warm(world: World) -> None:
    ready(world)
    gives(5, world.exports["add"], 2, 3)


@scenario(BASELINE, _warm)
def second_call(world: World) -> None:
    gives(5, world.exports["add"], 2, 3)
    gives(-2, world.exports["add"], 0xFFFFFFFF, 0xFFFFFFFF)
    assert world.exports["add"].call_bits(1, 2) == (3,)


@scenario(BASELINE, ready)
def arguments_and_results(world: World) -> None:
    gives((float("inf"), -1), world.exports["two"], (1 << 64) - 1, float("inf"))
    assert world.exports["two"].call_bits(1, 2) == (2, 1)
    catches(TypeError, world.exports["two"], 1)
    catches(OverflowError, world.exports["add"], 1 << 32, 0)


def _calling_back(world: World) -> None:
    ready(world)
    world.things["call"] = lambda value: world.exports["nested"](value - 1) if value else 100


@scenario(BASELINE, _calling_back)
def nested_calls(world: World) -> None:
    gives(104, world.exports["nested"], 3)


@scenario(BASELINE, ready)
def references(world: World) -> None:
    thing, exports = Thing(), world.exports
    gives(thing, exports["same"], thing)
    gives(thing, exports["object"], thing)
    gives(exports["add"], exports["pick"], exports["add"])
    gives(None, exports["same"], None)
    assert exports["object"].call_bits(thing) == (thing,)


@scenario(BASELINE, ready)
def trap(world: World) -> None:
    traps("integer divide by zero", world.exports["divide"], 1, 0)


@scenario(BASELINE, ready)
def trap_by_fault(world: World) -> None:
    traps("out of bounds memory access", world.exports["load"], 1 << 30)


@scenario(BASELINE, ready)
def trap_by_recursion(world: World) -> None:
    traps("call stack exhausted", world.exports["deep"])


@scenario(BASELINE, ready)
def throw(world: World) -> None:
    thing = Thing()
    error = catches(WasmException, world.exports["throw"], 7, thing)
    assert isinstance(error, WasmException) and error.values == (7, thing)


@scenario(BASELINE, ready)
def catch(world: World) -> None:
    thing = Thing()
    gives((7, thing), world.exports["caught"], 7, thing)


@scenario(BASELINE, ready)
def rethrow(world: World) -> None:
    thing = Thing()
    found = world.exports["reference"](8, thing)
    error = catches(WasmException, world.exports["again"], found)
    assert isinstance(error, WasmException) and error.values == (8, thing)


def _throwing(world: World) -> None:
    ready(world)
    thing = world.things["thing"] = Thing()

    def fail() -> None:
        raise WasmException(world.tag, (9, thing))

    world.things["raise"] = fail


@scenario(BASELINE, _throwing)
def host_throws(world: World) -> None:
    gives((9, world.thing), world.exports["host caught"])
    error = catches(WasmException, world.exports["raise"])
    assert isinstance(error, WasmException) and error.values == (9, world.thing)


def _raising(world: World) -> None:
    ready(world)

    def fail() -> None:
        raise ZeroDivisionError

    world.things["raise"] = fail


@scenario(BASELINE, _raising)
def host_raises(world: World) -> None:
    catches(ZeroDivisionError, world.exports["raise"])
    catches(ZeroDivisionError, world.exports["host caught"])


def _bad_host(world: World) -> None:
    ready(world)
    world.things["call"] = lambda value: "three" if value else 1 << 31


@scenario(BASELINE, _bad_host)
def host_gives_what_does_not_fit(world: World) -> None:
    catches(TypeError, world.exports["nested"], 1)
    gives(-(1 << 31) + 1, world.exports["nested"], 0)


def _interrupting(world: World) -> None:
    ready(world)
    engine = world.engine
    assert engine is not None

    def call(value: int) -> int:
        engine.interrupt()
        return value

    world.things["call"] = call


@scenario(BASELINE, _interrupting)
def interrupt(world: World) -> None:
    catches(InterruptError, world.exports["loop"])
    gives(5, world.exports["add"], 2, 3)


@scenario({"tier": "baseline", "time_limit": 0.7}, ready)
def time_limit(world: World) -> None:
    catches(TimeLimitError, world.exports["loop"])


@scenario({"tier": "baseline", "time_limit": 60.0}, ready)
def time_limit_not_reached(world: World) -> None:
    gives(5, world.exports["add"], 2, 3)
    gives(3, world.exports["nested"], 1)


def _another_engine(world: World) -> None:
    ready(world)
    other = world.things["other"] = Engine(tier="baseline").instantiate(world.instance.module, _imports(world))
    world.things["call"] = lambda value: other.exports["add"](value, 5)


@scenario(BASELINE, _another_engine)
def two_engines(world: World) -> None:
    gives(9, world.exports["nested"], 3)
