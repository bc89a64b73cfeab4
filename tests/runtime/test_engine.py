"""Tiers, feedback, measured compilations, limits."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

import seaofnodes
from seaofnodes import Engine, Error, Instance, UnsupportedError
from seaofnodes.runtime.process.collector_pause import without_collector
from seaofnodes.runtime.tiers import unit_code

Wat = Callable[[str], bytes]

TEXT = """(module
  (type $unary (func (param i32) (result i32)))
  (table 3 funcref)
  (elem (i32.const 0) $double $square $double)
  (func $double (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1)))
  (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
  (func $sum (export "sum") (param i32) (result i32) (local i32)
    (loop
      (local.set 1 (i32.add (local.get 1) (call $double (local.get 0))))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "apply") (param i32 i32) (result i32) (call_indirect (type $unary) (local.get 1) (local.get 0))))"""
DOUBLE, SQUARE, SUM, APPLY = range(4)


def instantiate(wat: Wat, **options: object) -> Instance:
    return Engine(**options).instantiate(wat(TEXT))  # type: ignore[arg-type]


def test_functions_are_compiled_at_their_first_call(wat: Wat) -> None:
    instance = instantiate(wat)
    code = instance.data.code
    assert not code.baseline and not code.optimized
    assert instance.exports["apply"](1, 5) == 25
    assert set(code.baseline) == {SQUARE, APPLY} and not code.optimized


def test_hot_functions_are_optimized(wat: Wat) -> None:
    instance = instantiate(wat, tier_up_budget=100, background=False, osr=False)
    code = instance.data.code
    run = instance.exports["sum"]
    assert run(10) == 110 and not code.optimized
    assert run(200) == 40200  # in baseline code to its end
    assert SUM in code.optimized and SUM in code.baseline
    assert run(200) == 40200


@pytest.mark.parametrize("tier", ["baseline", "optimized"])
def test_one_tier_only(wat: Wat, tier: str) -> None:
    instance = instantiate(wat, tier=tier)
    code = instance.data.code
    assert [instance.exports["sum"](n) for n in (5, 5000)] == [30, 25005000]
    assert bool(code.baseline) == (tier == "baseline") and bool(code.optimized) == (tier == "optimized")


def test_what_the_optimizing_compiler_does_not_support_stays_in_baseline(
    wat: Wat, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def refuse(*arguments: object) -> None:
        calls.append(arguments)
        raise UnsupportedError("not this one")

    monkeypatch.setattr(unit_code, "compile_optimizing_tier", refuse)
    instance = instantiate(wat, tier_up_budget=10, background=False)
    assert [instance.exports["sum"](100) for _ in range(5)] == [10100] * 5
    assert instance.data.code.not_optimized[SUM] == "not this one"
    assert len(calls) == len(instance.data.code.not_optimized)  # each function once


def test_counts(wat: Wat) -> None:
    instance = instantiate(wat, tier="baseline")
    instance.exports["sum"](10)
    instance.exports["sum"](7)
    feedback = instance.data.feedback
    assert feedback.invocations(SUM) == 2 and feedback.invocations(DOUBLE) == 17
    assert feedback.calls(SUM, 0) == 17
    other = instance.data.unit.store.runtime.tiers
    assert other is instance.data.code.tiers


@pytest.mark.parametrize("tier", ["baseline", "optimized"])
def test_measured_compilation(wat: Wat, tier: str) -> None:
    engine = Engine()
    compiled = engine.compile_function(wat(TEXT), SUM, tier=tier)
    assert compiled.seconds > 0 and compiled.code_size > 20
    assert set(compiled.node_counts) == ({"lift", "passes"} if tier == "optimized" else set())
    with pytest.raises(Error, match="no own function 4"):
        engine.compile_function(wat(TEXT), 4, tier=tier)
    with pytest.raises(Error, match="tier is baseline or optimized"):
        engine.compile_function(wat(TEXT), SUM, tier="auto")


def test_code_size(wat: Wat) -> None:
    engine = Engine(tier="baseline")
    instance = engine.instantiate(wat(TEXT))
    assert engine.code_size(instance, "sum") == 0
    instance.exports["sum"](1)
    assert engine.code_size(instance, "sum") == engine.code_size(instance, SUM) > 20
    with pytest.raises(Error, match="no function is called 'missing'"):
        engine.code_size(instance, "missing")


def test_traced_compilation(wat: Wat) -> None:
    engine = Engine()
    instance = engine.instantiate(wat(TEXT))
    compilation = engine.compile(instance, "sum", pipeline="simplify,gvn,dead-code")
    assert [phase.record.name for phase in compilation.phases] == ["lift", "simplify", "gvn", "dead-code"]
    assert compilation.code.tier == "optimized" and compilation.function_index == SUM
    assert not instance.data.code.optimized


def test_memories_share_the_engine_s_limit(wat: Wat) -> None:
    engine = Engine(max_memory=4 << 16)
    two = wat('(module (memory 2) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))')
    first, second = engine.instantiate(two), engine.instantiate(two)
    with pytest.raises(Error, match="cannot have a linear memory of 2 pages; 0 are left to this engine"):
        engine.instantiate(two)
    assert first.exports["grow"](1) == -1
    del second
    assert first.exports["grow"](1) == 2
    assert first.exports["grow"](0) == 3
    del first
    assert engine.store.pages.left == 4


def test_huge_modules_are_refused(wat: Wat) -> None:
    with pytest.raises(Error, match="entry slots"):
        Engine(code_space=1 << 20).instantiate(wat("(module" + "(func)" * 20_000 + ")"))


def test_collector_pauses_nest() -> None:
    assert gc.isenabled()
    assert not without_collector(gc.isenabled)
    assert without_collector(lambda: (without_collector(gc.isenabled), gc.isenabled())) == (False, False)
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        without_collector(lambda: 1 // 0)
    assert gc.isenabled()
    gc.disable()
    try:
        without_collector(int)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_all_that_is_exported_is_there() -> None:
    for name in seaofnodes.__all__:
        assert getattr(seaofnodes, name) is not None
    assert set(seaofnodes.__all__) <= set(dir(seaofnodes))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        seaofnodes.nothing  # noqa: B018
