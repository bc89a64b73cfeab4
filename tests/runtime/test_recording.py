"""Recording phases, rules and remarks costs little, and nothing when nobody looks."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest

from seaofnodes import Engine
from seaofnodes.backend.compile import lower
from seaofnodes.ir.records.difference import difference
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.runtime.tiers import optimize
from seaofnodes.runtime.tiers.compile import cpu_features
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.module import Module

Wat = Callable[[str], bytes]
MOST = 0.05  # of the compile time
ROUNDS, TRIES = 11, 4


def program(size: int) -> str:
    """Loops, divisions, loads and branches: most passes find something."""
    body = []
    for i in range(size):
        a, b, c = i % 4, (i + 1) % 4, (i + 2) % 4
        body.append(
            f"(local.set {a} (i32.add (i32.mul (local.get {b}) (i32.const {i + 3}))"
            f" (i32.load offset={4 * i} (local.get {c}))))"
        )
        if i % 5 == 0:
            body.append(f"(local.set {b} (i32.div_u (local.get {c}) (i32.const {i + 3})))")
        if i % 7 == 0:
            body.append(
                f"(if (i32.lt_s (local.get 0) (i32.const {i}))"
                " (then (i32.store (local.get 1) (i32.xor (local.get 2) (local.get 3)))))"
            )
        if i % 20 == 0:
            body.append(
                "(loop (i32.store (local.get 2) (i32.add (i32.load (local.get 2)) (local.get 3)))"
                " (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))"
            )
    return f"(module (memory 1) (func (param i32 i32 i32 i32) (result i32) {' '.join(body)} (local.get 0)))"


def seconds(module: Module, engine: Engine, recorded: bool) -> float:
    """Of the processor, for one compilation."""
    code = engine.module_code(module)
    pipeline = Pipeline.parse("default")
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        graph = lift(module, 0)
        recorder = optimize.Recorder() if recorded else None
        if recorder is not None:
            recorder.lifted(graph, 0.0)
        pipeline.run(graph, PassContext(timed=recorded), observer=recorder)
        lower(graph, embedder_data=code.unit.lowering, features=cpu_features())
        return time.process_time() - start
    finally:
        gc.enable()


@pytest.mark.alone
def test_recording_is_cheap(wat: Wat) -> None:
    engine = Engine()
    module = engine.load(wat(program(150)))
    ratios = []
    for _ in range(TRIES):  # the machine may be busy with something else
        times: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(ROUNDS):
            for recorded, found in times.items():
                found.append(seconds(module, engine, recorded))
        ratios.append(min(times[True]) / min(times[False]))
        if ratios[-1] <= 1 + MOST:
            return
    pytest.fail(f"recording takes {min(ratios) - 1:.1%} of the compile time")


def test_nothing_is_recorded_when_nobody_looks(wat: Wat, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("recorded")

    monkeypatch.setattr(optimize, "snapshot", refuse)
    engine = Engine(tier="optimized")
    assert engine.instantiate(wat('(module (func (export "f") (result i32) (i32.const 3)))')).exports["f"]() == 3


def test_phases_are_what_the_graph_was(wat: Wat) -> None:
    engine = Engine()
    compilation = engine.compile(engine.load(wat(program(40))), 0)
    changed = 0
    for before, phase in zip(compilation.phases, compilation.phases[1:], strict=False):
        if phase.graph is before.graph:
            assert not phase.record.changed and difference(before.graph, phase.graph).is_empty
        else:
            changed += 1
        assert phase.graph.size == len(phase.graph.nodes) == phase.record.nodes_after
    assert changed > 4
    assert {node.id for node in compilation.graph.reachable()} == {n.id for n in compilation.phases[-1].graph.nodes}
    assert any(count.seconds > 0 for count in compilation.rules.values())
