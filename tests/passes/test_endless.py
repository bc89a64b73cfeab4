"""Loops that lose their last way out stay, whatever took it away, and with them the branches that lead there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.control import sweep
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.inlining.inline import Inliner
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.lift.function import lift
from tests.passes.endless_programs import CALLEES, FORMS, PLACES, module, random_module
from tests.passes.equivalence import check_equivalent, context_for
from tests.passes.texts import count, lifted
from tests.support import wat

PIPELINES = (
    "inline",
    "inline,stress-deopt,branch-elimination,dead-code",
    "inline,simplify,branch-elimination",
    "default",
)


@pytest.mark.parametrize("form", FORMS)
def test_inlining(form: str) -> None:
    """Each way to leave a loop, with each callee, before other code and behind branches: graphs are whole after every
    pass, and do what they did.
    """
    for callee in CALLEES:
        for place in PLACES:
            decoded = decode_module(wat(module(FORMS[form].format(callee), place)))
            check_equivalent(decoded, len(decoded.functions) - 1, "inline", rounds=4)


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("first", range(0, 24, 8))
def test_random_functions(pipeline: str, first: int) -> None:
    made = 0
    for seed in range(first, first + 8):
        decoded = decode_module(wat(random_module(seed)))
        index = len(decoded.functions) - 1
        before = count(lift(decoded, index), "Terminate")
        after = check_equivalent(decoded, index, pipeline, rounds=4, seed=seed)
        made += count(after, "Terminate") > before
    assert made


@pytest.mark.parametrize(("form", "callee"), [("caught in front", "throws"), ("caught behind", "returns")])
def test_inlining_makes_a_loop_endless(form: str, callee: str) -> None:
    decoded = decode_module(wat(module(FORMS[form].format(callee))))
    graph = lift(decoded, len(decoded.functions) - 1)
    assert count(graph, "Loop") == 1 and count(graph, "Terminate") == 0
    Inliner().run(graph, context_for(decoded))
    verify(graph)
    assert count(graph, "Loop") == 1 and count(graph, "Terminate") == 1 and count(graph, "IfException") == 0
    assert count(graph, "IfTrue") == count(graph, "IfFalse") == 1


TWO_LOOPS = """(module (func (param $c i32) (param $d i32)
  (loop $o (loop $i (br_if $i (local.get $c)) (br_if $o (local.get $d))))))"""


def way_out(graph: Graph) -> tuple[Node, Node, Node]:
    """The last branch before the return, the arm that leads there, and the other one."""
    (end,) = graph.end.inputs
    branch = end.control.control
    (other,) = (user for user in branch.uses if user is not end.control)
    return branch, end.control, other


def by_sweeping(graph: Graph) -> None:
    branch, way, other = way_out(graph)
    sweep(graph, [way])
    graph.replace(other, branch.control)
    graph.kill(branch)


def by_hand(graph: Graph) -> None:
    """Without any of the helpers for control."""
    branch, way, other = way_out(graph)
    graph.remove_end(graph.end.inputs[0])
    graph.replace(other, branch.control)
    for node in (other, way, branch):
        graph.kill(node)


@pytest.mark.parametrize("take", [by_sweeping, by_hand])
def test_a_pass_of_a_user_need_not_know(take: Callable[[Graph], None]) -> None:
    """It takes the only way out, and does no more about that."""

    @dataclass(frozen=True)
    class Taking(Pass):
        """Takes the way out of the loops."""

        name = "taking"

        def run(self, graph: Graph, context: PassContext) -> PassResult:
            take(graph)
            return PassResult(True)

    graph = lifted(TWO_LOOPS)
    assert count(graph, "Loop") == 2 and count(graph, "Terminate") == 0
    Pipeline((Taking(),)).run(graph, verify=True)
    assert count(graph, "Loop") == 2 and count(graph, "Return") == 0 and count(graph, "Terminate")


def test_dead_code_elimination_alone() -> None:
    """What it is given may be a graph that nobody has trimmed."""
    graph = lifted(TWO_LOOPS)
    by_hand(graph)
    Pipeline.parse("dead-code").run(graph, verify=True)
    assert count(graph, "Loop") == 2


def test_what_is_cut_goes() -> None:
    """A loop behind control that does not come is no endless loop."""
    text = """(module (func (param i32)
      (if (i32.const 0) (then (loop $l (br $l))))
      (if (i32.const 1) (then) (else (loop $l (br $l))))))"""
    graph = lifted(text)
    assert count(graph, "Terminate") == 2
    Pipeline.parse("branch-elimination").run(graph, verify=True)
    assert count(graph, "Loop") == count(graph, "Terminate") == 0
