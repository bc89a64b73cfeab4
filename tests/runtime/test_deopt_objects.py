"""Objects that optimized code has not made are made when it leaves."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from seaofnodes import Engine
from seaofnodes.errors import HeapLimitError
from seaofnodes.fuzz.sides.pictures import picture
from seaofnodes.runtime.heap.heap import Heap, IsFree
from seaofnodes.runtime.tiers.events import CompileEvent, DeoptEvent, Event
from seaofnodes.viz.deopt import deopt_text
from seaofnodes.wasm.engine.conversion import from_word
from seaofnodes.wasm.engine.instance import Instance
from seaofnodes.wasm.types import ANY, reference

Wat = Callable[[str], bytes]

PROGRAM = """(module
  (type $pair (sub (struct (field $a (mut i32)) (field $b (mut i64)))))
  (type $node (struct (field $value (mut i32)) (field $next (mut (ref null $node))) (field $p (ref null $pair))))
  (type $mixed (struct (field $byte (mut i8)) (field $half (mut i16)) (field $single (mut f32))
    (field $double (mut f64)) (field $any (mut anyref)) (field $function (mut funcref)) (field $extern externref)))
  (type $longs (array (mut i64))) (type $bytes (array (mut i8)))
  (type $t (func (param i32) (result i32)))
  (table (export "table") 4 funcref)
  (elem (i32.const 0) $one $two)
  (func $one (type $t) (i32.add (local.get 0) (i32.const 1)))
  (func $two (type $t) (i32.mul (local.get 0) (i32.const 2)))
  (func $same (param $a (ref null $pair)) (param $b (ref null $pair)) (result i32)
    (i32.add (ref.eq (local.get $a) (local.get $b)) (i32.const 10)))

  ;; A pair that changes in each turn, under two names, in one object and in a circle.
  (func (export "circle") (param $n i32) (param $turn i32) (result i32)
    (local $p (ref null $pair)) (local $q (ref null $pair)) (local $x (ref null $node)) (local $y (ref null $node))
    (local $i i32) (local $s i32)
    (loop $l
      (local.set $p (struct.new $pair (local.get $i) (i64.extend_i32_u (local.get $s))))
      (local.set $q (local.get $p))
      (local.set $x (struct.new $node (local.get $i) (ref.null $node) (local.get $q)))
      (local.set $y (struct.new $node (i32.const 7) (local.get $x) (local.get $p)))
      (struct.set $node $next (local.get $x) (local.get $y))
      (if (local.get $s) (then (struct.set $pair $a (local.get $p) (i32.add (local.get $i) (i32.const 5)))))
      (local.set $s (i32.add (local.get $s) (call_indirect (type $t)
        (i32.add (local.get $s) (local.get $i)) (i32.eq (local.get $i) (local.get $turn)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.and (i32.lt_u (local.get $i) (local.get $n)) (i32.ne (local.get $i)
        (i32.add (local.get $turn) (i32.const 1))))))
    (struct.set $pair $a (local.get $q) (i32.add (struct.get $pair $a (local.get $q)) (i32.const 1000)))
    (i32.add (i32.mul (i32.const 100) (i32.add (local.get $s) (struct.get $pair $a (local.get $p))))
      (i32.add (i32.mul (i32.const 2) (struct.get $node $value (local.get $y)))
      (i32.add (ref.eq (local.get $p) (local.get $q)) (ref.eq (local.get $x) (local.get $y))))))

  ;; One that is never made while the loop runs, however many turns there are.
  (func (export "walk") (param $n i32) (param $turn i32) (result i32) (local $p (ref null $pair)) (local $i i32)
    (local.set $p (struct.new $pair (i32.const 1) (i64.const 2)))
    (loop $l
      (local.set $p (struct.new $pair
        (call_indirect (type $t) (struct.get $pair $a (local.get $p)) (i32.eq (local.get $i) (local.get $turn)))
        (i64.add (struct.get $pair $b (local.get $p)) (i64.const 3))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (i32.add (struct.get $pair $a (local.get $p)) (i32.wrap_i64 (struct.get $pair $b (local.get $p)))))

  ;; Every kind of field; arrays; two frames that have the same object.
  (func $inner (param $p (ref null $pair)) (param $m (ref null $mixed)) (param $which i32) (result i32)
    (struct.set $pair $a (local.get $p) (i32.add (struct.get $pair $a (local.get $p)) (i32.const 1)))
    (struct.set $pair $a (local.get $p) (i32.add (struct.get $pair $a (local.get $p))
      (call_indirect (type $t) (i32.const 20) (local.get $which))))
    (struct.set $mixed $half (local.get $m) (i32.const 99999))
    (struct.get $pair $a (local.get $p)))
  (func (export "kinds") (param $f f64) (param $r externref) (param $which i32)
    (result i32 i32 i32 f32 f64 i32 externref i32 i64 i32 i32)
    (local $p (ref null $pair)) (local $m (ref null $mixed)) (local $l (ref null $longs)) (local $b (ref null $bytes))
    (local.set $p (struct.new $pair (i32.const 3) (i64.const 4)))
    (local.set $m (struct.new $mixed (i32.const 511) (i32.const -2) (f32.demote_f64 (local.get $f)) (local.get $f)
      (ref.i31 (i32.const 12345)) (ref.func $one) (local.get $r)))
    (local.set $l (array.new_fixed $longs 2 (i64.const 5) (i64.extend_i32_s (local.get $which))))
    (local.set $b (array.new_default $bytes (i32.const 5)))
    (array.set $bytes (local.get $b) (i32.const 4) (i32.const 258))
    (call $inner (local.get $p) (local.get $m) (local.get $which))
    (struct.get_s $mixed $byte (local.get $m)) (struct.get_u $mixed $half (local.get $m))
    (struct.get $mixed $single (local.get $m)) (struct.get $mixed $double (local.get $m))
    (i31.get_s (ref.cast (ref i31) (struct.get $mixed $any (local.get $m))))
    (struct.get $mixed $extern (local.get $m)) (struct.get $pair $a (local.get $p))
    (array.get $longs (local.get $l) (i32.const 1))
    (i32.add (i32.mul (i32.const 10) (array.len (local.get $b))) (array.get_u $bytes (local.get $b) (i32.const 4)))
    (ref.is_null (struct.get $mixed $function (local.get $m))))
)"""


class Watched:
    def __init__(self, data: bytes, **options: object) -> None:
        options = {"background": False, "verify": True, "tier_up_budget": 100, **options}
        self.engine = Engine(**options)  # type: ignore[arg-type]
        self.events: list[Event] = []
        self.engine.observe(self.events.append)
        self.instance: Instance = self.engine.instantiate(data)

    def __call__(self, name: str, *arguments: object) -> object:
        return self.instance.exports[name](*arguments)  # type: ignore[operator]

    @property
    def deopts(self) -> list[DeoptEvent]:
        return [event for event in self.events if isinstance(event, DeoptEvent)]


OPTIONS: list[dict[str, object]] = [
    {},
    {"osr": False},
    {"stress_gc": True},
    {"pipeline": "inline,simplify,checkpoint-elimination,escape-analysis"},
]


def before_turn(turn: int) -> int:
    total = 0
    for i in range(turn):
        total += total + i + 1
    return total


def circle(n: int, turn: int) -> int:
    total = last = 0
    for i in range(n):
        last = i + 5 if total else i
        total += (total + i) * 2 if i == turn else total + i + 1
        if i == turn:
            break
    found = 100 * (total + last + 1000) + 15 & 0xFFFFFFFF
    return found - (found >> 31 << 32)


def walk(n: int, turn: int) -> int:
    a, b = 1, 2
    for i in range(n):
        a, b = (2 * a if i == turn else a + 1), b + 3
    return a + b


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_middle_of_a_loop(wat: Wat, options: dict[str, object]) -> None:
    watched = Watched(wat(PROGRAM), **options)
    pictures: list[str] = []

    def look(event: Event) -> None:
        if isinstance(event, DeoptEvent):
            words = [value.bits for value in event.frames[0].values if value.source[0] == "o"]
            pictures.extend(picture(from_word(watched.engine.store, word, reference(ANY, True))) for word in words)

    watched.engine.observe(look)
    for _ in range(4):
        assert watched("circle", 19, 99) == circle(19, 99)
    assert not watched.deopts
    assert watched("circle", 19, 13) == circle(19, 13)
    pair = f"struct(18, {before_turn(13)})"
    circles = [f"struct({one}, struct({two}, object 0, {pair}), object 2)" for one, two in ((13, 7), (7, 13))]
    assert pictures == [pair, pair, *circles]
    [event] = watched.deopts
    assert event.objects == 3
    words = [value.bits for value in event.frames[0].values if value.source[0] == "o"]
    assert len(words) == 4 and len(set(words)) == 3
    assert "captured object #0" in deopt_text(event, verbose=True)


@pytest.mark.parametrize("options", [{}, {"osr": False}, {"stress_gc": True}, {"stress_deopt": True}], ids=str)
def test_nothing_is_made_in_the_loop(wat: Wat, options: dict[str, object]) -> None:
    watched = Watched(wat(PROGRAM), **options)
    for _ in range(4):
        assert watched("walk", 200, 999) == walk(200, 999)
    if not options:
        before = watched.engine.heap.statistics.allocated
        assert watched("walk", 100_000, 999_999) == walk(100_000, 999_999)
        assert watched.engine.heap.statistics.allocated == before
    assert watched("walk", 200, 150) == walk(200, 150)
    assert any(event.objects for event in watched.deopts)


@pytest.mark.parametrize("options", [{}, {"stress_gc": True}, {"stress_deopt": True, "tier": "optimized"}], ids=str)
def test_every_kind_of_field(wat: Wat, options: dict[str, object]) -> None:
    watched = Watched(wat(PROGRAM), **options)
    marker = object()
    single = struct.unpack("<f", struct.pack("<f", 0.1))[0]
    for which in (*[0] * 300, 1, 0, 1):
        a = 4 + (40 if which else 21)
        found = watched("kinds", 0.1, marker, which)
        assert found == (a, -1, 99999 & 0xFFFF, single, 0.1, 12345, marker, a, which, 52, 0)
    assert any(event.objects >= 2 for event in watched.deopts)


def test_in_frames_of_caller_and_callee_it_is_one(wat: Wat) -> None:
    watched = Watched(wat(PROGRAM))
    for _ in range(300):
        watched("kinds", 1.5, None, 0)
    assert watched("kinds", 1.5, None, 1)[0] == 44  # type: ignore[index]
    event = next(event for event in watched.deopts if len(event.frames) == 2)
    assert event.objects >= 2
    inner, outer = ([value for value in frame.values if value.source[0] == "o"] for frame in event.frames)
    assert {value.bits for value in inner} <= {value.bits for value in outer}
    assert any(isinstance(one, CompileEvent) for one in watched.events)


def test_the_heap_is_full(wat: Wat, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be made is an error like that of any allocation, and nothing is broken by it."""
    watched = Watched(wat(PROGRAM), osr=False)
    for _ in range(4):
        assert watched("circle", 19, 99) == circle(19, 99)
    allocate, made = Heap.allocate, []

    def full(self: Heap, size: int, is_free: IsFree | None = None) -> int:
        if made:
            raise HeapLimitError("full")
        made.append(size)
        return allocate(self, size, is_free)

    with monkeypatch.context() as patched:
        patched.setattr(Heap, "allocate", full)
        with pytest.raises(HeapLimitError, match="full"):
            watched("circle", 19, 13)
    assert made and not watched.deopts
    watched.engine.heap.collect()
    assert watched("circle", 19, 13) == circle(19, 13)
    assert len(watched.deopts) == 1
