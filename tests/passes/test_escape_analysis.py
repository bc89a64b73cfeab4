"""Escape analysis: which objects are still made, what frame states have instead, and that nothing else changes."""

from __future__ import annotations

import pytest

from seaofnodes import Engine
from seaofnodes.ir.control_flow import ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops import common
from seaofnodes.ir.text import format_graph, parse_graph
from seaofnodes.ir.verify import VerificationError, verify
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.interpreter.link import instantiate
from seaofnodes.wasm.lift.function import lift
from tests.passes.equivalence import check_equivalent, context_for
from tests.passes.texts import count, lifted
from tests.support import wat
from tests.wasm.evaluated import instantiate_evaluated

TYPES = """
  (type $pair (sub (struct (field $a (mut i32)) (field $b (mut i32)))))
  (type $triple (sub $pair (struct (field (mut i32)) (field (mut i32)) (field $c i32))))
  (type $node (struct (field $value (mut i32)) (field $next (mut (ref null $node)))))
  (type $box (struct (field $in (mut (ref null $pair))))) (type $small (struct (field $byte (mut i8))))
  (type $ints (array (mut i32))) (type $refs (array (mut (ref null $node))))
  (import "" "f" (func $f)) (global $g (mut (ref null $pair)) (ref.null $pair))
"""
PIPELINE = "poll-splitting,fix(simplify,gvn,branch-elimination,escape-analysis,load-elimination),dead-code"
P, Q = "(local.get $p)", "(local.get $q)"
LOCALS = (
    "(local $p (ref null $pair)) (local $q (ref null $pair)) (local $n (ref null $node)) (local $m (ref null $node))"
)


def module_of(code: str) -> str:
    return f"(module {TYPES} (func (param $x i32) (result i32) {LOCALS} {code}))"


def pair(a: str, b: str) -> str:
    return f"(struct.new $pair {a} {b})"


def get(field: str, what: str = P) -> str:
    return f"(struct.get $pair {field} {what})"


def add(left: str, right: str) -> str:
    return f"(i32.add {left} {right})"


X = "(local.get $x)"
ONE = "(i32.const 1)"
STEP = f"(local.set $x (i32.sub {X} {ONE})) (br_if $l (i32.gt_s {X} (i32.const 0)))"
CASES = {
    "a new object in each iteration": (
        f"(local.set $p {pair(X, ONE)}) (loop $l"
        f" (local.set $p {pair(get('$b'), add(get('$a'), X))}) {STEP}) {get('$a')}", 0),
    "only in some iterations": (
        f"(local.set $p {pair(X, ONE)}) (loop $l (if (i32.and {X} {ONE}) (then"
        f" (local.set $p {pair(get('$b'), add(get('$a'), X))}))) {STEP}) {get('$a')}", 0),
    "changed in a branch of a loop": (
        f"(local.set $p {pair(X, ONE)}) (loop $l (call $f) (if (i32.and {X} {ONE}) (then"
        f" (struct.set $pair $a {P} (i32.add {X} {get('$b')})))) {STEP}) {get('$a')}", 0),
    "two of them change places": (
        f"(local.set $p {pair(X, ONE)}) (local.set $q {pair(ONE, X)}) (loop $l"
        f" {P} (local.set $p {Q}) (local.set $q) (struct.set $pair $a {P} (i32.add {get('$a')} {get('$b', Q)}))"
        f" {STEP}) (i32.mul {get('$a')} {get('$a', Q)})", 0),
    "one of two": (
        f"(if {X} (then (local.set $p {pair(X, ONE)})) (else (local.set $p {pair('(i32.const 5)', X)})))"
        f" (struct.set $pair $b {P} (i32.const 7)) (i32.add {get('$a')} {get('$b')})", 0),
    "one of two, with another name": (
        f"(local.set $q {pair(X, ONE)}) (if {X} (then (local.set $p {Q})) (else (local.set $p {pair(ONE, X)})))"
        f" (struct.set $pair $b {P} (i32.const 7)) (i32.add {get('$a')} {get('$b', Q)})", 2),
    "one name in the loop, another behind it": (
        f"(local.set $q {pair(X, ONE)}) (local.set $p {Q}) (loop $l (struct.set $pair $a {P} (i32.const 9))"
        f" (local.set $p {pair(X, X)}) {STEP}) (i32.add {get('$a')} {get('$a', Q)})", 2),
    "the last one": (
        f"(local.set $p {pair(X, ONE)}) (loop $l (local.set $q {P}) (local.set $p {pair(X, get('$b', Q))})"
        f" (struct.set $pair $b {Q} {X}) {STEP}) (i32.add {get('$a')} {get('$b', Q)})", 0),
    "different types": (
        f"(if {X} (then (local.set $p {pair(X, ONE)})) (else (local.set $p (struct.new $triple {X} {ONE} {X}))))"
        f" {get('$a')}", 2),
    "null or an object": (f"(if {X} (then (local.set $p {pair(X, ONE)}))) (ref.is_null {P})", 1),
    "tests": (
        f"(if {X} (then (local.set $p {pair(X, ONE)})) (else (local.set $p {pair('(i32.const 5)', X)})))"
        f" (i32.add (ref.test (ref $triple) {P}) (i32.add (ref.is_null {P}) (ref.eq {P} (global.get $g))))", 0),
    "one in another": (
        f"(struct.get $pair $b (struct.get $box $in (struct.new $box {pair(X, X)})))", 0),
    "one in another through a loop": (
        f"(local $i (ref null $box)) (local.set $i (struct.new $box {pair(ONE, X)})) (loop $l"
        f" (local.set $i (struct.new $box {pair(get('$b', '(struct.get $box $in (local.get $i))'), X)})) {STEP})"
        f" {get('$a', '(struct.get $box $in (local.get $i))')}", 0),
    "refer to each other": (
        f"(local.set $n (struct.new $node {X} (ref.null $node)))"
        f" (local.set $m (struct.new $node {ONE} (local.get $n)))"
        f" (struct.set $node $next (local.get $n) (local.get $m)) (struct.get $node $value (local.get $m))", 0),
    "refer to each other and are read": (
        f"(local.set $n (struct.new $node {X} (ref.null $node)))"
        f" (local.set $m (struct.new $node {ONE} (local.get $n)))"
        f" (struct.set $node $next (local.get $n) (local.get $m))"
        f" (struct.get $node $value (struct.get $node $next (local.get $m)))", 2),
    "a small array": (
        f"(local $i (ref $ints)) (local.set $i (array.new_default $ints (i32.const 3))) (loop $l"
        f" (array.set $ints (local.get $i) (i32.const 1) (i32.add {X} (array.get $ints (local.get $i) (i32.const 1))))"
        f" {STEP}) (i32.add (array.len (local.get $i)) (array.get $ints (local.get $i) (i32.const 1)))", 0),
    "beyond its end": (
        "(array.get $ints (array.new_fixed $ints 2 (i32.const 1) (i32.const 2)) (i32.const 2))", 0),
    "an index that is not known": (f"(array.get $ints (array.new_default $ints (i32.const 3)) {X})", 1),
    "narrow fields": (
        f"(local $i (ref $small)) (local.set $i (struct.new $small {X})) (loop $l"
        f" (struct.set $small $byte (local.get $i) (i32.add {X} (struct.get_s $small $byte (local.get $i)))) {STEP})"
        " (i32.add (struct.get_s $small $byte (local.get $i)) (struct.get_u $small $byte (local.get $i)))", 0),
    "kept elsewhere": (f"(local.set $p {pair(X, ONE)}) (global.set $g {P}) (call $f) {get('$b')}", 1),
    "what comes after it, and is about another": (
        f"(local.set $p {pair(X, ONE)}) (i32.add (ref.test (ref null $triple) (global.get $g)) {get('$a')})", 0),
    "a list": (
        f"(loop $l (local.set $n (struct.new $node {X} (local.get $n))) {STEP})"
        " (struct.get $node $value (local.get $n))", 1),
}  # fmt: skip

ADDED = f"(struct.set $pair $a {P} (i32.add {get('$a')} {X}))"
SUNK = {  # objects that are made, of these in a loop
    "on a path that is seldom taken": (
        f"(local.set $p {pair(X, ONE)}) (loop $l {ADDED} (if (i32.eq {X} (i32.const 77)) (then"
        f" (call $take {P}) (return {get('$b')}))) {STEP}) {get('$a')}", 1, 0),
    "in a loop, on a path out of it": (
        f"(loop $l (local.set $p {pair(X, ONE)}) {ADDED} (if (i32.eq {X} (i32.const 5)) (then"
        f" (call $take {P}) {ADDED} (call $take {P}) (return {get('$a')}))) {STEP}) {get('$a')}", 1, 0),
    "behind the loop": (
        f"(loop $l (local.set $p {pair(X, ONE)}) {ADDED} {STEP}) (call $take {P}) {get('$a')}", 1, 0),
    "on two paths": (
        f"(local.set $p {pair(X, ONE)}) (if {X} (then (if (i32.eq {X} (i32.const 2)) (then {ADDED} (call $take {P})"
        f" (return {get('$a')})) (else (if (i32.eq {X} (i32.const 5)) (then (call $take {P}) (return {get('$b')})))))))"
        f" {get('$a')}", 2, 0),
    "used on a path that comes from there and from elsewhere": (
        f"(local.set $p {pair(X, ONE)}) (if {X} (then (call $take {P}))) {ADDED} {get('$a')}", 1, 0),
    "in some iterations": (
        f"(loop $l (local.set $p {pair(X, ONE)}) {ADDED} (if (i32.and {X} {ONE}) (then (call $take {P})"
        f" {ADDED} (local.set $s {get('$a')}))) {STEP}) (local.get $s)", 1, 1),
    "the same one in each iteration": (
        f"(local.set $p {pair(X, ONE)}) (loop $l {ADDED} (if (i32.and {X} {ONE}) (then (call $take {P})"
        f" {ADDED} (local.set $s {get('$a')}))) {STEP}) (local.get $s)", 1, 0),
    "one in another": (
        f"(loop $l (local.set $p {pair(X, ONE)}) (local.set $b (struct.new $box {P})) {ADDED}"
        f" (if (i32.eq {X} (i32.const 5)) (then (global.set $h (local.get $b)) {ADDED}))"
        f" (local.set $s (i32.add (local.get $s) {get('$a')})) {STEP}) (local.get $s)", 2, 2),
    "an array": (
        f"(local $i (ref null $ints)) (loop $l (local.set $i (array.new_fixed $ints 2 {X} {ONE}))"
        f" (array.set $ints (local.get $i) (i32.const 0) (i32.const 8)) (if (i32.eq {X} (i32.const 5)) (then"
        f" (global.set $a (local.get $i)) (return (array.get $ints (local.get $i) (i32.const 0))))) {STEP})"
        " (array.len (local.get $i))", 1, 0),
    "kept for later": (
        f"(loop $l (local.set $p {pair(X, ONE)}) {ADDED} (if (i32.eq {X} (i32.const 5)) (then (local.set $q {P})))"
        f" {STEP}) (if (ref.is_null {Q}) (then (return (i32.const 3)))) {get('$a', Q)}", 1, 1),
    "always": (f"(local.set $p {pair(X, ONE)}) {ADDED} (call $take {P}) {get('$a')}", 1, 0),
}  # fmt: skip


def objects_in(graph: Graph) -> int:
    return sum(node.op.name.startswith("Allocate") for node in graph.reachable())


@pytest.mark.parametrize("name", CASES)
def test_objects_left(name: str) -> None:
    code, left = CASES[name]
    module = decode_module(wat(module_of(code)))
    graph = lift(module, 1)
    Pipeline.parse(PIPELINE).run(graph, verify=True)
    assert objects_in(graph) == left, format_graph(graph)
    if "global.set" not in code:  # where two runs leave two objects
        check_equivalent(module, 1, PIPELINE, rounds=5)
        check_equivalent(module, 1, "escape-analysis", rounds=5)
        check_equivalent(module, 1, f"default,loop-unrolling,{PIPELINE}", rounds=5)


def sunk_module(code: str) -> str:
    more = "(global $h (mut (ref null $box)) (ref.null $box)) (global $a (mut (ref null $ints)) (ref.null $ints))"
    take = f"(func $take (param $p (ref null $pair)) (global.set $g {P}) {ADDED.replace(X, get('$b'))})"
    there = "(if (i32.eqz (ref.is_null (global.get {0}))) (then (local.set $s (i32.add (local.get $s) {1}))))"
    look = there.format("$g", add(get("$a", "(global.get $g)"), get("$b", "(global.get $g)")))
    look += there.format("$h", get("$a", "(struct.get $box $in (global.get $h))"))
    look += there.format("$a", "(array.get $ints (global.get $a) (i32.const 0))")
    locals = f"(local $s i32) (local $b (ref null $box)) {LOCALS}"
    function = f"(func (export \"f\") (param $x i32) (result i32) {locals} {code})"
    look = f"(func (export \"look\") (result i32) (local $s i32) {look} (local.get $s))"
    return f"(module {TYPES} {more} {function} {take} {look})".replace('(import "" "f" (func $f))', "(func $f)")


@pytest.mark.parametrize("name", SUNK)
def test_objects_made_where_they_escape(name: str) -> None:
    code, left, in_loops = SUNK[name]
    data = wat(sunk_module(code))
    graph = lift(decode_module(data), 1)
    Pipeline.parse(PIPELINE).run(graph, verify=True)
    flow = ControlFlow(graph)
    blocks = [flow.block_of[node.id] for node in graph.reachable() if node.op.name.startswith("Allocate")]
    assert (len(blocks), sum(block.loop is not None for block in blocks)) == (left, in_loops), format_graph(graph)

    def optimize(graph: Graph) -> None:
        Pipeline.parse(PIPELINE).run(graph, verify=True)

    made = [
        instantiate(decode_module(data)),
        instantiate_evaluated(decode_module(data)),
        instantiate_evaluated(decode_module(data), transform=optimize),
        Engine(tier="optimized", verify=True, strict=True).instantiate(data),
        Engine(tier="optimized", verify=True, strict=True, stress_gc=True, stress_deopt=True).instantiate(data),
    ]
    for argument in (0, 1, 2, 5, 6, 9, 77, 80):
        found = [(one.exports["f"](argument), one.exports["look"]()) for one in made]
        assert all(other == found[0] for other in found), argument


def with_exits(code: str, pipeline: str = "stress-deopt,fix(simplify,gvn,branch-elimination,escape-analysis)") -> Graph:
    module = decode_module(wat(module_of(code)))
    graph = lift(module, 1, checkpoints=True, frame_states=True)
    Pipeline.parse(pipeline).run(graph, verify=True)
    return graph


STATES = [name for name in CASES if name not in ("a list", "kept elsewhere", "refer to each other and are read")]


@pytest.mark.parametrize("name", STATES)
def test_frame_states_keep_no_object(name: str) -> None:
    code, left = CASES[name]
    graph = with_exits(code)
    assert objects_in(graph) <= left
    assert left or name == "tests" or count(graph, "ObjectState") > 0
    text = format_graph(graph)
    again = parse_graph(text)
    verify(again)
    assert format_graph(again) == text


def test_one_object_for_two_names_and_a_circle() -> None:
    code = (f"(local.set $n (struct.new $node {X} (ref.null $node)))"
            " (struct.set $node $next (local.get $n) (local.get $n)) (local.set $m (local.get $n)) (call $f)"
            " (i32.add (struct.get $node $value (local.get $n)) (struct.get $node $value (local.get $m)))")  # fmt: skip
    graph = with_exits(code)
    assert objects_in(graph) == 0 and count(graph, "ObjectId") > 0
    for node in graph.reachable():
        if node.op.is_guard:
            assert len(common.objects_of(node.frame_state)[0]) < 2


def test_inlining_tells_the_objects_of_two_copies_apart() -> None:
    """A callee whose frame states have objects already, in a caller whose frame states have some, too."""
    body = f"(local.set $p {pair(X, ONE)}) (call $f) {get('$a')}"
    callee = f"(func $g (param $x i32) (result i32) {LOCALS} {body})"
    calls = f"(local.set $p {pair(ONE, X)}) (i32.add (call $g {X}) (i32.add (call $g (i32.const 5)) {get('$b')}))"
    module = decode_module(wat(f"{module_of(calls)[:-1]} {callee})"))
    pipeline = "stress-deopt,simplify,escape-analysis"

    def with_objects(index: int) -> Graph:
        graph = lift(module, index, checkpoints=True, frame_states=True)
        Pipeline.parse(pipeline).run(graph, verify=True)
        return graph

    graph = lift(module, 1, checkpoints=True, frame_states=True)
    context = context_for(module)
    context.lift = with_objects
    Pipeline.parse(f"inline,{pipeline}").run(graph, context, verify=True)
    assert objects_in(graph) == 0 and len(graph.inlinings) == 2
    guards = [node for node in graph.reachable() if node.op.is_guard]
    states = [state for node in guards for state in common.objects_of(node.frame_state)[0]]
    assert len({state.op.parameters.number for state in states}) == 3


def test_verifier_knows_objects_of_frame_states() -> None:
    graph = with_exits(CASES["a small array"][0])
    state = next(node for node in graph.reachable() if node.op.is_object_state)
    user = next(user for user in state.uses if user.op.is_frame_state)
    at = user.inputs.index(state)
    named = graph.node(state.op.declaration.dialect.operators["ObjectId"].make(999))  # type: ignore[attr-defined]
    user.replace_input(at, named)
    with pytest.raises(VerificationError, match="no object of the number 999"):
        verify(graph)
    user.replace_input(at, state)
    last = next(node for node in graph.end.inputs if node.op.is_return)
    last.replace_input(0, state)
    with pytest.raises(VerificationError, match="an object that is not made"):
        verify(graph)


def test_a_function_without_objects_is_left_alone() -> None:
    graph = lifted("(module (func (param i32) (result i32) (local.get 0)))")
    before = format_graph(graph)
    Pipeline.parse("escape-analysis").run(graph)
    assert format_graph(graph) == before
