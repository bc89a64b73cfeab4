"""Poll splitting: where, and into what."""

from __future__ import annotations

import textwrap

from tests.passes.texts import apply, canonical, count, lifted, operators

LOOP = """(module (memory 1) (func (param i32) (loop $l (drop (i32.load (local.get 0)))
(br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"""


def test_a_check_becomes_a_diamond_in_text() -> None:
    graph = lifted(LOOP)
    result = apply(graph, "poll-splitting")
    assert result.statistics == {"split": 1}
    expected = """
        B0:
          n0 = Start()
          n1 = Parameter[0, Word64](n0)
          n2 = Parameter[1, Word32](n0)
          n3 = StackCheck[entry](n0, n0)
          n4 = Int32Constant[1]()
          n5 = MemoryStart[0](n1)
        B1:
          n6 = Loop[2](n3, n19)
          n7 = EffectPhi[2](n3, n17, n6)
          n8 = Phi[Word32, 2](n2, n10, n6)
          n9 = StackLimitReached(n7)
          n10 = Int32Sub(n8, n4)
          n11 = Branch[unlikely](n9, n6)
        B2:
          n12 = IfTrue(n11)
          n13 = StackCheck[slow](n7, n12)
        B3:
          n14 = IfFalse(n11)
        B4:
          n15 = Merge[2](n14, n13)
          n16 = EffectPhi[2](n7, n13, n15)
          n17 = Load[Word32, Word32, 0, 0](n5, n8, n16, n15)
          n18 = Branch(n10, n15)
        B5:
          n19 = IfTrue(n18)
        B6:
          n20 = IfFalse(n18)
          n21 = Return[0](n17, n20)
          n22 = End[1](n21)
        """
    assert canonical(graph) == textwrap.dedent(expected).strip()


def test_loops_without_state_keep_their_checks() -> None:
    graph = lifted("(module (func (param i32) (loop $l (br_if $l (local.get 0)))))")
    assert not apply(graph, "poll-splitting").changed
    assert operators(graph, "StackCheck") == ["StackCheck[entry]", "StackCheck[loop]"]


def test_all_loops_are_split_and_only_once() -> None:
    graph = lifted(
        """(module (global $g (mut i32) (i32.const 0)) (func (param i32)
        (loop $a (loop $b (br_if $b (global.get $g))) (br_if $a (local.get 0)))))"""
    )
    assert apply(graph, "poll-splitting").statistics == {"split": 2}
    assert count(graph, "StackLimitReached") == 2
    assert not apply(graph, "poll-splitting").changed


def test_the_slow_path_is_deferred() -> None:
    graph = lifted(LOOP, "poll-splitting")
    from seaofnodes.ir.control_flow import ControlFlow

    slow = next(node for node in graph.reachable() if node.op.name == "StackCheck" and node.op.parameters == "slow")
    flow = ControlFlow(graph)
    assert [block.deferred for block in flow.blocks if slow in block.fixed] == [True]
    assert sum(block.deferred for block in flow.blocks) == 1
