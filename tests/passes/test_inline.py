"""Inlining: what, how much, and that the graph is whole afterwards."""

from __future__ import annotations

import pytest

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import CallFeedback, PassContext
from seaofnodes.passes.checkpoints import CheckpointElimination
from seaofnodes.passes.inlining.inline import Inliner
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.module import Module
from tests.passes.texts import count
from tests.support import wat

MODULE = """(module (memory 1)
  (func $run (param i32) (result i32) (i32.add (call $small (local.get 0)) (call $middle (local.get 0))))
  (func $small (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $middle (param i32) (result i32)
    (if (local.get 0) (then (return (call $small (i32.mul (local.get 0) (i32.const 2))))))
    (loop $l (br_if $l (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1)))))
    (call $never (local.get 0)) (i32.const 7))
  (func $never (param i32) (unreachable))
  (func $recursive (param i32) (result i32)
    (if (result i32) (local.get 0) (then (call $recursive (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 0))))
  (func $pair (param i32) (result i32 i32) (local.get 0) (i32.const 2))
  (func $twice (result i32) (call $pair (i32.const 20)) (i32.mul)))"""


@pytest.fixture(scope="module")
def module() -> Module:
    return decode_module(wat(MODULE))


def inlined(module: Module, name: str, calls: int = 100, **options: object) -> tuple[Graph, PassContext]:
    index = next(i for i in range(len(module.functions)) if module.function_name(i) == name)
    context = PassContext(
        lift=lambda index: lift(module, index),
        function_size=lambda index: 2 * len(module.body(index).opcodes),
        function_name=module.function_name,
        feedback=lambda function, site: CallFeedback(((-1, calls),)),
        invocations=lambda function: max(calls, 1),
    )
    context.phase = "inline"
    graph = lift(module, index)
    Inliner(**options).run(graph, context)  # type: ignore[arg-type]
    verify(graph, "inline")
    return graph, context


def test_calls_become_bodies(module: Module) -> None:
    graph, context = inlined(module, "run")
    assert count(graph, "Call") == 0
    assert [remark.message for remark in context.remarks if remark.kind == "passed"].count("inlined small") == 2
    assert [graph.inlinings[i].parent for i in range(4)].count(-1) == 2


def test_origins_tell_the_inlining(module: Module) -> None:
    graph, _ = inlined(module, "run")
    loops = [node for node in graph.reachable() if node.op.name == "Loop"]
    middle = next(i for i in range(len(module.functions)) if module.function_name(i) == "middle")
    assert [graph.inlinings[node.origin.inlining].function_index for node in loops] == [middle]


def test_what_was_never_called_stays_unless_it_is_tiny(module: Module) -> None:
    graph, context = inlined(module, "run", calls=0)
    assert count(graph, "Call") == 1
    assert any(remark.message == "never called" for remark in context.remarks)


def test_a_callee_that_is_too_large_stays(module: Module) -> None:
    graph, context = inlined(module, "run", max_callee=20)
    assert count(graph, "Call") == 1
    assert [remark.message for remark in context.remarks if remark.kind == "missed"] == ["callee too large"]


def test_recursion_is_bounded(module: Module) -> None:
    graph, _ = inlined(module, "recursive", max_inlined=5)
    assert len(graph.inlinings) == 5 and count(graph, "Call") == 1


def test_several_results(module: Module) -> None:
    graph, _ = inlined(module, "twice")
    assert count(graph, "Call") == 0 and count(graph, "Projection") == 0


def test_entry_checks_of_callees_go_their_loops_keep_theirs(module: Module) -> None:
    graph, _ = inlined(module, "run")
    checks = sorted(node.op.parameters for node in graph.reachable() if node.op.name == "StackCheck")
    assert checks == ["entry", "loop"]


def test_without_a_lifter_nothing_happens(module: Module) -> None:
    graph = lift(module, 0)
    assert not Inliner().run(graph, PassContext()).changed


def test_a_second_run_knows_whose_call_sites_it_sees(module: Module) -> None:
    index = next(i for i in range(len(module.functions)) if module.function_name(i) == "run")
    asked: list[tuple[int, int]] = []

    def feedback(function: int, site: int) -> CallFeedback:
        asked.append((function, site))
        return CallFeedback(((-1, 100),))

    context = PassContext(lift=lambda index: lift(module, index), function_size=lambda index: 20, feedback=feedback)
    graph = lift(module, index)
    Inliner(max_depth=0).run(graph, context)
    assert count(graph, "Call")
    asked.clear()
    Inliner().run(graph, context)
    middle = next(i for i in range(len(module.functions)) if module.function_name(i) == "middle")
    assert (middle, 0) in asked and index not in {function for function, _ in asked}
    verify(graph, "inline")


def test_calls_without_frame_states_take_no_checkpoints_in(module: Module) -> None:
    """What would leave there could not make the caller's frame."""

    def lifted(index: int) -> Graph:
        return lift(module, index, frame_states=True, checkpoints=True)

    for dropped in (False, True):
        graph = lifted(0)
        if dropped:
            CheckpointElimination().run(graph, PassContext())
        context = PassContext(lift=lifted, function_size=lambda index: 10)
        context.phase = "inline"
        Inliner(tiny=100, max_inlined=2).run(graph, context)
        verify(graph, "inline")
        assert bool(count(graph, "Checkpoint")) != dropped and bool(count(graph, "FrameState")) != dropped
