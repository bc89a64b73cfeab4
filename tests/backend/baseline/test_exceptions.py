"""Exceptions in baseline code, both kinds, against the reference interpreter."""

from __future__ import annotations

import random

import pytest

import seaofnodes
from seaofnodes.ir.ops.common import FrameInfo
from seaofnodes.wasm import decode_module, opcodes as op
from seaofnodes.wasm.body import Body
from seaofnodes.wasm.interpreter.interpreter import resume
from seaofnodes.wasm.interpreter.link import instantiate
from tests.backend.baseline.entering import enter, layout_at
from tests.backend.baseline.exception_programs import FUNCTIONS, program
from tests.backend.baseline.interpreted import Both, outcome
from tests.backend.baseline.moving import Mover
from tests.backend.baseline.reference_programs import program as reference_program

_MODULE = """(module (tag $a (param i32)) (tag $b (param i64 f64 f32)) (tag $c) (tag $d (param funcref i32))
  (elem declare func $f)
  (func $f (param i32) (result i32) (i32.add (local.get 0) (i32.const 1000)))
  (func $throw (export "throw") (param i32)
    (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $a (i32.const 11))))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $b (i64.const -22) (f64.const 2.5) (f32.const 1.25))))
    (if (i32.eq (local.get 0) (i32.const 3)) (then (throw $c))))
  (func $deep (param i32 i32)
    (if (i32.eqz (local.get 1)) (then (return (call $throw (local.get 0)))))
    (call $deep (local.get 0) (i32.sub (local.get 1) (i32.const 1))))
  (func (export "payloads") (param i32 i32) (result i32) (local $x i32) (local $z f64)
    (local.set $x (i32.const 5)) (local.set $z (f64.const 7)) (i32.const 100)
    (block $on_a (result i32)
      (block $on_b (result i64 f64 f32)
        (block $on_c (result exnref)
          (i32.const 3)
          (try_table (result i32) (catch $a $on_a) (catch $b $on_b) (catch_ref $c $on_c)
            (local.set $x (i32.add (local.get $x) (local.get 1)))
            (call $deep (local.get 0) (local.get 1))
            (local.set $x (i32.const 50))
            (call $deep (local.get 1) (i32.const 3))
            (local.get $x))
          (i32.add) (local.get $x) (i32.add) (br $on_a))
        (drop) (return (i32.add (local.get $x) (i32.trunc_f64_s (local.get $z)))))
      (i32.trunc_f32_s) (local.set $x) (i32.trunc_f64_s) (local.set 1) (i32.wrap_i64)
      (i32.add (local.get $x)) (i32.add (local.get 1)))
    (i32.add (local.get $x)) (i32.mul))
  (func (export "nested") (param i32) (result i32)
    (block $outer (result i32)
      (block $inner (result i32)
        (drop (block $all (result exnref)
          (try_table (catch $a $outer) (catch_all_ref $all)
            (try_table (result i32) (catch $a $inner) (call $throw (local.get 0)) (i32.const 1))
            (drop) (call $throw (i32.sub (local.get 0) (i32.const 10))) (return (i32.const 2)))
          (unreachable)))
        (return (i32.const 3)))
      (return (i32.add (i32.const 4))))
    (i32.add (i32.const 500)))
  (func (export "throw_ref") (param i32) (result i32) (local $e exnref)
    (block $a (result i32)
      (block $all (result exnref) (try_table (catch_all_ref $all) (call $throw (local.get 0))) (return (i32.const 9)))
      (local.set $e)
      (try_table (catch $a $a) (throw_ref (local.get $e)))
      (unreachable)))
  (func (export "null") (throw_ref (ref.null exn)))
  (func (export "here") (param i32) (result i32) (local $n i32)
    (loop $again
      (block $on_a (result i32)
        (try_table (catch $a $on_a)
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (throw $a (local.get $n)))
        (unreachable))
      (br_if $again (i32.lt_s (local.get 0))))
    (local.get $n))
  (func (export "function") (result i32)
    (block $on_d (result funcref i32) (try_table (catch $d $on_d) (throw $d (ref.func $f) (i32.const 4))) (unreachable))
    (drop) (ref.is_null))
  (func (export "to_result") (param i32) (result i32)
    (try_table (catch $a 0) (call $throw (local.get 0))) (i32.const 77))
  (func (export "to_loop") (param i32) (result i32) (local $n i32) (i32.const 1)
    (loop $again (param i32) (result i32)
      (local.set $n (i32.add (local.get $n)))
      (if (i32.gt_s (local.get $n) (local.get 0)) (then (return (local.get $n))))
      (try_table (catch $a $again) (call $throw (i32.const 1)))
      (local.get $n)))
  (func $leave (param i32) (try_table (catch_all 0) (return_call $throw (local.get 0))))
  (func (export "tail_call") (param i32) (result i32)
    (block $on_a (result i32) (try_table (catch $a $on_a) (call $leave (local.get 0))) (i32.const 8))))"""


def test_what_catches() -> None:
    both = Both(_MODULE)
    for number in range(4):
        for name in ("throw", "throw_ref", "to_result", "tail_call", "nested"):
            both.call(name, number)
        both.call("nested", number + 10)
        for depth in range(4):
            both.call("payloads", number, depth)
    assert both.call("null") == "null exception reference"
    assert both.call("here", 100) == [100] and both.call("function") == [0] and both.call("to_loop", 100) == [111]
    assert both.call("throw", 2) == (-22, 2.5, 1.25)
    assert both.call("tail_call", 1) == [11]  # the try is left before


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_random_programs(seed: int, legacy: bool) -> None:
    both = Both(program(seed, legacy=legacy))
    for function in range(1, FUNCTIONS + 1):
        for arguments in ((0, 0), (1, 1), (1, 2), (3, 5), (6, 1), (2**32 - 1, 7)):
            both.call(f"f{function}", *arguments)


@pytest.mark.parametrize("tier", ["baseline", "optimized"])
@pytest.mark.parametrize("seed", range(6))
def test_references_in_handlers(seed: int, tier: str) -> None:
    both = Both(reference_program(seed, throws=True), tier)
    mover = Mover(both.ours)
    for argument in (0, 5):
        both.call("refuel")
        mover.start()
        both.call("run", argument)


def _calls(body: Body) -> list[int]:
    """Indices of the calls that are in no catch: there the stack has an exception."""
    found, catches = [], [False]
    for index, opcode in enumerate(body.opcodes):
        if opcode in op.BLOCKS:
            catches.append(catches[-1])
        elif opcode in (op.CATCH, op.CATCH_ALL):
            catches[-1] = True
        elif opcode in (op.END, op.DELEGATE):
            catches.pop()
        elif opcode == op.CALL and not catches[-1]:
            found.append(index)
    return found


@pytest.mark.parametrize("seed", range(8))
def test_entering_in_a_try(seed: int) -> None:
    """After a call in a try: what its handlers, and those of later calls, need is where they look for it."""
    module = decode_module(program(seed, legacy=True))
    chance = random.Random(seed)
    engine = seaofnodes.Engine(tier="baseline")
    entered = 0
    for index in range(1, FUNCTIONS + 1):
        body = module.body(index)
        places = _calls(body)
        for at in chance.sample(places, min(12, len(places))):
            mode = chance.choice(("before", "after"))
            ours, oracle = engine.instantiate(module), instantiate(module)
            layout = layout_at(ours, index, body.offsets[at], mode)
            if layout is None:
                continue
            kind = module.functions[body.immediates[at]] if mode == "after" else None
            results = [chance.randrange(8)] if kind else []
            values = []
            for places_of_value in (*layout.locals, *layout.stack):
                what, where = places_of_value[0]
                values.append(where if what == "c" else chance.randrange(8))
            known: dict[tuple[str, int], int] = {}
            for number, places_of_value in enumerate((*layout.locals, *layout.stack)):
                values[number] = known.setdefault(places_of_value[0], values[number])
            info = FrameInfo(index, body.offsets[at], mode, len(layout.locals), len(layout.stack), ())
            expected = outcome(lambda: resume(oracle, info, values, results=results))  # noqa: B023
            found = outcome(lambda: enter(ours, index, layout, values, kind, results))  # noqa: B023
            assert found == expected, (index, body.offsets[at], mode)
            entered += 1
    assert entered
