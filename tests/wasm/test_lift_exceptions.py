"""Exceptions in graphs: evaluated against the interpreter, frame states, and what the verifier says of broken ones."""

from __future__ import annotations

import functools
import random
from typing import Any

import pytest

from seaofnodes.ir.control_flow import ControlFlow
from seaofnodes.ir.evaluator.evaluate import Frames, evaluate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common
from seaofnodes.ir.text import format_graph, parse_graph
from seaofnodes.ir.verify import VerificationError, verify
from seaofnodes.passes.base import CallFeedback, PassContext
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.inlining.inline import Inliner
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.interpreter.environment import InterpretedEnvironment
from seaofnodes.wasm.interpreter.interpreter import resume
from seaofnodes.wasm.interpreter.link import instantiate
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.module import Module
from tests.backend.baseline.exception_programs import FUNCTIONS, program
from tests.backend.baseline.interpreted import outcome
from tests.passes.texts import count
from tests.support import wat
from tests.wasm.evaluated import instantiate_evaluated

SEEDS = range(5)
ARGUMENTS = ((0, 0), (1, 1), (1, 2), (3, 5), (6, 1), (2**32 - 1, 7))


@functools.cache
def decoded(seed: int, legacy: bool) -> Module:
    return decode_module(program(seed, legacy=legacy))


def context(module: Module, frame_states: bool = False) -> PassContext:
    return PassContext(
        lift=lambda index: lift(module, index, frame_states=frame_states, checkpoints=frame_states),
        function_size=lambda index: module.code[index].end - module.code[index].start,
        feedback=lambda function, site: CallFeedback(((-1, 1000),)),
        invocations=lambda function: 10,
    )


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("pipeline", ["none", "default", "inline{tiny=3000,max_callee=3000,max_inlined=6}"])
def test_graphs_against_the_interpreter(pipeline: str, legacy: bool) -> None:
    seen: set[str] = set()
    for seed in SEEDS:
        module = decoded(seed, legacy)

        def optimize(graph: Graph) -> None:
            Pipeline.parse(pipeline).run(graph, context(module), verify=True)  # noqa: B023
            seen.update(node.op.name for node in graph.reachable())
            again = parse_graph(format_graph(graph))
            assert format_graph(again) == format_graph(graph)

        evaluated, interpreted = instantiate_evaluated(module, {}, optimize), instantiate(module)
        for index in range(1, FUNCTIONS + 1):
            for given in ARGUMENTS[:2] if pipeline == "none" else ARGUMENTS[seed % 6 :][:1]:
                expected = outcome(lambda: interpreted.exports[f"f{index}"].call_bits(*given))  # noqa: B023
                assert outcome(lambda: evaluated.exports[f"f{index}"].call_bits(*given)) == expected  # noqa: B023
    assert seen >= {"IfSuccess", "IfException", "NewException", "ExceptionHasTag", "ExceptionPayload", "Throw"}


class Leave(Exception):
    """Stops an evaluation at a frame state."""


@pytest.mark.parametrize("legacy", [False, True])
def test_frame_states(legacy: bool) -> None:
    """The interpreter goes on from any of them, inlined or not, in tries and in catches."""
    modes: list[str] = []
    for seed in SEEDS:
        module = decoded(seed, legacy)
        chooser = random.Random(seed)
        for index in range(1, FUNCTIONS + 1):
            graph = lift(module, index, frame_states=True, checkpoints=True)
            if seed % 2:
                Inliner(tiny=1000, max_inlined=4).run(graph, context(module, True))
                verify(graph)
            given = list(chooser.choice(ARGUMENTS))
            expected = outcome(lambda: instantiate(module).exports[f"f{index}"].call_bits(*given))  # noqa: B023
            seen = _states(graph, module, given, 1 << 30)
            assert seen[1] == expected
            for at in chooser.sample(range(seen[0]), min(4, seen[0])):
                assert _states(graph, module, given, at)[1] == expected, (seed, index, at)
                modes.append("inner" if seed % 2 else "outer")
    assert modes.count("inner") > 12 and modes.count("outer") > 20


def _states(graph: Graph, module: Module, given: list[int], at: int) -> tuple[int, Any]:
    """Evaluate up to the frame state number `at` and go on in the interpreter; how many were passed, the outcome."""
    instance = instantiate(module)
    environment = InterpretedEnvironment(instance)
    found: list[tuple[Frames, list[int]]] = []

    def observe(node: Node, frames: Frames, results: list[int]) -> None:
        found.append((frames, results))
        if len(found) > at:
            raise Leave

    try:
        end = outcome(lambda: evaluate(graph, given, environment, at_frame_state=observe))
        return len(found), end
    except Leave:
        frames = [
            (info, [environment.object(v) if t.is_reference else v for v, t in zip(values, info.types, strict=True)])
            for info, values in found[at][0]
        ]
        info, values = frames[0]
        return 0, outcome(lambda: resume(instance, info, values, results=found[at][1], outer=frames[1:]))


TRY = """(module (tag $a (param i32)) (tag $b) (func $f (param i32) (result i32) {body})
  (func $thrower (param i32) (if (local.get 0) (then (throw $a (local.get 0)))))
  (func $loops (param i32) (loop (br 0))))"""


def lifted(body: str) -> tuple[Module, Graph]:
    module = decode_module(wat(TRY.format(body=body)))
    return module, lift(module, 0)


def test_a_caught_throw_is_a_jump() -> None:
    """In a try with other calls, and an inner one that does not catch it."""
    module, graph = lifted(
        """(block $h (result i32)
             (try_table (catch $a $h)
               (block $b (try_table (catch $b $b)
                 (if (i32.eq (local.get 0) (i32.const 4)) (then (throw $a (i32.add (local.get 0) (i32.const 1)))))
                 (call $thrower (local.get 0)))))
             (i32.const 0))"""
    )
    assert not count(graph, "NewException") and count(graph, "IfException") == 1
    environment = InterpretedEnvironment(instantiate(module))
    assert [evaluate(graph, [n], environment) for n in (4, 7, 0)] == [[5], [7], [0]]


def test_another_tag_may_be_the_same() -> None:
    _, graph = lifted(
        "(block $h (try_table (catch $b $h) (throw $a (i32.const 1))) (unreachable)) (i32.const 2)"
    )
    Pipeline.parse("default").run(graph, verify=True)
    assert count(graph, "ExceptionHasTag") == 1 and count(graph, "Throw") == 1


@pytest.mark.parametrize("callee", ["$thrower", "$loops"])
def test_inlined_callees_throw_to_the_callers_handler(callee: str) -> None:
    module, graph = lifted(
        f"""(block $h (result i32) (try_table (catch $a $h) (call {callee} (local.get 0))) (return (i32.const 0)))
            (i32.add (i32.const 100))"""
    )
    Inliner(tiny=1000).run(graph, context(module))
    verify(graph)
    assert not count(graph, "Call") + count(graph, "IfException")
    if callee == "$thrower":
        environment = InterpretedEnvironment(instantiate(module))
        assert evaluate(graph, [7], environment) == [107] and evaluate(graph, [0], environment) == [0]
        Pipeline.parse("simplify,branch-elimination,simplify,dead-code").run(graph, verify=True)
        assert not count(graph, "NewException") + count(graph, "ExceptionHasTag")
        assert evaluate(graph, [7], environment) == [107]


def test_throwing_is_seldom() -> None:
    """Handlers, and what makes exceptions for them, are out of line."""
    _, graph = lifted(
        """(block $h (result exnref)
             (try_table (catch_all_ref $h)
               (if (i32.eq (local.get 0) (i32.const 3)) (then (throw $a (i32.const 1))))
               (call $thrower (local.get 0)))
             (return (i32.const 0)))
           (throw_ref)"""
    )
    blocks = ControlFlow(graph).blocks
    deferred = {node.op.name for block in blocks if block.deferred for node in (block.header, *block.fixed)}
    assert {"NewException", "IfException"} <= deferred
    assert not any(block.deferred for block in blocks if block.header.op.name == "IfSuccess")


def test_a_tail_call_leaves_the_try() -> None:
    body = "(block $h (try_table (catch_all $h) (return_call $f (local.get 0))) (unreachable)) (i32.const 1)"
    _, graph = lifted(body)
    assert count(graph, "TailCall") == 1 and not count(graph, "IfException")


def node(graph: Graph, name: str) -> Node:
    return next(found for found in graph.reachable() if found.op.name == name)


def test_the_verifier_knows_calls_in_tries() -> None:
    body = "(block $h (try_table (catch_all $h) (call $thrower (local.get 0)))) (i32.const 1)"
    _, graph = lifted(body)
    verify(graph)
    node(graph, "IfSuccess").replace_input(1, graph.start)
    with pytest.raises(VerificationError):
        verify(graph)
    _, graph = lifted(body)
    call = node(graph, "Call")
    returned = node(graph, "Return")
    returned.replace_input(returned.op.effect_index, call)
    with pytest.raises(VerificationError, match="call in a try"):
        verify(graph)
    _, graph = lifted(body)
    node(graph, "IfException").op = common.IF_SUCCESS
    with pytest.raises(VerificationError):
        verify(graph)
