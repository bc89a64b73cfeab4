"""Indirect calls become direct calls of the functions that they have called so far, behind a check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seaofnodes import Engine, Trap
from seaofnodes.runtime.tiers.compile import trace_optimizing_tier
from seaofnodes.wasm.engine.instance import Instance

Wat = Callable[[str], bytes]

TEXT = """(module
  (type $t (func (param i32) (result i32)))
  (type $pair (func (param i32) (result i32 f64)))
  (import "env" "host" (func $host (param i32) (result i32)))
  (table (export "table") 10 funcref)
  (elem (i32.const 0) $double $add $trap $host $pair $recursive)
  (global $n (export "n") (mut i32) (i32.const 0))
  (func $double (export "double") (type $t) (i32.mul (local.get 0) (i32.const 2)))
  (func $add (type $t) (global.set $n (i32.add (global.get $n) (i32.const 1))) (i32.add (local.get 0) (i32.const 7)))
  (func $trap (type $t) (if (i32.gt_s (local.get 0) (i32.const 99)) (then unreachable)) (i32.const -1))
  (func $pair (type $pair) (local.get 0) (f64.convert_i32_s (local.get 0)))
  (func $recursive (type $t)
    (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1))
      (else (i32.mul (local.get 0)
        (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 5))))))
  (func (export "call") (param i32 i32) (result i32)
    (i32.add (i32.const 1) (call_indirect (type $t) (local.get 0) (local.get 1))))
  (func (export "pair") (param i32) (result i32 f64) (call_indirect (type $pair) (local.get 0) (i32.const 4)))
  (func (export "loop") (param i32 i32) (result i32) (local $sum i32)
    (loop
      (local.set $sum (i32.add (local.get $sum)
        (call_indirect (type $t) (local.get 0) (i32.rem_u (local.get 0) (local.get 1)))))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get $sum)))"""


def warm(wat: Wat, use: Callable[[Instance], object], **options: object) -> Instance:
    """An instance whose exports have been optimized after some use; wrong guesses go to a generic call."""
    engine = Engine(background=False, verify=True, tier_up_budget=30, deopt=False, **options)  # type: ignore[arg-type]
    instance = engine.instantiate(wat(TEXT), {"env": {"host": lambda n: n + 1000}})
    for _ in range(40):
        use(instance)
    return instance


def operators(instance: Instance, name: str) -> list[str]:
    """Of a function's graph, compiled with what the instance has seen."""
    compilation = trace_optimizing_tier(instance.data.code, index_of(instance, name), instance.data.feedback, None)
    return [node.op.name for node in compilation.graph.reachable()]


def index_of(instance: Instance, name: str) -> int:
    return next(export.index for export in instance.module.exports if export.name == name)


def test_one_target(wat: Wat) -> None:
    instance = warm(wat, lambda i: i.exports["call"](4, 0))
    call = instance.exports["call"]
    assert call(21, 0) == 43 and call(0, 1) == 8 and call(3, 3) == 1004
    assert instance.exports["n"].value == 1
    found = operators(instance, "call")
    assert found.count("CallRef") == 1 and "Call" not in found and "ReferenceEqual" in found
    with pytest.raises(Trap, match="uninitialized element"):
        call(1, 9)
    with pytest.raises(Trap, match="undefined element"):
        call(1, 10)
    with pytest.raises(Trap, match="indirect call type mismatch"):
        call(1, 4)


def test_several_targets(wat: Wat) -> None:
    def use(instance: Instance) -> None:
        for target in (0, 0, 1, 2):
            instance.exports["call"](5, target)

    instance = warm(wat, use)
    call = instance.exports["call"]
    assert [call(5, target) for target in (0, 1, 2, 3, 5)] == [11, 13, 0, 1006, 121]
    with pytest.raises(Trap, match="unreachable"):
        call(100, 2)
    assert operators(instance, "call").count("FunctionRecord") == 3


def test_too_many_targets(wat: Wat) -> None:
    def use(instance: Instance) -> None:
        for target in (0, 1, 2, 3, 5):
            instance.exports["call"](5, target)

    instance = warm(wat, use)
    assert "FunctionRecord" not in operators(instance, "call")
    assert [instance.exports["call"](5, target) for target in (0, 1, 2, 3, 5)] == [11, 13, 0, 1006, 121]


def test_several_results(wat: Wat) -> None:
    instance = warm(wat, lambda i: i.exports["pair"](4))
    assert instance.exports["pair"](-3) == (-3, -3.0)
    assert "Call" not in operators(instance, "pair")


def test_the_table_changes(wat: Wat) -> None:
    instance = warm(wat, lambda i: i.exports["loop"](20, 1))
    loop, table = instance.exports["loop"], instance.exports["table"]
    assert loop(100, 1) == 2 * 5050
    table[0] = table[1]
    assert loop(100, 1) == 5050 + 700
    table[0] = instance.exports["double"]
    assert loop(100, 1) == 2 * 5050


def test_a_function_that_calls_itself_through_the_table(wat: Wat) -> None:
    instance = warm(wat, lambda i: i.exports["call"](6, 5))
    assert [instance.exports["call"](n, 5) for n in (0, 1, 10)] == [2, 2, 3628801]


@pytest.mark.parametrize("options", [{"inline": False}, {"pipeline": "inline{max_targets=0},simplify,gvn"}])
def test_switched_off(wat: Wat, options: dict[str, object]) -> None:
    instance = warm(wat, lambda i: i.exports["call"](4, 0), **options)
    assert instance.exports["call"](21, 0) == 43
    code = instance.data.code.optimized[index_of(instance, "call")].code
    assert code is not None and not code.inlinings


def test_functions_of_other_instances_are_not_guessed(wat: Wat) -> None:
    engine = Engine(background=False, tier_up_budget=30)
    module = engine.load(wat(TEXT))
    one, two = (engine.instantiate(module, {"env": {"host": abs}}) for _ in range(2))
    one.exports["table"][0] = two.exports["table"][1]  # the same code, another instance
    for _ in range(100):
        assert one.exports["call"](1, 0) == 9
    assert one.exports["n"].value == 0 and two.exports["n"].value == 100
    assert one.exports["call"](1, 1) == 9 and one.exports["n"].value == 1


def test_kernels(shared: Path) -> None:
    for name, count in (("call_indirect_mono", 1), ("call_indirect_poly2", 2), ("call_indirect_poly4", 4)):
        results = []
        for options in ({}, {"inline": False}, {"tier": "baseline"}):
            engine = Engine(background=False, verify=True, **options)  # type: ignore[arg-type]
            instance = engine.instantiate(shared / "bench/kernels" / f"{name}.wat")
            run = instance.exports["run"]
            results.append([run(5000) for _ in range(3)])
        assert results[0] == results[1] == results[2], (name, count)


def test_guesses_that_are_not_inlined_are_changes(wat: Wat) -> None:
    """The control flow that a pass before has computed is not that of the graph any more."""
    pipeline = "store-elimination,store-elimination,inline{max-inlined=0}"
    instance = warm(wat, lambda i: i.exports["loop"](20, 1), pipeline=pipeline, strict=True)
    assert instance.exports["loop"](100, 1) == 2 * 5050
    engine = Engine(pipeline, background=False, tier_up_budget=30, deopt=False, strict=True)
    loop = engine.instantiate(wat(TEXT), {"env": {"host": lambda n: n + 1000}}).exports["loop"]
    for _ in range(40):
        assert loop(20, 1) == 420
