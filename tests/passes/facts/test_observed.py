"""What the analysis says of values and conditions, against the values of runs in the evaluator, at the end of every
block.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Sequence

import pytest

from seaofnodes.errors import Trap
from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.evaluator.evaluate import Evaluator, OutOfSteps
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.environment import EvaluationError
from seaofnodes.ir.placement import early_blocks
from seaofnodes.ir.types import WORD32, WORD64
from seaofnodes.passes.analyses.manager import AnalysisManager
from seaofnodes.passes.facts.facts import Facts
from seaofnodes.passes.facts.words import AbstractWord
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.interpreter.interpreter import Limits
from seaofnodes.wasm.interpreter.link import instantiate
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.module import Module
from tests.passes.equivalence import PolledEnvironment, arguments_for
from tests.passes.loop_programs import LoopGenerator
from tests.support import wat


class Observer(Evaluator):
    """Compares all words that are there at the end of a block, and the condition of its branch."""

    __slots__ = ("about", "checked", "decided", "facts")

    def __init__(self, graph: Graph, arguments: Sequence[int], environment: PolledEnvironment) -> None:
        super().__init__(graph, arguments, environment, None, 400)
        analyses = AnalysisManager()
        self.facts = analyses.get(Facts, graph)
        self.checked = self.decided = 0
        blocks, order = early_blocks(graph, self._flow)
        self.about: dict[Block, list[Node]] = {}
        words = [node for node in order if node.type is WORD32 or node.type is WORD64]
        for block in self._flow.blocks:
            self.about[block] = [node for node in words if blocks[node.id].dominates(block)][-40:]

    def _take_edge(self, block: Block, successor: Block) -> None:
        at = block.fixed[-1] if block.fixed else block.header
        for node in self.about[block]:
            try:
                value = self._values.get(node)
            except EvaluationError:
                continue
            for word in (self.facts.word(node), self.facts.word(node, at)):
                assert value in word, f"n{node.id} is {value:#x} at n{at.id}: {word}"
                self.checked += word != AbstractWord.top(word.width)
            if node.type is WORD32 and node.op.is_comparison:
                self._decide(node, at, value)
        if block.control is not None and block.control.op.is_branch:
            self._decide(block.control.inputs[0], at, self._values.get(block.control.inputs[0]))
        super()._take_edge(block, successor)

    def _decide(self, condition: Node, at: Node, value: int) -> None:
        known = self.facts.condition(condition, at)
        assert known is None or known == bool(value), f"n{condition.id} is {value} at n{at.id}, not {known}"
        self.decided += known is not None


def observe(module: Module, index: int, pipeline: str, seed: int, rounds: int = 4) -> tuple[int, int]:
    """Run a function; how many facts, and how many conditions, were compared."""
    graph = lift(module, index)
    Pipeline.parse(pipeline).run(graph)
    checked = decided = 0
    for arguments in arguments_for(graph, module.functions[index].params, rounds, seed):
        instance = instantiate(module, {}, limits=Limits(depth=100, steps=8000))
        observer = Observer(graph, arguments, PolledEnvironment(instance, True))
        with contextlib.suppress(Trap, OutOfSteps):
            observer.run()
        checked += observer.checked
        decided += observer.decided
    return checked, decided


@pytest.mark.parametrize("pipeline", ["gvn", "simplify,gvn,branch-elimination"])
def test_random_loops(pipeline: str) -> None:
    checked = decided = 0
    for seed in range(25):
        module = decode_module(wat(LoopGenerator(seed).module()))
        one, two = observe(module, module.imported_functions + 1, pipeline, seed)
        checked += one
        decided += two
    assert checked > 5000 and decided > 100


LOCALS = "(param $a i32) (param $b i32) (param $n i32) (result i32) (local $i i32) (local $j i32) (local $s i32)"


class Counters:
    """Counting loops in each other, and tests of what they count."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def module(self) -> str:
        return f"(module (memory 1) (func {LOCALS} {self.body(0)} (local.get $s)))"

    def value(self, depth: int = 2) -> str:
        pick = self.random.choice
        if not depth or self.random.random() < 0.4:
            names = ["$a", "$b", "$n", "$i", "$j", "$i", "$j", "$s"]
            number = pick([0, 1, 2, 3, 7, 8, 63, 64, 255, -1, -2, -8, 0x7FFFFFFF, -0x80000000])
            return pick([f"(local.get {pick(names)})"] * 3 + [f"(i32.const {number})"])
        name = pick("add sub mul and or xor shl shr_u shr_s rotl clz popcnt load8_u load16_s add sub and".split())
        if name in ("clz", "popcnt") or name.startswith("load"):
            return f"(i32.{name} {self.value(depth - 1)})" if name[0] != "l" else f"(i32.{name} {self.small()})"
        return f"(i32.{name} {self.value(depth - 1)} {self.value(depth - 1)})"

    def small(self) -> str:
        return f"(i32.and {self.value(1)} (i32.const 1023))"

    def test(self) -> str:
        name = self.random.choice("lt_u lt_s le_u le_s gt_u gt_s ge_u ge_s eq ne".split())
        return f"(i32.{name} {self.value(1)} {self.value(1)})"

    def body(self, depth: int) -> str:
        return "\n".join(self.statement(depth) for _ in range(self.random.randint(2, 4)))

    def statement(self, depth: int) -> str:
        pick = self.random.choice
        kind = self.random.random()
        if kind < 0.4 and depth < 3:
            return f"(if {self.test()} (then {self.body(depth + 1)}) (else {self.body(depth + 1)}))"
        if kind < 0.7 and depth < 2:
            counter = ("$i", "$j")[depth]
            step = pick([1, 1, 2, 4, -1, -4, 0x40000000])
            first = pick([0, 0, 5, -3, 60, 0x7FFFFFF0])
            name = pick("lt_u lt_s le_u le_s gt_u gt_s ge_u ge_s ne".split())
            limit = pick(["(i32.const 64)", "(local.get $n)", "(i32.const -1)", self.value(1)])
            test = f"(i32.{name} (local.get {counter}) {limit})"
            step_it = f"(local.set {counter} (i32.add (local.get {counter}) (i32.const {step})))"
            inside = self.body(depth + 1)
            start = f"(local.set {counter} (i32.const {first}))"
            if self.random.random() < 0.5:
                return f"{start} (loop $l {inside} {step_it} (br_if $l {test}))"
            return f"{start} (block $o (loop $l (br_if $o (i32.eqz {test})) {inside} {step_it} (br $l)))"
        if kind < 0.78:
            return f"(local.set $n {self.value()})"
        return f"(local.set $s (i32.add (local.get $s) {self.value()}))"


@pytest.mark.parametrize("pipeline", ["simplify,gvn", "simplify,gvn,loop-peeling{always=true},gvn"])
def test_random_counters(pipeline: str) -> None:
    checked = decided = 0
    for seed in range(20):
        module = decode_module(wat(Counters(seed).module()))
        one, two = observe(module, 0, pipeline, seed)
        checked += one
        decided += two
    assert checked > 5000 and decided > 100
