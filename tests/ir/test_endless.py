"""Trimming a graph keeps its endless loops."""

from __future__ import annotations

import pytest

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.text import parse_graph
from seaofnodes.ir.verify import verify

HEAD = "graph $sample (Word64, Word32) -> (Word32) function 0\n"
PLAIN = """
  n0 = Start()
  n2 = Parameter[0, Word64](n0)
  n3 = Parameter[1, Word32](n0)
  n5 = GlobalSet[0, Word32, global0](n2, n3, n0, n0)
  n6 = Loop[2](n0, n8)
  n7 = Branch(n3, n6)
  n8 = IfTrue(n7)
  n9 = IfFalse(n7)
  n10 = Return[1](n3, n5, n9)
  n1 = End[1](n10)
"""
WITH_EFFECTS = """
  n0 = Start()
  n2 = Parameter[0, Word64](n0)
  n3 = Parameter[1, Word32](n0)
  n4 = Branch(n3, n0)
  n5 = IfTrue(n4)
  n6 = Loop[2](n5, n12)
  n7 = EffectPhi[2](n0, n11, n6)
  n8 = Loop[2](n6, n14)
  n9 = EffectPhi[2](n7, n11, n8)
  n11 = GlobalSet[0, Word32, global0](n2, n3, n9, n8)
  n13 = Branch(n3, n8)
  n14 = IfTrue(n13)
  n15 = IfFalse(n13)
  n16 = Branch(n3, n15)
  n12 = IfTrue(n16)
  n17 = IfFalse(n16)
  n18 = Return[1](n3, n11, n17)
  n19 = IfFalse(n4)
  n20 = Return[1](n3, n0, n19)
  n1 = End[2](n18, n20)
"""


def find(graph: Graph, id: int) -> Node:
    return next(node for node in graph.reachable() if node.id == id)


def without(graph: Graph, way: int) -> Graph:
    """Take a way out of a loop: the other arm of its branch stands in its place."""
    node = find(graph, way)
    branch = node.control
    (other,) = (user for user in branch.uses if user is not node)
    (end,) = node.uses
    graph.remove_end(end)
    graph.replace(other, branch.control)
    for gone in (end, node, other, branch):
        graph.kill(gone)
    return graph


def terminates(graph: Graph) -> list[Node]:
    return [node for node in graph.end.inputs if node.op.name == "Terminate"]


def test_a_loop_and_what_was_done_before_it_stay() -> None:
    """Without a phi of effects at the loop, its effect is the last one before it."""
    graph = without(parse_graph(HEAD + PLAIN), 9)
    assert graph.cut and not graph.end.inputs
    names = [node.op.name for node in graph.trim()]
    assert "Loop" in names and "GlobalSet" in names and "Return" not in names
    (node,) = terminates(graph)
    assert node.effect.op.name == "GlobalSet" and node.control.op.name == "Loop"
    verify(graph)
    assert not graph.cut


def test_outer_loops_first() -> None:
    graph = without(parse_graph(HEAD + WITH_EFFECTS), 17)
    graph.trim()
    assert [node.control.id for node in terminates(graph)] == [6]
    assert terminates(graph)[0].effect.id == 7
    verify(graph)


@pytest.mark.parametrize("text", [PLAIN, WITH_EFFECTS])
def test_what_has_a_way_out_stays_as_it_is(text: str) -> None:
    graph = parse_graph(HEAD + text)
    before = [node.id for node in graph.reachable()]
    assert [node.id for node in graph.trim()] == before and not terminates(graph)


def test_loops_that_nothing_leads_to_go() -> None:
    """A loop behind control that was killed is not endless but gone."""
    graph = parse_graph(HEAD + WITH_EFFECTS)
    branch, other = find(graph, 4), find(graph, 19)
    graph.remove_end(find(graph, 18))
    graph.replace(other, branch.control)
    for gone in (*branch.uses, branch):
        graph.kill(gone)
    names = {node.op.name for node in graph.trim()}
    assert names == {"Start", "End", "Return", "Parameter"}
    verify(graph)
