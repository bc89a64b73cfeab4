"""Loop peeling: what becomes of a loop, and which loops are worth it."""

from __future__ import annotations

import textwrap

import pytest

from seaofnodes.ir.control_flow import ControlFlow
from seaofnodes.ir.graph import Graph
from tests.passes.texts import apply, canonical, lifted, parsed

ONE_EXIT = """
    n0 = Start()
    n1 = Parameter[0, Word64](n0)
    n2 = Parameter[1, Word32](n0)
    n3 = MemoryStart[0](n1)
    n4 = Loop[2](n0, n12)
    n5 = EffectPhi[2](n0, n8, n4)
    n6 = StackCheck[loop](n5, n4)
    n7 = Phi[Word32, 2](n2, n9, n4)
    n8 = Load[Word32, Word32, 0, 0](n3, n2, n6, n6)
    n9 = Int32Add(n7, n8)
    n10 = Branch(n9, n6)
    n11 = IfFalse(n10)
    n12 = IfTrue(n10)
    n13 = Return[1](n9, n8, n11)
    n14 = End[1](n13)
"""


def test_the_first_turn() -> None:
    """It stands before the loop, without a poll, and its exit meets the loop's."""
    graph = parsed(ONE_EXIT, "(Word64, Word32) -> (Word32)")
    result = apply(graph, "loop-peeling")
    assert result.changed and result.statistics == {"peeled": 1}
    expected = """
        B0:
          n0 = Start()
          n1 = Parameter[1, Word32](n0)
          n2 = Parameter[0, Word64](n0)
          n3 = MemoryStart[0](n2)
          n4 = Load[Word32, Word32, 0, 0](n3, n1, n0, n0)
          n5 = Int32Add(n1, n4)
          n6 = Branch(n5, n0)
        B1:
          n7 = IfTrue(n6)
        B2:
          n8 = Loop[2](n7, n15)
          n9 = EffectPhi[2](n4, n11, n8)
          n10 = Phi[Word32, 2](n5, n13, n8)
          n11 = Load[Word32, Word32, 0, 0](n3, n1, n12, n12)
          n12 = StackCheck[loop](n9, n8)
          n13 = Int32Add(n10, n11)
          n14 = Branch(n13, n12)
        B3:
          n15 = IfTrue(n14)
        B4:
          n16 = IfFalse(n14)
        B5:
          n17 = IfFalse(n6)
        B6:
          n18 = Merge[2](n16, n17)
          n19 = Phi[Word32, 2](n13, n5, n18)
          n20 = EffectPhi[2](n11, n4, n18)
          n21 = Return[1](n19, n20, n18)
          n22 = End[1](n21)
    """
    assert canonical(graph).strip() == textwrap.dedent(expected).strip()


def lifted_loop(body: str) -> Graph:
    text = f"(module (memory 1) (func (param $p i32) (param $q i32) (local $i i32) {body}) (func $f))"
    return lifted(text, "poll-splitting")


ADD = "(i32.add (i32.load offset=8 (local.get $p)) (i32.load (local.get $q)))"


@pytest.mark.parametrize(
    ("body", "peeled"),
    [
        (f"(loop $l (br_if $l {ADD}))", 1),
        (f"(loop $l (i32.store offset=8 (local.get $p) {ADD}) (br_if $l (local.get $q)))", 1),  # the same place
        (f"(loop $l (i32.store offset=12 (local.get $p) {ADD}) (br_if $l (local.get $q)))", 1),  # beside it
        (f"(loop $l (i32.store (local.get $i) {ADD}) (br_if $l (local.get $q)))", 0),  # perhaps the same place
        (f"(loop $l (call $f) (br_if $l {ADD}))", 0),
        (f"(loop $l (if (local.tee $i {ADD}) (then (br $l))))", 1),
        (f"(loop $l (if (local.get $p) (then (local.set $i {ADD}))) (br_if $l (local.get $q)))", 0),  # not every turn
        ("(loop $l (local.set $i (i32.load (local.get $i))) (br_if $l (local.get $i)))", 0),  # another place each time
        ("(loop $l (br_if $l (i32.div_u (local.get $p) (local.get $q))))", 0),  # a check that is cheap
    ],
)
def test_worth_it(body: str, peeled: int) -> None:
    assert apply(lifted_loop(body), "loop-peeling").statistics == {"peeled": peeled}


def loads_in_loops(graph: Graph) -> int:
    flow = ControlFlow(graph)
    loads = [node for node in graph.reachable() if node.op.name == "Load"]
    return sum(flow.block_of[load.control.id].loop_depth > 0 for load in loads)


def test_what_load_elimination_makes_of_it() -> None:
    """Only the loads of deferred slow paths of polls may be left in the loop."""
    body = f"(loop $l (i32.store offset=12 (local.get $p) {ADD}) (br_if $l (i32.load offset=12 (local.get $p))))"
    body = body.replace("(local.get $q)", "(local.get $p)")
    without, peeled = lifted_loop(body), lifted_loop(body)
    apply(peeled, "loop-peeling")
    for graph in (without, peeled):
        apply(graph, "load-elimination")
    flow = ControlFlow(peeled)
    loads = [node for node in peeled.reachable() if node.op.name == "Load"]
    blocks = [flow.block_of[load.control.id] for load in loads]
    assert all(block.deferred for block in blocks if block.loop_depth)
    assert loads_in_loops(without) == 2


def test_limits() -> None:
    body = f"(loop $l (br_if $l {ADD}))"
    assert not apply(lifted_loop(body), "loop-peeling", max_nodes="3").changed
    assert not apply(lifted_loop(body), "loop-peeling", min_budget="3", growth="0").changed
    assert apply(lifted_loop("(loop $l (br_if $l (local.get $p)))"), "loop-peeling", always="true").changed
