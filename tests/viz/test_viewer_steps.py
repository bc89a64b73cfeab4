"""Steps of the viewer: one for each application of a rule or of a pass, with all that it edited, in place as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

import seaofnodes
from seaofnodes.fuzz.generate.module import generate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Origin
from seaofnodes.ir.ops import machine as m
from seaofnodes.ir.records.difference import difference
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import built_in_rules
from seaofnodes.viz.compilation import Compilation
from seaofnodes.viz.viewer.data import compilation_data
from seaofnodes.viz.viewer.steps import Step, steps_of

Wat = Callable[[str], bytes]

#: Two calls of one function, a loop with a poll, loads that repeat, branches that are known, a store that is repeated.
PROGRAM = """(module (memory 1)
  (func $twice (param $x i32) (result i32)
    (if (result i32) (i32.eqz (local.get $x)) (then (i32.const 3)) (else (i32.add (local.get $x) (local.get $x)))))
  (func (export "f") (param $x i32) (param $n i32) (result i32)
    (local.set $x (call $twice (local.get $x)))
    (i32.store (local.get $x) (i32.const 7))
    (i32.store (local.get $x) (i32.const 7))
    (loop $again
      (local.set $x (i32.add (local.get $x) (i32.load (i32.const 64))))
      (local.set $x (i32.add (local.get $x) (i32.load (i32.const 64))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (if (i32.const 1) (then (local.set $x (i32.mul (local.get $x) (i32.const 8)))))
    (local.set $x (i32.add (local.get $x)
      (i32.and (i32.mul (local.get $n) (local.get $x)) (i32.mul (local.get $n) (local.get $x)))))
    (if (i32.const 0) (then (local.set $x (i32.const 9))))
    (call $twice (local.get $x))))"""


def steps_by_phase(compilation: Compilation) -> list[tuple[str, list[Step], dict[int, int]]]:
    phases = compilation.phases
    return [
        (phase.record.name, *steps_of(before.graph, phase.graph, phase.edits))
        for before, phase in pairwise(phases)
    ]


@pytest.fixture(scope="module")
def program(wat: Wat) -> Compilation:
    engine = seaofnodes.Engine(tier="baseline")
    instance = engine.instantiate(wat(PROGRAM))
    for _ in range(3):
        instance.exports["f"](2, 3)
    return engine.compile(instance, "f", pipeline="default")


def test_a_step_for_each_application(program: Compilation) -> None:
    counted: Counter[str] = Counter()
    for name, steps, _ in steps_by_phase(program):
        for step in steps:
            assert not step.rest and step.node >= 0, (name, step)
            counted[f"{name}: {step.rule}"] += 1
    statistics: Counter[str] = Counter()
    for phase in program.phases:
        for key, count in phase.record.statistics.items():
            statistics[f"{phase.record.name}: {key}"] += count
    assert counted["inline: inline"] == statistics["inline: inlined"] == 2
    assert counted["poll-splitting: split-poll"] == statistics["poll-splitting: split"] == 1
    assert counted["branch-elimination: fold-branch"] == statistics["branch-elimination: folded"] >= 2
    assert counted["branch-elimination: normalize-condition"] == statistics["branch-elimination: normalized"]
    assert counted["gvn: merge-equal"] == statistics["gvn: merged"] > 0
    loads = counted["load-elimination: load-in-block"] + counted["load-elimination: load-across-blocks"]
    assert loads == statistics["load-elimination: local"] + statistics["load-elimination: across"] > 0
    stores = counted["store-elimination: store-repeated"] + counted["store-elimination: store-overwritten"]
    assert stores == statistics["store-elimination: repeated"] + statistics["store-elimination: overwritten"] == 1
    fired = sum(count.fired for count in program.rules.values())
    assert sum(counted[key] for key in counted if key.split(": ")[1] in program.rules) == fired


def test_a_pass_says_what_a_step_was(program: Compilation) -> None:
    data = compilation_data(program)
    (inlining,) = [phase for phase in data["phases"] if phase["name"] == "inline"]
    assert [data["remarks"][step["remark"]]["message"] for step in inlining["steps"]] == ["inlined twice"] * 2
    assert [data["remarks"][step["remark"]]["node"] for step in inlining["steps"]] == [
        step["node"] for step in inlining["steps"]
    ]


def test_what_rules_variables_stood_for(program: Compilation) -> None:
    rules = {rule.name: rule for found in built_in_rules() for rule in found.rules}
    bound = 0
    for before, phase in pairwise(program.phases):
        operators = {node.id: node.op for node in (*before.graph.nodes, *phase.graph.nodes)}
        for step in steps_of(before.graph, phase.graph, phase.edits)[0]:
            if step.rule not in rules:
                assert not step.bound
                continue
            rule = rules[step.rule]
            names = dict(step.bound)
            assert set(rule.constants) <= set(names) and len(names) == len(step.bound) > 0
            assert all(operators[names[name]].is_constant for name in rule.constants if names[name] in operators)
            bound += 1
    assert bound > 3


def test_which_step_took_a_node_away(program: Compilation) -> None:
    data = compilation_data(program)
    told = 0
    for phase in data["phases"]:
        for id, end in zip(phase["gone"], phase["ends"], strict=True):
            assert -1 <= end < len(phase["steps"])
            told += end >= 0
            if any(step["node"] == id for step in phase["steps"]):
                assert phase["steps"][end]["node"] == id or end >= 0
    assert told == sum(len(phase["gone"]) for phase in data["phases"]) > 10


@pytest.mark.timeout(300)
def test_no_edit_is_left_over_in_random_functions() -> None:
    rules = [rule for found in built_in_rules() for rule in found.rules]
    seen: set[str] = set()
    for seed in (f"steps:{number}" for number in range(6)):
        engine = seaofnodes.Engine(tier="baseline")
        module = engine.load(generate(seed, rules).draft.encode())
        for index in range(module.imported_functions, len(module.functions)):
            for pipeline in ("default", "inline,stress-deopt,simplify"):
                try:
                    compilation = engine.compile(module, index, pipeline)
                except seaofnodes.errors.UnsupportedError:
                    continue
                for name, steps, _ in steps_by_phase(compilation):
                    assert not any(step.rest for step in steps), (seed, index, name)
                    seen |= {step.rule for step in steps}
    assert {"inline", "split-poll", "fold-branch", "merge-equal", "load-in-block", "unroll", "leave-once"} <= seen


@dataclass(frozen=True)
class Negations(Pass):
    """Edits in place, and says nothing of it, or says it of each node."""

    name = "negations"
    says: bool = False

    def run(self, graph: Graph, context: PassContext) -> PassResult:
        for node in list(graph.reachable()):
            if node.op is m.INT32_SUB:
                graph.origin = Origin(*node.origin[:2], context.phase, "negate", node.id)
                negated = graph.node(m.INT32_SUB, graph.int32(0), node.inputs[1])
                node.replace_input(1, negated)
                node.op = m.INT32_ADD
                if self.says:
                    graph.applied("negate", node, node)
        return PassResult(True)


@pytest.mark.parametrize("says", [False, True])
def test_passes_of_users(wat: Wat, says: bool) -> None:
    engine = seaofnodes.Engine(tier="baseline")
    text = "(i32.sub (i32.sub (local.get 0) (local.get 1)) (i32.sub (local.get 1) (i32.const 5)))"
    module = engine.load(wat(f"(module (func (param i32 i32) (result i32) {text}))"))
    compilation = engine.compile(module, 0, Pipeline((Negations(says),)))
    before, after = compilation.phases
    steps, _ = steps_of(before.graph, after.graph, after.edits)
    assert [step.rule for step in steps] == ["negate"] * (3 if says else 1)
    changed = [node.id for node, _ in difference(before.graph, after.graph).changed]
    assert len(changed) == 3 and sorted(step.node for step in steps) == (changed if says else [-1])
    assert sum(len(step.edits) for step in steps) == 3 + 3 + 1  # new nodes, changed ones, the zero


def test_a_traced_graph_is_what_it_is_untraced(root: Path) -> None:
    """Watching nodes changes nothing: the same graph, and nothing is noted when it is over."""
    engine = seaofnodes.Engine(tier="baseline")
    instance = engine.instantiate(root / "examples" / "digits.wat")
    compilation = engine.compile(instance, "digit_sum")
    again = engine.compile(instance, "digit_sum")
    assert difference(compilation.phases[-1].graph, again.phases[-1].graph).is_empty
    assert compilation.graph.observer is None and compilation.graph.edits.touched is None
    (node,) = [node for node in compilation.graph.reachable() if node.op.is_return]
    node.replace_input(0, compilation.graph.int32(5))
