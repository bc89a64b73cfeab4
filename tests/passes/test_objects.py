"""Passes on objects: loads that are known, tests that are decided."""

from __future__ import annotations

import pytest

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.verify import verify
from seaofnodes.wasm import decode_module
from tests.passes.equivalence import check_equivalent
from tests.passes.texts import count, lifted
from tests.support import wat

TYPES = """
  (type $pair (sub (struct (field $a (mut i32)) (field $b (mut i32)))))
  (type $triple (sub $pair (struct (field (mut i32)) (field (mut i32)) (field $c i32))))
  (type $other (sub $pair (struct (field (mut i32)) (field (mut i32)))))
  (type $node (struct (field $value (mut i32)) (field $next (mut (ref null $node)))))
  (type $small (struct (field $byte (mut i8))))
  (type $ints (array (mut i32)))
  (import "" "f" (func $f))
"""
PIPELINE = "fix(simplify,gvn,branch-elimination,escape-analysis,load-elimination),dead-code"
P, Q, A = "(local.get 0)", "(local.get 1)", "(local.get 2)"


def optimized(code: str, head: str = "(param (ref $pair) (ref $triple) (ref $ints)) (result i32)") -> Graph:
    graph = lifted(f"(module {TYPES} (func {head} {code}))", PIPELINE)
    verify(graph)
    return graph


@pytest.mark.parametrize(
    ("code", "loads"),
    [
        (f"(struct.set $pair $a {P} (i32.const 3)) (struct.get $pair $a {P})", 0),
        (f"(struct.set $pair $a {P} (i32.const 3)) (struct.set $pair $b {P} (i32.const 4))"
         f" (struct.get $pair $a {P})", 0),
        (f"(struct.set $pair $a {P} (i32.const 3)) (struct.set $pair $a {Q} (i32.const 4))"
         f" (struct.get $pair $a {P})", 1),
        (f"(struct.set $pair $a {P} (i32.const 3)) (call $f) (struct.get $pair $a {P})", 1),
        (f"(struct.set $triple 0 {Q} (i32.const 3)) (struct.get $pair $a {Q})", 0),
        (f"(i32.add (struct.get $pair $a {P}) (struct.get $pair $a {P}))", 1),
        (f"(i32.add (struct.get $triple $c {Q}) (block (result i32) (call $f) (struct.get $triple $c {Q})))", 1),
        ("(struct.get $triple $c (struct.new $triple (i32.const 1) (i32.const 2) (i32.const 3)))", 0),
        ("(struct.get $pair $b (struct.new $pair (i32.const 1) (i32.const 2)))", 0),
        ("(struct.get_s $small 0 (struct.new $small (i32.const 200)))", 0),
        (f"(array.set $ints {A} (i32.const 1) (i32.const 5)) (array.get $ints {A} (i32.const 1))", 0),
        (f"(array.set $ints {A} (i32.const 1) (i32.const 5)) (array.set $ints {A} (i32.const 2) (i32.const 6))"
         f" (array.get $ints {A} (i32.const 1))", 0),
        (f"(array.set $ints {A} (i32.const 1) (i32.const 5))"
         f" (array.set $ints {A} (struct.get $pair $b {P}) (i32.const 6)) (array.get $ints {A} (i32.const 1))", 2),
        ("(array.get $ints (array.new_fixed $ints 2 (i32.const 1) (i32.const 2)) (i32.const 1))", 0),
    ],
)  # fmt: skip
def test_loads_left(code: str, loads: int) -> None:
    graph = optimized(code)
    assert sum(node.op.is_object_load for node in graph.reachable()) == loads


CAST = "(param anyref (ref $pair) (ref $ints)) (result i32)"


@pytest.mark.parametrize(
    ("code", "head", "tests"),
    [  # how many type checks and null checks are left
        (f"(ref.cast (ref $pair) {P}) (drop) (ref.test (ref $pair) {P})", CAST, 1),
        (f"(ref.cast (ref $triple) {P}) (drop) (ref.test (ref $pair) {P})", CAST, 1),
        (f"(ref.cast (ref $pair) {P}) (drop) (ref.test (ref $triple) {P})", CAST, 2),
        (f"(ref.cast (ref $other) {P}) (drop) (ref.cast (ref $triple) {P}) (drop) (i32.const 1)", CAST, 1),
        (f"(ref.cast (ref $ints) {P}) (drop) (ref.cast (ref i31) {P}) (drop) (i32.const 1)", CAST, 1),
        (f"(ref.cast (ref null $pair) {P}) (drop) (ref.cast (ref $pair) {P}) (drop) (i32.const 1)", CAST, 2),
        (f"(struct.get $pair 0 (ref.cast (ref null $pair) {P}))", CAST, 2),
        (f"(struct.get $pair 0 (ref.cast (ref $pair) {P}))", CAST, 1),
        ("(struct.get $pair 0 (ref.cast (ref null $pair) (struct.new_default $triple)))", CAST, 0),
        (f"(if (ref.test (ref $pair) {P}) (then (return (i32.const 1)))) (ref.cast (ref $triple) {P}) (drop)"
         " (i32.const 2)", CAST, 1),
        (f"(if (ref.is_null {P}) (then (return (i32.const 1)))) (struct.get $node 0 {P})",
         "(param (ref null $node)) (result i32)", 1),
    ],
)  # fmt: skip
def test_checks_left(code: str, head: str, tests: int) -> None:
    graph = optimized(code, head)
    assert count(graph, "TypeCheck") + count(graph, "ReferenceEqual") == tests


def test_lengths_and_bounds_of_one_array_are_checked_once() -> None:
    index = "(local.get 1)"
    code = f"(i32.add (array.get $ints (local.get 0) {index}) (array.get $ints (local.get 0) {index}))"
    graph = optimized(code, "(param (ref null $ints) i32) (result i32)")
    assert count(graph, "ArrayLength") == count(graph, "LoadElement") == count(graph, "TrapUnless") == 1
    assert count(graph, "TrapIf") == 1


def test_a_type_check_behind_a_cast_need_not_look_for_null() -> None:
    graph = optimized(f"(ref.cast (ref $pair) {P}) (drop) (ref.test (ref $triple) {P})", CAST)
    assert sorted(n.op.parameters.operand for n in graph.reachable() if n.op.name == "TypeCheck") == ["any", "object"]


@pytest.mark.parametrize(
    ("test", "wanted"),
    [
        ("(ref.test (ref null $pair) {})", "struct 0 open of any"),
        ("(ref.test (ref $pair) {})", "struct 0 open of any"),
        ("(ref.test (ref null struct) {})", "struct of any"),
        ("(ref.test (ref i31) {})", "i31 or null of any"),
        ("(ref.test (ref eq) {})", "eq or null of any"),
        ("(ref.test (ref null eq) {})", "eq or null of any"),
    ],
)
def test_a_type_check_behind_a_null_check_need_not_look_for_null(test: str, wanted: str) -> None:
    """It becomes the form that machine code has an instruction less for."""
    found = optimized(test.format(f"(ref.as_non_null {P})"), CAST)
    assert [str(n.op.parameters) for n in found.reachable() if n.op.name == "TypeCheck"] == [wanted]
    before = optimized(test.format(P), CAST)  # where null is possible, it stays as it is
    [left] = [n.op.parameters for n in before.reachable() if n.op.name == "TypeCheck"]
    assert left.nullable == ("null" in test)


PRIVATE = "(local $o (ref $pair)) (local.set $o (struct.new $pair (i32.const 1) (local.get 0)))"
MADE = "(local.get $o)"


@pytest.mark.parametrize(
    ("code", "objects"),
    [
        (f"(call $f) (struct.set $pair $a {MADE} (i32.const 7)) (call $f) (struct.get $pair $b {MADE})", 0),
        (f"(if (local.get 0) (then (struct.set $pair $a {MADE} (i32.const 5)))) (call $f)"
         f" (struct.get $pair $a {MADE})", 0),
        (f"(loop $l (struct.set $pair $a {MADE} (i32.add (struct.get $pair $a {MADE}) (i32.const 3)))"
         f" (call $f) (br_if $l (i32.lt_u (struct.get $pair $a {MADE}) (local.get 0))))"
         f" (struct.get $pair $a {MADE})", 0),
        (f"(i32.add (ref.eq {MADE} (ref.null eq)) (ref.test (ref $triple) {MADE}))", 0),
        (f"(global.set $g {MADE}) (call $f) (struct.get $pair $b {MADE})", 1),
        (f"(drop (struct.new $box {MADE})) (call $f) (struct.get $pair $b {MADE})", 0),
        (f"(struct.get $pair $b (struct.get $box 0 (struct.new $box {MADE})))", 0),
        (f"(struct.get $pair $b (select (result (ref $pair)) {MADE} (struct.new_default $pair) (local.get 0)))", 2),
    ],
)  # fmt: skip
def test_objects_that_nobody_else_sees_are_not_made(code: str, objects: int) -> None:
    more = "(type $box (struct (field (ref $pair)))) (global $g (mut (ref null $pair)) (ref.null $pair))"
    text = f"(module {TYPES} {more} (func (param i32) (result i32) {PRIVATE} {code}))"
    graph = lifted(text, f"poll-splitting,{PIPELINE}")
    verify(graph)
    assert count(graph, "AllocateStruct") == objects
    if "global.set" not in code:  # where two runs leave two objects
        check_equivalent(decode_module(wat(text)), 1, f"poll-splitting,{PIPELINE}", rounds=4)


def test_a_type_check_that_is_compared_with_a_value() -> None:
    """What is compared is no condition, so nothing had counted the reference."""
    test = "(i32.lt_s (ref.test (ref $s) (local.get 0)) (local.get 1))"
    text = f"(module (type $s (struct)) (func (param anyref i32) (result i32) (if (result i32) {test}" """
      (then (i32.const 7)) (else (i32.const 8)))))"""
    graph = lifted(text, PIPELINE)
    verify(graph)
    assert count(graph, "TypeCheck") == 1
