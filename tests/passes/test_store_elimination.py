"""Store elimination: which stores go, and which must stay for somebody who may look."""

from __future__ import annotations

import pytest

from seaofnodes.ir.graph import Graph
from tests.passes.texts import apply, count, lifted

HEAD = """(module (import "a" "a" (global $a (mut i32))) (import "a" "b" (global $b (mut i32))) (memory 1)
(global $g (mut i32) (i32.const 0)) (global $h (mut i32) (i32.const 0)) """


def function(body: str, pipeline: str = "simplify,gvn") -> Graph:
    head = "(func (param $p i32) (param $q i32) (result i32) (local $i i32)"
    return lifted(f"{HEAD} {head} {body}) (func $f))", pipeline)


def left(body: str, name: str = "Store") -> int:
    graph = function(body)
    apply(graph, "store-elimination")
    return count(graph, name)


def store(value: int, offset: int = 0, index: str = "(local.get $p)", kind: str = "i32.store") -> str:
    return f"({kind} offset={offset} {index} ({kind[:3]}.const {value}))"


def put(value: str, name: str = "$g") -> str:
    return f"(global.set {name} {value})"


ONE, TWO, END = "(i32.const 1)", "(i32.const 2)", "(i32.const 0)"


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        ("", 1),
        ("(local.set $i (global.get $g))", 2),
        ("(local.set $i (global.get $h))", 1),
        ("(call $f)", 2),
        ("(drop (i32.load (local.get $p)))", 2),  # it may trap
        ("(drop (i32.div_u (local.get $p) (local.get $q)))", 2),  # so may this
        ("(if (local.get $q) (then (return (i32.const 1))))", 2),
        ("(loop $l (br_if $l (local.get $q)))", 2),  # a poll
        (put(ONE, "$h"), 2),  # one of each
        (put(ONE, "$a"), 2),
    ],
)
def test_globals_set_twice(between: str, expected: int) -> None:
    use = "(i32.add (local.get $i) (local.get $q))"
    assert left(put(ONE) + between + put(TWO) + use, "GlobalSet") == expected


def test_imported_globals_may_be_one_when_read_not_when_written() -> None:
    assert left(put(ONE, "$a") + put(ONE, "$b") + put(TWO, "$a") + END, "GlobalSet") == 2
    read = "(local.set $i (global.get $b))"
    assert left(put(ONE, "$a") + read + put(TWO, "$a") + "(local.get $i)", "GlobalSet") == 2


def test_overwritten_on_all_paths_of_a_branch() -> None:
    body = put(ONE) + "(if (local.get $q) (then {}) (else {}))" + END
    assert left(body.format(put(TWO), put("(local.get $p)")), "GlobalSet") == 2
    assert left(body.format(put(TWO), ""), "GlobalSet") == 2
    assert left(put(ONE) + "(if (local.get $q) (then (call $f)))" + put(TWO) + END, "GlobalSet") == 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (store(1) + store(2), 1),
        (store(1) + store(2, 4), 2),
        (store(1) + store(2, kind="i32.store8"), 2),
        (store(1, kind="i32.store8") + store(2), 2),  # if the wider one traps, the narrower one may be seen
        (store(0) + store(1, kind="i32.store8") + store(2), 1),  # but here the wide one cannot
        # the second can only trap where the first did, but the third can trap alone
        (store(1, kind="i32.store8") + store(2, kind="i32.store8") + store(3), 2),
        (store(1, kind="i32.store8") + put(ONE) + store(2, kind="i32.store8") + store(3), 3),
        (store(1) + store(2, 4) + store(3) + store(4, 4), 4),  # the second may trap after the first, before the third
        (store(1, 4) + store(2) + store(3, 4) + store(4) + store(5, 4), 3),
        (store(1) + store(2, 8, "(local.get $q)") + store(3), 3),
        (store(1) + put(ONE) + store(2), 2),  # if the second traps, then before the global is set
        (store(1) + "(drop (i32.load (local.get $p)))" + store(2), 2),
    ],
)
def test_memory_overwritten(body: str, expected: int) -> None:
    assert left(body + END) == expected


def test_the_later_store_traps_for_the_earlier_one() -> None:
    graph = function(store(1) + store(2) + END)
    stores = [node for node in graph.reachable() if node.op.name == "Store"]
    offsets = [node.origin.bytecode_offset for node in stores]
    apply(graph, "store-elimination")
    [last] = [node for node in graph.reachable() if node.op.name == "Store"]
    assert last is stores[1] and last.origin.bytecode_offset == offsets[0] < offsets[1]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("(i32.store (local.get $p) (i32.load (local.get $p)))", 0),
        ("(i32.store8 (local.get $p) (i32.load8_u (local.get $p)))", 0),
        ("(i32.store8 (local.get $p) (i32.load (local.get $p)))", 0),
        ("(i32.store16 (local.get $p) (i32.load8_u (local.get $p)))", 1),
        ("(i32.store offset=4 (local.get $p) (i32.load (local.get $p)))", 1),
        ("(i32.store (local.get $p) (local.get $q)) (i32.store (local.get $p) (local.get $q))", 1),
        (
            """(local.set $i (i32.load (local.get $p))) (i32.store (local.get $q) (i32.const 1))
            (i32.store (local.get $p) (local.get $i))""",
            2,
        ),
        (
            """(local.set $i (i32.load (local.get $p))) (i32.store offset=4 (local.get $p) (i32.const 1))
            (i32.store (local.get $p) (local.get $i))""",
            1,
        ),
    ],
)
def test_memory_written_with_what_is_there(body: str, expected: int) -> None:
    assert left(body + END) == expected


def test_globals_written_with_what_is_there() -> None:
    assert left("(global.set $g (global.get $g))" + END, "GlobalSet") == 0
    assert left("(local.set $i (global.get $a)) (call $f) (global.set $a (local.get $i))" + END, "GlobalSet") == 1


def test_reads_of_a_state_whose_store_goes_keep_later_stores_honest() -> None:
    """The first store repeats what is there; the read after it must still hold back what comes before."""
    body = """(local.set $i (global.get $g)) (global.set $h (i32.const 1)) (global.set $g (local.get $i))
    (local.set $q (global.get $h)) (global.set $h (i32.const 2)) (local.get $q)"""
    graph = function(body)
    apply(graph, "store-elimination")
    assert count(graph, "GlobalSet") == 2
