"""The shape of lifted graphs."""

from __future__ import annotations

from collections import Counter

import pytest

from seaofnodes.errors import UnsupportedError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.traps import TRAP_REASONS
from seaofnodes.ir.verify import verify
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.module import Module
from tests.support import wat


def module(text: str) -> Module:
    return decode_module(wat(f"(module {text})"), SUPPORTED)


def lifted(text: str, index: int = 0, *, states: bool = False) -> Graph:
    graph = lift(module(text), index, frame_states=states, checkpoints=states)
    verify(graph)
    return graph


def names(graph: Graph) -> Counter[str]:
    return Counter(node.op.name for node in graph.reachable())


def the(graph: Graph, name: str) -> Node:
    [found] = [node for node in graph.reachable() if node.op.name == name]
    return found


def test_straight_line() -> None:
    graph = lifted("(func (param i32 i32) (result i32) (i32.gt_s (local.get 0) (local.get 1)))")
    less = the(graph, "Int32LessThan")
    assert [value.op.parameters[0] for value in less.inputs] == [2, 1]  # swapped; parameter 0 is the instance
    result = the(graph, "Return")
    assert result.values == [less]
    assert result.effect.op.name == "StackCheck" and result.control is result.effect


def test_origins_are_module_offsets() -> None:
    source = module("(func (param i32) (result i32) nop (i32.mul (local.get 0) (i32.const 3)))")
    graph = lift(source, 0)
    offsets = source.body(0).offsets
    assert the(graph, "Int32Mul").origin.bytecode_offset == offsets[3]
    assert the(graph, "Int32Constant").origin.bytecode_offset == offsets[2]


def test_loop_phis_only_for_what_changes() -> None:
    graph = lifted("""(func (param $n i32) (param $same i32) (result i32) (local $sum i32) (local $again i32)
        (loop $l
          (local.set $again (local.get $again))
          (local.set $sum (i32.add (local.get $sum) (local.get $same)))
          (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (i32.add (local.get $sum) (local.get $again)))""")
    found = names(graph)
    assert found["Loop"] == 1 and found["Phi"] == 2 and found["EffectPhi"] == 1
    assert "End" in found and not found["Terminate"]


def test_a_loop_that_never_repeats_is_no_loop() -> None:
    for inside in ("", "(return (i32.const 1)) (br 0)"):
        body = f"(block (loop (br_if 1 (local.get 0)) {inside} (local.set 0 (i32.const 3))))"
        found = names(lifted(f"(func (param i32) (result i32) {body} (local.get 0))"))
        assert not found["Loop"] and found["StackCheck"] == 1 and not found["EffectPhi"]


def test_merges_have_phis_where_values_differ() -> None:
    graph = lifted("""(func (param i32 i32) (result i32)
        (if (local.get 0)
          (then (local.set 0 (i32.const 7)))
          (else (local.set 0 (i32.const 8)) (local.set 1 (local.get 1))))
        (i32.add (local.get 0) (local.get 1)))""")
    phi = the(graph, "Phi")
    assert [value.op.parameters for value in phi.values] == [7, 8]
    assert phi.control is the(graph, "Merge")
    assert not names(graph)["EffectPhi"]


def test_endless_loops_reach_the_end() -> None:
    found = names(lifted("(func (loop (br 0)))"))
    assert found["Terminate"] == 1 and found["Loop"] == 1 and not found["Return"]
    nested = lifted("(func (param i32) (loop (if (local.get 0) (then (loop (br 0)))) (br 0)))")
    assert names(nested)["Terminate"] == 2
    both_ways = lifted("(func (param i32) (loop (loop (br_if 0 (local.get 0)) (br 1))))")
    assert names(both_ways)["Terminate"] == 1 and names(both_ways)["Loop"] == 2


def test_unreachable_code_is_skipped_but_its_calls_count() -> None:
    graph = lifted("""(func $f (param i32) (result i32)
        (block (return (i32.const 1)) (drop (call $f (i32.const 5)))
          (if (i32.const 1) (then (br 1)) (else unreachable)))
        (call $f (i32.const 6)))""")
    assert not names(graph)["Call"]
    graph = lifted("""(func $f (param i32) (result i32)
        (block (br 0) (drop (call $f (i32.const 5)))) (call $f (i32.const 6)))""")
    assert the(graph, "Call").op.parameters.site == 1


def test_switches_group_cases_and_leave_out_the_default() -> None:
    graph = lifted("""(func (param i32) (result i32)
        (block (block (block (br_table 0 2 1 1 2 0 2 (local.get 0))) (return (i32.const 10))) (return (i32.const 11)))
        (i32.const 12))""")
    assert the(graph, "Switch").op.parameters == 5
    cases = sorted(node.op.parameters for node in graph.reachable() if node.op.name == "IfValue")
    assert cases == [0, 2, 3, 5]
    assert names(graph)["Merge"] == 2 and names(graph)["Return"] == 3
    assert not names(lifted("(func (param i32) (block (br_table 0 0 0 (local.get 0))))"))["Switch"]


def test_multiple_values() -> None:
    graph = lifted(
        """(func $pair (param i32) (result i32 i64) (local.get 0) (i64.const 4))
        (func (param i32) (result i32 i64)
          (call $pair (i32.const 3))
          (if (param i32 i64) (result i32 i64) (local.get 0)
            (then (drop) (call $pair))))""",
        1,
    )
    assert sorted(node.op.parameters[0] for node in graph.reachable() if node.op.name == "Projection") == [0, 0, 1, 1]
    assert names(graph)["Phi"] == 2


def test_division_and_its_checks() -> None:
    graph = lifted("(func (param i64 i64) (result i64) (i64.div_s (local.get 0) (local.get 1)))")
    division = the(graph, "Int64Div")
    overflow = division.control
    zero = overflow.control
    assert [TRAP_REASONS[node.op.parameters] for node in (zero, overflow)] == [
        "integer divide by zero",
        "integer overflow",
    ]
    assert names(lifted("(func (result i32) (i32.rem_s (i32.const 1) (i32.const 0)))"))["TrapIf"] == 1


@pytest.mark.parametrize(("instruction", "low", "high"), [
    ("i32.trunc_f64_s", "Float64LessThan", 0x41E0000000000000),
    ("i64.trunc_f64_s", "Float64LessThanOrEqual", 0x43E0000000000000),
    ("i32.trunc_f32_u", "Float32LessThan", 0x4F800000),
])  # fmt: skip
def test_bounds_of_truncations(instruction: str, low: str, high: int) -> None:
    target, source = instruction[:3], instruction[10:13]
    graph = lifted(f"(func (param {source}) (result {target}) ({instruction} (local.get 0)))")
    found = names(graph)
    assert found["TrapUnless"] == 2 and found[low] >= 1
    constants = {
        node.op.parameters for node in graph.reachable() if node.op.name in ("Float32Constant", "Float64Constant")
    }
    assert high in constants


def test_memory_accesses() -> None:
    graph = lifted("""(memory 1) (func (param i32) (result i64)
        (i64.store16 offset=6 (local.get 0) (i64.const 3)) (i64.load32_s offset=4294967295 (local.get 0)))""")
    store, load = the(graph, "Store").op.parameters, the(graph, "Load").op.parameters
    assert (store.rep, store.width, store.offset) == ("Word16", 16, 6)
    assert (load.rep, str(load.type), load.offset) == ("Int32", "Word64", 4294967295)
    assert the(graph, "Load").effect is the(graph, "Store")
    assert names(graph)["MemoryStart"] == 1


def test_globals() -> None:
    text = """(import "m" "a" (global i32)) (import "m" "b" (global (mut i32))) (import "m" "c" (global (mut i32)))
        (global i32 (i32.add (i32.const 20) (i32.const 3))) (global i32 (global.get 0)) (global (mut i32) (i32.const 1))
        (func (result i32) (global.set 1 (global.get 5)) (i32.add (i32.add (global.get 3) (global.get 4))
          (i32.add (global.get 0) (global.get 2))))"""
    graph = lifted(text)
    assert the(graph, "Int32Constant").op.parameters == 23
    assert {n.op.parameters[0] for n in graph.reachable() if n.op.name == "ImmutableGlobal"} == {0, 4}
    own, imported = sorted(
        (n for n in graph.reachable() if n.op.name == "GlobalGet"), key=lambda n: -n.op.parameters[0]
    )
    assert own.op.reads == "global5"
    assert imported.op.reads == the(graph, "GlobalSet").op.writes


def test_calls() -> None:
    text = """(import "m" "f" (func $host (param i32))) (type $t (func (param i32) (result i32))) (table {} funcref)
        (func (param i32) (result i32) (call $host (local.get 0))
          (call_indirect (type $t) (local.get 0) (i32.const {})))"""
    graph = lifted(text.format("4 8", 5), 1)
    host, indirect = sorted(
        (n for n in graph.reachable() if n.op.name == "CallRef"), key=lambda n: n.op.parameters.site
    )
    assert host.inputs[0].op.name == "ImportRecord"
    assert indirect.inputs[0].op.name == "TableGet" and indirect.control.op.name == "CheckSignature"
    assert indirect.inputs[0].control.op.name == "TrapUnless"
    assert names(graph)["TableSize"] == 1
    assert not names(lifted(text.format("4 4", 5), 1))["TableSize"]
    known = names(lifted(text.format("4 8", 3), 1))
    assert not known["TableSize"] and not known["TrapUnless"]


def test_builtins() -> None:
    graph = lifted("(memory 1) (func (result i32) (memory.grow (i32.const 3)))")
    grow = the(graph, "Call")
    assert grow.op.parameters.builtin == "memory_grow"
    assert [value.op.parameters for value in grow.values[1:]] == [0, 3]  # memory, pages
    graph = lifted("(memory 1) (func (memory.fill (i32.const 1) (i32.const 2) (i32.const 3)))")
    assert [value.op.parameters for value in the(graph, "Call").values[1:]] == [0, 1, 2, 3]


def test_frame_states() -> None:
    graph = lifted(
        """(memory 1) (func $f (param i32 i64) (result i32) (local f64)
        (i32.const 9) (i32.add (call $f (i32.load (local.get 0)) (local.get 1))))""",
        states=True,
    )
    before_load, before_call = (n.frame_state for n in graph.reachable() if n.op.name == "Checkpoint")
    assert str(before_load.op.parameters).endswith("before, 3, 2") and len(before_load.values) == 5
    assert before_call.op.parameters.stack == 3
    after = the(graph, "Call").frame_state
    assert (after.op.parameters.mode, after.op.parameters.stack) == ("after", 1)  # without the result
    assert after.values[2].op.name == "OptimizedOut"  # nobody reads it any more
    plain = names(lifted("(func $f (call $f))"))
    assert not plain["FrameState"] and not plain["Checkpoint"]


def test_branches_times_locals_are_bounded() -> None:
    text = f"(func (param i32) (local {'i32 ' * 40_000}) {{}})"
    few = "(if (local.get 0) (then (local.set 0 (i32.const 4))))"
    assert names(lifted(text.format(few)))["Phi"] == 0
    many = text.format(few * 400)
    loops = text.format("(loop " * 300 + "(local.set 0 (i32.const 1)) (local.set 3 (i32.const 1))" * 500 + ")" * 300)
    assert names(lifted(loops))["Return"] == 1
    with pytest.raises(UnsupportedError, match="too many branches for its 40,001 locals"):
        lifted(many)


def test_deep_nesting_and_long_bodies() -> None:
    deep = 3000
    graph = lifted(f"(func (param i32) {'(block ' * 300} (br_if 299 (local.get 0)) {')' * 300})")
    assert names(graph)["Return"] == 1
    body = "(local.set 0 (i32.add (local.get 0) (local.get 1)))" * deep
    assert names(lifted(f"(func (param i32 i32) (result i32) {body} (local.get 0))"))["Int32Add"] == deep
