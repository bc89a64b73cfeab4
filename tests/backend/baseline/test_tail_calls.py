"""Tail calls in baseline code: any mix of parameter counts, in constant stack."""

from __future__ import annotations

import random

import pytest

import seaofnodes
from seaofnodes.wasm import decode_module
from tests.backend.baseline.interpreted import Both
from tests.support import wat

_KINDS = ("i32", "i64", "f32", "f64")
_FUNCTIONS = 4
_CONVERT = {
    ("i32", "i64"): "i64.extend_i32_u", ("i64", "i32"): "i32.wrap_i64",
    ("f32", "f64"): "f64.promote_f32", ("f64", "f32"): "f32.demote_f64",
    ("i32", "f32"): "f32.convert_i32_s", ("i32", "f64"): "f64.convert_i32_s",
    ("i64", "f32"): "f32.convert_i64_s", ("i64", "f64"): "f64.convert_i64_s",
    ("f32", "i32"): "i32.trunc_sat_f32_s", ("f64", "i32"): "i32.trunc_sat_f64_s",
    ("f32", "i64"): "i64.trunc_sat_f32_s", ("f64", "i64"): "i64.trunc_sat_f64_s",
}  # fmt: skip


def _program(seed: int) -> str:
    """Functions that call each other in tail position, as often as the first argument says, with shuffled arguments."""
    chance = random.Random(seed)
    counts = [chance.choice((0, 1, 5, 7, 8, 9, 10, 12, 17, 20, 30)) for _ in range(_FUNCTIONS)]
    signatures = [["i32", *(chance.choice(_KINDS) for _ in range(count))] for count in (0, *counts[1:])]
    results = [chance.choice(_KINDS) for _ in range(chance.choice((1, 1, 2, 5)))]

    def value(function: int, kind: str) -> str:
        what = chance.random()
        if what < 0.1:
            return f"({kind}.const {chance.randrange(100)})"
        index = chance.randrange(len(signatures[function]))
        found, known = f"(local.get {index})", signatures[function][index]
        if known != kind:
            found = f"({_CONVERT[known, kind]} {found})"
        return f"({kind}.add {found} ({kind}.const {chance.randrange(9)}))" if what < 0.4 else found

    def function(index: int) -> str:
        callee = chance.randrange(_FUNCTIONS)
        operands = chance.choices(_KINDS, k=chance.choice((0, 0, 2, 20)))
        arguments = "(i32.sub (local.get 0) (i32.const 1)) " + " ".join(value(index, k) for k in signatures[callee][1:])
        call = chance.choice((
            f"(return_call $f{callee} {arguments})",
            f"(return_call_indirect (type $t{callee}) {arguments} (i32.const {callee}))",
            f"(return_call_ref $t{callee} {arguments} (ref.func $f{callee}))",
        ))  # fmt: skip
        return f"""(func $f{index} (export "f{index}") (type $t{index})
          (if (i32.eqz (local.get 0)) (then (return {" ".join(value(index, kind) for kind in results)})))
          {" ".join(f"({kind}.const 3)" for kind in operands)} {call})"""

    types = [
        f"(type $t{index} (func (param {' '.join(params)}) (result {' '.join(results)})))"
        for index, params in enumerate(signatures)
    ]
    functions = [function(index) for index in range(_FUNCTIONS)]
    names = " ".join(f"$f{index}" for index in range(_FUNCTIONS))
    return f"""(module {" ".join(types)} (table {_FUNCTIONS} funcref) (elem (i32.const 0) func {names})
      {" ".join(functions)})"""


@pytest.mark.parametrize("seed", range(10))
def test_shuffled_arguments(seed: int) -> None:
    both = Both(_program(seed))
    for index in range(_FUNCTIONS):
        count = len(both.ours.exports[f"f{index}"].type.params)
        for turns in (0, 1, 2, 3, 30):
            both.call(f"f{index}", turns, *(3 + 7 * number for number in range(count - 1)))


_MANY = " ".join(["i64"] * 17)
_CONSTANTS = " ".join(f"(i64.const {number})" for number in range(16))


@pytest.mark.parametrize("form", ["call", "call_indirect", "call_ref"])
def test_constant_stack(form: str) -> None:
    """Two million calls between functions of which one takes ten arguments more on the stack."""

    def call(name: str, index: int, arguments: str) -> str:
        what, last = {
            "call": (f"${name}", ""),
            "call_indirect": (f"(type $t{name})", f"(i32.const {index})"),
            "call_ref": (f"$t{name}", f"(ref.func ${name})"),
        }[form]
        return f"(return_{form} {what} (i32.sub (local.get 0) (i32.const 1)) {arguments} {last})"

    to_many = call("many", 1, f"{_CONSTANTS} (local.get 1)")
    to_few = call("few", 0, "(i64.add (local.get 17) (i64.const 1))")
    both = Both(f"""(module (type $tfew (func (param i32 i64) (result i64)))
      (type $tmany (func (param i32 {_MANY}) (result i64)))
      (table 2 funcref) (elem (i32.const 0) func $few $many)
      (func $few (export "few") (type $tfew) (if (i32.eqz (local.get 0)) (then (return (local.get 1)))) {to_many})
      (func $many (type $tmany) (if (i32.eqz (local.get 0)) (then (return (local.get 17)))) {to_few}))""")
    assert both.ours.exports["few"](2_000_000, 5) == 1_000_005


def test_to_host_functions_and_other_instances() -> None:
    """The callee runs with its own instance, and its caller's caller goes on with its own."""
    many = " ".join(["i32"] * 13)
    zeros = "(local.get 0)" * 12
    engine = seaofnodes.Engine(tier="baseline")
    far = engine.instantiate(
        wat("""(module (global $g (mut i32) (i32.const 100)) (func (export "far") (param i32 i32) (result i32)
          (global.set $g (i32.add (global.get $g) (local.get 0))) (global.get $g)))""")
    )
    text = f"""(module (type $host (func (param {many}) (result i32))) (type $far (func (param i32 i32) (result i32)))
      (import "host" "f" (func $host (type $host))) (import "far" "far" (func $far (type $far)))
      (global $g (mut i32) (i32.const 7)) (elem declare func $host $far)
      (table 2 funcref) (elem (i32.const 0) func $far $host)
      (func (export "host") (param i32) (result i32) (return_call $host {zeros} (i32.const 1)))
      (func (export "host_ref") (param i32) (result i32)
        (return_call_ref $host {zeros} (i32.const 2) (ref.func $host)))
      (func (export "far") (param i32) (result i32) (return_call $far (local.get 0) (i32.const 0)))
      (func (export "far_indirect") (param {many}) (result i32)
        (return_call_indirect (type $far) (local.get 12) (i32.const 0) (i32.const 0)))
      (func $far_ref (param i32) (result i32) (return_call_ref $far (local.get 0) (i32.const 0) (ref.func $far)))
      (func (export "caller") (param i32) (result i32)
        (call $far_ref (local.get 0)) (i32.add (global.get $g))))"""
    seen: list[tuple[int, ...]] = []

    def host(*values: int) -> int:
        seen.append(values)
        return sum(values)

    imports = {"host": {"f": host}, "far": far}
    exports = engine.instantiate(decode_module(wat(text)), imports).exports
    assert (exports["host"](5), exports["host_ref"](6)) == (61, 74)
    assert seen == [(5,) * 12 + (1,), (6,) * 12 + (2,)]
    assert (exports["far"](7), exports["far_indirect"](*range(13)), exports["caller"](1)) == (107, 119, 127)
