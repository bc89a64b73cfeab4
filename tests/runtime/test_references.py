"""References between Python and wasm: identity, types, and how long they live."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest

from seaofnodes import Engine, Table
from seaofnodes.wasm.engine.globals import Global
from seaofnodes.wasm.types import EXTERNREF, FUNCREF, I32

Wat = Callable[[str], bytes]
TIERS = ["baseline", "optimized", "auto"]


class Thing:
    """An object that tells when it is gone."""


TEXT = """(module
  (import "env" "make" (func $make (result externref)))
  (import "env" "take" (func $take (param externref) (result i32)))
  (table $t (export "table") 10 externref)
  (global $g (export "global") (mut externref) (ref.null extern))
  (func (export "same") (param externref) (result externref) (local.get 0))
  (func (export "choose") (param externref externref i32) (result externref)
    (select (result externref) (local.get 0) (local.get 1) (local.get 2)))
  (func (export "keep") (param i32 externref) (table.set $t (local.get 0) (local.get 1)))
  (func (export "kept") (param i32) (result externref) (table.get $t (local.get 0)))
  (func (export "set") (param externref) (global.set $g (local.get 0)))
  (func (export "null") (param externref) (result i32) (ref.is_null (local.get 0)))
  (func (export "made") (param i32) (result i32) (local $n i32) (local $it externref)
    (loop
      (local.set $it (call $make))
      (local.set $n (i32.add (local.get $n) (call $take (local.get $it))))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get $n)))"""


def instantiate(wat: Wat, tier: str, **host: Callable[..., object]) -> tuple[Engine, dict[str, object]]:
    engine = Engine(tier=tier, background=False, tier_up_budget=3)  # type: ignore[arg-type]
    functions = {"make": Thing, "take": lambda thing: int(isinstance(thing, Thing)), **host}
    return engine, dict(engine.instantiate(wat(TEXT), {"env": functions}).exports)


@pytest.mark.parametrize("tier", TIERS)
def test_identity(wat: Wat, tier: str) -> None:
    _, e = instantiate(wat, tier)
    thing, other = Thing(), [1]
    for _ in range(5):
        assert e["same"](thing) is thing and e["same"](None) is None  # type: ignore[operator]
        assert e["choose"](thing, other, 0) is other and e["choose"](thing, other, 1) is thing  # type: ignore[operator]
        assert [e["null"](value) for value in (None, 0, thing)] == [1, 0, 0]  # type: ignore[operator]
        e["keep"](3, other)  # type: ignore[operator]
        assert e["kept"](3) is other is e["table"][3] and e["kept"](4) is None  # type: ignore[operator, index]
        e["set"](thing)  # type: ignore[operator]
        assert e["global"].value is thing  # type: ignore[attr-defined]


@pytest.mark.parametrize("tier", TIERS)
def test_nothing_leaks(wat: Wat, tier: str) -> None:
    engine, e = instantiate(wat, tier)

    def gone(use: Callable[[Thing], object]) -> bool:
        thing = Thing()
        alive = weakref.ref(thing)
        use(thing)
        del thing
        return alive() is None

    assert gone(e["same"])  # type: ignore[arg-type]
    assert not gone(lambda thing: e["keep"](2, thing))  # type: ignore[operator]
    assert not gone(e["set"])  # type: ignore[arg-type]
    assert len(engine.store.references.objects) == 2
    kept = weakref.ref(e["table"][2]), weakref.ref(e["global"].value)  # type: ignore[index, attr-defined]
    e["keep"](2, None), e["set"](None)  # type: ignore[operator]
    assert kept[0]() is None and kept[1]() is None
    assert e["made"](2000) == 2000  # type: ignore[operator]
    assert not engine.store.references.objects
    gc.collect()
    assert not any(isinstance(found, Thing) for found in gc.get_objects())


def test_many_kept_references_are_let_go_sooner_or_later(wat: Wat) -> None:
    engine, e = instantiate(wat, "baseline")
    table = Table(5000, element=EXTERNREF, engine=engine)
    for index in range(5000):
        table[index] = [index]
    for _ in range(12000):
        e["same"]([])  # type: ignore[operator]
    assert 5000 <= len(engine.store.references.objects) <= 10001
    assert table[4999] == [4999]


@pytest.mark.parametrize("tier", TIERS)
def test_functions_as_values(wat: Wat, tier: str) -> None:
    engine = Engine(tier=tier, background=False, tier_up_budget=3)  # type: ignore[arg-type]
    exports = engine.instantiate(
        wat("""(module (type $t (func (param i32) (result i32))) (type $u (func))
          (func $double (export "double") (type $t) (i32.add (local.get 0) (local.get 0)))
          (func (export "get") (result funcref) (ref.func $double))
          (func (export "typed") (param (ref $t)) (result i32) (call_ref $t (i32.const 4) (local.get 0)))
          (func (export "maybe") (param (ref null $t)) (result i32) (call_ref $t (i32.const 4) (local.get 0)))
          (func (export "u") (type $u)))""")
    ).exports
    for _ in range(5):
        assert exports["get"]()(21) == 42 and exports["get"]() == exports["double"]
        assert exports["typed"](exports["double"]) == 8 == exports["maybe"](exports["double"])
    with pytest.raises(TypeError, match="is never null"):
        exports["typed"](None)
    with pytest.raises(TypeError, match="takes a function of an instance, of that type"):
        exports["typed"](exports["u"])
    with pytest.raises(TypeError, match="takes a function of an instance"):
        exports["maybe"](abs)
    with pytest.raises(Exception, match="null function reference"):
        exports["maybe"](None)
    with pytest.raises(TypeError, match="another engine"):
        Engine().instantiate(wat('(module (func (export "f") (param funcref)))')).exports["f"](exports["u"])


def test_instances_whose_functions_are_elsewhere_live_on(wat: Wat) -> None:
    engine = Engine(tier="baseline")
    holder = engine.instantiate(
        wat("""(module (table (export "t") 1 funcref) (global (export "g") (mut funcref) (ref.null func))
          (func (export "call") (result i32) (call_indirect (result i32) (i32.const 0))))""")
    )
    giver = engine.instantiate(
        wat("""(module (import "h" "t" (table 1 funcref)) (memory 1) (data (i32.const 0) "*") (elem declare func $f)
          (func $f (result i32) (i32.load8_u (i32.const 0)))
          (func (export "give") (table.set (i32.const 0) (ref.func $f))))"""),
        {"h": holder},
    )
    giver.exports["give"]()
    alive = weakref.ref(giver.data)
    del giver
    gc.collect()
    assert alive() is not None and holder.exports["call"]() == 42
    del holder
    gc.collect()
    assert alive() is None


def test_globals_of_the_host(wat: Wat) -> None:
    engine = Engine()
    thing = Thing()
    shared = Global(EXTERNREF, thing, mutable=True, engine=engine)
    text = """(module (import "h" "g" (global $g (mut externref))) (import "h" "c" (global $c externref))
      (func (export "swap") (result externref) (global.get $g) (global.set $g (global.get $c))))"""
    instance = engine.instantiate(wat(text), {"h": {"g": shared, "c": "constant"}})
    assert instance.exports["swap"]() is thing and shared.value == "constant"
    with pytest.raises(TypeError, match="create it with engine"):
        Global(EXTERNREF, thing)
    with pytest.raises(TypeError, match="create it with engine"):
        Table(1, element=EXTERNREF)[0] = thing
    assert Global(FUNCREF).value is None and Global(I32, 3).value == 3


LOOP = """(module
  (import "env" "get" (func $get (result externref))) (import "env" "same" (func $same (param externref)))
  (table $table 1 externref)
  (func $keep (param $mine externref) (result externref) (local $other externref)
    (local.set $other (call $get))
    (drop (call $get))
    (call $same (local.get $mine)) (call $same (local.get $other)) (local.get $mine))
  (func (export "run") (param $n i32) (local $first externref)
    (local.set $first (call $get))
    (table.set $table (i32.const 0) (call $get))
    (loop $l
      (call $same (call $keep (local.get $first)))
      (call $same (table.get $table (i32.const 0)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"""


@pytest.mark.parametrize("tier", ["baseline", "optimized", "auto"])
def test_what_nobody_holds_goes_during_a_long_call(wat: Wat, monkeypatch: pytest.MonkeyPatch, tier: str) -> None:
    """What frames and tables hold stays."""
    monkeypatch.setattr("seaofnodes.wasm.engine.references.CROWD", 20)
    made = 0
    alive: weakref.WeakSet[Thing] = weakref.WeakSet()
    most = 0

    def get() -> Thing:
        nonlocal made, most
        made += 1
        thing = Thing()
        alive.add(thing)
        most = max(most, len(alive))
        return thing

    def same(thing: object) -> None:
        assert isinstance(thing, Thing)

    engine = Engine(tier=tier, background=False, tier_up_budget=2)  # type: ignore[arg-type]
    instance = engine.instantiate(wat(LOOP), {"env": {"get": get, "same": same}})
    instance.exports["run"](500)
    assert made == 1002 and most <= 25


@pytest.mark.parametrize("tier", ["baseline", "optimized", "auto"])
def test_what_nobody_holds_goes_during_a_nested_call(wat: Wat, monkeypatch: pytest.MonkeyPatch, tier: str) -> None:
    """What frames of outer calls hold stays."""
    monkeypatch.setattr("seaofnodes.wasm.engine.references.CROWD", 20)
    alive: weakref.WeakSet[Thing] = weakref.WeakSet()
    calls = most = 0

    def get() -> Thing:
        nonlocal most
        thing = Thing()
        alive.add(thing)
        most = max(most, len(alive))
        return thing

    def same(thing: object) -> None:
        nonlocal calls
        assert isinstance(thing, Thing)
        calls += 1
        if calls in (30, 60, 90):  # each within the one before
            instance.exports["run"](100)

    engine = Engine(tier=tier, background=False, tier_up_budget=2)  # type: ignore[arg-type]
    instance = engine.instantiate(wat(LOOP), {"env": {"get": get, "same": same}})
    instance.exports["run"](100)
    assert calls == 1600 and most <= 40


TABLE = """(module (table 3 externref) (global $g (mut i32) (i32.const 0))
  (func $change (table.set (i32.const 0) (ref.null extern)))
  (func (export "set") (param externref) (table.set (i32.const 0) (local.get 0)))
  (func (export "f") (param i32) (result externref)
    (if (local.get 0) (then (global.set $g (local.get 0))))
    (table.set (i32.const 2) (ref.null extern))
    (call $change)
    (table.get (i32.const 0))))"""


def test_a_read_that_is_in_bounds_anywhere_stays_behind_a_call_that_writes(wat: Wat) -> None:
    """Its control input is the start then: what it reads is said by its effect input alone, in a second run, too."""
    pipeline = "load-elimination,load-elimination"
    exports = Engine(tier="optimized", inline=False, pipeline=pipeline).instantiate(wat(TABLE)).exports
    for condition in (0, 1):
        exports["set"]("old")
        assert exports["f"](condition) is None
