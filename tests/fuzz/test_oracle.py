"""The oracle: agreement where all is right, and differences that say what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaofnodes.errors import Error
from seaofnodes.fuzz.case import Call, Case
from seaofnodes.fuzz.oracle import run_case, run_reference
from seaofnodes.fuzz.plan import Plan, make_case
from seaofnodes.fuzz.variant import KINDS, Variant
from seaofnodes.wasm.decoder import decode_module
from tests import support

PLANTED = str(Path(__file__).parent / "planted.py")
ALL = tuple(Variant(kind, budget=1 if kind == "auto" else 0) for kind in KINDS[1:])

SHIFTS = support.wat("""(module (func (export "f") (param i32) (result i32)
    local.get 0 i32.const 3 i32.shl i32.const 5 i32.shr_u))""")
NANS = support.wat("""(module (global (export "g") (mut f64) (f64.const 0))
  (func (export "f") (param f64) (result f64 f64)
    local.get 0 local.get 0 f64.sub global.set 0
    f64.const inf f64.const inf f64.sub  f64.const 0 local.get 0 f64.div))""")
HOST = support.wat("""(module
  (import "fuzz" "reenter" (func $reenter (param i32))) (import "fuzz" "fail" (func $fail (param i32)))
  (import "host" "mix" (func $mix (param i32 f32) (result i64))) (import "host" "g" (global $g (mut i32)))
  (memory (export "memory") 1 2) (global $h (export "h") (mut i32) (i32.const 7))
  (func (export "poke0") (global.set $h (i32.add (global.get $h) (i32.const 1)))
    (i32.store (i32.const 8) (global.get $h)))
  (func (export "f") (param i32) (result i32 i64)
    (i32.load (i32.const 8)) (call $reenter (i32.const 0)) (i32.load (i32.const 8)) i32.sub
    (call $mix (local.get 0) (f32.const nan)) (global.set $g (global.get $h)))
  (func (export "g") (param i32) (global.set $h (i32.const 40)) (call $fail (local.get 0)))
  (func (export "t") (i32.store (i32.const 70000) (i32.const 1))))""")

OBJECTS = support.wat("""(module (type $s (struct))
  (import "m" "log" (func $log (param externref))) (import "m" "any" (func $any (param anyref)))
  (import "m" "i31" (func $i31 (param i31ref)))
  (import "m" "same" (func $same (param externref i32) (result externref)))
  (tag $t (param externref))
  (func (export "f") (param i32) (result i32) (local externref)
    (local.set 1 (extern.convert_any (ref.i31 (local.get 0))))
    (call $log (local.get 1)) (call $log (extern.convert_any (struct.new $s))) (call $log (ref.null extern))
    (call $any (ref.i31 (local.get 0))) (call $any (struct.new $s)) (call $i31 (ref.i31 (local.get 0)))
    (i31.get_s (ref.cast (ref i31) (any.convert_extern (call $same (local.get 1) (i32.const 1))))))
  (func (export "throw") (param i32) (throw $t (extern.convert_any (ref.i31 (local.get 0))))))""")


@pytest.mark.parametrize("number", range(12))
def test_generated_modules_agree(number: int) -> None:
    outcome = run_case(make_case(Plan(seed=5), number))
    assert outcome.difference is None
    assert outcome.calls


@pytest.mark.parametrize("number", range(25))
def test_all_sides_agree_on_objects(number: int) -> None:
    case = make_case(Plan(seed=3, objects=True), number)
    outcome = run_case(case)
    assert outcome.difference is None
    assert {"wasmtime", "baseline", "auto"} <= {variant.kind for variant in case.variants}
    assert all(variant.kind in ("baseline", "auto", "optimized") for variant in case.variants if variant.collect)


def test_nans_are_one() -> None:
    case = Case(NANS, (Call("f", (0x7FF0000000000001,)), Call("f", (1 << 63,))), ALL)
    assert run_case(case).difference is None
    steps = run_reference(decode_module(NANS), case.calls)
    assert steps[1].end == "0x7ff8000000000000 0x7ff8000000000000"
    assert steps[1].globals == (0x7FF8000000000000,)


def test_hosts_act_alike_everywhere() -> None:
    calls = (Call("f", (1,)), Call("g", (3,)), Call("g", (4,)), Call("t"), Call("f", (2**32 - 1,)))
    assert run_case(Case(HOST, calls, ALL)).difference is None
    steps = run_reference(decode_module(HOST), calls)
    assert [step.kind for step in steps] == ["results", "results", "host", "results", "trap", "results"]
    assert steps[1].log == ("reenter(0)", "mix(1, nan)")
    assert steps[2].end == "failed with 3" and steps[2].globals == (40,)
    assert steps[4].end == "out of bounds memory access"
    assert len({step.memory for step in steps}) == 3  # poked twice


def test_references_look_the_same_to_the_host_everywhere() -> None:
    """An i31 is an int in an engine, and an object in the interpreter."""
    calls = (Call("f", (5,)), Call("throw", (5,)))
    variants = [variant for variant in ALL if variant.kind != "wasmtime"]  # its host has no objects
    assert run_case(Case(OBJECTS, calls, (*variants, Variant("auto", collect=True)))).difference is None
    steps = run_reference(decode_module(OBJECTS), calls)
    assert steps[1].log == (
        "log(reference)", "log(reference)", "log(None)", "any(reference)", "any(reference)", "i31(reference)",
        "same(reference, 1)",
    )  # fmt: skip
    assert (steps[1].end, steps[2].end) == ("0x5", "reference")


@pytest.mark.parametrize("kind", ["evaluator", "optimized", "auto"])
def test_a_wrong_rule_gives_a_difference(kind: str) -> None:
    calls = (Call("f", (1,)),) + (Call("f", (0xFFFFFFFF,)),) * 3
    case = Case(SHIFTS, calls, (Variant(kind, "default{rules=all}"),), (PLANTED,))
    found = run_case(case).difference
    assert found is not None
    assert (found.kind, found.call, found.variant.kind) == ("results", 1, kind)
    assert "0x3fffffff, expected" not in found.message and "expected results [0x7ffffff]" in found.message


def test_without_the_file_there_is_none() -> None:
    assert run_case(Case(SHIFTS, (Call("f", (0xFFFFFFFF,)),), ALL)).difference is None


def test_an_exception_inside_is_a_difference(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text('''"""A pass that cannot."""
from dataclasses import dataclass

from seaofnodes.passes.base import Pass


@dataclass(frozen=True)
class Broken(Pass):
    """Fails."""

    name = "broken"

    def run(self, graph, context):
        raise KeyError(f"n{graph.next_id}")
''')
    variant = Variant("optimized", "simplify,broken")
    found = run_case(Case(SHIFTS, (Call("f", (1,)),), (variant,), (str(path),))).difference
    assert found is not None
    assert found.kind == "error" and "KeyError" in found.message
    assert found.signature == run_case(Case(NANS, (Call("f", (1,)),), (variant,), (str(path),))).difference.signature  # type: ignore[union-attr]


def test_cases_as_json() -> None:
    case = make_case(Plan(seed=2, pipelines=("default", "fix(gvn)")), 7)
    assert Case.from_json(case.data, case.to_json()) == case
    for wrong in ({}, {"calls": [["f", "x"]], "variants": []}, {"calls": [], "variants": [{"kind": "none"}]}):
        with pytest.raises(Error):
            Case.from_json(case.data, wrong)
