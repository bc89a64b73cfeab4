"""Fields that never change, of objects that immutable globals refer to: what is read is known, and calls are direct."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes import Engine, Trap
from seaofnodes.runtime.counters.feedback import Feedback
from seaofnodes.runtime.tiers.compile import trace_optimizing_tier
from seaofnodes.viz.inlining import inlining_text
from seaofnodes.wasm.engine.instance import Instance

Wat = Callable[[str], bytes]

TEXT = """(module
  (rec
    (type $shape (sub (struct (field $vtable (ref $vtable)) (field $n (mut i32)))))
    (type $area (func (param (ref $shape)) (result i32)))
    (type $inner (struct (field (ref null $area)) (field i32) (field (ref null $inner))))
    (type $vtable (struct (field $area (ref $area)) (field $inner (ref $inner)) (field $i8 i8)
      (field $i64 i64) (field $f64 f64) (field $own (mut (ref $area))))))
  (type $numbers (array i32))
  (import "env" "host" (func $host (type $area)))
  (import "env" "n" (global $imported i32))
  (import "env" "vtable" (global $given (ref null $inner)))
  (elem declare func $square $triple $host $count)
  (global $calls (export "calls") (mut i32) (i32.const 0))
  (global $vt (ref $vtable) (struct.new $vtable (ref.func $square)
    (struct.new $inner (ref.func $triple) (i32.const 77) (struct.new_default $inner))
    (i32.const 0x1ff) (i64.const -9) (f64.const 2.5) (ref.func $square)))
  (global $alias (ref $vtable) (global.get $vt))
  (global $counting (export "counting") (ref $inner)
    (struct.new $inner (ref.func $count) (i32.add (i32.const 3) (i32.const 4)) (ref.null $inner)))
  (global $foreign (ref $inner) (struct.new $inner (ref.func $host) (i32.const 1) (global.get $given)))
  (global $unknown (ref $inner) (struct.new $inner (ref.null $area) (global.get $imported) (ref.null $inner)))
  (global $mutable (mut (ref $inner)) (struct.new $inner (ref.func $triple) (i32.const 5) (ref.null $inner)))
  (func $square (type $area) (i32.mul (struct.get $shape $n (local.get 0)) (struct.get $shape $n (local.get 0))))
  (func $triple (type $area) (i32.mul (struct.get $shape $n (local.get 0)) (i32.const 3)))
  (func $count (type $area) (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (global.get $calls))
  (func $new (param i32) (result (ref $shape)) (struct.new $shape (global.get $vt) (local.get 0)))
  (func $virtual (param (ref $shape)) (result i32)
    (call_ref $area (local.get 0) (struct.get $vtable $area (struct.get $shape $vtable (local.get 0)))))
  (func $tail (param (ref $shape)) (result i32)
    (return_call_ref $area (local.get 0)
      (struct.get $inner 0 (struct.get $vtable $inner (struct.get $shape $vtable (local.get 0))))))
  (func (export "virtual") (param i32) (result i32) (call $virtual (call $new (local.get 0))))
  (func (export "tail") (param i32) (result i32) (call $tail (call $new (local.get 0))))
  (func (export "of alias") (param i32) (result i32)
    (call_ref $area (call $new (local.get 0)) (struct.get $vtable $area (global.get $alias))))
  (func (export "ref.func") (param i32) (result i32) (call_ref $area (call $new (local.get 0)) (ref.func $triple)))
  (func (export "numbers") (param i32) (result i32)
    (i32.add (i32.add (struct.get $inner 1 (struct.get $vtable $inner (global.get $vt)))
        (struct.get_s $vtable $i8 (global.get $vt)))
      (i32.add (struct.get_u $vtable $i8 (global.get $alias))
        (i32.add (i32.wrap_i64 (struct.get $vtable $i64 (global.get $vt)))
          (i32.trunc_f64_s (struct.get $vtable $f64 (global.get $vt)))))))
  (func (export "sum") (param i32) (result i32) (struct.get $inner 1 (global.get $counting)))
  (func (export "counted") (param i32) (result i32)
    (call_ref $area (call $new (local.get 0)) (struct.get $inner 0 (global.get $counting))))
  (func (export "host") (param i32) (result i32)
    (call_ref $area (call $new (local.get 0)) (struct.get $inner 0 (global.get $foreign))))
  (func (export "null") (param i32) (result i32)
    (call_ref $area (call $new (local.get 0))
      (struct.get $inner 0 (struct.get $inner 2 (struct.get $vtable $inner (global.get $vt))))))
  (func (export "null object") (param i32) (result i32)
    (struct.get $inner 1 (struct.get $inner 2 (global.get $counting))))
  (func (export "own") (param i32) (result i32)
    (call_ref $area (call $new (local.get 0)) (struct.get $vtable $own (global.get $vt))))
  (func (export "imported") (param i32) (result i32) (struct.get $inner 1 (global.get $unknown)))
  (func (export "given") (param i32) (result i32)
    (call_ref $area (call $new (local.get 0)) (struct.get $inner 0 (struct.get $inner 2 (global.get $foreign)))))
  (func (export "mutable") (param i32) (result i32) (struct.get $inner 1 (global.get $mutable)))
  (func (export "change") (param i32)
    (struct.set $vtable $own (global.get $vt) (ref.func $triple))
    (global.set $mutable (struct.new $inner (ref.null $area) (i32.const 6) (ref.null $inner)))))"""


def instance_of(wat: Wat, engine: Engine, imported: int = 11, given: object = None) -> Instance:
    env = {"host": lambda shape: 1000, "n": imported, "vtable": given}
    return engine.instantiate(wat(TEXT), {"env": env})


def told(instance: Instance, name: str) -> list[str]:
    """What --trace-inlining prints of a function."""
    index = next(export.index for export in instance.module.exports if export.name == name)
    feedback = Feedback.pretended(instance.data.unit.layout.feedback)
    remarks = trace_optimizing_tier(instance.data.code, index, feedback, None).remarks
    return [inlining_text(index, remark) for remark in remarks if remark.phase == "inline"]


def operators(instance: Instance, name: str) -> list[str]:
    """Of a function's graph, compiled as if all had been called."""
    index = next(export.index for export in instance.module.exports if export.name == name)
    feedback = Feedback.pretended(instance.data.unit.layout.feedback)
    compilation = trace_optimizing_tier(instance.data.code, index, feedback, None)
    return [node.op.name for node in compilation.graph.reachable()]


KNOWN = {"virtual": 25, "tail": 15, "of alias": 25, "ref.func": 15, "numbers": 77 + 254 - 9 + 2, "sum": 7, "counted": 1}
OTHERS = {"host": 1000, "own": 25, "imported": 11, "mutable": 5}


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("tier", ["baseline", "optimized", "auto"])
def test_results(wat: Wat, tier: str, inline: bool) -> None:
    engine = Engine(tier=tier, inline=inline, background=False, verify=True, tier_up_budget=20)  # type: ignore[arg-type]
    instance = instance_of(wat, engine)
    for turn in range(1, 30):
        for name, expected in {**KNOWN, **OTHERS}.items():
            assert instance.exports[name](5) == (turn if name == "counted" else expected), name
        for name, reason in (("null", "null function reference"), ("null object", "null structure reference")):
            with pytest.raises(Trap, match=reason):
                instance.exports[name](5)
    instance.exports["change"](0)
    assert [instance.exports[name](5) for name in ("own", "mutable", "virtual")] == [15, 6, 25]


def test_nothing_is_loaded(wat: Wat) -> None:
    instance = instance_of(wat, Engine(tier="optimized", verify=True))
    for name in KNOWN:
        instance.exports[name](5)
        found = operators(instance, name)
        assert not {"LoadConstantField", "CallRef", "Call", "TailCallRef", "DeoptimizeUnless"} & set(found), name
        [line] = [line for line in told(instance, name) if "(constant)" in line] or [""]
        assert (name in ("numbers", "sum")) == (not line), name
    assert "GlobalSet" in operators(instance, "counted")
    assert "LoadConstantField" in operators(instance, "imported")
    assert "CallRef" in operators(instance, "host")


def test_functions_are_those_of_the_instance(wat: Wat) -> None:
    """Code is shared: each instance calls its own functions, and those of another one where they are handed over."""
    engine = Engine(background=False, verify=True, tier_up_budget=20)
    one = instance_of(wat, engine)
    two = instance_of(wat, engine, 12, one.exports["counting"])
    for turn in range(1, 40):
        assert [instance.exports["counted"](5) for instance in (one, two)] == [turn + 50 * (turn > 20), turn]
        if turn == 20:
            assert [two.exports["given"](5) for _ in range(50)] == list(range(21, 71))
    assert [instance.exports["imported"](0) for instance in (one, two)] == [11, 12]
    assert two.exports["calls"].value == 39 and one.exports["calls"].value == 89


LATE = """(module
  (rec
    (type $shape (sub (struct (field $vtable (ref $vtable)) (field (mut i32)))))
    (type $area (func (param (ref $shape)) (result i32)))
    (type $vtable (struct (field $area (ref $area)))))
  (elem declare func $a $b $c $d $e)
  (global $n (mut i32) (i32.const 0))
  (global $list (mut (ref null $shape)) (ref.null $shape))
  {vtables}
  (func $virtual (param (ref $shape)) (result i32)
    (call_ref $area (local.get 0) (struct.get $vtable $area (struct.get $shape $vtable (local.get 0)))))
  (func $new (param i32) (result (ref $shape))
    (global.set $n (i32.add (global.get $n) (i32.mul (local.get 0) (i32.sub (global.get $n) (local.get 0)))))
    (struct.new $shape (global.get $va) (i32.add (local.get 0) (global.get $n))))
  (func (export "known") (param i32) (result i32) (call $virtual (call $new (local.get 0))))
  (func (export "warm") (param i32) (result i32) {calls}))"""


@pytest.mark.parametrize("names", ["abcde", "abc", "ab", "b"])
def test_targets_that_are_known_only_after_inlining(wat: Wat, names: str) -> None:
    """The site is megamorphic, or not, and what makes the object is inlined after it."""
    vtables = "".join(
        f"(global $v{name} (ref $vtable) (struct.new $vtable (ref.func ${name})))"
        f"(func ${name} (type $area) (i32.mul (struct.get $shape 1 (local.get 0)) (i32.const {number})))"
        for number, name in enumerate("abcde", 3)
    )
    calls = "(i32.const 0)"
    for name in names:
        calls = f"(i32.add {calls} (call $virtual (struct.new $shape (global.get $v{name}) (local.get 0))))"
    text = LATE.format(vtables=vtables, calls=calls)
    expected = [Engine(tier="baseline").instantiate(wat(text)).exports["known"](n) for n in (5, 7)]
    engine = Engine(background=False, verify=True, tier_up_budget=30)
    instance = engine.instantiate(wat(text))
    for _ in range(3):
        assert instance.exports["warm"](1) == sum("abcde".index(name) + 3 for name in names)
    index = next(export.index for export in instance.module.exports if export.name == "known")
    for _ in range(100):
        instance.exports["known"](0)
    made = trace_optimizing_tier(instance.data.code, index, instance.data.feedback, None)
    found = [node.op.name for node in made.graph.reachable()]
    assert not {"CallRef", "Call", "LoadConstantField", "ReferenceEqual", "DeoptimizeUnless"} & set(found)
    assert [engine.instantiate(wat(text)).exports["known"](n) for n in (5, 7)] == expected


@pytest.mark.parametrize("rule", ["constant-field", "own-field", "constant-target"])
def test_switched_off(wat: Wat, rule: str) -> None:
    engine = Engine(pipeline=f"default{{without-rules={rule}}}", tier="optimized", verify=True)
    instance = instance_of(wat, engine)
    assert {name: instance.exports[name](5) for name in KNOWN} == KNOWN
