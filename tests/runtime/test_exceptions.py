"""Exceptions between wasm, host functions and Python."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes import Engine, Trap, WasmException
from seaofnodes.wasm.engine.tags import Tag
from seaofnodes.wasm.types import F64, I32, I64

Wat = Callable[[str], bytes]
TIERS = ["baseline", "optimized", "auto"]

TEXT = """(module
  (import "env" "tag" (tag $tag (param i32 f64)))
  (import "env" "host" (func $host (param i32)))
  (tag $own (export "own") (param i64))
  (func (export "throw") (param i32) (throw $tag (local.get 0) (f64.const 2.5)))
  (func $throw_own (export "throw_own") (throw $own (i64.const -7)))
  (func (export "catch") (param i32) (result i32 f64)
    (block $h (result i32 f64)
      (try_table (catch $tag $h) (call $host (local.get 0)))
      (i32.const -1) (f64.const -1)))
  (func (export "catch_all") (param i32) (result i32)
    (block $h (try_table (catch_all $h) (call $host (local.get 0))) (return (i32.const 0))) (i32.const 1))
  (func (export "pass") (param i32) (call $host (local.get 0)))
  (func (export "again") (param i32)
    (block $h (result exnref) (try_table (catch_all_ref $h) (call $host (local.get 0))) (return)) (throw_ref))
  (func (export "reference") (result exnref)
    (block $h (result exnref) (try_table (catch_all_ref $h) (call $throw_own)) (ref.null exn)))
  (func (export "throw_ref") (param exnref) (throw_ref (local.get 0))))"""


@pytest.fixture(params=TIERS)
def engine(request: pytest.FixtureRequest) -> Engine:
    return Engine(tier=request.param, background=False, tier_up_budget=2)


def test_uncaught(wat: Wat, engine: Engine) -> None:
    tag = Tag(I32, F64)
    exports = engine.instantiate(wat(TEXT), {"env": {"tag": tag, "host": lambda n: None}}).exports
    for _ in range(4):
        with pytest.raises(WasmException) as caught:
            exports["throw"](-3)
        assert caught.value.tag is tag and caught.value.values == (-3, 2.5)
        assert [frame.name for frame in caught.value.frames] == ["throw"]  # type: ignore[attr-defined]
        with pytest.raises(WasmException) as caught:
            exports["throw_own"]()
        assert caught.value.tag is exports["own"] and caught.value.values == (-7,)


def test_host_functions_throw(wat: Wat, engine: Engine) -> None:
    tag, other = Tag(I32, F64), Tag(I64)

    def host(n: int) -> None:
        if n == 1:
            raise WasmException(tag, (11, 0.5))
        if n == 2:
            raise WasmException(other, (1 << 40,))
        if n == 3:
            raise ValueError("not a wasm exception")
        if n == 4:
            raise WasmException(tag, (1,))

    exports = engine.instantiate(wat(TEXT), {"env": {"tag": tag, "host": host}}).exports
    for _ in range(4):
        assert exports["catch"](0) == (-1, -1.0) and exports["catch"](1) == (11, 0.5)
        assert [exports["catch_all"](n) for n in (0, 1, 2)] == [0, 1, 1]
        for name in ("catch", "pass", "again"):
            with pytest.raises(WasmException) as caught:
                exports[name](2)
            assert caught.value.tag is other and caught.value.values == (1 << 40,)
        for name in ("catch", "catch_all", "again"):
            with pytest.raises(ValueError, match="not a wasm exception"):
                exports[name](3)
        with pytest.raises(TypeError, match="carries 2 values, not 1"):
            exports["catch"](4)


def test_through_the_host_and_back(wat: Wat, engine: Engine) -> None:
    """Wasm calls Python calls wasm, which throws: Python sees it, and the outer wasm catches the very same."""
    tag = Tag(I32, F64)
    seen: list[object] = []

    def host(n: int) -> None:
        try:
            exports["throw"](n)
        except WasmException as error:
            seen.append(error.reference)
            raise

    exports = engine.instantiate(wat(TEXT), {"env": {"tag": tag, "host": host}}).exports
    for n in range(4):
        assert exports["catch"](n) == (n, 2.5)
        with pytest.raises(WasmException) as caught:
            exports["again"](n)
        assert caught.value.reference is seen[-1] and caught.value.values == (n, 2.5)


def test_references_to_exceptions(wat: Wat, engine: Engine) -> None:
    exports = engine.instantiate(wat(TEXT), {"env": {"tag": Tag(I32, F64), "host": lambda n: None}}).exports
    found = exports["reference"]()
    for _ in range(4):
        with pytest.raises(WasmException) as caught:
            exports["throw_ref"](found)
        assert caught.value.reference is found and caught.value.values == (-7,)
        with pytest.raises(Trap, match="null exception reference"):
            exports["throw_ref"](None)
    assert not engine.store.references.objects


def test_tags_are_compared_by_identity(wat: Wat, engine: Engine) -> None:
    text = """(module (tag $t (export "t") (param i32)) (func (export "f") (throw $t (i32.const 1))))"""
    one, two = (engine.instantiate(wat(text)) for _ in range(2))
    catcher = wat("""(module (import "a" "t" (tag $t (param i32))) (import "b" "f" (func $f))
      (func (export "run") (result i32)
        (block $h (result i32) (try_table (result i32) (catch $t $h) (call $f) (i32.const 0)))))""")
    assert engine.instantiate(catcher, {"a": one, "b": one}).exports["run"]() == 1
    with pytest.raises(WasmException):
        engine.instantiate(catcher, {"a": one, "b": two}).exports["run"]()


def test_traps_are_no_exceptions(wat: Wat, engine: Engine) -> None:
    text = """(module (func $f (param i32) (drop (i32.div_u (i32.const 1) (local.get 0))))
      (func (export "run") (param i32) (result i32)
        (block $h (try_table (catch_all $h) (call $f (local.get 0))) (return (i32.const 0))) (i32.const 1)))"""
    run = engine.instantiate(wat(text)).exports["run"]
    for _ in range(4):
        assert run(1) == 0
        with pytest.raises(Trap, match="integer divide by zero"):
            run(0)


MANY = """(module (tag $a (param i32 exnref)) (tag $b (param externref))
  (import "env" "object" (func $object (param i32) (result externref)))
  (import "env" "check" (func $check (param externref)))
  (global $kept (mut exnref) (ref.null exn))
  (func $throw (param i32 exnref) (throw $a (local.get 0) (local.get 1)))
  (func $thrown (param i32 exnref) (result exnref)
    (block $h (result i32 exnref exnref)
      (try_table (catch_ref $a $h) (call $throw (local.get 0) (local.get 1)))
      (unreachable))
    (return))
  (func $deep (param $n i32) (param $e exnref) (result exnref)
    (if (local.get $n) (then
      (local.set $e (call $deep (i32.sub (local.get $n) (i32.const 1)) (local.get $e)))))
    (drop (call $thrown (i32.const 1) (ref.null exn)))
    (local.get $e))
  (func (export "run") (param $n i32) (result i32) (local $i i32) (local $e exnref) (local $o externref)
    (local.set $o (call $object (i32.const 7)))
    (global.set $kept (call $thrown (i32.const 20) (call $thrown (i32.const 22) (ref.null exn))))
    (local.set $e (call $thrown (i32.const 3) (call $thrown (i32.const 4) (ref.null exn))))
    (loop $l
      (local.set $e (call $deep (i32.and (local.get $i) (i32.const 15)) (local.get $e)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (call $check (local.get $o))
    (i32.add (call $sum (local.get $e)) (call $sum (global.get $kept))))
  (func $sum (param exnref) (result i32) (local $v i32)
    (block $h (result i32 exnref) (try_table (catch $a $h) (throw_ref (local.get 0))) (unreachable))
    (local.set 0) (local.set $v)
    (if (result i32) (ref.is_null (local.get 0))
      (then (local.get $v))
      (else (i32.add (local.get $v) (call $sum (local.get 0)))))))"""


@pytest.mark.parametrize("tier", TIERS)
def test_what_nobody_holds_goes_during_a_long_call(wat: Wat, monkeypatch: pytest.MonkeyPatch, tier: str) -> None:
    """What frames, globals and other exceptions hold stays."""
    monkeypatch.setattr("seaofnodes.wasm.engine.references.CROWD", 50)
    engine = Engine(tier=tier, background=False, tier_up_budget=2)  # type: ignore[arg-type]
    seen: list[object] = []
    most: list[int] = []

    def check(found: object) -> None:
        seen.append(found)
        most.append(len(engine.store.references.objects))

    instance = engine.instantiate(wat(MANY), {"env": {"object": lambda n: ("object", n), "check": check}})
    for _ in range(3):
        assert instance.exports["run"](60) == 49
    assert seen == [("object", 7)] * 3 and max(most) <= 130
