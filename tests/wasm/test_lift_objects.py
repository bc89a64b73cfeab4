"""Objects in graphs: random modules, evaluated and interpreted; and what lifting makes of single instructions."""

from __future__ import annotations

from collections import Counter

import pytest

from seaofnodes.errors import Trap
from seaofnodes.fuzz.oracle import run_case
from seaofnodes.fuzz.plan import Plan, make_case
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.text import format_graph, parse_graph
from seaofnodes.ir.verify import verify
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.lift.function import lift
from tests.support import wat
from tests.wasm.evaluated import instantiate_evaluated

TYPES = """
  (type $pair (sub (struct (field $a (mut i32)) (field $b (mut f64)))))
  (type $triple (sub $pair (struct (field (mut i32)) (field (mut f64)) (field $c i64))))
  (type $small (struct (field $byte (mut i8)) (field $short i16)))
  (type $bytes (array (mut i8))) (type $longs (array (mut i64))) (type $floats (array f32))
  (type $anys (array (mut anyref))) (type $open (sub (func (result i32)))) (type $under (sub $open (func (result i32))))
"""
PIPELINES = ("none", "default", "fix(simplify,gvn,branch-elimination,load-elimination)")


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("seed", range(5))
def test_evaluator_and_interpreter_agree(seed: int, pipeline: str) -> None:
    made: Counter[str] = Counter()
    for number in range(8):
        plan = Plan(seed=100 + seed, objects=True, only=("evaluator",), vary=False, pipelines=(pipeline,))
        outcome = run_case(make_case(plan, number))
        assert outcome.difference is None, number
        made += outcome.reached.get("operators", Counter())
    assert made["AllocateStruct"] and made["TypeCheck"]


@pytest.mark.parametrize("number", range(10))
def test_graphs_with_objects_parse_back(number: int) -> None:
    module = decode_module(make_case(Plan(seed=7, objects=True), number).data)
    for index in range(module.imported_functions, len(module.functions)):
        text = format_graph(lift(module, index, frame_states=True, checkpoints=True))
        again = parse_graph(text)
        verify(again)
        assert format_graph(again) == text


def lifted(code: str, head: str = "(result i32)") -> Graph:
    module = decode_module(wat(f'(module {TYPES} (func (export "f") {head} {code}))'))
    return lift(module, 0)


def names(graph: Graph) -> Counter[str]:
    return Counter(node.op.name for node in graph.reachable())


def test_references_that_are_not_null_are_not_checked() -> None:
    get = "(struct.get $pair $a (local.get 0))"
    assert names(lifted(get, "(param (ref null $pair)) (result i32)"))["TrapIf"] == 1
    assert names(lifted(get, "(param (ref $pair)) (result i32)"))["TrapIf"] == 0
    assert names(lifted("(struct.get $pair $a (struct.new_default $pair))"))["TrapIf"] == 0


def test_inherited_fields_share_the_class_of_the_type_that_declares_them() -> None:
    head = "(param (ref $pair) (ref $triple))"
    graph = lifted(
        "(struct.set $pair 1 (local.get 0) (f64.const 1)) (struct.set $triple 1 (local.get 1) (f64.const 2))", head
    )
    written = {node.op.writes for node in graph.reachable() if node.op.is_object_store}
    assert written == {"field 0.1"}


def test_fields_that_never_change_float() -> None:
    graph = lifted("(drop (struct.get $triple 2 (local.get 0))) (i32.const 1)", "(param (ref $triple)) (result i32)")
    verify(graph)
    found = lifted("(i32.wrap_i64 (struct.get $triple 2 (local.get 0)))", "(param (ref $triple)) (result i32)")
    [load] = [node for node in found.reachable() if node.op.is_object_load]
    assert load.op.pure and load.op.name == "LoadConstantField"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("(i31.get_s (ref.i31 (i32.const 0x7fffffff)))", 0xFFFFFFFF),
        ("(i31.get_u (ref.i31 (i32.const -1)))", 0x7FFFFFFF),
        ("(i31.get_s (ref.i31 (i32.const 0x3fffffff)))", 0x3FFFFFFF),
        ("(ref.eq (ref.i31 (i32.const 5)) (ref.i31 (i32.const 0x80000005)))", 1),
        ("(ref.eq (ref.i31 (i32.const 5)) (ref.null i31))", 0),
        ("(ref.test (ref i31) (ref.i31 (i32.const 0)))", 1),
        ("(ref.test (ref $pair) (struct.new_default $triple))", 1),
        ("(ref.test (ref $triple) (struct.new_default $pair))", 0),
        ("(ref.test (ref null $triple) (ref.null any))", 1),
        ("(ref.test (ref array) (array.new_default $bytes (i32.const 3)))", 1),
        ("(struct.get_s $small 0 (struct.new $small (i32.const 0x180) (i32.const 0)))", 0xFFFFFF80),
        ("(struct.get_u $small 1 (struct.new $small (i32.const 0) (i32.const 0x1ffff)))", 0xFFFF),
        ("(array.get_s $bytes (array.new $bytes (i32.const 0xfe) (i32.const 100)) (i32.const 99))", 0xFFFFFFFE),
        ("(array.len (array.new_fixed $longs 2 (i64.const 1) (i64.const 2)))", 2),
        ("(i32.trunc_f32_s (array.get $floats (array.new $floats (f32.const 7) (i32.const 20)) (i32.const 3)))", 7),
        ("(block $l (result (ref $triple)) (br_on_cast $l (ref $pair) (ref $triple) (struct.new_default $triple))"
         " (drop) (return (i32.const 4))) (drop) (i32.const 9)", 9),
    ],
)  # fmt: skip
@pytest.mark.parametrize("pipeline", ["none", "default"])
def test_values(code: str, expected: int, pipeline: str) -> None:
    from seaofnodes.passes.base import PassContext
    from seaofnodes.passes.framework.pipeline import Pipeline

    module = decode_module(wat(f'(module {TYPES} (func (export "f") (result i32) {code}))'))
    instance = instantiate_evaluated(
        module, transform=lambda graph: Pipeline.parse(pipeline).run(graph, PassContext(), verify=True) and None
    )
    assert instance.exports["f"].call_bits() == [expected]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("(struct.get $pair 0 (ref.null $pair))", "null structure reference"),
        ("(array.len (ref.null $bytes))", "null array reference"),
        ("(array.get_u $bytes (array.new_default $bytes (i32.const 3)) (i32.const 3))", "out of bounds array access"),
        ("(i31.get_s (ref.null i31))", "null i31 reference"),
        ("(ref.cast (ref $triple) (struct.new_default $pair)) (drop) (i32.const 0)", "cast failure"),
        ("(array.len (array.new_default $longs (i32.const -1)))", "array too large"),
    ],
)
def test_traps(code: str, reason: str) -> None:
    module = decode_module(wat(f'(module {TYPES} (func (export "f") (result i32) {code}))'))
    with pytest.raises(Trap, match=reason):
        instantiate_evaluated(module).exports["f"].call_bits()
