"""Checks that facts decide: array bounds by loop conditions, null checks and type tests, and those that stay."""

from __future__ import annotations

import pytest

from seaofnodes.ir.graph import Graph
from seaofnodes.wasm.decoder import decode_module
from tests.passes.equivalence import check_equivalent
from tests.passes.texts import count, lifted
from tests.support import wat

TYPES = """(type $ints (array (mut i32))) (type $open (sub (struct (field (mut i32)))))
  (type $below (sub final $open (struct (field (mut i32)) (field i32))))
  (type $apart (sub $open (struct (field (mut i32)) (field (mut i64)))))"""
PIPELINE = "simplify,gvn,branch-elimination,simplify,gvn,dead-code"
HEAD = """(param $a (ref $ints)) (param $n i32) (param $m i32) (result i32)
  (local $i i32) (local $s i32) (local $len i32)"""
GET = "(local.set $s (i32.add (local.get $s) (array.get $ints (local.get $a) {})))"
LENGTH, INDEX, N, M = "(array.len (local.get $a))", "(local.get $i)", "(local.get $n)", "(local.get $m)"


def module(body: str) -> str:
    return f"(module {TYPES} (func {HEAD} {body} (local.get $s)))"


def checks(body: str) -> int:
    """Array bounds checks that are left."""
    graph = lifted(module(body), PIPELINE)
    return count(graph, "TrapUnless") + count(graph, "TrapIf")


def while_loop(test: str, inside: str, step: str = "(i32.const 1)") -> str:
    turn = f"{inside} (local.set $i (i32.add {INDEX} {step})) (br $l)"
    return f"(block $o (loop $l (br_if $o (i32.eqz {test})) {turn}))"


def do_loop(test: str, inside: str) -> str:
    return f"(loop $l {inside} (local.set $i (i32.add {INDEX} (i32.const 1))) (br_if $l {test}))"


GONE = [
    while_loop(f"(i32.lt_u {INDEX} {LENGTH})", GET.format(INDEX)),
    while_loop(f"(i32.lt_s {INDEX} {LENGTH})", GET.format(INDEX)),
    f"(local.set $len {LENGTH})" + while_loop(f"(i32.lt_s {INDEX} (local.get $len))", GET.format(INDEX)),
    "(local.set $i (i32.const 1))"
    + while_loop(f"(i32.lt_s {INDEX} {LENGTH})", GET.format(f"(i32.sub {INDEX} (i32.const 1))")),
    f"(if (i32.gt_u {LENGTH} (i32.const 0)) (then {do_loop(f'(i32.lt_u {INDEX} {LENGTH})', GET.format(INDEX))}))",
    f"(if (i32.lt_u {M} {LENGTH}) (then (if (i32.lt_u {N} {M}) (then {GET.format(N)}))))",
    f"(if (i32.le_u {N} {LENGTH}) (then {while_loop(f'(i32.lt_u {INDEX} {N})', GET.format(INDEX))}))",
    f"(if (i32.lt_u {N} {LENGTH}) (then {GET.format(N)} {GET.format(N)}))",
    f"(if (i32.gt_u {LENGTH} (i32.const 255)) (then {GET.format(f'(i32.and {N} (i32.const 127))')}))",
    f"(if (i32.eq {N} (i32.const 3)) (then (if (i32.gt_u {LENGTH} (i32.const 3)) (then {GET.format(N)}))))",
    f"""(if (i32.lt_u {N} {LENGTH}) (then {GET.format(f"(if (result i32) {M} (then {N}) (else (i32.sub {LENGTH}"
    " (i32.const 1))))")}))""",
]


@pytest.mark.parametrize("body", GONE)
def test_bounds_checks_that_conditions_decide(body: str) -> None:
    assert checks(body) == 0
    check_equivalent(decode_module(wat(harness(body))), 1, PIPELINE)


STAYS = [
    while_loop(f"(i32.le_s {INDEX} {LENGTH})", GET.format(INDEX)),
    while_loop(f"(i32.lt_s {INDEX} {LENGTH})", GET.format(f"(i32.sub {INDEX} (i32.const 1))")),
    while_loop(f"(i32.lt_s {INDEX} {LENGTH})", GET.format(f"(i32.add {INDEX} (i32.const 1))")),
    while_loop(f"(i32.lt_s {INDEX} {LENGTH})", GET.format(INDEX), M),
    while_loop(f"(i32.lt_u {INDEX} {N})", GET.format(INDEX)),
    f"(if (i32.lt_s {N} {LENGTH}) (then {GET.format(N)}))",
    do_loop(f"(i32.lt_u {INDEX} {LENGTH})", GET.format(INDEX)),
    f"(if (i32.lt_u {N} {LENGTH}) (then)) {GET.format(N)}",
]


@pytest.mark.parametrize("body", STAYS)
def test_bounds_checks_that_stay(body: str) -> None:
    assert checks(body) >= 1
    check_equivalent(decode_module(wat(harness(body))), 1, PIPELINE)


def harness(body: str) -> str:
    """The same with an array of five elements that the evaluator makes."""
    make = "(array.new_fixed $ints 5 (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5))"
    head = HEAD.replace("(param $a (ref $ints))", "").replace("(result i32)", "(result i32) (local $a (ref $ints))")
    opaque = f"(func $make (result (ref $ints)) {make})"
    return f"(module {TYPES} {opaque} (func {head} (local.set $a (call $make)) {body} (local.get $s)))"


# References.


def comparisons_left(head: str, body: str) -> int:
    graph: Graph = lifted(f"(module {TYPES} (func {head} {body}))", PIPELINE)
    return count(graph, "TypeCheck") + count(graph, "ReferenceEqual") + count(graph, "Phi")


OPEN = "(param $x (ref null $open)) (param $c i32) (result i32)"
X = "(local.get $x)"


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (f"(struct.get $open 0 {X}) (struct.get $open 0 {X}) (i32.add)", 1),
        (f"(ref.test (ref $below) (ref.cast (ref $below) {X}))", 1),
        (f"(ref.test (ref $apart) (ref.cast (ref $below) {X}))", 1),
        (f"(if (ref.test (ref $below) {X}) (then (return (i32.const 1)))) (ref.test (ref $below) {X})", 1),
        (f"(if (ref.test (ref $below) {X}) (then (return (i32.const 1)))) (ref.test (ref $apart) {X})", 2),
        ("(local.set $x (if (result (ref null $open)) (local.get $c) (then (struct.new_default $below))"
         f" (else (struct.new_default $below)))) (ref.test (ref $below) {X})", 0),
        ("(local.set $x (if (result (ref null $open)) (local.get $c) (then (struct.new_default $below))"
         f" (else (struct.new_default $open)))) (struct.get $open 0 {X})", 1),
        ("(local.set $x (if (result (ref null $open)) (local.get $c) (then (struct.new_default $below))"
         f" (else (struct.new_default $open)))) (ref.test (ref $below) {X})", 2),
        ("(local.set $x (struct.new_default $open)) (loop $l (result i32)"
         " (local.set $x (if (result (ref $open)) (local.get $c) (then (struct.new_default $below))"
         " (else (struct.new_default $open))))"
         f" (br_if $l (local.get $c)) (struct.get $open 0 {X}))", 1),
    ],
)  # fmt: skip
def test_references(body: str, left: int) -> None:
    assert comparisons_left(OPEN, body) == left


DECLARED = """(type $base (sub (struct (field (ref null $open)))))
  (type $sub (sub $base (struct (field (ref $open)))))
  (type $list (array (mut (ref $open)))) (type $maybe (array (mut (ref null $open))))
  (type $holder (struct (field $always (mut (ref $open))) (field $maybe (mut (ref null $open)))))"""


@pytest.mark.parametrize(
    ("head", "value", "checks"),
    [
        ("(param (ref $holder))", "(struct.get $holder $always (local.get 0))", 0),
        ("(param (ref $holder))", "(struct.get $holder $maybe (local.get 0))", 1),
        ("(param (ref $sub))", "(struct.get $sub 0 (local.get 0))", 0),
        ("(param (ref $sub))", "(struct.get $base 0 (local.get 0))", 1),
        ("(param (ref $list))", "(array.get $list (local.get 0) (i32.const 0))", 0),
        ("(param (ref $maybe))", "(array.get $maybe (local.get 0) (i32.const 0))", 1),
    ],
)
def test_what_is_declared_not_to_be_null(head: str, value: str, checks: int) -> None:
    """Where two of them meet, the lifter has forgotten it, as it has where a function is inlined."""
    either = f"(if (result (ref null $open)) (local.get 1) (then {value}) (else (struct.new_default $open)))"
    text = f"(module {TYPES} {DECLARED} (func {head} (param i32) (result i32) (struct.get $open 0 {either})))"
    assert count(lifted(text, PIPELINE), "ReferenceEqual") == checks


EQUAL = "(br_if $end (i32.eq (local.get $c) (i32.const -1)))"
CASES = """(block $other (block $two (block $one (br_table $one $two $other (local.get $n)))
  (br_if $end (i32.gt_u (local.get $c) (i32.const 9))) (br_if $end (i32.gt_u (local.get $c) (i32.const 5)))))"""


@pytest.mark.parametrize(("test", "left"), [(EQUAL, 1), (CASES, 3)])
def test_a_call_is_the_control_of_a_test_and_no_condition(test: str, left: int) -> None:
    """The value of a call right before a branch or switch of something else."""
    last = "(i32.lt_u (i32.or (local.get $c) (i32.const 2)) (i32.const 7))"
    graph = lifted(
        f"""(module (import "" "f" (func $f (result i32))) (func (param $n i32) (result i32) (local $c i32)
          (block $end (local.set $c (call $f)) {test} (br_if $end {last}) (return (i32.const 1))) (i32.const 2)))""",
        PIPELINE,
    )
    assert count(graph, "Uint32LessThan") == left
