"""Calls through references are guessed as those through tables are: inlined, left when wrong, given up at last."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes import Engine, Trap
from seaofnodes.runtime.tiers.events import CompileEvent, DeoptEvent, Event
from seaofnodes.runtime.tiers.speculation import MOST_FAILURES
from seaofnodes.wasm.engine.instance import Instance

Wat = Callable[[str], bytes]

TEXT = """(module
  (type $t (func (param i32 i32) (result i32)))
  (type $box (struct (field $f (mut (ref null $t)))))
  (import "env" "host" (func $host (type $t)))
  (elem declare func $add $mul $xor $sub $or $trap $host)
  (table $functions 8 (ref null $t))
  (elem (table $functions) (i32.const 0) (ref null $t) (ref.func $add) (ref.func $mul) (ref.func $xor)
    (ref.func $sub) (ref.func $or) (ref.func $trap) (ref.func $host))
  (global $box (ref $box) (struct.new_default $box))
  (global $calls (export "calls") (mut i32) (i32.const 0))
  (func $add (export "adder") (type $t)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (i32.add (local.get 0) (local.get 1)))
  (func $mul (type $t) (i32.mul (local.get 0) (local.get 1)))
  (func $xor (type $t) (i32.xor (local.get 0) (local.get 1)))
  (func $sub (type $t) (i32.sub (local.get 0) (local.get 1)))
  (func $or (type $t) (i32.or (local.get 0) (local.get 1)))
  (func $trap (type $t) unreachable)
  (func (export "choose") (param i32) (struct.set $box $f (global.get $box) (table.get $functions (local.get 0))))
  (func (export "give") (param (ref null $t)) (struct.set $box $f (global.get $box) (local.get 0)))
  (func (export "run") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (local.set $sum (i32.const 1))
    (loop $l
      (local.set $sum (call_ref $t (local.get $i) (local.get $sum) (struct.get $box $f (global.get $box))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $sum))
  (func $tail (param i32 i32) (result i32)
    (return_call_ref $t (local.get 0) (local.get 1) (struct.get $box $f (global.get $box))))
  (func (export "tails") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (local.set $sum (i32.const 1))
    (loop $l
      (local.set $sum (call $tail (local.get $i) (local.get $sum)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $sum)))"""

OPERATIONS = (
    lambda i, s: i + s, lambda i, s: i * s, lambda i, s: i ^ s, lambda i, s: i - s, lambda i, s: i | s
)  # fmt: skip
LOOPS = pytest.mark.parametrize("name", ["run", "tails"])


def expected(n: int, which: int) -> int:
    total = 1
    for i in range(n):
        total = OPERATIONS[which](i, total) & 0xFFFFFFFF
    return total - (total >> 31 << 32)


class Watched:
    """An instance, and what its engine tells."""

    def __init__(self, source: bytes, **options: object) -> None:
        self.engine = Engine(**{"background": False, "verify": True, "tier_up_budget": 100, **options})  # type: ignore[arg-type]
        self.events: list[Event] = []
        self.engine.observe(self.events.append)
        self.instance: Instance = self.engine.instantiate(source, {"env": {"host": lambda i, s: i - 2 * s}})

    def __call__(self, name: str, *arguments: object) -> object:
        return self.instance.exports[name](*arguments)  # type: ignore[operator]

    @property
    def deopts(self) -> list[DeoptEvent]:
        return [event for event in self.events if isinstance(event, DeoptEvent)]

    def remarks(self, name: str) -> str:
        found = [e for e in self.events if isinstance(e, CompileEvent) and e.tier == "optimized" and e.name == name]
        return str(found[-1].remarks)


@LOOPS
def test_another_target(wat: Wat, name: str) -> None:
    watched = Watched(wat(TEXT), osr=False)
    watched("choose", 0)
    for _ in range(4):
        assert watched(name, 200) == expected(200, 0)
    remarks = watched.remarks(name)
    assert "guessed add" in remarks and "inlined add" in remarks and "monomorphic" in remarks and not watched.deopts
    watched("choose", 1)
    assert watched(name, 50) == expected(50, 1)
    event = watched.deopts[0]
    assert (event.name, event.reason) == (name, "wrong call target")
    assert event.frames[0].name == ("tail" if name == "tails" else "run")
    for _ in range(9):
        for which in (0, 1):
            watched("choose", which)
            assert watched(name, 200) == expected(200, which)
    assert "polymorphic" in watched.remarks(name) and len(watched.deopts) <= 2


@LOOPS
def test_it_is_given_up(wat: Wat, name: str) -> None:
    """The site is megamorphic, or what is guessed there has a generic call behind it."""
    watched = Watched(wat(TEXT))
    for which in range(5):
        watched("choose", which)
        for _ in range(40):
            assert watched(name, 200) == expected(200, which)
    for _ in range(20):
        for which in range(5):
            watched("choose", which)
            assert watched(name, 100) == expected(100, which)
    assert 3 <= len(watched.deopts) <= 2 * MOST_FAILURES
    assert ("megamorphic call" if name == "run" else "('deopt', 'no')") in watched.remarks(name)


@LOOPS
@pytest.mark.parametrize("deopt", [True, False])
def test_null_and_traps(wat: Wat, name: str, deopt: bool) -> None:
    watched = Watched(wat(TEXT), deopt=deopt)
    watched("choose", 0)
    for _ in range(9):
        assert watched(name, 200) == expected(200, 0)
    for which, reason in ((7, "null function reference"), (5, "unreachable")):
        watched("choose", which)
        with pytest.raises(Trap, match=reason) as caught:
            watched(name, 3)
        assert caught.value.reason == reason
    watched("choose", 6)
    assert watched(name, 3) == 2 - 2 * (1 - 2 * (0 - 2 * 1))
    watched("choose", 0)
    assert watched(name, 200) == expected(200, 0)


@LOOPS
def test_another_instance(wat: Wat, name: str) -> None:
    """The same function of another instance is another target: its own globals change."""
    watched = Watched(wat(TEXT))
    other = watched.engine.instantiate(wat(TEXT), {"env": {"host": max}})
    watched("choose", 0)
    for _ in range(9):
        assert watched(name, 200) == expected(200, 0)
    before = watched.instance.exports["calls"].value
    watched("give", other.exports["adder"])
    for _ in range(9):
        assert watched(name, 200) == expected(200, 0)
    assert watched.instance.exports["calls"].value == before and other.exports["calls"].value == 9 * 200


NULLABLE = """(module (type $t (func (param i32) (result i32))) (type $box (struct (field $f (ref{} $t))))
  (elem declare func $next) (func $next (type $t) (i32.add (local.get 0) (i32.const 1)))
  (func (export "make") (param i32) (result (ref $box))
    (struct.new $box (if (result (ref{} $t)) (local.get 0) (then (ref.func $next)) (else {}))))
  (func (export "call") (param (ref $box) i32) (result i32)
    (call_ref $t (local.get 1) (struct.get $box $f (local.get 0)))))"""


@pytest.mark.parametrize("tier", ["baseline", "optimized"])
def test_null_is_looked_for_where_the_type_has_it(tier: str, wat: Wat) -> None:
    """A callee of a type that has no null is called without a check, which the other one needs."""
    sizes = []
    for null, other in ((" null", "(ref.null $t)"), ("", "(ref.func $next)")):
        data = wat(NULLABLE.format(null, null, other))
        engine = Engine(tier=tier, inline=False)
        exports = engine.instantiate(data).exports
        assert exports["call"](exports["make"](1), 41) == 42
        if null:
            with pytest.raises(Trap, match="null function reference"):
                exports["call"](exports["make"](0), 41)
        sizes.append(engine.compile_function(data, 2).code_size)
    assert sizes[1] < sizes[0]
