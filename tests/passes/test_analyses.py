"""Cached analyses: when a result is given again, when it is not, and who is told of a wrong declaration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from seaofnodes.backend.schedule import schedule
from seaofnodes.errors import PassError
from seaofnodes.ir.control_flow import ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common
from seaofnodes.ir.ops.machine import MACHINE
from seaofnodes.passes.analyses.effects import EffectChains
from seaofnodes.passes.analyses.loops import InnermostLoops
from seaofnodes.passes.analyses.manager import AnalysisManager
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.facts.facts import Facts
from seaofnodes.passes.framework.pipeline import Pipeline
from tests.passes.texts import lifted

LOOP = """(module (memory 1) (func (param $p i32) (param $n i32) (result i32) (local $sum i32)
  (loop $again
    (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $p))))
    (i32.store offset=64 (local.get $p) (i32.mul (local.get $sum) (i32.const 3)))
    (local.set $p (i32.add (local.get $p) (i32.const 4)))
    (br_if $again (i32.lt_u (local.get $p) (local.get $n))))
  (local.get $sum)))"""
ALL: list[type[Any]] = [ControlFlow, EffectChains, InnermostLoops, Facts]


def one(graph: Graph, name: str) -> Node:
    return next(node for node in graph.reachable() if node.op.name == name)


class Multiplications:
    """A user's analysis: how many multiplications there are."""

    needs: ClassVar[tuple[type[Any], ...]] = ()
    control_only: ClassVar[bool] = False

    def __init__(self, graph: Graph) -> None:
        self.count = sum(node.op.name == "Int32Mul" for node in graph.reachable())

    def difference(self, fresh: Multiplications) -> str:
        return "" if self.count == fresh.count else f"there are {fresh.count}, not {self.count}"


@pytest.mark.parametrize("analysis", ALL)
def test_a_result_is_computed_once(analysis: type[Any]) -> None:
    graph, analyses = lifted(LOOP), AnalysisManager()
    assert analyses.get(analysis, graph) is analyses.get(analysis, graph)
    assert analyses.get(analysis, lifted(LOOP)) is not analyses.get(analysis, graph)


def test_what_an_analysis_needs_is_shared() -> None:
    graph, analyses = lifted(LOOP), AnalysisManager()
    flow = analyses.get(ControlFlow, graph)
    assert analyses.get(EffectChains, graph).flow is flow
    assert analyses.get(InnermostLoops, graph).flow is flow
    assert schedule(graph, analyses).control_flow is flow


def test_control_flow_outlives_edits_of_values() -> None:
    graph, analyses = lifted(LOOP), AnalysisManager()
    flow, chains = analyses.get(ControlFlow, graph), analyses.get(EffectChains, graph)
    graph.replace(one(graph, "Int32Mul"), graph.int32(7))
    assert analyses.get(ControlFlow, graph) is flow
    assert analyses.get(EffectChains, graph) is not chains


@pytest.mark.parametrize("edit", ["node", "replace_input", "append_input", "remove_input", "replace", "operator"])
def test_edits_of_control_are_seen_at_once(edit: str) -> None:
    graph, analyses = lifted(LOOP), AnalysisManager()
    flow = analyses.get(ControlFlow, graph)
    loop, branch = one(graph, "Loop"), one(graph, "Branch")
    if edit == "node":
        graph.node(common.UNREACHABLE, graph.start, graph.start)
    elif edit == "replace_input":
        branch.replace_input(1, loop)
    elif edit == "append_input":
        loop.append_input(graph.start)
    elif edit == "remove_input":
        loop.remove_input(1)
    elif edit == "replace":
        graph.replace(loop, graph.start)
    else:
        one(graph, "IfTrue").op = common.IF_FALSE
    assert analyses._known[ControlFlow].result is flow
    assert not analyses._holds(ControlFlow, graph)


def test_what_was_made_from_a_stale_result_is_stale() -> None:
    graph, analyses = lifted(LOOP), AnalysisManager()
    chains = analyses.get(EffectChains, graph)
    for name, op in [("IfTrue", common.IF_DEFAULT), ("IfFalse", common.IF_TRUE), ("IfDefault", common.IF_FALSE)]:
        one(graph, name).op = op
    flow = analyses.get(ControlFlow, graph)
    assert flow is not chains.flow
    assert analyses.get(EffectChains, graph).flow is flow


@pytest.mark.parametrize("analysis", ALL)
def test_a_fresh_result_says_the_same(analysis: type[Any]) -> None:
    """Else every check would fail, or none could."""
    graph = lifted(LOOP)
    results = [AnalysisManager().get(analysis, graph) for _ in range(2)]
    if analysis is Facts:
        for result in results:
            for phi in [node for node in graph.reachable() if node.op.name == "Phi"]:
                result.word(phi)
    assert results[0].difference(results[1]) == ""


@pytest.mark.parametrize("analysis", [ControlFlow, EffectChains, InnermostLoops])
def test_differences_are_found(analysis: type[Any]) -> None:
    graph = lifted(LOOP)
    before = AnalysisManager().get(analysis, graph)
    Pipeline.parse("poll-splitting,load-elimination{across_blocks=true},loop-peeling{always=true}").run(graph)
    assert before.difference(AnalysisManager().get(analysis, graph))


@dataclass(frozen=True)
class Tripler(Pass):
    """Takes a multiplication out, and counts them before."""

    name = "tripler"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        context.analyses.get(Multiplications, graph)
        node = one(graph, "Int32Mul")
        graph.replace(node, node.inputs[0])
        return PassResult(True)


@dataclass(frozen=True)
class Boaster(Tripler):
    """Says that no multiplication went."""

    name = "boaster"
    preserves = (Multiplications,)


@dataclass(frozen=True)
class Denier(Tripler):
    """Says that nothing has changed."""

    name = "denier"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        super().run(graph, context)
        return PassResult(False)


@dataclass(frozen=True)
class Smuggler(Pass):
    """Edits the graph without its knowing."""

    name = "smuggler"

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        context.analyses.get(Multiplications, graph)
        one(graph, "Int32Mul").op = MACHINE["Int32Sub"]
        return PassResult(True)


@pytest.mark.parametrize("guilty", [Boaster(), Denier(), Smuggler()], ids=lambda pass_: pass_.name)
def test_a_wrong_declaration_is_an_error_that_names_the_pass(guilty: Pass) -> None:
    with pytest.raises(PassError, match=f"Multiplications was changed by {guilty.name}, .*: there are 0, not 1"):
        Pipeline((guilty,)).run(lifted(LOOP), verify=True)


def test_what_is_preserved_is_kept_and_the_rest_forgotten() -> None:
    @dataclass(frozen=True)
    class Renamer(Pass):
        """Exchanges operands, which changes no multiplication."""

        name = "renamer"
        preserves = (Multiplications,)

        def run(self, graph: Graph, context: PassContext) -> PassResult:
            context.analyses.get(EffectChains, graph)
            context.analyses.get(Multiplications, graph)
            node = one(graph, "Uint32LessThan")
            node.replace_input(0, graph.int32(0))
            return PassResult(True)

    graph, context = lifted(LOOP), PassContext()
    Pipeline((Renamer(),)).run(graph, context, verify=True)
    assert set(context.analyses._known) == {ControlFlow, Multiplications}
    assert context.analyses.get(Multiplications, graph).count == 1


def test_the_order_is_walked_once() -> None:
    graph = lifted(LOOP)
    order = graph.trim()
    assert graph.trim() is order and graph.reachable() is order
    product = one(graph, "Int32Mul")
    unused = graph.node(product.op, *product.inputs)  # a user that nobody needs
    assert graph.reachable() == order
    assert unused in product.inputs[0].uses
    assert graph.trim() == order
    assert unused not in product.inputs[0].uses
