"""Loops: what belongs to them; and functions do the same after peeling and unrolling as before."""

from __future__ import annotations

import functools
import time
from pathlib import Path

import pytest

from seaofnodes import Engine
from seaofnodes.errors import Trap, UnsupportedError, UnsupportedFeatureError
from seaofnodes.ir.graph import Graph
from seaofnodes.passes.analyses.loops import InnermostLoops
from seaofnodes.passes.analyses.manager import AnalysisManager
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.runtime.process.collector_pause import without_collector
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.text import load
from tests.passes.equivalence import context_for, load_fuzzed
from tests.passes.generate import StateGenerator
from tests.passes.loop_outcomes import BEFORE, PEEL, TRANSFORMATIONS, UNROLL, check_same
from tests.passes.loop_programs import LoopGenerator
from tests.passes.texts import lifted, parsed
from tests.support import wat
from tests.wasm.random_wat import random_module

SEARCH = """
    n0 = Start()
    n1 = Parameter[0, Word64](n0)
    n2 = Parameter[1, Word32](n0)
    n3 = Parameter[2, Word32](n0)
    n4 = Loop[2](n0, n17)
    n5 = EffectPhi[2](n0, n6, n4)
    n6 = StackCheck[loop](n5, n4)
    n7 = Phi[Word32, 2](n2, n14, n4)
    n8 = Int32Mul(n7, n7)
    n9 = Branch(n8, n6)
    n10 = IfTrue(n9)
    n11 = IfFalse(n9)
    n12 = Int32Add(n2, n3)
    n13 = Int32Mul(n7, n12)
    n14 = Int32Sub(n7, n3)
    n15 = Branch(n14, n11)
    n16 = IfTrue(n15)
    n17 = IfFalse(n15)
    n18 = Merge[2](n10, n16)
    n19 = Return[1](n13, n6, n18)
    n20 = End[1](n19)
"""


def innermost_loops(graph: Graph) -> InnermostLoops:
    return AnalysisManager().get(InnermostLoops, graph)


def test_what_belongs_to_a_loop() -> None:
    """n12 depends on nothing in the loop, n13 is only needed where both exits meet, n14 in the loop."""
    loops = innermost_loops(parsed(SEARCH, "(Word64, Word32, Word32) -> (Word32)"))
    [loop] = loops.loops
    assert {node.id for node in loop.phis} == {5, 7}
    assert {node.id for node in loop.nodes} == {6, 8, 9, 11, 14, 15, 17}
    assert {block.header.id for block in loop.tops} == {10, 16, 18}
    assert loops.block_of[13].header.id == 18


def test_only_innermost_loops() -> None:
    inner = "(loop $b (br_if $b (i32.load (local.get 0))))"
    graph = lifted(f"(module (memory 1) (func (param i32) (loop $a {inner} {inner} (br_if $a (local.get 0)))))")
    assert [loop.depth for loop in innermost_loops(graph).loops] == [2, 2]


def test_no_loops() -> None:
    assert not innermost_loops(lifted("(module (func))")).loops


@pytest.mark.parametrize("transformation", TRANSFORMATIONS)
@pytest.mark.parametrize("kind", ["loops", "random", "state"])
def test_random_functions(kind: str, transformation: str) -> None:
    texts = {
        "loops": (LoopGenerator(seed).module() for seed in range(25)),
        "random": (random_module(seed) for seed in range(12)),
        "state": (StateGenerator(seed).module() for seed in range(25)),
    }
    compared = 0
    for number, text in enumerate(texts[kind]):
        module = decode_module(wat(text))
        for index in range(module.imported_functions, len(module.functions)):
            compared += check_same(module, index, transformation, before=BEFORE[(number + index) % 3])
    assert compared > 20


@pytest.mark.parametrize("transformation", TRANSFORMATIONS[:3])
def test_frame_states(transformation: str) -> None:
    """Every place where execution could leave is passed with the same locals and operands."""
    compared = 0
    for seed in range(25):
        module = decode_module(wat(LoopGenerator(seed).module()))
        compared += check_same(module, 1, transformation, frame_states=True)
    assert compared > 20


@pytest.mark.parametrize("transformation", TRANSFORMATIONS[2:])
def test_fuzzing_corpus(shared: Path, transformation: str) -> None:
    compared = 0
    for _, module in load_fuzzed(shared / "fuzz"):
        for index in range(module.imported_functions, len(module.functions)):
            compared += check_same(module, index, transformation, before=BEFORE[index % 3], rounds=2)
    assert compared > 100


KERNELS = "byte_copy collatz interpreter mandelbrot matmul nbody quicksort sha_mix sieve spectral_norm string_search"


@pytest.mark.parametrize("kernel", KERNELS.split())
def test_kernels(shared: Path, kernel: str) -> None:
    try:
        module = load(shared / "bench" / "kernels" / f"{kernel}.wat")
    except (UnsupportedError, UnsupportedFeatureError) as problem:
        pytest.skip(str(problem))
    for index in range(module.imported_functions, len(module.functions)):
        for transformation in TRANSFORMATIONS[1:]:
            check_same(module, index, transformation, before=BEFORE[2], rounds=2)


def results(engine: Engine, module: Module) -> list[object]:
    found: list[object] = []
    for arguments in ((0, 0, 0), (1, 5, 7), (40, -1, 1 << 40), (7, 3, -1), (2, 2, 2)):
        instance = engine.instantiate(module)
        try:
            found.append(instance.exports["run"](*arguments))
        except Trap as trap:
            found.append((trap.reason, trap.frames[0].offset))
    return found


def test_machine_code() -> None:
    """As baseline code, traps and where they happen included."""
    before = Engine(tier="baseline")
    pipelines = [f"inline,poll-splitting,{PEEL},{UNROLL},simplify,gvn,dead-code", "default"]
    engines = [Engine(tier="optimized", pipeline=pipeline) for pipeline in pipelines]
    trapped = 0
    for seed in range(40):
        module = decode_module(wat(LoopGenerator(seed).module()))
        expected = results(before, module)
        trapped += sum(isinstance(one, tuple) for one in expected)
        for engine in engines:
            assert results(engine, module) == expected, seed
    assert trapped > 5


@pytest.mark.alone
@pytest.mark.parametrize("name", ["loop-peeling{always=true}", "loop-unrolling"])
def test_linear(name: str) -> None:
    """Functions of many loops, whose values are used at the very end: time grows as the functions do."""

    def seconds(count: int) -> float:
        locals = " ".join(["i32"] * 16)
        loops = "\n".join(
            f"(block $o{i} (loop $l{i} (br_if $o{i} (i32.load (local.get {i % 16}))) (br_if $o{i} (local.get 0))"
            f"(local.set {i % 16} (i32.add (local.get {i % 16}) (i32.const 4))) (br_if $l{i} (local.get {i % 16}))))"
            for i in range(count)
        )
        total = "".join(f"(i32.add (local.get {i})" for i in range(1, 16)) + "(i32.const 0)" + ")" * 15
        text = f"(module (memory 1) (func (param i32) (result i32) (local {locals}) {loops} {total}))"
        module = decode_module(wat(text))
        best = float("inf")
        for _ in range(3):
            best = min(best, without_collector(functools.partial(once, module)))  # as the engine does
        return best

    def once(module: Module) -> float:
        graph = lift(module, 0)
        start = time.process_time()
        Pipeline.parse(name).run(graph, context_for(module))
        return time.process_time() - start

    assert seconds(800) < 8 * seconds(200) + 0.05  # quadratic: 16 times
