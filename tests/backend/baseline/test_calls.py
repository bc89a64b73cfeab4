"""Calls: many arguments and results, indirect ones and their traps, imports, feedback, tier-up counters."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import seaofnodes
from seaofnodes.backend.layout import (
    FEEDBACK_BUDGET,
    FEEDBACK_COUNT,
    FEEDBACK_ENTRY,
    FEEDBACK_HEADER,
    FEEDBACK_INVOCATIONS,
    FEEDBACK_TARGET,
)
from seaofnodes.wasm.engine.instance import Instance
from tests.support import wat

KINDS = ("i32", "i64", "f32", "f64")


def instantiate(text: str, imports: Any = None) -> Instance:
    return seaofnodes.Engine(tier="baseline").instantiate(wat(text), imports=imports)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 16, 17, 30, 60])
def test_arguments_and_results(count: int) -> None:
    """Reverse `count` values of all types through a direct and an indirect call, with values alive around the call."""
    kinds = [kind for kind, _ in zip(itertools.cycle(KINDS), range(count), strict=False)]
    params, results = " ".join(kinds), " ".join(reversed(kinds))
    gets = " ".join(f"(local.get {n})" for n in range(count))
    reverse = " ".join(f"(local.get {n})" for n in reversed(range(count)))
    text = f"""(module (type $t (func (param {params}) (result {results})))
      (table 1 funcref) (elem (i32.const 0) $reverse)
      (func $reverse (type $t) {reverse})
      (func (export "direct") (type $t) (i32.const 77) {gets} (call $reverse) (drop (i32.const 1))
        {" ".join(f"(local.set {n})" for n in range(count))} (drop) {reverse})
      (func (export "indirect") (type $t) {gets} (call_indirect (type $t) (i32.const 0))))"""
    exports = instantiate(text).exports
    values = [n + 0.5 if kind[0] == "f" else n - 3 for n, kind in enumerate(kinds)]
    expected = tuple(reversed(values))
    for name in ("direct", "indirect"):
        found = exports[name](*values)
        assert (found if count > 1 else (found,)) == expected


def test_host_functions() -> None:
    seen = []

    def host(a: int, b: float, c: int) -> tuple[int, float]:
        seen.append((a, b, c))
        return a + 1, b * 2

    text = """(module (import "e" "h" (func $h (param i32 f64 i64) (result i32 f64)))
      (func (export "f") (param i32) (result i32 f64)
        (local.get 0) (call $h (i32.const -5) (f64.const 1.25) (i64.const -1)) (drop) (i32.add) (f64.const 3)))"""
    assert instantiate(text, {"e": {"h": host}}).exports["f"](100) == (96, 3.0)
    assert seen == [(-5, 1.25, -1)]


def test_indirect_traps() -> None:
    text = """(module (type $a (func (result i32))) (type $b (func (param i32) (result i32)))
      (table 4 funcref) (elem (i32.const 0) $zero $one)
      (func $zero (result i32) (i32.const 10)) (func $one (param i32) (result i32) (local.get 0))
      (func (export "a") (param i32) (result i32) (call_indirect (type $a) (local.get 0)))
      (func (export "b") (param i32) (result i32) (call_indirect (type $b) (i32.const 3) (local.get 0)))
      (func (export "constant") (result i32) (call_indirect (type $a) (i32.const 9))))"""
    exports = instantiate(text).exports
    assert exports["a"](0) == 10 and exports["b"](1) == 3
    for name, index, reason in (
        ("a", 1, "indirect call type mismatch"),
        ("b", 0, "indirect call type mismatch"),
        ("a", 2, "uninitialized element"),
        ("a", 4, "undefined element"),
        ("b", -1, "undefined element"),
    ):
        with pytest.raises(seaofnodes.Trap) as trap:
            exports[name](index)
        assert trap.value.reason == reason
    with pytest.raises(seaofnodes.Trap, match="undefined element"):
        exports["constant"]()


def words(instance: Instance, function: int, site: int | None = None) -> tuple[int, int]:
    """(budget, invocations) of a function, or (target, count) of one of its call sites."""
    data = instance.data
    at = data.unit.layout.feedback.cells[function - instance.module.imported_functions]
    memory = data.storage.bytes
    if site is None:
        return tuple(
            int.from_bytes(memory[at + o : at + o + 4], "little") for o in (FEEDBACK_BUDGET, FEEDBACK_INVOCATIONS)
        )  # type: ignore[return-value]
    at += FEEDBACK_HEADER + FEEDBACK_ENTRY * site
    return tuple(int.from_bytes(memory[at + o : at + o + 8], "little") for o in (FEEDBACK_TARGET, FEEDBACK_COUNT))  # type: ignore[return-value]


def test_feedback() -> None:
    """One entry a call site in bytecode order, sites in unreachable code included."""
    text = """(module (type $t (func (result i32))) (table 3 funcref) (elem (i32.const 0) $a $b)
      (func $a (result i32) (i32.const 1)) (func $b (result i32) (i32.const 2))
      (func (export "f") (param i32) (result i32)
        (block (br 0) (drop (call $a)))
        (if (local.get 0) (then (drop (call $a))))
        (call_indirect (type $t) (local.get 0))))"""
    instance = instantiate(text)
    run = instance.exports["f"]
    assert [run(0), run(0)] == [1, 1]
    assert words(instance, 2)[1] == 2 and words(instance, 0)[1] == 2
    assert words(instance, 2, 0) == (0, 0) and words(instance, 2, 1) == (0, 0)
    assert words(instance, 2, 2) == (instance.data.record(0), 2)
    assert run(1) == 2
    assert words(instance, 2, 1)[1] == 1
    assert words(instance, 2, 2)[1] == 3
    assert instance.data.feedback.call(2, 2).counts == ((0, 2), (1, 1))


def test_budget() -> None:
    """With tier-up on, calls and back edges count down; long loop bodies cost more."""
    from seaofnodes.wasm.baseline import compile_baseline

    body = "(local.set 1 (i32.add (local.get 1) (i32.const 3)))" * 40
    text = f"""(module (func (export "f") (param i32) (result i32) (local i32)
      (loop {body} (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1)))"""
    engine = seaofnodes.Engine(tier="auto", tier_up_budget=1 << 30)
    instance = engine.instantiate(wat(text))
    before = words(instance, 0)[0]
    assert instance.exports["f"](10) == 1200
    spent = before - words(instance, 0)[0]
    assert 10 * 5 < spent < 10 * 40
    unit = instance.data.unit
    counting, not_counting = (
        compile_baseline(instance.module, 0, unit.layout, type_ids=unit.type_ids, tier_up=up) for up in (True, False)
    )
    names = [relocation.target for relocation in counting.relocations]
    assert "tier_up" in names and "tier_up" not in [relocation.target for relocation in not_counting.relocations]


def test_stack_overflow_of_large_frames() -> None:
    """A frame of 200 KiB and one with thousands of stack arguments: checked before they are made."""
    locals = " ".join(["i64"] * 25_000)
    uses = " ".join(f"(local.set {n} (i64.extend_i32_u (local.get 0)))" for n in range(1, 25_000, 1000))
    text = f"""(module (func $f (export "f") (param i32) (result i32) (local {locals}) {uses}
      (if (result i32) (local.get 0)
        (then (i32.add (i32.wrap_i64 (local.get 1001)) (call $f (i32.sub (local.get 0) (i32.const 1)))))
        (else (i32.const 0)))))"""
    run = instantiate(text).exports["f"]
    assert run(2) == 3
    with pytest.raises(seaofnodes.Trap, match="call stack exhausted"):
        run(-1)
    assert run(2) == 3
