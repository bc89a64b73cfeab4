"""Objects in optimized code: random modules, exits with references, null checks without instructions, collections."""

from __future__ import annotations

from typing import Any

import pytest

from seaofnodes import Engine, Trap
from seaofnodes.fuzz.oracle import run_case
from seaofnodes.fuzz.plan import Plan, make_case
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.interpreter.link import instantiate
from seaofnodes.wasm.liveness import Liveness
from seaofnodes.wasm.opcodes import STRUCT_GET
from tests.support import wat
from tests.wasm.evaluated import instantiate_evaluated

STRESS = "stress-deopt"
TYPES = """
  (type $pair (sub (struct (field $a (mut i32)) (field $b (mut i32)))))
  (type $triple (sub $pair (struct (field (mut i32)) (field (mut i32)) (field $c (mut i32)))))
  (type $node (struct (field $value (mut i32)) (field $next (mut (ref null $node)))))
  (type $nodes (array (mut (ref null $node)))) (type $bytes (array (mut i8)))
"""


@pytest.mark.parametrize("pipeline", ["default", STRESS, f"{STRESS},inline,simplify,gvn,load-elimination"])
@pytest.mark.parametrize("seed", range(4))
def test_random_modules(seed: int, pipeline: str) -> None:
    for number in range(6):
        plan = Plan(200 + seed, (pipeline,), vary=False, only=("optimized", "auto"), objects=True)
        assert run_case(make_case(plan, number)).difference is None, number


CODE = {
    "list": """(func (export "f") (param $n i32) (result i32) (local $l (ref null $node)) (local $s i32)
      (loop $m (local.set $l (struct.new $node (local.get $n) (local.get $l)))
        (br_if $m (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (block $d (loop $w (br_if $d (ref.is_null (local.get $l)))
        (local.set $s (i32.add (i32.mul (local.get $s) (i32.const 3)) (struct.get $node $value (local.get $l))))
        (local.set $l (struct.get $node $next (local.get $l))) (br $w))) (local.get $s))""",
    "array of lists": """(func (export "f") (param $n i32) (result i32) (local $a (ref null $nodes)) (local $i i32)
      (local.set $a (array.new_default $nodes (i32.const 7)))
      (loop $m (array.set $nodes (local.get $a) (i32.rem_u (local.get $i) (i32.const 7))
          (struct.new $node (local.get $i) (array.get $nodes (local.get $a) (i32.rem_u (local.get $i) (i32.const 7)))))
        (br_if $m (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
      (struct.get $node $value (struct.get $node $next (array.get $nodes (local.get $a) (i32.const 3)))))""",
    "casts in a loop": """(global $g (mut i32) (i32.const 0))
      (func (export "f") (param $n i32) (result i32) (local $s i32)
      (struct.new $triple (i32.const 1) (i32.const 2) (i32.const 3))
      (loop $l (param (ref $pair)) (result i32)
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (local.set $s (i32.add (local.get $s) (i32.const 5)))
        (if (param (ref $pair)) (result (ref $pair)) (i32.and (local.get $n) (i32.const 1)) (then)
          (else (drop) (struct.new $pair (local.get $n) (i32.const 4))))
        (if (i32.le_s (local.get $n) (i32.const 0)) (then (return (local.get $s))))
        (br_on_cast_fail $l (ref $pair) (ref $triple)) (br_on_cast $l (ref $pair) (ref $triple))
        (drop) (i32.const 77)))""",
    "small integers": """(func (export "f") (param $n i32) (result i32) (local $x anyref) (local $s i32)
      (local.set $x (ref.i31 (i32.const -3)))
      (loop $l (local.set $s (i32.add (local.get $s) (i31.get_s (ref.cast (ref i31) (local.get $x)))))
        (if (i32.and (local.get $n) (i32.const 1)) (then (local.set $x (ref.i31 (local.get $n)))))
        (drop (struct.new $node (local.get $n) (ref.null $node)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (local.get $s))""",
}


@pytest.mark.parametrize("options", [{}, {"stress_gc": True}, {"stress_deopt": True}, {"pipeline": STRESS}], ids=str)
@pytest.mark.parametrize("name", CODE)
def test_programs(name: str, options: dict[str, Any]) -> None:
    data = wat(f"(module {TYPES} {CODE[name]})")
    wanted = instantiate(decode_module(data)).exports["f"](60)
    assert instantiate_evaluated(decode_module(data)).exports["f"](60) == wanted
    assert Engine(tier="optimized", verify=True, strict=True, **options).instantiate(data).exports["f"](60) == wanted


def compiled_size(code: str, parameters: str) -> int:
    engine = Engine(tier="optimized")
    text = f'(module {TYPES} (func (export "f") (param {parameters}) (result i32) {code}))'
    return engine.compile_function(engine.load(wat(text)), 0).code_size


@pytest.mark.parametrize(
    ("code", "type"),
    [
        ("(struct.get $pair $b (local.get 0))", "$pair"),
        ("(array.len (local.get 0))", "$bytes"),
        ("(struct.set $pair $a (local.get 0) (i32.const 1)) (i32.const 2)", "$pair"),
    ],
)
def test_null_checks_without_instructions(code: str, type: str) -> None:
    """The frame that a trap needs costs less than an instruction each: push, mov, push, mov, pop."""
    assert compiled_size(code, f"(ref null {type})") <= compiled_size(code, f"(ref {type})") + 10


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("(struct.get $pair $b (local.get 0))", "null structure reference"),
        ("(struct.set $pair $b (local.get 0) (i32.const 3)) (i32.const 0)", "null structure reference"),
        ("(ref.as_non_null (local.get 0)) (drop) (struct.get $pair $a (local.get 0))", "null reference"),
        (
            "(call $f) (struct.get $pair $b (local.get 0)) (struct.get $pair $a (local.get 0)) (i32.add)",
            "null structure",
        ),
        ("(ref.test (ref $triple) (local.get 0)) (struct.get $pair $b (local.get 0)) (i32.add)", "null structure"),
        ("(block $l (struct.get $pair $a (local.get 0)) (drop)) (i32.const 1)", "null structure reference"),
    ],
)
def test_traps_of_null_checks(code: str, reason: str) -> None:
    text = f"""(module {TYPES} (func $f) (func $g (param (ref null $pair)) (result i32) {code})
      (func (export "f") (result i32) (call $g (ref.null $pair))))"""
    for pipeline in ("default", "none"):
        with pytest.raises(Trap, match=reason):
            Engine(tier="optimized", pipeline=pipeline).instantiate(wat(text)).exports["f"]()


def test_locals_are_live_where_a_cast_branches() -> None:
    body = decode_module(
        wat(f"""(module {TYPES} (func (param anyref (ref $pair) i32) (result i32)
      (block $l (result (ref $pair)) (drop (struct.get $pair 0 (local.get 1)))
        (br_on_cast $l anyref (ref $pair) (local.get 0)) (unreachable)) (drop) (local.get 2)))""")
    ).body(0)
    assert Liveness(body).at(body.opcodes.index(STRUCT_GET)) == 0b101
