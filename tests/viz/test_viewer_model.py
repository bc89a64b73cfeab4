"""The viewer tells what was recorded: graphs of all phases, steps that lead from one to the next, lives of nodes."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

import seaofnodes
from seaofnodes.errors import UnsupportedError
from seaofnodes.fuzz.generate.module import generate
from seaofnodes.ir.dialect import format_operator
from seaofnodes.names import printable
from seaofnodes.passes.framework.registry import built_in_rules
from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.viz.viewer.data import compilation_data
from tests.viz.lives import lives

RULES = [rule for found in built_in_rules() for rule in found.rules]
MODULES = 12
#: Nodes are used again, phases after their last user went; exceptions, tail calls and references.
SEEDS = ["viewer2:28", "viewer2:45"]
MOST = 300  # characters of an operator in a page


@pytest.fixture(scope="module")
def compilations(root: Path, digit_sum: list[Compilation]) -> list[Compilation]:
    """Of random functions, and of the examples, one of which may deoptimize."""
    made = list(digit_sum)
    engine = seaofnodes.Engine(tier="baseline")
    instance = engine.instantiate(root / "examples" / "targets.wat")
    instance.exports["main"](2000)
    made += [engine.compile(instance, "fold", pipeline) for pipeline in ("default", "inline,stress-deopt,simplify")]
    for seed in [*(f"viewer:{number}" for number in range(MODULES)), *SEEDS]:
        engine = seaofnodes.Engine(tier="baseline")
        module = engine.load(generate(seed, RULES).draft.encode())
        for index in range(module.imported_functions, len(module.functions)):
            try:
                made.append(engine.compile(module, index))
            except UnsupportedError:
                continue  # it stays in baseline code
    return made


@pytest.fixture(scope="module")
def data(compilations: list[Compilation]) -> list[dict[str, Any]]:
    return [compilation_data(compilation) for compilation in compilations]


@pytest.fixture(scope="module")
def told(root: Path, node: str, data: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the viewer makes of their data."""
    command = [node, str(root / "tests" / "viz" / "app" / "lives.mjs")]
    done = subprocess.run(command, input=json.dumps(data), capture_output=True, text=True, check=True, timeout=100)
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def test_there_is_something_to_tell(compilations: list[Compilation]) -> None:
    events = [event[0] for compilation in compilations for life in lives(compilation).values() for event in life]
    assert len(compilations) > 20
    assert min(events.count(what) for what in ("created", "changed", "replaced", "removed")) > 100
    assert "returned" in events
    graphs = [phase.graph for compilation in compilations for phase in compilation.phases]
    operators = {node.op.name for graph in graphs for node in graph.nodes}
    assert {"NewException", "IfException", "ExceptionPayload", "Throw"} <= operators
    assert {"TailCall", "TailCallRef", "CallRef", "TableGet", "ReferenceEqual"} <= operators
    assert {"Checkpoint", "FrameState", "DeoptimizeUnless"} <= operators


def test_graphs_of_all_phases(compilations: list[Compilation], told: list[dict[str, Any]]) -> None:
    for compilation, answer in zip(compilations, told, strict=True):
        for phase, shown in zip(compilation.phases, answer["graphs"], strict=True):
            nodes = sorted(phase.graph.nodes, key=lambda node: node.id)
            assert shown == [[node.id, printable(format_operator(node.op), MOST), list(node.inputs)] for node in nodes]


def test_steps_lead_from_phase_to_phase(compilations: list[Compilation], told: list[dict[str, Any]]) -> None:
    for compilation, answer in zip(compilations, told, strict=True):
        wrong = [p.record.name for p, right in zip(compilation.phases, answer["steps"], strict=True) if not right]
        assert not wrong, compilation.name


def test_lives_are_the_recorded_events(compilations: list[Compilation], told: list[dict[str, Any]]) -> None:
    for compilation, answer in zip(compilations, told, strict=True):
        recorded = {str(id): [list(event) for event in life] for id, life in lives(compilation).items()}
        assert answer["lives"] == recorded, compilation.name


def test_reductions_are_steps_with_their_rules(digit_sum: list[Compilation]) -> None:
    data = compilation_data(digit_sum[0])
    for phase in data["phases"]:
        for step in phase["steps"]:
            assert step["rule"] == "" or step["rule"] in data["rules"]
    steps = [step for phase in data["phases"] if phase["name"] == "simplify" for step in phase["steps"]]
    assert all(step["rule"] and step["node"] >= 0 for step in steps)
    fired = sum(count.fired for count in digit_sum[0].rules.values())
    reducing = [p for p in data["phases"] if p["name"] in ("simplify", "strength-reduction")]
    assert sum(len(phase["steps"]) for phase in reducing) == fired


def test_long_operators_have_short_labels(data: list[dict[str, Any]]) -> None:
    labels = {row[8] for found in data for row in found["operators"]}
    assert max(map(len, labels)) < 110
    frames = [label for label in labels if label.startswith("FrameState")]
    assert frames and all(re.fullmatch(r"FrameState @0x[0-9a-f]+ (before|after)", label) for label in frames)
    assert any(label.startswith("Call ") for label in labels) and "Phi" in labels


def test_rules_show_their_source(digit_sum: list[Compilation]) -> None:
    rule = compilation_data(digit_sum[0])["rules"]["mul_by_scaled_three_five_nine_32"]
    assert rule["source"].startswith("@rule(") and "def mul_by_scaled_three_five_nine" in rule["source"]
    assert " -> " in rule["text"] and rule["doc"] and rule["fired"] >= 1
