"""Wrong guesses leave optimized code for the middle of baseline functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from seaofnodes import Engine, Trap
from seaofnodes.runtime.tiers.events import CompileEvent, DeoptEvent, Event
from seaofnodes.runtime.tiers.speculation import MOST_FAILURES
from seaofnodes.wasm.engine.instance import Instance

Wat = Callable[[str], bytes]

LOOP = """(module
  (type $t (func (param i32 i32) (result i32)))
  (import "env" "tick" (func $tick (param i32)))
  (table (export "table") 8 funcref)
  (elem (i32.const 0) $add $mul $xor $sub $or $trap)
  (func $add (type $t) (i32.add (i32.xor (local.get 0) (local.get 1)) (i32.const 37)))
  (func $mul (type $t) (i32.mul (local.get 0) (local.get 1)))
  (func $xor (type $t) (i32.xor (local.get 0) (local.get 1)))
  (func $sub (type $t) (i32.sub (local.get 0) (local.get 1)))
  (func $or (type $t) (i32.or (local.get 0) (local.get 1)))
  (func $trap (type $t) unreachable)
  (func (export "add") (type $t) (call $add (local.get 0) (local.get 1)))
  (func (export "run") (param $n i32) (param $which i32) (result i32) (local $i i32) (local $sum i32)
    (local.set $sum (i32.const 1))
    (loop $l
      (local.set $sum (call_indirect (type $t) (local.get $i) (local.get $sum) (local.get $which)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $sum))
  (func (export "ticking") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (loop $l
      (call $tick (local.get $i))
      (local.set $sum (call_indirect (type $t) (local.get $i) (local.get $sum) (i32.const 0)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $sum)))"""

OPERATIONS = (
    lambda i, s: (i ^ s) + 37, lambda i, s: i * s, lambda i, s: i ^ s, lambda i, s: i - s, lambda i, s: i | s
)  # fmt: skip


def expected(n: int, which: int) -> int:
    total = 1
    for i in range(n):
        total = OPERATIONS[which](i, total) & 0xFFFFFFFF
    return total - (total >> 31 << 32)


class Watched:
    """An instance, and what its engine tells."""

    def __init__(self, source: bytes, imports: dict[str, object] | None = None, **options: object) -> None:
        options = {"background": False, "verify": True, "tier_up_budget": 100, **options}
        self.engine = Engine(**options)  # type: ignore[arg-type]
        self.events: list[Event] = []
        self.engine.observe(self.events.append)
        self.instance: Instance = self.engine.instantiate(source, {"env": {"tick": lambda i: None, **(imports or {})}})

    def __call__(self, name: str, *arguments: object) -> object:
        return self.instance.exports[name](*arguments)  # type: ignore[operator]

    @property
    def deopts(self) -> list[DeoptEvent]:
        return [event for event in self.events if isinstance(event, DeoptEvent)]

    def optimized(self, name: str) -> list[CompileEvent]:
        return [e for e in self.events if isinstance(e, CompileEvent) and e.tier == "optimized" and e.name == name]


def test_another_target(wat: Wat) -> None:
    watched = Watched(wat(LOOP), osr=False)
    for _ in range(3):
        assert watched("run", 200, 0) == expected(200, 0)
    assert len(watched.optimized("run")) == 1 and not watched.deopts
    assert watched("run", 5, 1) == expected(5, 1)
    [event] = watched.deopts
    assert (event.name, event.reason) == ("run", "wrong call target")
    [frame] = event.frames
    assert (frame.name, frame.mode, frame.locals) == ("run", "before", 4)
    assert [value.bits for value in frame.values] == [5, 1, 0, 1, 0, 1, 1]
    for _ in range(9):  # again, with two targets
        assert watched("run", 200, 0) == expected(200, 0)
        assert watched("run", 200, 1) == expected(200, 1)
    assert len(watched.optimized("run")) == 2 and len(watched.deopts) == 1


def test_all_targets(wat: Wat) -> None:
    """Four are guessed, then the site is megamorphic, and nothing is guessed there any more."""
    watched = Watched(wat(LOOP))
    for which in range(5):
        for _ in range(40):
            assert watched("run", 200, which) == expected(200, which)
    for _ in range(20):
        for which in range(5):
            assert watched("run", 100, which) == expected(100, which)
    assert len(watched.deopts) == 4 <= MOST_FAILURES
    assert any("megamorphic" in str(remark) for remark in watched.optimized("run")[-1].remarks)


def test_the_target_changes_in_the_middle_of_the_loop(wat: Wat) -> None:
    def tick(i: int) -> None:
        if i == turn:
            table[0] = watched.instance.exports["add"]

    turn = -1
    watched = Watched(wat(LOOP), {"tick": tick}, osr=False)
    table = watched.instance.exports["table"]
    table[0] = table[2]
    for _ in range(3):
        assert watched("ticking", 100) == 0  # x ^ sum
    turn = 50
    found = watched("ticking", 100)
    total = 0
    for i in range(100):
        total = OPERATIONS[2 if i < 50 else 0](i, total) & 0xFFFFFFFF
    assert found == total - (total >> 31 << 32)
    [event] = watched.deopts
    assert event.frames[0].values[1].bits == 50


def test_traps_after_a_deoptimization(wat: Wat) -> None:
    watched = Watched(wat(LOOP))
    for _ in range(3):
        watched("run", 200, 0)
    with pytest.raises(Trap, match="unreachable") as caught:
        watched("run", 5, 5)
    assert [frame.name for frame in caught.value.frames] == ["trap", "run"]
    for _ in range(3):
        watched("run", 200, 0)
    with pytest.raises(Trap, match="undefined element"):
        watched("run", 5, 99)
    with pytest.raises(Trap, match="uninitialized element"):
        watched("run", 5, 7)


def test_no_deoptimization(wat: Wat) -> None:
    watched = Watched(wat(LOOP), deopt=False)
    for which in (0, 0, 0, 1, 2, 3, 4, 0):
        assert watched("run", 500, which) == expected(500, which)
    assert not watched.deopts and watched.optimized("run")


def test_from_a_loop_in_one_call(wat: Wat) -> None:
    """Cold, into optimized code at the loop's header, and back when the table changes."""

    def tick(i: int) -> None:
        if i == 5000:
            table[0] = table[1]

    watched = Watched(wat(LOOP), {"tick": tick})
    table = watched.instance.exports["table"]
    total = 0
    for i in range(10000):
        total = OPERATIONS[i > 4999](i, total) & 0xFFFFFFFF
    assert watched("ticking", 10000) == total - (total >> 31 << 32)
    assert len(watched.deopts) == 1
    assert [event.osr_offset >= 0 for event in watched.optimized("ticking")] == [True, True]


def test_observers_see_it(wat: Wat) -> None:
    engine = Engine(background=False, tier_up_budget=100)
    seen: list[DeoptEvent] = []
    engine.on_deopt(seen.append)
    run = engine.instantiate(wat(LOOP), {"env": {"tick": lambda i: None}}).exports["run"]
    for which in (0, 0, 0, 1):
        run(200, which)
    assert [(event.name, event.frames[0].mode) for event in seen] == [("run", "before")]


def test_a_seldom_target_is_guessed_too(wat: Wat) -> None:
    watched = Watched(wat(LOOP), osr=False)
    for n, which in ((20000, 0), (20000, 0), (5, 1), (300, 0), (20000, 0)):
        watched("run", n, which)
    watched("run", 7, 1)
    assert len(watched.deopts) == 1


LARGE = """(module
  (type $t (func (param i32) (result i32)))
  (table (export "table") 2 funcref) (elem (i32.const 0) $double $square)
  (func $double (type $t) (i32.mul (local.get 0) (i32.const 2)))
  (func $square (type $t) (i32.mul (local.get 0) (local.get 0)))
  (func $large (param i32 i32) (result i32)
    %s
    (call_indirect (type $t) (local.get 0) (local.get 1)))
  (func (export "run") (param i32 i32) (result i32)
    (i32.add (i32.const 1000) (call $large (local.get 0) (local.get 1)))))"""


def test_a_callee_that_was_thought_too_large(wat: Wat) -> None:
    """Its caller has no frame state then, so nothing in it may leave."""
    body = "(local.set 0 (i32.add (i32.const 1) (local.get 0)))" * 120
    pipeline = "inline{max_callee=9999,min_budget=9999},checkpoint-elimination,simplify,gvn"
    watched = Watched(wat(LARGE % body), pipeline=pipeline, tier_up_budget=5)
    for n in range(100):
        assert watched("run", n, 0) == 1000 + 2 * (n + 120)
    assert any("inlined large" in str(remark) for remark in watched.optimized("run")[-1].remarks)
    for n in range(100):
        assert watched("run", n, 1) == 1000 + (n + 120) ** 2


NESTED = """(module
  (type $t (func (param i32) (result i32)))
  (table (export "table") 2 funcref) (elem (i32.const 0) $double $square)
  (func $double (type $t) (i32.mul (local.get 0) (i32.const 2)))
  (func $square (type $t) (i32.mul (local.get 0) (local.get 0)))
  (func $inner (param i64 i32) (result i32 i64)
    (i32.add (i32.const 1) (call_indirect (type $t) (i32.wrap_i64 (local.get 0)) (local.get 1)))
    (i64.add (local.get 0) (i64.const 100)))
  (func $middle (param f64 i32) (result f64)
    (call $inner (i64.trunc_f64_s (local.get 0)) (local.get 1))
    (f64.convert_i64_s)
    (f64.add (local.get 0)) (local.set 0)
    (f64.convert_i32_s) (f64.add (local.get 0)))
  (func (export "run") (param i32 i32) (result f64)
    (f64.sub (f64.convert_i32_s (local.get 0)) (call $middle (f64.convert_i32_s (local.get 0)) (local.get 1)))))"""


def test_a_guess_in_a_callee_of_a_callee(wat: Wat) -> None:
    def expected(n: int, which: int) -> float:
        return n - (1 + (n * n if which else 2 * n) + n + 100 + n)

    watched = Watched(wat(NESTED), tier_up_budget=10)
    for n in range(50):
        assert watched("run", n, 0) == expected(n, 0)
    assert not watched.deopts
    for n in range(50):
        assert watched("run", n, n & 1) == expected(n, n & 1)
    assert [frame.name for frame in watched.deopts[0].frames] == ["inner", "middle", "run"]
    assert [frame.mode for frame in watched.deopts[0].frames] == ["before", "after", "after"]


def test_stress_inlines_within_bounds(wat: Wat) -> None:
    """Every copy of a long function would have frame states with all its locals."""
    gets = "\n".join(f"(local.set {i} (i32.load offset={i} (local.get 0)))" for i in range(1, 200))
    source = f"""(module (memory 1)
      (func $f (param i32) {"(local i32)" * 200}
        (call $f (i32.sub (local.get 0) (i32.const 1)))
        {gets})
      (func $g (param i32)
        (if (local.get 0) (then (call $f (local.get 0))) (else (call $g (i32.const 1))))))"""
    module = Engine().load(wat(source))
    one = Engine().compile_function(module, 0).node_counts["passes"]
    many = Engine(stress_inline=True).compile_function(module, 1).node_counts["passes"]
    assert one < many < 5 * one


@pytest.mark.parametrize("index", ["(i32.const 0)", "(local.get $which)"])
@pytest.mark.parametrize("table", ['(table (export "table") 2 9 funcref)', "(table 2 2 funcref)"])
def test_the_copies_of_a_loop_share_one_check(wat: Wat, table: str, index: str) -> None:
    text = """(module (type $t (func (param i32 i32) (result i32))) TABLE
      (elem (i32.const 0) $xor $sub)
      (func $xor (type $t) (i32.add (i32.xor (local.get 0) (local.get 1)) (i32.const 37)))
      (func $sub (type $t) (i32.sub (local.get 0) (local.get 1)))
      (func (export "swap") (table.set (i32.const 0) (ref.func $sub)))
      (func (export "run") (param i32) (param $which i32) (result i32) (local i32 i32)
        (loop
          (local.set 3 (call_indirect (type $t) (local.get 2) (local.get 3) INDEX))
          (br_if 0 (i32.lt_u (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (local.get 0))))
        (local.get 3)))""".replace("TABLE", table).replace("INDEX", index)
    engine = Engine(background=False, verify=True, osr=False)
    deopts: list[DeoptEvent] = []
    engine.on_deopt(deopts.append)
    instance = engine.instantiate(wat(text))
    run = instance.exports["run"]
    first = [run(1000, 0) for _ in range(30)]
    operators = Counter(node.op.name for node in engine.compile(instance, "run").graph.reachable())
    assert operators["Int32Add"] > 8, "it is unrolled"
    assert operators["DeoptimizeUnless"] == operators["TableGet"] == 1
    assert len(set(first)) == 1 and not deopts
    instance.exports["swap"]()
    assert run(1000, 0) == 500 and len(deopts) == 1
