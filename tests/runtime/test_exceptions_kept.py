"""Exceptions that Python holds keep what they carry: objects, functions, other exceptions."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from seaofnodes import Engine, WasmException
from seaofnodes.wasm.engine.tags import Tag
from seaofnodes.wasm.types import EXTERNREF, FUNCREF

Wat = Callable[[str], bytes]

TEXT = """(module
  (import "env" "host" (func $host))
  (type $f (func (result i32)))
  (tag $tag (export "tag") (param externref funcref exnref))
  (global (export "global") (mut exnref) (ref.null exn)) (table $table 1 funcref)
  (func $seven (result i32) (i32.const 7)) (elem declare func $seven)
  (func $throw (export "throw") (param externref exnref)
    (throw $tag (local.get 0) (ref.func $seven) (local.get 1)))
  (func (export "make") (param externref exnref) (result exnref)
    (block $h (result exnref)
      (try_table (catch_all_ref $h) (call $throw (local.get 0) (local.get 1))) (ref.null exn)))
  (func (export "open") (param exnref) (result externref i32 exnref) (local externref funcref exnref)
    (block $h (result externref funcref exnref)
      (try_table (catch $tag $h) (throw_ref (local.get 0))) (unreachable))
    (local.set 3) (local.set 2) (local.set 1)
    (table.set $table (i32.const 0) (local.get 2))
    (local.get 1) (call_indirect $table (type $f) (i32.const 0)) (local.get 3))
  (func (export "call") (call $host))
  (func (export "nothing") (param externref)))"""


class Thing:
    """Something that a weak reference can be made to."""


@pytest.fixture(params=["baseline", "optimized"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return Engine(tier=request.param)


def make(engine: Engine, wat: Wat, host: Callable[[], object] = lambda: None) -> Any:
    return engine.instantiate(wat(TEXT), {"env": {"host": host}}).exports


def other_calls(exports: Any) -> None:
    """After which wasm holds nothing that tables, globals and exceptions do not."""
    for _ in range(3):
        exports["nothing"](Thing())
    gc.collect()


def test_in_python(wat: Wat, engine: Engine) -> None:
    exports = make(engine, wat)
    thing = Thing()
    gone = weakref.ref(thing)
    exception = exports["make"](thing, exports["make"]("inner", None))
    del thing
    other_calls(exports)
    found, seven, inner = exports["open"](exception)
    assert found is gone() is not None and seven == 7
    other_calls(exports)
    assert exports["open"](inner) == ("inner", 7, None)
    del exception, found, inner
    other_calls(exports)
    assert gone() is None


def test_in_a_global_again(wat: Wat, engine: Engine) -> None:
    exports = make(engine, wat)
    exception = exports["make"](thing := Thing(), None)
    gone = weakref.ref(thing)
    del thing
    other_calls(exports)
    exports["global"].value = exception
    del exception
    other_calls(exports)
    assert exports["open"](exports["global"].value)[0] is gone() is not None
    exports["global"].value = None
    other_calls(exports)
    assert gone() is None


def test_raised_again_later(wat: Wat, engine: Engine) -> None:
    kept: list[WasmException] = []

    def host() -> None:
        raise kept[0]

    exports = make(engine, wat, host)
    with pytest.raises(WasmException) as caught:
        exports["throw"](Thing(), None)
    kept.append(caught.value)
    other_calls(exports)
    with pytest.raises(WasmException) as caught:
        exports["call"]()
    assert caught.value.values[0] is kept[0].values[0] and caught.value.reference is kept[0].reference


def test_functions_of_instances_that_are_gone(wat: Wat, engine: Engine) -> None:
    """The two instances have nothing to do with each other."""
    first, second = make(engine, wat), make(engine, wat)
    second["global"].value = first["make"]("x", None)
    del first
    gc.collect()
    for _ in range(20):
        make(engine, wat)["nothing"](Thing())
    with pytest.raises(WasmException) as caught:
        engine.instantiate(
            wat('(module (func (export "throw") (param exnref) (throw_ref (local.get 0))))')
        ).exports["throw"](second["global"].value)
    assert caught.value.values[1]() == 7  # type: ignore[operator]


def test_of_another_engine(wat: Wat, engine: Engine) -> None:
    """Its words mean nothing there; what a host function raises is made anew."""
    tag = Tag(EXTERNREF)
    throws = engine.instantiate(
        wat("""(module (import "env" "tag" (tag $t (param externref)))
          (func (export "throw") (param externref) (throw $t (local.get 0)))
          (func (export "make") (param externref) (result exnref)
            (block $h (result exnref)
              (try_table (catch_all_ref $h) (throw $t (local.get 0))) (ref.null exn))))"""),
        {"env": {"tag": tag}},
    ).exports
    catches = Engine().instantiate(
        wat("""(module (import "env" "tag" (tag $t (param externref))) (import "env" "host" (func $host))
          (global (export "global") (mut exnref) (ref.null exn))
          (func (export "catch") (result externref)
            (block $h (result externref) (try_table (catch $t $h) (call $host)) (ref.null extern))))"""),
        {"env": {"tag": tag, "host": lambda: throws["throw"]("from elsewhere")}},
    ).exports
    assert catches["catch"]() == "from elsewhere"
    with pytest.raises(TypeError, match="another engine"):
        catches["global"].value = throws["make"](1)


@pytest.mark.parametrize("by_host", [False, True])
def test_functions_that_came_in_exceptions(wat: Wat, engine: Engine, by_host: bool) -> None:
    """They pass from instance to instance without Python's looking at them, or out of Python; a table of the second
    holds one alone.
    """
    tag = Tag(FUNCREF)
    throwing = engine.instantiate(
        wat("""(module (import "env" "tag" (tag $t (param funcref))) (func $s (export "s") (result i32) (i32.const 77))
          (func (export "throw") (throw $t (ref.func $s))))"""
            if not by_host else '(module (func (export "s") (result i32) (i32.const 77)))'),
        {"env": {"tag": tag}},
    )  # fmt: skip
    throw = [throwing.exports["s" if by_host else "throw"]]

    def host(tag: Tag = tag) -> None:
        if by_host:
            raise WasmException(tag, (throw[0],))
        throw[0]()

    catching = engine.instantiate(
        wat("""(module (import "env" "tag" (tag $t (param funcref))) (import "env" "host" (func $host))
          (table $table 1 funcref) (type $f (func (result i32)))
          (func (export "catch") (local funcref)
            (block $b (result funcref) (try_table (catch $t $b) (call $host)) (unreachable)) (local.set 0)
            (table.set $table (i32.const 0) (local.get 0)))
          (func (export "call") (result i32) (call_indirect $table (type $f) (i32.const 0))))"""),
        {"env": {"tag": tag, "host": host}},
    ).exports
    catching["catch"]()
    gone = weakref.ref(throwing.data)
    throw.clear()
    del throwing
    gc.collect()
    assert gone() is not None and catching["call"]() == 77
    del catching, host, tag
    gc.collect()
    assert gone() is None
