"""On-stack replacement: hot loops go on in optimized code, with all their values."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from seaofnodes import Engine, Trap, UnsupportedError
from seaofnodes.fuzz.generate.module import generate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.text import format_graph, parse_graph
from seaofnodes.ir.verify import verify
from seaofnodes.runtime.tiers import unit_code
from seaofnodes.runtime.tiers.events import Event, OsrEvent
from seaofnodes.runtime.tiers.tiering import tier_up_loop
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.lift.osr import lift_from_loop
from seaofnodes.wasm.opcodes import LOOP

Wat = Callable[[str], bytes]

COUNT = """(func $count (export "f") (param i32) (result i32) (local i32)
  (loop
    (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 3)) (local.get 0)))
    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
  (local.get 1))"""
NESTED = """(func (export "f") (param i32) (result i32) (local $sum i32) (local $i i32) (local $j i32) (local $k i32)
  (loop $i
    (local.set $j (i32.const 0))
    (loop $j
      (local.set $k (i32.const 0))
      (loop $k
        (local.set $sum (i32.add (i32.rotl (local.get $sum) (i32.const 1))
          (i32.xor (local.get $i) (i32.add (local.get $j) (local.get $k)))))
        (br_if $k (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 7))))
      (if (i32.eq (local.get $j) (i32.const 4)) (then (local.set $sum (i32.add (local.get $sum) (i32.const 1000)))))
      (br_if $j (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 5))))
    (local.set $sum (i32.sub (local.get $sum) (local.get $i)))
    (br_if $i (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 0))))
  (local.get $sum))"""
PARAMETERS = """(func (export "f") (param i32) (result i32) (local $low i64)
  (i64.const 11) (i32.const 3) (f64.const 0.5)
  (local.get 0)
  (loop $l (param i32) (result f64)
    (i32.sub (i32.const 1)) (local.tee 0)
    (br_if $l (local.get 0))
    (f64.convert_i32_s))
  (f64.add) (f64.mul (f64.const 8)) (i32.trunc_f64_s) (i32.add) (local.set 0)
  (i32.wrap_i64) (i32.add (local.get 0)))"""
TYPES = """(func (export "f") (param i32) (result i32)
    (local $i i32) (local $l i64) (local $f f32) (local $d f64)
  (loop
    (local.set $l (i64.add (i64.rotl (local.get $l) (i64.const 7)) (i64.const 0x123456789abcdef)))
    (local.set $f (f32.add (f32.mul (local.get $f) (f32.const 0.5)) (f32.const 1.25)))
    (local.set $d (f64.sub (f64.const 3) (f64.mul (local.get $d) (f64.const 0.25))))
    (local.set $i (i32.add (local.get $i) (i32.wrap_i64 (local.get $l))))
    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
  (i32.add (i32.add (local.get $i) (i32.reinterpret_f32 (local.get $f)))
    (i32.wrap_i64 (i64.xor (local.get $l) (i64.shr_u (i64.reinterpret_f64 (local.get $d)) (i64.const 20))))))"""
SWITCH = """(func (export "f") (param i32) (result i32) (local $sum i32) (local $inner i32)
  (block $done
    (loop $outer
      (br_if $done (i32.eqz (local.get 0)))
      (local.set $inner (i32.const 3))
      (loop $l
        (block $two (block $one (block $zero
          (br_table $zero $one $two $outer (i32.rem_u (local.get 0) (i32.const 5))))
          (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
          (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (br $outer))
          (local.set $sum (i32.mul (local.get $sum) (i32.const 3)))
          (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (br_if $l (local.get 0))
          (br $done))
        (local.set $sum (i32.add (local.get $sum) (i32.const 7)))
        (br_if $l (local.tee $inner (i32.sub (local.get $inner) (i32.const 1))))
        (local.set 0 (i32.sub (local.get 0) (i32.const 2)))
        (br $outer))))
  (local.get $sum))""".replace("$two $outer (i32.rem_u", "$two $two (i32.rem_u")
IN_IF = """(func (export "f") (param i32) (result i32) (local $n i32) (local $sum i32)
  (local.set $n (i32.const 5))
  (loop $outer
    (if (i32.and (local.get 0) (i32.const 1))
      (then
        (loop $l
          (local.set $sum (i32.add (local.get $sum) (local.get 0)))
          (br_if $l (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 3))) (i32.const 50))))
        (local.set 0 (i32.add (local.get 0) (i32.const 100))))
      (else
        (loop $l
          (local.set $sum (i32.xor (local.get $sum) (local.get 0)))
          (br_if $l (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 5))) (i32.const 40))))
        (local.set 0 (i32.add (local.get 0) (i32.const 111)))))
    (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (local.get $sum))"""
MANY = "(func $many (param {params}) (result i64 i64 i64 i64) {loop} {results})".format(
    params=" ".join(["i64"] * 14),
    loop="(loop "
    + " ".join(
        f"(local.set {i} (i64.add (local.get {i}) (i64.mul (local.get {(i + 5) % 14}) (i64.const {i + 1}))))"
        for i in range(13)
    )
    + " (br_if 0 (i32.wrap_i64 (local.tee 13 (i64.sub (local.get 13) (i64.const 1))))))",
    results=" ".join(f"(local.get {i})" for i in (0, 5, 9, 12)),
) + """(func (export "f") (param i32) (result i32)
  {arguments} (i64.extend_i32_u (local.get 0)) (call $many)
  (i64.xor) (i64.xor) (i64.xor) (i32.wrap_i64))""".format(arguments=" ".join(f"(i64.const {7 * i})" for i in range(13)))
PROGRAMS = {
    "count": COUNT, "nested": NESTED, "parameters": PARAMETERS, "types": TYPES, "switch": SWITCH, "in if": IN_IF,
    "many": MANY,
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_entry_gives_what_baseline_code_gives(wat: Wat, name: str) -> None:
    """The budget decides in which turn of which loop the optimized code takes over."""
    module = wat(f"(module {PROGRAMS[name]})")
    arguments = (1, 2, 9, 60, 200)
    plain = Engine(tier="baseline").instantiate(module).exports["f"]
    expected = [plain(n) for n in arguments]
    entered = set()
    for budget in range(1, 40):
        engine = Engine(tier_up_budget=budget, background=False, verify=budget < 4)
        events: list[Event] = []
        engine.observe(events.append)
        run = engine.instantiate(module).exports["f"]
        assert [run(n) for n in arguments] == expected, budget
        entered |= {event.osr_offset for event in events if isinstance(event, OsrEvent)}
    loops = sum(b == LOOP for f in decode_module(module).code for b in _opcodes(module, f.start))
    assert len(entered) == loops


def _opcodes(module: bytes, start: int) -> list[int]:
    decoded = decode_module(module)
    (index,) = (i for i, code in enumerate(decoded.code) if code.start == start)
    return decoded.body(decoded.imported_functions + index).opcodes


def test_a_single_call_gets_fast(wat: Wat) -> None:
    """What takes optimized code a second takes baseline code several: the loop does not stay there."""
    engine = Engine(background=False)
    events: list[Event] = []
    engine.observe(events.append)
    instance = engine.instantiate(wat(f"(module {COUNT})"))
    instance.exports["f"](100_000)
    (entry,) = (event for event in events if isinstance(event, OsrEvent))
    assert entry.name == "count" and instance.data.feedback.invocations(0) == 1


def test_switched_off(wat: Wat) -> None:
    engine = Engine(background=False, osr=False, tier_up_budget=5)
    events: list[Event] = []
    engine.observe(events.append)
    engine.instantiate(wat(f"(module {NESTED})")).exports["f"](50)
    assert not any(isinstance(event, OsrEvent) for event in events)


def test_beside_the_loop(wat: Wat) -> None:
    """The loop waits for the compiler on its other thread, and is entered when it is ready."""
    engine = Engine(tier_up_budget=10)
    entered: list[Event] = []
    engine.observe(lambda event: entered.append(event) if isinstance(event, OsrEvent) else None)
    deadline = time.monotonic() + 60
    instance = engine.instantiate(
        wat("""(module (import "env" "go" (func $go (result i32)))
          (func (export "f") (result i32) (local i32)
            (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br_if 0 (call $go))) (local.get 0)))"""),
        {"env": {"go": lambda: not entered and time.monotonic() < deadline}},
    )
    assert instance.exports["f"]() >= 10
    assert entered


def test_what_waits_asks_seldom(wat: Wat, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the compiler works, a loop with a large body does not call into Python in every turn."""
    from seaofnodes.runtime.tiers import callbacks

    asked = 0
    compiling = threading.Event()

    def wait(*arguments: object) -> NoReturn:
        compiling.wait(30)
        raise UnsupportedError("enough")

    def count(*arguments: Any) -> object:
        nonlocal asked
        asked += 1
        return tier_up_loop(*arguments)

    monkeypatch.setattr(unit_code, "compile_optimizing_tier", wait)
    monkeypatch.setattr(callbacks, "tier_up_at_loop", count)
    body = "(local.set 1 (i32.mul (local.get 1) (i32.const 3)))" * 1000
    engine = Engine(tier_up_budget=100)
    instance = engine.instantiate(wat(f"""(module (func (export "f") (param i32) (result i32) (local i32)
      (loop {body} (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1)))"""))
    instance.exports["f"](100_000)
    compiling.set()
    assert engine.wait_for_compiler(30)
    assert 1 < asked < 30


def test_traps_and_memory_after_them(wat: Wat) -> None:
    text = """(module (memory (export "m") 1)
      (func (export "f") (param i32)
        (loop (i32.store (local.get 0) (local.get 0)) (local.set 0 (i32.add (local.get 0) (i32.const 4))) (br 0))))"""
    seen, tiers = [], []
    for options in ({"tier": "baseline"}, {"background": False, "tier_up_budget": 50}):
        instance = Engine(**options).instantiate(wat(text))  # type: ignore[arg-type]
        with pytest.raises(Trap, match="out of bounds memory access") as trap:
            instance.exports["f"](4096)
        (frame,) = trap.value.frames
        seen.append((frame.offset, instance.exports["m"].read(0, 65536)))
        tiers.append(frame.tier)
    assert seen[0] == seen[1] and tiers == ["baseline", "optimized"]


def test_text_reads_back(wat: Wat) -> None:
    module = decode_module(wat(f"(module {NESTED})"))
    for offset in _loops(module.body(0)):
        graph = lift_from_loop(module, 0, offset)
        text = format_graph(graph)
        assert f"osr {offset:#x}" in text and format_graph(parse_graph(text)) == text


@pytest.mark.parametrize("seed", range(30))
def test_graphs_of_random_functions_verify(seed: int) -> None:
    module = decode_module(generate(f"osr {seed}").draft.encode())
    for index in range(module.imported_functions, len(module.functions)):
        for offset in _loops(module.body(index)):
            try:
                graph: Graph = lift_from_loop(module, index, offset, frame_states=True, checkpoints=True)
            except ValueError:
                continue  # not reachable
            verify(graph)


def _loops(body: object) -> list[int]:
    return [offset for offset, opcode in zip(body.offsets, body.opcodes, strict=True) if opcode == LOOP]  # type: ignore[attr-defined]
