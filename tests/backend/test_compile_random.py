"""Random graphs in machine code against the evaluator."""

from __future__ import annotations

import ctypes

import pytest

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.ir.bits import Float
from seaofnodes.ir.evaluator.evaluate import evaluate
from seaofnodes.ir.types import FLOAT32, FLOAT64, Type
from tests.backend.execute import LAYOUT, MEMORY_SIZE, Native
from tests.backend.random_graphs import (
    FLOAT_AREAS,
    GLOBAL_TYPES,
    Environment,
    RandomGraph,
    random_arguments,
    random_memory,
)

_GRAPHS = 15  # per test
_RUNS = 3  # per graph


@pytest.fixture(scope="module")
def native() -> Native:
    return Native()


def _same(type: Type, left: int, right: int) -> bool:
    if left == right:
        return True
    return type.is_float and Float(type.bits, left).is_nan and Float(type.bits, right).is_nan


def _check_memory(got: bytes, expected: bytes, seed: int) -> None:
    assert got[:2048] == expected[:2048], seed
    for type in (FLOAT32, FLOAT64):
        width = type.bits // 8
        for at in range(FLOAT_AREAS[type], FLOAT_AREAS[type] + 1024, width):
            left, right = (int.from_bytes(memory[at : at + width], "little") for memory in (got, expected))
            assert _same(type, left, right), (seed, at)


def check(seed: int, native: Native, features: CpuFeatures) -> None:
    """Compile one graph and run it a few times."""
    graph = RandomGraph(seed).graph
    call = native.function(graph, features)
    for run in range(_RUNS):
        arguments = random_arguments(seed + 1000 * run, graph)
        environment = Environment(
            random_memory(seed + run), (0x1122334455667788 * (run + 1) & (1 << 64) - 1, 0xCAFE + run)
        )
        ctypes.memmove(native.memory, bytes(environment.memory), MEMORY_SIZE)
        native.instance[LAYOUT.globals[0] // 8] = environment.globals[0]
        native.far_global.value = environment.globals[1]
        expected = evaluate(graph, arguments, environment, steps=100_000)  # type: ignore[arg-type]
        got = call(*arguments)
        for type, left, right in zip(graph.results, got, expected, strict=True):
            assert _same(type, left, right), (seed, run, hex(left), hex(right))
        _check_memory(bytes(native.memory), bytes(environment.memory), seed)
        globals = (native.instance[LAYOUT.globals[0] // 8], native.far_global.value)
        for type, left, right in zip(GLOBAL_TYPES, globals, environment.globals, strict=True):
            assert left & (1 << type.bits) - 1 == right & (1 << type.bits) - 1, seed


@pytest.mark.parametrize("first", range(0, 10 * _GRAPHS, _GRAPHS))
@pytest.mark.parametrize("least", [False, True])
def test_random_graphs(first: int, least: bool, native: Native) -> None:
    features = CpuFeatures() if least else CpuFeatures.detect()
    for seed in range(first, first + _GRAPHS):
        check(seed, native, features)
