"""Runs functions before and after loop transformations, and compares all that can be seen: results, traps, state,
calls of the host, frame states. Polls do nothing here: transformed loops have fewer.
"""

from __future__ import annotations

from collections.abc import Sequence

from seaofnodes.errors import Trap
from seaofnodes.ir.evaluator.evaluate import Frames, OutOfSteps, evaluate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.text import format_graph
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.wasm.interpreter.environment import InterpretedEnvironment
from seaofnodes.wasm.interpreter.interpreter import Limits
from seaofnodes.wasm.interpreter.link import instantiate
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.module import Module
from tests.passes.equivalence import arguments_for, context_for, imports_of

PEEL = "loop-peeling{always=true,max_nodes=2000,growth=1000}"
UNROLL = "loop-unrolling{max_size=2000,max_nodes=8000,factor=3,growth=10000}"
FIX = "fix(simplify,gvn,branch-elimination,load-elimination)"
BEFORE = ("", "poll-splitting", "inline,simplify,gvn,branch-elimination,poll-splitting,load-elimination")
TRANSFORMATIONS = (PEEL, UNROLL, f"{PEEL},{UNROLL}", f"{PEEL},{FIX},{UNROLL},{FIX},dead-code")


def outcome(module: Module, graph: Graph, arguments: Sequence[int], steps: int) -> tuple[object, ...] | None:
    """None if it takes too long."""
    log: list[object] = []
    frames: list[object] = []

    def at_frame_state(node: Node, found: Frames, results: list[int]) -> None:
        frames.append((node.op.name, [(str(info), list(values)) for info, values in found], list(results)))

    try:
        instance = instantiate(module, imports_of(module, log), limits=Limits(depth=100, steps=20 * steps))
        environment = InterpretedEnvironment(instance)
        end: object = tuple(evaluate(graph, arguments, environment, at_frame_state=at_frame_state, steps=steps))
    except Trap as trap:
        end = str(trap.reason)
    except OutOfSteps:
        return None
    memories = tuple(bytes(memory.data) for memory in instance.memories)
    return end, tuple(log), memories, tuple(cell.bits for cell in instance.globals), frames


def check_same(
    module: Module, index: int, pipeline: str, *, before: str = "", frame_states: bool = False, rounds: int = 3
) -> int:
    """Does a function do after a pipeline, verified pass by pass, what it did? Returns how many runs were compared."""

    def lifted() -> Graph:
        graph = lift(module, index, frame_states=frame_states, checkpoints=frame_states)
        Pipeline.parse(before or "none").run(graph, context_for(module))
        return graph

    graph = lifted()
    if not any(node.op.name == "Loop" for node in graph.reachable()):
        return 0
    transformed = lifted()
    Pipeline.parse(pipeline).run(transformed, context_for(module), verify=True)
    compared = 0
    for arguments in arguments_for(graph, module.functions[index].params, rounds, index):
        expected = outcome(module, graph, arguments, 4000)
        if expected is None:
            continue
        found = outcome(module, transformed, arguments, 20_000)
        compared += 1
        assert found == expected, (
            f"{module.function_name(index)}{tuple(arguments)}\nbefore:\n{format_graph(graph)}\n"
            f"after {pipeline}:\n{format_graph(transformed)}"
        )
    return compared
