"""At every exit of optimized code the baseline frames, memories and globals are what the interpreter says."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import seaofnodes
from seaofnodes.fuzz.case import Call, plan_calls
from seaofnodes.fuzz.plan import Plan, make_case
from seaofnodes.fuzz.sides.forced import Forced, Mode, force
from seaofnodes.fuzz.sides.pictures import picture
from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.interpreter import link

Wat = Callable[[str], bytes]

INLINE_ALL = "inline{tiny=9999,max_callee=9999,max_inlined=300},checkpoint-elimination,simplify,gvn,load-elimination"

NESTED = """(module (memory 1)
  (func $a (param i32 f64) (result i32)
    (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.const 3))) (i32.trunc_f64_s (local.get 1)))
  (func $b (param i32 f64) (result i32)
    (i32.mul (local.get 0) (call $a (local.get 0) (f64.add (local.get 1) (f64.const 1)))))
  (func $c (param i32 f32) (result i32) (i32.xor (local.get 0) (call $b (local.get 0) (f64.promote_f32 (local.get 1)))))
  (func $d (param i32 i64) (result i32 f32)
    (call $c (local.get 0) (f32.convert_i64_s (local.get 1))) (f32.convert_i64_u (local.get 1)))
  (func (export "e") (param i32 i64) (result i64) (local i32) (local $f f32)
    (loop $l
      (call $d (local.get 0) (local.get 1)) (local.set $f)
      (local.set 2 (i32.add (local.get 2)))
      (local.set 1 (i64.add (local.get 1) (i64.const 1)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (i64.add (i64.extend_i32_s (local.get 2)) (i64.trunc_f32_s (local.get $f)))))"""


@pytest.mark.parametrize("mode", ["functions", "loops", "early"])
@pytest.mark.parametrize("pipeline", ["default", INLINE_ALL])
def test_random_modules(pipeline: str, mode: Mode) -> None:
    total = Forced()
    shares = []
    for number in range(18):
        case = make_case(Plan(9), number)
        found = force(decode_module(case.data, SUPPORTED), case.calls, pipeline=pipeline, mode=mode)
        shares += [found.taken / found.emitted] if found.emitted else []
        total.add(found)
    assert not total.wrong
    assert total.deopts > (10 if mode == "loops" else 100) and 3 * total.taken > total.emitted
    if mode == "functions" and pipeline == INLINE_ALL:  # without copies of loops that nothing comes to
        # A module that changes its state may go elsewhere than in the calls before: not many of them.
        assert len(shares) > 6 and sum(share > 0.75 for share in shares) > 0.8 * len(shares)
    if mode != "loops":
        assert {kind for kind, place in total.values if place in "rx"} >= {"word32", "word64", "float32", "float64"}


def test_five_functions_in_one(wat: Wat) -> None:
    module = decode_module(wat(NESTED))
    found = force(module, [Call("e", (n, 5)) for n in (3, 50, 7)], pipeline=INLINE_ALL)
    assert not found.wrong and found.depth[5] and found.taken > 15


SHARED_REGISTER = """(module
  (func $id (param i32) (result i32) (local.get 0))
  (func (export "run") (param i32 i32) (result i32) (local i32 i32)
    (local.set 3 (i32.shr_s (local.tee 2 (local.get 0)) (i32.const 3)))
    (local.set 3 (call $id (i32.div_s (local.get 3) (local.get 1))))
    (local.set 2 (i32.const 5))
    (i32.add (local.get 0) (i32.add (local.get 2) (local.get 3)))))"""


def test_what_is_not_needed_shares_a_register_with_what_is(wat: Wat) -> None:
    module = decode_module(wat(SHARED_REGISTER))
    found = force(module, [Call("run", (64 + n, 5)) for n in range(20)])
    assert not found.wrong and found.deopts


@pytest.mark.parametrize("name", ["mvp_00", "mvp_01", "mvp_02"])
def test_modules_of_others(shared: Path, name: str) -> None:
    module = decode_module((shared / "fuzz" / f"{name}.wasm").read_bytes(), SUPPORTED)
    found = force(module, plan_calls(module, random.Random(1), rounds=1), rounds=1)
    assert not found.wrong


OBJECTS = """(module (type $pair (struct (field (mut i32)) (field (mut (ref null $pair))) (field (mut i8))))
  (func (export "run") (param i32) (result i32) (local $p (ref null $pair)) (local $i i32)
    (local.set $p (struct.new $pair (i32.const -3) (struct.new_default $pair) (i32.const 200)))
    (loop $l
      (struct.set $pair 0 (struct.get $pair 1 (local.get $p)) (local.get $i))
      (if (i32.lt_u (call $id (local.get $i)) (local.get 0)) (then (nop)))
      (br_if $l (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 0))))
    (struct.get_u $pair 2 (local.get $p)))
  (func $id (param i32) (result i32) (local.get 0)))"""


@dataclass(frozen=True)
class ForgetStores(Pass):
    """Drops stores to objects of integers."""

    name = "forget-stores"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        changes = 0
        for node in graph.reachable():
            if node.op.is_object_store and node.op.parameters.width == 32:
                graph.replace(node, node.effect)
                changes += 1
        return PassResult(changes > 0)


def test_objects_in_frames(wat: Wat) -> None:
    module = decode_module(wat(OBJECTS))
    calls = [Call("run", (n,)) for n in (3, 9, 30)]
    found = force(module, calls)
    assert not found.wrong and found.deopts > 3
    assert any(kind == "reference" for kind, place in found.values if place in "rsxo")
    broken = Pipeline.parse("inline,checkpoint-elimination,dead-code").replace("dead-code", ForgetStores())
    assert any("values" in line for line in force(module, calls, pipeline=broken).wrong)


def test_random_modules_with_objects() -> None:
    total = Forced()
    for number in range(12):
        case = make_case(Plan(9, objects=True), number)
        total.add(force(decode_module(case.data, SUPPORTED), case.calls))
    assert not total.wrong and total.deopts > 100


def test_pictures_are_those_of_the_interpreter(wat: Wat) -> None:
    text = """(module
      (type $a (array (mut i16))) (type $s (struct (field i64 f32 (ref null $a) (mut anyref) i8)))
      (func (export "make") (param i32) (result anyref) (struct.new $s
        (i64.const -5) (f32.const nan) (array.new $a (local.get 0) (i32.const 9)) (ref.i31 (i32.const -1))
        (i32.const -1))))"""
    module = decode_module(wat(text))
    made = link.instantiate(module, {}).exports["make"]
    handle = seaofnodes.Engine().instantiate(wat(text)).exports["make"]
    assert picture(handle(9)) == picture(made.call_bits(9)[0])
    assert picture(handle(9)) == "struct(-5, nan, array 9(9, 9, 9, 9, 9, 9), i31 -1, 255)"
    assert picture(handle(9), 0) == "struct(...)" and picture(handle(1)) != picture(handle(2))
