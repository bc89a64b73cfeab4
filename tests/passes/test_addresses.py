"""Addresses: ranges of indices, constants folded into offsets, and sums regrouped for loops."""

from __future__ import annotations

import random

import pytest

from seaofnodes.ir.graph import Graph
from seaofnodes.passes.analyses.manager import AnalysisManager
from seaofnodes.passes.facts.facts import Facts
from seaofnodes.passes.framework.pipeline import PRESETS
from seaofnodes.wasm.decoder import decode_module
from tests.passes.equivalence import check_equivalent
from tests.passes.texts import apply, count, lifted, operators
from tests.support import wat

LOCALS = "(param $p i32) (param $q i32) (result i32) (local $i i32) (local $s i32) (local $k i32)"


def function(body: str) -> str:
    return f'(module (memory 1) (func (export "run") {LOCALS} {body}))'


def load(index: str, offset: int = 0) -> str:
    return f"(local.set $s (i32.add (local.get $s) (i32.load8_u offset={offset} {index})))"


def plus(index: str, constant: int) -> str:
    return f"(i32.add {index} (i32.const {constant}))"


K, P, Q = "(local.get $i)", "(local.get $p)", "(local.get $q)"


def offsets(graph: Graph) -> list[int]:
    return sorted(node.op.parameters.offset for node in graph.reachable() if node.op.name in ("Load", "Store"))


def folded(body: str) -> list[int]:
    graph = lifted(function(body + "(local.get $s)"), "simplify,gvn")
    apply(graph, "address-folding")
    return offsets(graph)


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (plus(P, 8), 4),  # may wrap
        (plus("(i32.and (local.get $p) (i32.const 1023))", 8), 12),
        (plus("(i32.and (local.get $p) (i32.const 1023))", -8), 4),  # does wrap, unless it gets negative
        (plus("(i32.shr_u (local.get $p) (i32.const 1))", 0x40000000), 0x40000004),
        (plus("(i32.shr_u (local.get $p) (i32.const 1))", 0x7FFFFFFE), 4),  # no displacement is that large
        (plus("(i32.load8_u (local.get $p))", 16), 20),
        (plus("(i32.shl (i32.and (local.get $p) (i32.const 15)) (i32.const 3))", 16), 20),
        (plus("(i32.rem_u (local.get $p) (i32.const 100))", 16), 20),
        (plus("(select (i32.const 1) (i32.const 50) (local.get $p))", 16), 20),
        (plus("(i32.lt_s (local.get $p) (local.get $q))", 16), 20),
        (plus("(i32.mul (i32.load8_u (local.get $p)) (i32.load16_u (local.get $p)))", 16), 20),
    ],
)
def test_constants_fold_where_nothing_wraps(index: str, expected: int) -> None:
    assert max(folded(load(index, 4))) == expected


@pytest.mark.parametrize(
    ("first", "step", "test", "folds"),
    [
        ("(i32.const 0)", 1, f"(i32.lt_u {plus(K, 1)} (i32.const 64))", True),
        ("(i32.const 0)", 1, f"(i32.lt_s {plus(K, 1)} {Q})", True),  # not negative, and stopped before it overflows
        ("(i32.const 0)", 1, f"(i32.le_s {plus(K, 1)} {Q})", False),  # endless if the limit is the highest number
        ("(i32.const 0)", 2, f"(i32.lt_s {plus(K, 2)} {Q})", False),
        ("(i32.const 0)", 2, f"(i32.lt_s {plus(K, 2)} (i32.const 1000))", True),
        ("(i32.const -5)", 1, f"(i32.lt_s {plus(K, 1)} {Q})", False),
        (P, 1, f"(i32.lt_s {plus(K, 1)} {Q})", False),
        ("(i32.load16_u (i32.const 0))", 1, f"(i32.lt_s {plus(K, 1)} {Q})", True),
        ("(i32.const 0)", 1, f"(i32.lt_u {plus(K, 1)} {Q})", False),  # up to the highest
        ("(i32.const 0)", 4, f"(i32.gt_u (i32.const 4000) {plus(K, 4)})", True),
        ("(i32.const 0)", 1, f"(i32.eqz (i32.ge_s {plus(K, 1)} {Q}))", True),
        ("(i32.const 0)", 1, f"(i32.ne {plus(K, 1)} {Q})", False),
    ],
)
def test_constants_fold_into_what_loop_counters_index(first: str, step: int, test: str, folds: bool) -> None:
    at_end = f"(local.set $i {first}) (loop $l {load(plus(K, 24))} (local.set $i {plus(K, step)}) (br_if $l {{}}))"
    body = at_end.format(test.replace(plus(K, step), K))
    assert (24 in folded(body)) == folds
    at_start = f"""(local.set $i {first}) (block $out (loop $l (br_if $out (i32.eqz {test.replace(plus(K, step), K)}))
        {load(plus(K, 24))} (local.set $i {plus(K, step)}) (br $l)))"""
    assert (24 in folded(at_start)) == folds


def test_a_counter_with_two_ways_back() -> None:
    body = f"""(loop $l {load(plus(K, 24))} (local.set $i {plus(K, 1)}) (br_if $l (i32.lt_{{0}} {K} {Q}))
        (br_if $l (i32.lt_{{0}} {K} (i32.const 70))))"""
    assert 24 in folded(body.format("s"))  # by induction over both: it never gets negative
    assert 24 not in folded(body.format("u"))
    assert 24 in folded(body.replace(Q, "(i32.const 50)").format("u"))


def test_ranges_of_phis_are_those_of_what_meets() -> None:
    text = "(if (result i32) (local.get $p) (then (i32.const 20)) (else (i32.load8_u (local.get $q))))"
    graph = lifted(function(text))
    [phi] = [node for node in graph.reachable() if node.op.name == "Phi"]
    assert AnalysisManager().get(Facts, graph).word(phi).umax == 255


def test_counters_behave_as_before() -> None:
    """Random loops around a load that is only done where its index is small, so that wrapping indices are seen."""
    picker = random.Random(5)
    fired = 0
    for seed in range(60):
        step = picker.choice([1, 1, 2, 4, 0x40000000, 0x7FFFFFFF])
        first = picker.choice([0, 5, -3, 0x7FFFFFF0, -16])
        limit = picker.choice(["(i32.const 64)", "(i32.const -1)", "(i32.const 0x7fffffff)", Q])
        test = picker.choice("lt_u lt_s le_u le_s gt_u gt_s ne ge_s".split())
        constant = picker.choice([8, 0x7FFFFFFF, 0x10, 0x100, 1, 0x40000000])
        access = f"(if (i32.lt_u {plus(K, constant)} (i32.const 60000)) (then {load(plus(K, constant))}))"
        guard = f"(br_if $out (i32.gt_u (local.tee $k {plus('(local.get $k)', 1)}) (i32.const 100)))"
        around = f"(br_if $l (i32.{test} {K} {limit}))"
        turn = f"{guard} {access} (local.set $i {plus(K, step)}) {around}"
        body = f"(local.set $i (i32.const {first})) (block $out (loop $l {turn}))"
        text = function(body + "(local.get $s)")
        fired += apply(lifted(text, "simplify,gvn"), "address-folding").statistics["folded"]
        check_equivalent(decode_module(wat(text)), 0, "simplify,gvn,address-folding,gvn", rounds=3, seed=seed)
    assert fired > 3


# Sums regrouped.

MATRIX = f"""(loop $l {{}} (local.set $i {plus(K, 1)}) (br_if $l (i32.lt_u {K} (i32.const 9)))) (local.get $s)"""


def regrouped(index: str, changed: bool = True) -> list[str]:
    graph = lifted(function(MATRIX.format(load(index))), "simplify,gvn")
    assert apply(graph, "reassociate").changed == changed
    [access] = [node for node in graph.reachable() if node.op.name == "Load"]
    found = []
    work = [access.inputs[1]]
    while work:
        node = work.pop()
        found.append(node.op.name)
        if node.op.name != "Phi":
            work += node.inputs
    return sorted(name for name in found if name not in ("Parameter", "Int32Constant", "Start"))


def test_what_does_not_change_is_added_first() -> None:
    graph = lifted(
        function(MATRIX.format(load(f"(i32.add {P} (i32.shl (i32.add {Q} {K}) (i32.const 3)))"))), "simplify,gvn"
    )
    assert apply(graph, "reassociate").statistics == {"regrouped": 1}
    [access] = [node for node in graph.reachable() if node.op.name == "Load"]
    outside, moving = access.inputs[1].inputs
    assert outside.op.name == "Int32Add" and [node.op.name for node in outside.inputs] == ["Parameter", "Word32Shl"]
    assert moving.op.name == "Word32Shl" and moving.inputs[0].op.name == "Phi"


@pytest.mark.parametrize(
    ("index", "changed"),
    [
        (f"(i32.add {P} {K})", False),
        (f"(i32.add (i32.add {P} {Q}) {K})", False),
        (f"(i32.add {P} (i32.add {Q} {K}))", True),
        (f"(i32.add (i32.add {P} {K}) {Q})", True),
        (f"(i32.add (i32.sub {K} {P}) (i32.const 8))", False),
        (f"(i32.add (i32.add (i32.sub {K} {P}) (i32.const 8)) {Q})", True),
        (plus(K, 8), False),
        (f"(i32.add {P} (i32.mul {K} {K}))", False),
        (f"(i32.add (i32.mul (i32.add {K} {P}) (i32.const 12)) {Q})", True),
    ],
)
def test_only_where_it_saves_something(index: str, changed: bool) -> None:
    regrouped(index, changed)


def test_outside_of_loops_nothing_changes() -> None:
    graph = lifted(function(load(f"(i32.add {P} (i32.add {Q} {K}))") + "(local.get $s)"), "gvn")
    assert not apply(graph, "reassociate").changed


def test_sums_that_others_use_stay() -> None:
    index = f"(local.tee $k (i32.add {P} (i32.add {Q} {K})))"
    graph = lifted(function(MATRIX.format(load(index) + "(local.set $s (i32.xor (local.get $s) (local.get $k)))")))
    apply(graph, "simplify")
    assert not apply(graph, "reassociate").changed


def test_matrices_behave_as_before() -> None:
    picker = random.Random(9)

    def sum(depth: int) -> str:
        if depth == 0 or picker.random() < 0.2:
            return picker.choice([K, K, P, Q, "(i32.const 3)", "(i32.const -4)"])
        name = picker.choice(["add", "add", "add", "sub", "mul", "shl"])
        right = f"(i32.const {picker.randrange(1, 9)})" if name in ("mul", "shl") else sum(depth - 1)
        return f"(i32.{name} {sum(depth - 1)} {right})"

    changed = 0
    for seed in range(60):
        text = function(MATRIX.format(load(f"(i32.and (i32.const 1023) {sum(4)})") + load(sum(4))))
        changed += apply(lifted(text, "simplify,gvn"), "reassociate").statistics["regrouped"]
        check_equivalent(decode_module(wat(text)), 0, "simplify,gvn,reassociate,simplify,gvn", rounds=3, seed=seed)
    assert changed > 10


def test_operators_in_the_loop() -> None:
    text = function(MATRIX.format(load(f"(i32.add {P} (i32.shl (i32.add {Q} {K}) (i32.const 2)))")))
    graph = lifted(text, PRESETS["default"].replace("loop-unrolling,", ""))
    assert count(graph, "Word32Shl") == 2 and "Int32Mul" not in operators(graph)
