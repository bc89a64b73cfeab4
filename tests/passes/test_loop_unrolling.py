"""Loop unrolling: what becomes of a loop, which loops, how often."""

from __future__ import annotations

import textwrap

import pytest

from seaofnodes import Engine, InterruptError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.loops.unrolling import LoopUnrolling
from tests.passes.texts import apply, canonical, count, lifted, parsed
from tests.support import wat

TWO_EXITS = """
    n0 = Start()
    n1 = Parameter[0, Word64](n0)
    n2 = Parameter[1, Word32](n0)
    n3 = Parameter[2, Word32](n0)
    n4 = MemoryStart[0](n1)
    n5 = Loop[2](n0, n17)
    n6 = EffectPhi[2](n0, n12, n5)
    n7 = StackCheck[loop](n6, n5)
    n8 = Phi[Word32, 2](n2, n14, n5)
    n9 = Branch(n8, n7)
    n10 = IfTrue(n9)
    n11 = IfFalse(n9)
    n12 = Load[Word32, Word32, 0, 0](n4, n8, n7, n10)
    n14 = Int32Sub(n8, n3)
    n15 = Branch(n12, n10)
    n16 = IfTrue(n15)
    n17 = IfFalse(n15)
    n18 = Merge[2](n11, n16)
    n19 = EffectPhi[2](n7, n12, n18)
    n20 = Return[1](n8, n19, n18)
    n21 = End[1](n20)
"""


def test_two_exits_that_meet() -> None:
    """Each exit gets a merge and its phis; where they meet, the value is merged again; the poll is shared."""
    graph = parsed(TWO_EXITS, "(Word64, Word32, Word32) -> (Word32)")
    result = apply(graph, "loop-unrolling", factor="2")
    assert result.changed and result.statistics == {"unrolled": 1}
    expected = """
        B0:
          n0 = Start()
          n1 = Parameter[1, Word32](n0)
          n2 = Parameter[2, Word32](n0)
          n3 = Parameter[0, Word64](n0)
          n4 = MemoryStart[0](n3)
        B1:
          n5 = Loop[2](n0, n20)
          n6 = EffectPhi[2](n0, n18, n5)
          n7 = Phi[Word32, 2](n1, n10, n5)
          n8 = StackCheck[loop](n6, n5)
          n9 = Int32Sub(n7, n2)
          n10 = Int32Sub(n9, n2)
          n11 = Branch(n7, n8)
        B2:
          n12 = IfTrue(n11)
          n13 = Load[Word32, Word32, 0, 0](n4, n7, n8, n12)
          n14 = Branch(n13, n12)
        B3:
          n15 = IfFalse(n14)
          n16 = Branch(n9, n15)
        B4:
          n17 = IfTrue(n16)
          n18 = Load[Word32, Word32, 0, 0](n4, n9, n13, n17)
          n19 = Branch(n18, n17)
        B5:
          n20 = IfFalse(n19)
        B6:
          n21 = IfTrue(n19)
        B7:
          n22 = IfFalse(n16)
        B8:
          n23 = IfTrue(n14)
        B9:
          n24 = Merge[2](n23, n21)
          n25 = Phi[Word32, 2](n7, n9, n24)
          n26 = EffectPhi[2](n13, n18, n24)
        B10:
          n27 = IfFalse(n11)
        B11:
          n28 = Merge[2](n27, n22)
          n29 = Phi[Word32, 2](n7, n9, n28)
          n30 = EffectPhi[2](n8, n13, n28)
        B12:
          n31 = Merge[2](n28, n24)
          n32 = Phi[Word32, 2](n29, n25, n31)
          n33 = EffectPhi[2](n30, n26, n31)
          n34 = Return[1](n32, n33, n31)
          n35 = End[1](n34)
    """
    assert canonical(graph).strip() == textwrap.dedent(expected).strip()


def unrolled(body: str, **options: int) -> tuple[int, list[str], Graph]:
    """How many loops were unrolled, remarks, the graph."""
    graph = lifted(
        f"""(module (memory 1) (type $t (func)) (table 1 funcref) (func (param $p i32) (param $q i32) (result i32)
        (local $i i32) {body} (local.get $i)) (func $f))"""
    )
    context = PassContext()
    result = LoopUnrolling(**options).run(graph, context)
    verify(graph)
    return result.statistics["unrolled"], [remark.message for remark in context.remarks], graph


COUNTING = """(loop $l (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $l (i32.lt_u (local.get $i) (local.get $p))))"""


@pytest.mark.parametrize("factor", [2, 3, 8])
def test_factor(factor: int) -> None:
    done, remarks, graph = unrolled(COUNTING, factor=factor)
    assert done == 1 and remarks == [f"unrolled {factor} times"]
    assert (count(graph, "Branch"), count(graph, "Loop"), count(graph, "StackCheck")) == (factor, 1, 2)


def test_split_polls_are_shared() -> None:
    body = "(local.set $p (i32.load (local.get $i)))" + "(br_if $l (i32.load (i32.const 8)))"
    text = f"(module (memory 1) (func (param $p i32) (local $i i32) (loop $l {body})))"
    graph = lifted(text, "poll-splitting")
    assert apply(graph, "loop-unrolling", factor="4").changed
    assert (count(graph, "StackLimitReached"), count(graph, "Branch"), count(graph, "Load")) == (1, 5, 8)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("(loop $l (call $f) (br_if $l (local.get $p)))", "calls in the loop"),
        ("(loop $l (call_indirect (type $t) (local.get $p)) (br_if $l (local.get $p)))", "calls in the loop"),
        ("(block $o (loop $l (br_table $o $l $l $o (local.get $p))))", "a switch in the loop"),
        ("(loop $l (i32.store (i32.const 0) (local.get $p)) (br $l))", "endless loop"),
        (f"(loop $l {'(i32.store (local.get $p) (local.get $q))' * 40} (br_if $l (local.get $p)))", "loop too large"),
    ],
)
def test_left_alone(body: str, why: str) -> None:
    body = body if "$i" in body else body + "(local.set $i (local.get $p))"
    done, remarks, _ = unrolled(body)
    assert done == 0 and remarks == [why]


def test_budget() -> None:
    """Deeper loops come first; what is left may allow fewer copies, or none."""
    inner = COUNTING.replace("$l", "$m")
    body = f"{COUNTING} (loop $o {inner} (br_if $o (local.get $q)))"
    done, remarks, _ = unrolled(body, min_budget=50, growth=0)
    assert done == 2 and remarks[0] == "unrolled 8 times" and remarks[1] != remarks[0]
    assert unrolled(body, min_budget=0, growth=0)[0] == 0


def test_several_back_edges() -> None:
    body = """(loop $l (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $l (i32.and (local.get $i) (i32.const 1))) (br_if $l (i32.lt_u (local.get $i) (local.get $p))))"""
    _, _, graph = unrolled(body, factor=3)
    [loop] = [node for node in graph.reachable() if node.op.name == "Loop"]
    assert len(loop.inputs) == 3 and count(graph, "Branch") == 6


def test_origins() -> None:
    _, _, graph = unrolled(COUNTING, factor=2)
    before = {node.id: node for node in graph.reachable() if node.origin.rule != "unroll"}
    copies = [node for node in graph.reachable() if node.origin.rule == "unroll"]
    assert {node.op.name for node in copies} >= {"Branch", "IfTrue", "IfFalse", "Int32Add", "Uint32LessThan"}
    for node in copies:
        assert node.origin.bytecode_offset == before[node.origin.node].origin.bytecode_offset


def test_interrupts_are_noticed() -> None:
    """The loop polls once for all copies."""
    text = '(module (func (export "run") (param $p i32) (loop $l (br_if $l (local.get $p)))))'
    instance = Engine(tier="optimized", pipeline="loop-unrolling", time_limit=0.1).instantiate(wat(text))
    with pytest.raises(InterruptError):
        instance.exports["run"](1)
