"""Traps: their reasons and backtraces, in every tier; the process goes on after each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes import Engine, Instance, Trap

Wat = Callable[[str], bytes]

TEXT = """(module
  (type $v (func))
  (memory 1 3)
  (table 4 funcref)
  (elem (i32.const 0) $outer $binary)
  (func $inner (export "inner") unreachable)
  (func $outer (export "outer") (call $inner))
  (func $binary (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "div_s") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "div64") (param i64 i64) (result i64) (i64.div_u (local.get 0) (local.get 1)))
  (func (export "trunc") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func (export "load8") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "load16") (param i32) (result i32) (i32.load16_u (local.get 0)))
  (func (export "load32") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "load64") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "far") (param i32) (result i64) (i64.load offset=0xffffffff (local.get 0)))
  (func (export "store8") (param i32) (i32.store8 (local.get 0) (i32.const 1)))
  (func (export "store16") (param i32) (i32.store16 (local.get 0) (i32.const 1)))
  (func (export "store32") (param i32) (i32.store (local.get 0) (i32.const 1)))
  (func (export "store64") (param i32) (f64.store (local.get 0) (f64.const 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "fill") (result i32) (local $at i32)
    (loop $next
      (if (i32.eqz (i32.and (local.get $at) (i32.const 0xffff))) (then (drop (memory.grow (i32.const 1)))))
      (i32.store offset=65536 (local.get $at) (i32.const -1))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br $next))
    (unreachable))
  (func (export "indirect") (param i32) (call_indirect (type $v) (local.get 0)))
  (func $forever (export "forever") (call $forever))
  (func (export "frames") (param i64) (result i64) (local i64 i64 i64 i64 i64 i64 i64 i64)
    (if (result i64) (i64.eqz (local.get 0))
      (then (i64.const 0))
      (else (i64.add (call 19 (i64.sub (local.get 0) (i64.const 1))) (local.get 0))))))"""


@pytest.fixture(params=["baseline", "optimized", "auto"])
def instance(request: pytest.FixtureRequest, wat: Wat) -> Instance:
    return Engine(tier=request.param, tier_up_budget=1, background=False).instantiate(wat(TEXT))


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("inner", (), "unreachable"),
        ("div_s", (1, 0), "integer divide by zero"),
        ("div_s", (-(1 << 31), -1), "integer overflow"),
        ("div64", (1, 0), "integer divide by zero"),
        ("trunc", (float("nan"),), "invalid conversion to integer"),
        ("trunc", (1e10,), "integer overflow"),
        ("indirect", (4,), "undefined element"),
        ("indirect", (-1,), "undefined element"),
        ("indirect", (2,), "uninitialized element"),
        ("indirect", (1,), "indirect call type mismatch"),
        ("indirect", (0,), "unreachable"),
        ("far", (0,), "out of bounds memory access"),
        ("far", (0xFFFF_FFFF,), "out of bounds memory access"),
        ("forever", (), "call stack exhausted"),
    ],
)
def test_reason(instance: Instance, name: str, arguments: tuple[float, ...], reason: str) -> None:
    for _ in range(3):
        with pytest.raises(Trap) as caught:
            instance.exports[name](*arguments)
        assert caught.value.reason == reason
    assert instance.exports["div_s"](7, 2) == 3


@pytest.mark.parametrize("bytes_", [1, 2, 4, 8])
def test_both_sides_of_the_boundary(instance: Instance, bytes_: int) -> None:
    load, store = instance.exports[f"load{8 * bytes_}"], instance.exports[f"store{8 * bytes_}"]
    for pages in (1, 2, 3):
        end = pages << 16
        store(end - bytes_)
        load(end - bytes_)
        for outside in (end - bytes_ + 1, end, end + 4096, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF):
            for access in (load, store):
                with pytest.raises(Trap, match="out of bounds memory access"):
                    access(outside)
        assert instance.exports["grow"](1) == (pages if pages < 3 else -1)


def test_growing_in_a_loop(instance: Instance) -> None:
    with pytest.raises(Trap, match="out of bounds memory access"):
        instance.exports["fill"]()
    assert instance.data.memories[0].size == 3
    assert instance.data.memories[0].read(0, 3 << 16) == bytes(1 << 16) + b"\xff" * (2 << 16)


def test_backtrace_has_names_and_offsets(instance: Instance, wat: Wat) -> None:
    data = wat(TEXT)
    for _ in range(3):
        with pytest.raises(Trap) as caught:
            instance.exports["outer"]()
        frames = caught.value.frames
        assert [(f.name, f.function_index) for f in frames] == [("inner", 0), ("outer", 1)]  # type: ignore[attr-defined]
        assert data[frames[0].offset] == 0x00  # type: ignore[attr-defined]
        assert data[frames[1].offset] == 0x10  # type: ignore[attr-defined]
        assert "at inner (function 0) at 0x" in str(caught.value)


def test_deep_recursion_is_cut_short(instance: Instance) -> None:
    with pytest.raises(Trap) as caught:
        instance.exports["forever"]()
    assert len(caught.value.frames) == 96
    assert caught.value.omitted > 1000
    assert str(caught.value).endswith(" more")


def test_recursion_that_fits_works_after_one_that_does_not(instance: Instance) -> None:
    frames = instance.exports["frames"]
    assert frames(1000) == 500500
    with pytest.raises(Trap, match="call stack exhausted"):
        frames(1 << 40)
    assert frames(1000) == 500500


def test_small_stacks(wat: Wat) -> None:
    instance = Engine(tier="baseline", max_stack=1 << 17).instantiate(wat(TEXT))
    with pytest.raises(Trap) as caught:
        instance.exports["frames"](1 << 40)
    assert caught.value.omitted + len(caught.value.frames) < 2000
