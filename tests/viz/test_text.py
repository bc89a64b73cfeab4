"""Listings, schedules, pictures and bytecode as text."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

import seaofnodes
from seaofnodes.ir.control_flow import ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.runtime.tiers.compile import compile_baseline_tier
from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.viz.dot import to_dot
from seaofnodes.viz.layout.svg import graph_to_svg
from seaofnodes.viz.listing import format_code, printable
from seaofnodes.viz.schedule import format_schedule
from seaofnodes.viz.summary import format_summary
from seaofnodes.wasm.format import format_body
from tests.support import wat

EXAMPLE = Path("examples") / "digits.wat"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def compilation(root: Path) -> Compilation:
    engine = seaofnodes.Engine()
    module = engine.load(root / EXAMPLE)
    return engine.compile(module, 1, pipeline="default")


def test_listing_names_nodes_bytecodes_and_traps(root: Path) -> None:
    engine = seaofnodes.Engine()
    module = engine.load(root / EXAMPLE)
    text = format_code(engine.compile(module, 0, pipeline="none").code, module)
    assert text.startswith("last_digit: optimized code, ")
    assert "call trap: integer divide by zero" in text
    assert "div" in text and "; n" in text and "@0x" in text


def test_listing_of_baseline_code(root: Path) -> None:
    engine = seaofnodes.Engine(tier="baseline")
    module = engine.load(root / EXAMPLE)
    text = format_code(compile_baseline_tier(engine.module_code(module), 1), module)
    assert text.startswith("digit_sum: baseline code, ")
    assert "call qword ptr [last_digit]" in text


@pytest.mark.parametrize("tier", ["optimized", "baseline"])
def test_targets_of_jumps_have_labels(root: Path, tier: str) -> None:
    engine = seaofnodes.Engine(tier="baseline")
    module = engine.load(root / EXAMPLE)
    for function in range(3):
        if tier == "optimized":
            code = engine.compile(module, function).code
        else:
            code = compile_baseline_tier(engine.module_code(module), function)
        text = format_code(code, module)
        targets = re.findall(r" j\w+ (B\d+|L[0-9a-f]+|0x\w+)", text)
        assert (targets or function == 0) and all(f"\n{target}:\n" in text for target in targets)


def test_schedule_has_every_block(compilation: Compilation) -> None:
    text = format_schedule(compilation.backend.schedule)
    assert text.count("--- BLOCK") == len(compilation.backend.schedule.blocks)
    assert "Return" in text


def test_summary_names_phases_and_rules(compilation: Compilation) -> None:
    text = format_summary(compilation)
    assert "lift" in text and "inline" in text and "bytes of code" in text


def test_dot_has_every_node(compilation: Compilation) -> None:
    source = to_dot(compilation.graph).source
    for node in compilation.graph.reachable():
        assert f"n{node.id} [label=" in source


def test_svg_needs_nothing_else(
    compilation: Compilation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every node but those that stand in their users, and every edge between blocks; Graphviz is not asked."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    for schedule in (None, compilation.backend.schedule):
        check_picture(compilation.graph, graph_to_svg(compilation.graph, schedule=schedule))


def check_picture(graph: Graph, svg: str) -> None:
    root = ElementTree.fromstring(svg)
    shown = {text.text for text in root.iter(f"{SVG}text")}
    for node in graph.reachable():
        frames = node.op.is_frame_state or node.op.is_state_values or node.op.is_checkpoint
        left_out = (node.op.is_constant and not node.inputs) or frames or node is graph.end
        assert (f"n{node.id}" in shown) != left_out
    blocks = ControlFlow(graph).blocks
    drawn = [group.get("class") for group in root.iter(f"{SVG}g")]
    assert len([one for one in drawn if one in ("block", "block deferred")]) == len(blocks)
    assert drawn.count("edge") + drawn.count("edge back") == sum(len(block.successors) for block in blocks)
    assert drawn.count("edge back") == 1 and {"B0", "loop, depth 1", "true", "false"} <= shown


def test_svg_of_a_large_graph_takes_seconds() -> None:
    """4,000 nodes in a thousand blocks took Graphviz minutes."""
    body = "".join(
        f"(if (i32.lt_s (local.get 0) (i32.const {i})) (then (i32.store (local.get 1) (i32.const {i}))))"
        for i in range(500)
    )
    engine = seaofnodes.Engine(tier="baseline")
    module = engine.load(wat(f"(module (memory 1) (func (param i32 i32) {body}))"))
    graph = engine.compile(module, 0, pipeline="none").graph
    start = time.process_time()
    text = graph_to_svg(graph)
    assert time.process_time() - start < 10
    assert text.count('class="block') > 1000 and len(text) < 3_000_000


def test_bytecode_is_nested_and_named(root: Path) -> None:
    module = seaofnodes.Engine().load(root / EXAMPLE)
    lines = format_body(module, 1)
    assert "call 0 <last_digit>" in [line.text for line in lines]
    assert "i32.const 10" in [line.text for line in lines]
    assert max(line.depth for line in lines) == 1
    assert [line.offset for line in lines] == sorted(line.offset for line in lines)


def test_printable_escapes_and_cuts() -> None:
    assert printable("a\u202eb\n") == "a\\u{202e}b\\u{a}"
    assert len(printable("x" * 10_000)) == 103
    assert printable("a" * 80 + "b" * 80) == "a" * 50 + "..." + "b" * 50  # names differ at their ends
    assert printable("x" * 100) == "x" * 100 and printable("abcdefg", 3) == "ab...g"
    assert len(printable("\u202e" * 10_000)) == 103
