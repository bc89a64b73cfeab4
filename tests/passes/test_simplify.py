"""Simplification, value numbering, dead code, branches: small graphs in, small graphs out."""

from __future__ import annotations

import pytest

from seaofnodes.errors import PassError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.types import WORD32, WORD64
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.rules.reducer import GraphReducer
from tests.passes.texts import apply, canonical, count, lifted, operators


def function(body: str, parameters: str = "i32 i32", result: str = "i32") -> str:
    return (
        f"(module (memory 1) (global $g (mut i32) (i32.const 0)) (func (param {parameters}) (result {result}) {body}))"
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("(i32.add (i32.const 40) (i32.const 2))", []),
        ("(i32.add (i32.add (i32.const 1) (local.get 0)) (i32.const -1))", []),
        ("(i32.sub (local.get 0) (i32.const 8))", ["Int32Add"]),
        ("(i32.eqz (i32.eqz (i32.lt_s (local.get 0) (local.get 1))))", ["Int32LessThan"]),
        ("(i32.eqz (i32.lt_s (local.get 0) (local.get 1)))", ["Int32LessThanOrEqual"]),
        ("(i32.mul (i32.mul (local.get 0) (i32.const 6)) (i32.const 7))", ["Int32Mul"]),
        ("(i32.or (i32.shl (local.get 0) (i32.const 7)) (i32.shr_u (local.get 0) (i32.const 25)))", ["Word32Ror"]),
        ("(i32.rotl (i32.rotl (local.get 0) (i32.const 20)) (i32.const 12))", []),
        ("(i32.shr_s (i32.shl (local.get 0) (i32.const 24)) (i32.const 24))", ["SignExtendWord8ToInt32"]),
        ("(i32.wrap_i64 (i64.extend_i32_s (local.get 0)))", []),
        ("(select (local.get 0) (local.get 1) (i32.const 3))", []),
        ("(i32.reinterpret_f32 (f32.reinterpret_i32 (local.get 0)))", []),
        ("(i32.trunc_sat_f64_s (f64.add (f64.const 1.5) (f64.const 2.75)))", []),
    ],
)
def test_simplify(body: str, expected: list[str]) -> None:
    graph = lifted(function(body), "simplify")
    assert operators(graph) == expected


def test_folding_remembers_where_things_came_from() -> None:
    graph = lifted(function("(i32.mul (local.get 0) (i32.const 8))"))
    [mul] = [node for node in graph.reachable() if node.op.name == "Int32Mul"]
    context = PassContext()
    Pipeline.parse("simplify").run(graph, context)
    [shl] = [node for node in graph.reachable() if node.op.name == "Word32Shl"]
    assert shl.origin == (mul.origin.bytecode_offset, -1, "simplify", "mul_power_of_two_32", mul.id)
    assert context.rules["mul_power_of_two_32"].fired == 1


def test_rules_that_go_round_in_circles_are_reported() -> None:
    graph = lifted(function("(i32.add (local.get 0) (local.get 1))"))

    def swap(node):  # type: ignore[no-untyped-def]
        return graph.node(node.op, node.inputs[1], node.inputs[0]) if node.op is m.INT32_ADD else None

    with pytest.raises(PassError, match="does not end"):
        GraphReducer(graph, [swap]).run()


def test_the_reducer_reaches_a_fixed_point_through_long_chains() -> None:
    body = "(local.get 0)"
    for _ in range(300):
        body = f"(i32.add (i32.const 1) {body})"
    graph = lifted(function(body), "simplify")
    assert operators(graph) == ["Int32Add"]
    assert graph.end.inputs[0].inputs[0].inputs[1] is graph.int32(300)


def test_gvn_merges_equal_nodes() -> None:
    body = "(i32.sub (i32.mul (local.get 0) (local.get 1)) (i32.mul (local.get 1) (local.get 0)))"
    graph = lifted(function(body))
    assert apply(graph, "gvn").statistics == {"merged": 1}
    assert operators(graph) == ["Int32Mul", "Int32Sub"]
    assert not apply(graph, "gvn").changed


def test_gvn_keeps_reads_of_different_states_apart() -> None:
    body = "(i32.add (global.get $g) (i32.add (global.get $g) (global.get $g)))"
    graph = lifted(function(body))
    apply(graph, "gvn")
    assert count(graph, "GlobalGet") == 1
    body = "(i32.add (global.get $g) (block (result i32) (global.set $g (i32.const 1)) (global.get $g)))"
    graph = lifted(function(body))
    apply(graph, "gvn")
    assert count(graph, "GlobalGet") == 2


def test_gvn_keeps_divisions_with_different_guards_apart() -> None:
    body = """(if (result i32) (local.get 1) (then (i32.div_u (local.get 0) (local.get 1)))
    (else (i32.div_u (local.get 0) (local.get 1))))"""
    graph = lifted(function(body), "gvn")
    assert count(graph, "Uint32Div") == 2


def test_dead_code_removes_cycles_of_phis() -> None:
    graph = lifted(
        """(module (func (param i32) (result i32) (local $unused i32) (loop $l
        (local.set $unused (i32.add (local.get $unused) (i32.const 1)))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (i32.or (local.get 0) (i32.and (local.get $unused) (i32.const 0)))))"""
    )
    [loop] = [node for node in graph.reachable() if node.op.name == "Loop"]
    Pipeline.parse("simplify").run(graph)
    assert sum(user.op.name == "Phi" for user in loop.uses) == 2
    assert apply(graph, "dead-code").changed
    assert sum(user.op.name == "Phi" for user in loop.uses) == 1
    assert not apply(graph, "dead-code").changed


def test_effects_that_meet_unchanged_are_one() -> None:
    body = "(if (local.get 0) (then (drop (i32.load (local.get 1))))) (i32.load (local.get 1))"
    graph = lifted(function(f"(drop (i32.load (local.get 1))) {body}"), "load-elimination")
    assert count(graph, "EffectPhi") == 1
    assert apply(graph, "simplify").changed
    assert count(graph, "EffectPhi") == 0


def test_dead_code_keeps_what_may_trap() -> None:
    graph = lifted("(module (memory 1) (func (param i32) (drop (i32.load (local.get 0)))))", "dead-code")
    assert count(graph, "Load") == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("(if (result i32) (i32.const 1) (then (local.get 0)) (else (i32.load (local.get 1))))", []),
        ("(if (result i32) (i32.const 0) (then (i32.load (local.get 1))) (else (local.get 0)))", []),
        ("(if (local.get 0) (then (nop)) (else (nop))) (local.get 1)", []),
        ("(block $a (block $b (br_table $a $b (i32.const 1))) (return (local.get 0))) (local.get 1)", []),
        ("(drop (i32.div_u (local.get 0) (i32.const 3))) (local.get 1)", []),
        (
            """(if (result i32) (local.get 0) (then (if (result i32) (local.get 0) (then (local.get 1))
            (else (i32.const 5)))) (else (i32.const 6)))""",
            ["Branch", "IfFalse", "IfTrue", "Merge[2]", "Phi[Word32, 2]"],
        ),
        ("(loop $l (br_if $l (i32.const 0))) (local.get 0)", []),
    ],
)
def test_branches_that_are_decided(body: str, expected: list[str]) -> None:
    graph = lifted(function(body), "branch-elimination,simplify,branch-elimination,dead-code")
    assert [text for text in operators(graph) if text != "MemoryStart[0]"] == expected


def test_a_division_checked_before_is_not_checked_again() -> None:
    body = "(i32.add (i32.div_u (local.get 0) (local.get 1)) (i32.rem_u (local.get 0) (local.get 1)))"
    graph = lifted(function(body), "gvn,branch-elimination")
    assert count(graph, "TrapIf") + count(graph, "TrapUnless") == 1


def test_code_after_a_certain_trap_goes() -> None:
    body = "(drop (i32.div_u (local.get 0) (i32.const 0))) (i32.load (local.get 1))"
    graph = lifted(function(body), "simplify,branch-elimination,dead-code")
    assert count(graph, "Load") == 0 and count(graph, "Unreachable") == 1


def test_a_condition_of_zero_test_is_turned() -> None:
    graph = lifted(
        function("(if (i32.eqz (local.get 0)) (then (i32.store (local.get 1) (i32.const 1)))) (i32.const 0)")
    )
    assert apply(graph, "branch-elimination").statistics["normalized"] == 1
    assert count(graph, "Word32Equal") == 0
    [branch] = [node for node in graph.reachable() if node.op.name == "Branch"]
    [store] = [node for node in graph.reachable() if node.op.name == "Store"]
    assert store.control.op.name == "IfFalse" and store.control.control is branch


def test_an_empty_function_survives_everything() -> None:
    graph = lifted("(module (func))", "default")
    assert canonical(graph).splitlines()[-1].strip() == "n3 = End[1](n2)"


def test_graphs_made_by_hand() -> None:
    """No wasm, no origins."""
    from seaofnodes.ir.builder import GraphBuilder

    graph = Graph("abs", [WORD64, WORD32], [WORD32])
    builder = GraphBuilder(graph)
    x, zero = builder.parameter(0), graph.int32(0)
    [result] = builder.if_else(
        builder.op(m.INT32_LESS_THAN, x, zero), lambda: [builder.op(m.INT32_SUB, zero, x)], lambda: [x]
    )
    builder.return_(result)
    Pipeline.parse("default").run(graph, verify=True)
    assert count(graph, "Branch") == 1
