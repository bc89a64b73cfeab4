"""Random modules and real kernels: interpreter against wasmtime, graphs and frame states against the interpreter."""

from __future__ import annotations

import functools
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import wasmtime

from seaofnodes.errors import Trap
from seaofnodes.ir.evaluator.evaluate import Frames, evaluate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.common import FrameInfo
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import CallFeedback, PassContext
from seaofnodes.passes.inlining.inline import Inliner
from seaofnodes.wasm import decode_module, load
from seaofnodes.wasm.interpreter.environment import InterpretedEnvironment
from seaofnodes.wasm.interpreter.interpreter import InterpretedInstance, resume
from seaofnodes.wasm.interpreter.link import instantiate
from seaofnodes.wasm.interpreter.numeric import from_bits, to_bits
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.module import Module
from tests import support
from tests.wasm.evaluated import instantiate_evaluated
from tests.wasm.random_wat import FUNCTIONS, random_module

SEEDS = range(30)
Outcome = list[int] | str


@functools.lru_cache(maxsize=64)
def decoded(seed: int) -> Module:
    return decode_module(support.wat(random_module(seed)))


def arguments(module: Module, index: int, chooser: random.Random) -> list[int]:
    return [chooser.choice((0, 1, 5, chooser.getrandbits(kind.bits))) for kind in module.functions[index].params]


def state(instance: InterpretedInstance) -> tuple[list[bytes], list[int]]:
    return [bytes(memory.data) for memory in instance.memories], [found.bits for found in instance.globals]


def call(instance: InterpretedInstance, name: str, given: list[int]) -> Outcome:
    try:
        found: list[int] = instance.exports[name].call_bits(*given)
        return found
    except Trap as trap:
        return trap.reason


@pytest.mark.parametrize("seed", SEEDS)
def test_interpreter_against_wasmtime(seed: int) -> None:
    config = wasmtime.Config()
    config.cranelift_nan_canonicalization = True
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    module = decoded(seed)
    ours = instantiate(module)
    theirs = wasmtime.Instance(store, wasmtime.Module(engine, module.data), []).exports(store)
    memory = theirs["memory"]
    assert isinstance(memory, wasmtime.Memory)
    chooser = random.Random(seed)
    for index in range(FUNCTIONS):
        kinds = module.functions[index]
        given = [
            from_bits(kind, bits) for kind, bits in zip(kinds.params, arguments(module, index, chooser), strict=True)
        ]
        given = [value if value == value else 0.0 for value in given]  # no NaN crosses wasmtime's interface unchanged
        function = theirs[f"f{index}"]
        assert isinstance(function, wasmtime.Func)
        bits = [to_bits(kind, value) for kind, value in zip(kinds.params, given, strict=True)]
        found = call(ours, f"f{index}", bits)
        try:
            results = function(store, *given)
        except wasmtime.Trap as trap:
            assert isinstance(found, str) and found in trap.message
        else:
            listed = [] if results is None else results if isinstance(results, list) else [results]
            assert isinstance(found, list)
            for kind, mine, other in zip(kinds.results, found, listed, strict=True):
                assert support.same(kind.name, from_bits(kind, mine), other)
        assert bytes(ours.memories[0].data) == bytes(memory.read(store))


@pytest.mark.parametrize("seed", SEEDS)
def test_graphs_against_the_interpreter(seed: int) -> None:
    module = decoded(seed)
    interpreted, evaluated = instantiate(module), instantiate_evaluated(module)
    chooser = random.Random(seed)
    for index in range(FUNCTIONS):
        for _ in range(3):
            given = arguments(module, index, chooser)
            assert call(interpreted, f"f{index}", given) == call(evaluated, f"f{index}", given)
            assert state(interpreted) == state(evaluated)


class Leave(Exception):
    """Stops an evaluation at a frame state."""


def leave_and_resume(graph: Graph, module: Module, given: list[int], at: int) -> tuple[Outcome, object, FrameInfo]:
    """Evaluate up to the frame state number `at`, go on in the interpreter: outcome, final state, innermost frame."""
    instance = instantiate(module)
    found: list[tuple[Frames, list[int]]] = []

    def observe(node: Node, frames: Frames, results: list[int]) -> None:
        found.append((frames, results))
        if len(found) > at:
            raise Leave

    environment = InterpretedEnvironment(instance)
    with pytest.raises(Leave):
        evaluate(graph, given, environment, at_frame_state=observe)
    frames, results = found[at]
    frames = [
        (info, [environment.object(v) if t.is_reference else v for v, t in zip(values, info.types, strict=True)])
        for info, values in frames
    ]
    info, values = frames[0]
    try:
        outcome: Outcome = resume(instance, info, values, results=results, outer=frames[1:])
    except Trap as trap:
        outcome = trap.reason
    return outcome, state(instance), info


def lift_with_states(module: Module, index: int) -> Graph:
    return lift(module, index, frame_states=True, checkpoints=True)


def inlined(module: Module, index: int) -> Graph:
    """With every call inlined that can be."""
    context = PassContext(
        lift=lambda function: lift_with_states(module, function),
        function_size=lambda function: module.code[function].end - module.code[function].start,
        function_name=module.function_name,
        feedback=lambda function, site: CallFeedback(((-1, 1000),)),
        invocations=lambda function: 10,
    )
    graph = lift_with_states(module, index)
    Inliner().run(graph, context)
    return graph


def count_frame_states(graph: Graph, module: Module, given: list[int], expected: Outcome) -> int:
    """Evaluate the whole function with frame states; how many were passed."""
    seen: list[Node] = []
    verify(graph)
    environment = InterpretedEnvironment(instantiate(module))
    try:
        outcome: Outcome = evaluate(graph, given, environment, at_frame_state=lambda node, *_: seen.append(node))
    except Trap as trap:
        outcome = trap.reason
    assert outcome == expected
    return len(seen)


@pytest.mark.parametrize("make", [lift_with_states, inlined])
def test_frame_states_of_random_modules(make: Callable[[Module, int], Graph]) -> None:
    kinds: Counter[str] = Counter()
    for seed in SEEDS:
        module = decoded(seed)
        chooser = random.Random(seed)
        for index in range(FUNCTIONS):
            given = arguments(module, index, chooser)
            whole = instantiate(module)
            expected = call(whole, f"f{index}", given)
            graph = make(module, index)
            seen = count_frame_states(graph, module, given, expected)
            for at in chooser.sample(range(seen), min(3, seen)):
                outcome, final, info = leave_and_resume(graph, module, given, at)
                assert (outcome, final) == (expected, state(whole)), (seed, index, at)
                kinds[info.mode] += 1
                kinds["inner"] += info.has_outer
    assert kinds["before"] > 50 and kinds["after"] > 5 and (kinds["inner"] > 20) == (make is inlined)


SLOW = {"sieve", "string_search"}  # their smallest input takes too long here


def kernels(folder: Path) -> list[tuple[str, Module, int, str]]:
    """(name, module, small input, its result as text) of the benchmarks that need only supported features."""
    found = []
    for path in sorted((folder / "bench" / "kernels").glob("*.wat")):
        small = re.search(r"small: run\((\d+)\) = (\S+)", path.read_text())
        assert small is not None
        module = load(path)
        if module.first_object is None:  # which the compilers do not know
            found.append((path.stem, module, int(small[1]), small[2]))
    return found


def test_kernels(shared: Path) -> None:
    found = kernels(shared)
    assert len(found) >= 18
    for name, module, size, result in found:
        if name in SLOW:
            continue
        assert float(instantiate(module).exports["run"](size)) == float(result), name
        assert float(instantiate_evaluated(module).exports["run"](size)) == float(result), name


def test_frame_states_of_kernels(shared: Path) -> None:
    for name, module, size, _ in kernels(shared):
        if name in SLOW:
            continue
        index = next(export.index for export in module.exports if export.name == "run")
        expected = instantiate(module).call(index, size)
        for at in (0, 1):
            outcome, _, _ = leave_and_resume(lift_with_states(module, index), module, [size], at)
            assert outcome == expected, name
