"""The verifier catches damage right after the pass that did it, and names pass, node and neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from seaofnodes.ir.dialect import format_operator
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common
from seaofnodes.ir.ops.machine import INT32_ADD, INT64_ADD
from seaofnodes.ir.ops.parameters import CallDescriptor
from seaofnodes.ir.text import parse_graph
from seaofnodes.ir.types import WORD32, WORD64
from seaofnodes.ir.verify import VerificationError, verify
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.wasm.dialect import operators as wasm

TEXT = """
graph $sample (Word64, Word32, Word32) -> (Word32) function 0
  n0 = Start()
  n2 = Parameter[0, Word64](n0)
  n3 = Parameter[1, Word32](n0)
  n4 = Parameter[2, Word32](n0)
  n5 = Int32Add(n3, n4)
  n6 = Branch(n5, n0)
  n7 = IfTrue(n6)
  n8 = IfFalse(n6)
  n9 = GlobalSet[0, Word32, global0](n2, n5, n0, n7)
  n10 = Int32Sub(n5, n4)
  n11 = Merge[2](n7, n8)
  n12 = EffectPhi[2](n9, n0, n11)
  n13 = Phi[Word32, 2](n10, n3, n11)
  n14 = FrameState[0, 40, before, 1, Word32](n13)
  n15 = Checkpoint(n14, n12, n11)
  n16 = GlobalSet[1, Word32, global1](n2, n13, n15, n15)
  n17 = Int64Constant[7]()
  n18 = TruncateInt64ToInt32(n17)
  n19 = Int32Add(n13, n18)
  n20 = Return[1](n19, n16, n15)
  n1 = End[1](n20)
"""


def find(graph: Graph, id: int) -> Node:
    return next(node for node in graph.reachable() if node.id == id)


def wrong_input_kind(graph: Graph) -> None:
    find(graph, 20).replace_input(1, find(graph, 13))


def missing_use(graph: Graph) -> None:
    del find(graph, 3).uses[find(graph, 5)]


def stale_use(graph: Graph) -> None:
    find(graph, 4).uses[find(graph, 19)] = 1


def dead_input(graph: Graph) -> None:
    node = find(graph, 10)
    user = find(graph, 13)
    node.op = common.DEAD
    del node.inputs[:]
    assert node in user.inputs


def use_not_dominated(graph: Graph) -> None:
    """A value of one arm that depends on the arm's control is used in the other."""
    load = graph.node(common.projection(0, WORD32), find(graph, 9))
    find(graph, 19).replace_input(1, load)


def forked_effect_chain(graph: Graph) -> None:
    """What one arm did is taken as the effect of both."""
    find(graph, 12).replace_input(1, find(graph, 9))


def effect_of_another_path(graph: Graph) -> None:
    """A load sees a write that the return does not follow."""
    load = graph.node(wasm.global_get(1, WORD32, "global1"), find(graph, 2), find(graph, 16))
    find(graph, 19).replace_input(1, load)
    find(graph, 20).replace_input(1, find(graph, 15))


def phi_arity(graph: Graph) -> None:
    phi = find(graph, 13)
    phi.insert_input(2, find(graph, 3))
    phi.op = common.phi(WORD32, 3)


def type_error(graph: Graph) -> None:
    find(graph, 19).replace_input(1, find(graph, 17))


def wrong_operator_type(graph: Graph) -> None:
    find(graph, 19).op = INT64_ADD


def lost_frame_state(graph: Graph) -> None:
    checkpoint = find(graph, 15)
    checkpoint.replace_input(0, find(graph, 13))


def unknown_parameter(graph: Graph) -> None:
    find(graph, 4).op = common.parameter(3, WORD32)


def parameter_of_another_type(graph: Graph) -> None:
    find(graph, 2).op = common.parameter(1, WORD64)


def missing_input(graph: Graph) -> None:
    find(graph, 5).remove_input(1)


def lost_branch_arm(graph: Graph) -> None:
    """The IfFalse is gone, but the branch still branches."""
    merge = find(graph, 11)
    merge.replace_input(1, find(graph, 7))


def cycle_without_phi(graph: Graph) -> None:
    node = find(graph, 10)
    node.replace_input(0, graph.node(INT32_ADD, node, node))


def endless_loop_beside(graph: Graph) -> None:
    """Control that goes on to the end goes on to an endless loop as well."""
    loop = graph.node(common.loop(2), find(graph, 15), find(graph, 15))
    loop.replace_input(1, graph.node(common.CHECKPOINT, find(graph, 14), find(graph, 15), loop))


def terminate_without_a_loop(graph: Graph) -> None:
    graph.add_end(graph.node(common.TERMINATE, find(graph, 12), find(graph, 11)))


DAMAGES = [
    unknown_parameter,
    parameter_of_another_type,
    wrong_input_kind,
    missing_use,
    stale_use,
    dead_input,
    use_not_dominated,
    forked_effect_chain,
    effect_of_another_path,
    phi_arity,
    type_error,
    wrong_operator_type,
    lost_frame_state,
    missing_input,
    lost_branch_arm,
    cycle_without_phi,
    endless_loop_beside,
    terminate_without_a_loop,
]


def test_the_sample_is_sound() -> None:
    verify(parse_graph(TEXT))


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_caught_after_the_pass_that_did_it(damage: Callable[[Graph], None]) -> None:
    @dataclass(frozen=True)
    class Breaking(Pass):
        """Breaks the graph."""

        name = "breaking"

        def run(self, graph: Graph, context: PassContext) -> PassResult:
            damage(graph)
            return PassResult(True)

    @dataclass(frozen=True)
    class Innocent(Pass):
        """Does nothing."""

        name = "innocent"

        def run(self, graph: Graph, context: PassContext) -> PassResult:
            return PassResult(False)

    graph = parse_graph(TEXT)
    with pytest.raises(VerificationError) as caught:
        Pipeline((Innocent(), Breaking(), Innocent())).run(graph, verify=True)
    assert caught.value.after == "breaking"
    assert "after breaking" in str(caught.value)
    assert f"> n{caught.value.node.id} = " in str(caught.value)


ARMS = {"branch": ("Branch", "IfTrue()", "IfFalse()"), "switch": ("Switch[2]", "IfValue[1]()", "IfDefault()")}
LOOP = """
graph $sample (Word64, Word32) -> (Word32) function 0
  n0 = Start()
  n3 = Parameter[1, Word32](n0)
  n4 = BRANCH(n3, n0)
  n5 = FIRST
  n6 = SECOND
  n7 = Return[1](n3, n0, n6)
  n8 = Loop[2](n5, n10)
  n9 = EffectPhi[2](n0, n10, n8)
  n10 = StackCheck[loop](n9, n8)
  n11 = Terminate(n9, n8)
  n1 = End[2](n7, n11)
"""


def sample_with_a_loop(kind: str) -> Graph:
    branch, first, second = ARMS[kind]
    text = LOOP.replace("BRANCH", branch)
    return parse_graph(text.replace("FIRST", first[:-1] + "n4)").replace("SECOND", second[:-1] + "n4)"))


def after_breaking(graph: Graph, damage: Callable[[Graph], None]) -> None:
    @dataclass(frozen=True)
    class Breaking(Pass):
        """Breaks the graph."""

        name = "breaking"

        def run(self, graph: Graph, context: PassContext) -> PassResult:
            damage(graph)
            return PassResult(True)

    Pipeline((Breaking(),)).run(graph, verify=True)


@pytest.mark.parametrize("kind", ARMS)
def test_an_arm_that_does_not_reach_the_end(kind: str) -> None:
    """The end does not know of the loop in one arm any more, so the arm is not in the graph as seen from there."""
    graph = sample_with_a_loop(kind)
    verify(graph)
    with pytest.raises(VerificationError, match="n4 to where the end is not reached") as caught:
        after_breaking(graph, lambda graph: graph.remove_end(find(graph, 11)))
    assert caught.value.after == "breaking" and caught.value.node.id == 5


@pytest.mark.parametrize("kind", ARMS)
def test_an_arm_that_is_not_there(kind: str) -> None:
    def lose(graph: Graph) -> None:
        graph.remove_end(find(graph, 11))
        arm = next(user for user in find(graph, 4).uses if user.id == 5)
        graph.kill(arm)

    with pytest.raises(VerificationError, match="the successors are") as caught:
        after_breaking(sample_with_a_loop(kind), lose)
    assert caught.value.after == "breaking" and caught.value.node.id == 4


def test_a_function_that_is_one_endless_loop() -> None:
    graph = sample_with_a_loop("branch")
    loop, arm = find(graph, 8), find(graph, 5)

    def lose(graph: Graph) -> None:
        loop.replace_input(0, graph.start)
        for end in list(graph.end.inputs):
            graph.remove_end(end)
        arm.remove_input(0)

    with pytest.raises(VerificationError) as caught:
        after_breaking(graph, lose)
    assert caught.value.after == "breaking"


def test_a_terminate_that_was_killed_comes_back() -> None:
    graph = sample_with_a_loop("switch")

    def lose(graph: Graph) -> None:
        node = find(graph, 11)
        graph.remove_end(node)
        graph.kill(node)

    after_breaking(graph, lose)
    assert [node.op.name for node in graph.end.inputs] == ["Return", "Terminate"]


@pytest.mark.parametrize("in_try", [False, True])
def test_results_that_a_call_does_not_have(in_try: bool) -> None:
    descriptor = CallDescriptor((), (WORD32, WORD64), 0, in_try=in_try)
    text = format_operator(common.call(descriptor))
    after = "n4 = IfSuccess(n3, n3)\nn9 = IfException(n3, n3)\nn10 = Throw(n2, n9, n9, n9)" if in_try else ""
    source = "n4" if in_try else "n3"
    end = "n1 = End[2](n6, n10)" if in_try else "n1 = End[1](n6)"
    lines = f"""graph $caller (Word64) -> (Word64) function 0
        n0 = Start()
        n2 = Parameter[0, Word64](n0)
        n3 = {text}(n2, n0, n0)
        {after}
        n5 = Projection[1, Word64]({source})
        n6 = Return[1](n5, {source}, {source})
        {end}"""
    verify(parse_graph(lines))
    with pytest.raises(VerificationError, match="n3 has no result 2, but 2"):
        verify(parse_graph(lines.replace("Projection[1", "Projection[2")))
    with pytest.raises(VerificationError, match="result 0 of n3 is Word32, not Word64"):
        verify(parse_graph(lines.replace("Projection[1", "Projection[0")))
