"""Exceptions through optimized code: inlined frames, handlers, on-stack replacement, the other tiers, the host."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import seaofnodes.backend.emit.macros
from seaofnodes import Engine, Trap, WasmException
from seaofnodes.backend.allocation import Allocation
from seaofnodes.backend.allocation.checker import check
from seaofnodes.backend.emit import Emission
from seaofnodes.backend.emit.macros import emit
from seaofnodes.passes.framework.pipeline import PRESETS
from seaofnodes.runtime.tiers.events import OsrEvent
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.interpreter.link import instantiate
from tests.backend.baseline.exception_programs import FUNCTIONS, program
from tests.backend.baseline.interpreted import outcome

Wat = Callable[[str], bytes]
INLINE_ALL = PRESETS["default"].replace("inline", "inline{tiny=3000,max_callee=3000,max_inlined=6}", 1)
ARGUMENTS = ((0, 0), (1, 1), (1, 2), (3, 5), (6, 1), (2**32 - 1, 7))


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every allocation of registers is proven right."""

    def checking(allocation: Allocation, *arguments: object, **options: object) -> Emission:
        check(allocation)
        return emit(allocation, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(seaofnodes.backend.emit.macros, "emit", checking)


@pytest.mark.usefixtures("checked")
@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("tier", ["optimized", "auto", "inlined"])
def test_random_programs(tier: str, legacy: bool) -> None:
    """Everything is optimized; with tier "auto" after a call or in the middle of a loop."""
    compiled = entered = inlined = 0
    for seed in range(4):
        module = decode_module(program(seed, legacy=legacy))
        if tier == "inlined":
            engine = Engine(tier_up_budget=1, background=False, verify=True, pipeline=INLINE_ALL)
        else:
            only = "optimized" if tier == "optimized" else "auto"
            engine = Engine(tier=only, tier_up_budget=1, background=False)
        events: list[object] = []
        engine.observe(events.append)
        ours, oracle = engine.instantiate(module), instantiate(module)
        for index in range(1, FUNCTIONS + 1):
            for given in ARGUMENTS:
                expected = outcome(lambda: oracle.exports[f"f{index}"].call_bits(*given))  # noqa: B023
                found = outcome(lambda: ours.exports[f"f{index}"].call_bits(*given))  # noqa: B023
                assert found == expected, (seed, index, given)
        code = engine.module_code(module)
        assert not code.not_optimized
        compiled += len(code.optimized)
        entered += sum(isinstance(event, OsrEvent) for event in events)
        inlined += sum(len(found.code.inlinings) for found in code.optimized.values() if found.code is not None)
    assert compiled >= (4 * (FUNCTIONS + 1) if tier == "optimized" else 8)
    assert entered or tier == "optimized"
    assert inlined or tier != "inlined"


MANY = """(module (tag $a (param i32)) (import "env" "host" (func $host (param i32)))
  (func $many (param i32 i64 f64 i32 i32 i32 i32 i32 i32 i32 i32 f32) (result i64 f64 i32 f32 i32 i64)
    (call $host (local.get 0))
    (i64.add (local.get 1) (i64.extend_i32_u (local.get 10))) (local.get 2) (local.get 9) (local.get 11)
    (local.get 8) (i64.const 77))
  (func (export "f") (param i32) (result i32 f64) (local $x f64) (local $y i64)
    (local.set $x (f64.const 2.5)) (local.set $y (i64.const 1000))
    (block $h (result i32)
      (try_table (catch $a $h)
        (call $many (local.get 0) (i64.const 5) (local.get $x) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)
          (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8) (f32.const 1.5))
        (local.set $y (i64.add (local.get $y)))
        (local.set $y (i64.add (i64.extend_i32_u) (local.get $y)))
        (local.set $y (i64.add (i64.trunc_f32_s) (local.get $y)))
        (local.set $y (i64.add (i64.extend_i32_u) (local.get $y)))
        (local.set $x (f64.add (local.get $x)))
        (local.set $y (i64.add (local.get $y)))
        (call $host (i32.const 9)))
      (i32.const 0))
    (i32.add (i32.wrap_i64 (local.get $y))) (local.get $x))
  (func (export "tag") (param i32) (throw $a (local.get 0)))
  (export "a" (tag $a)))"""


@pytest.mark.usefixtures("checked")
@pytest.mark.parametrize("inline", [False, True])
def test_results_on_the_stack_and_host_functions_that_throw(wat: Wat, inline: bool) -> None:
    """What the first call computed is there in the second one's handler."""
    throwing: list[int] = []

    def host(number: int) -> None:
        if number in throwing:
            raise WasmException(instance.exports["a"], (100,))

    engine = Engine(tier_up_budget=1, background=False, inline=inline, verify=True)
    instance = engine.instantiate(wat(MANY), {"env": {"host": host}})
    f = instance.exports["f"]
    for _ in range(4):
        throwing[:] = []
        assert f(1) == (1000 + 77 + 6 + 1 + 7 + 13, 5.0)
        throwing[:] = [9]
        assert f(1) == (1000 + 77 + 6 + 1 + 7 + 13 + 100, 5.0)
        throwing[:] = [1]
        assert f(1) == (1100, 2.5)
    assert not engine.module_code(instance.module).not_optimized


TRACE = """(module (tag $a (param i32))
  (func $inner (param i32) (if (local.get 0) (then (throw $a (local.get 0)))))
  (func $middle (param i32) (call $inner (local.get 0)))
  (func (export "outer") (param i32) (call $middle (local.get 0)))
  (tag $b)
  (func (export "passes") (param i32)
    (block $h (try_table (catch $b $h) (call $middle (local.get 0))))))"""


@pytest.mark.parametrize("name", ["outer", "passes"])
def test_frames_of_an_exception_that_nobody_caught(wat: Wat, name: str) -> None:
    engine = Engine(tier_up_budget=1, background=False)
    run = engine.instantiate(wat(TRACE)).exports[name]
    found = []
    for _ in range(5):
        run(0)
        with pytest.raises(WasmException) as caught:
            run(3)
        frames = caught.value.frames
        found.append([(f.name, f.offset) for f in frames])  # type: ignore[attr-defined]
    assert len({tuple(frames) for frames in found}) == 1, found
    assert frames[-1].tier == "optimized"  # type: ignore[attr-defined]
    assert [name for name, _ in found[0]] == (["inner", "middle", "outer"] if name == "outer" else ["passes"])


LOOPS = """(module (tag $a (param i32))
  (func $t (param i32) (if (i32.eqz (i32.rem_u (local.get 0) (i32.const 3))) (then (throw $a (local.get 0)))))
  (func (export "f") (param i32) (result i32) (local $i i32) (local $sum i32)
    (loop $outer
      (block $h (result i32)
        (try_table (catch $a $h)
          (loop $inner
            (local.set $sum (i32.add (local.get $sum) (local.get $i)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (call $t (local.get $i))
            (br_if $inner (i32.lt_u (local.get $i) (local.get 0)))))
        (i32.const 1000))
      (local.set $sum (i32.add (local.get $sum)))
      (br_if $outer (i32.lt_u (local.get $i) (local.get 0))))
    (local.get $sum)))"""


def test_on_stack_replacement_in_a_try(wat: Wat) -> None:
    expected = [Engine(tier="baseline").instantiate(wat(LOOPS)).exports["f"](n) for n in (3, 10, 200)]
    offsets: set[int] = set()
    for budget in range(1, 30, 2):
        engine = Engine(tier_up_budget=budget, background=False, verify=True)
        events: list[object] = []
        engine.observe(events.append)
        run = engine.instantiate(wat(LOOPS)).exports["f"]
        assert [run(n) for n in (3, 10, 200)] == expected, budget
        offsets |= {event.osr_offset for event in events if isinstance(event, OsrEvent)}
    assert len(offsets) == 2


OPEN = """(module
  (type $super (sub (func (param i32) (result i32))))
  (type $sub (sub $super (func (param i32) (result i32))))
  (type $other (sub (func (param i32) (result i32) )))
  (table 4 funcref) (elem (i32.const 0) $a $b $c)
  (func $a (type $super) (i32.add (local.get 0) (i32.const 1)))
  (func $b (type $sub) (i32.add (local.get 0) (i32.const 2)))
  (func $c (param i64) (result i64) (local.get 0))
  (func (export "super") (param i32) (result i32)
    (i32.add (i32.const 100) (call_indirect (type $super) (local.get 0) (local.get 0))))
  (func (export "sub") (param i32) (result i32) (call_indirect (type $sub) (local.get 0) (local.get 0))))"""


def test_indirect_calls_of_open_types(wat: Wat) -> None:
    engine = Engine(tier="optimized", verify=True)
    instance = engine.instantiate(wat(OPEN))
    over, under = instance.exports["super"], instance.exports["sub"]
    assert [over(0), over(1), under(1)] == [101, 103, 3]
    for function, index, reason in (
        (over, 2, "indirect call type mismatch"), (over, 3, "uninitialized element"), (over, 4, "undefined element"),
        (under, 0, "indirect call type mismatch"),
    ):  # fmt: skip
        with pytest.raises(Trap, match=reason):
            function(index)
    assert not engine.module_code(instance.module).not_optimized


TWICE = """(module
  (import "env" "m" (memory $m 1)) (import "env" "n" (memory $n 1))
  (import "env" "t" (table $t 2 externref)) (import "env" "u" (table $u 2 externref)) (memory $own 1)
  (func (export "memories") (param i32) (result i32)
    (i32.store $m (local.get 0) (i32.const 1))
    (i32.store $n (local.get 0) (i32.const 2))
    (i32.store $own (local.get 0) (i32.const 3))
    (i32.load $m (local.get 0)))
  (func (export "again") (param i32) (result i32)
    (drop (i32.load $n (local.get 0)))
    (i32.store $m offset=2 (local.get 0) (i32.const -1))
    (i32.load $n (local.get 0)))
  (func (export "tables") (param externref externref) (result externref)
    (table.set $t (i32.const 0) (local.get 0))
    (table.set $u (i32.const 0) (local.get 1))
    (table.get $t (i32.const 0))))"""


@pytest.mark.parametrize("same", [False, True])
def test_memories_and_tables_that_are_imported_twice(wat: Wat, same: bool) -> None:
    engine = Engine(tier="optimized", verify=True)
    owner = wat(
        """(module (memory (export "m") 1) (memory (export "n") 1)
             (table (export "t") 2 externref) (table (export "u") 2 externref))"""
    )
    first = engine.instantiate(owner).exports
    given = {name: first[name] for name in ("m", "n", "t", "u")}
    if same:
        given |= {"n": first["m"], "u": first["t"]}
    instance = engine.instantiate(wat(TWICE), {"env": given})
    assert instance.exports["memories"](8) == (2 if same else 1)
    assert instance.exports["again"](16) & 0xFFFFFFFF == (0xFFFF0000 if same else 0)
    assert instance.exports["tables"]("one", "two") == ("two" if same else "one")
    assert not engine.module_code(instance.module).not_optimized
