"""Listings, schedules, pictures and bytecode as text."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import seaofnodes
from seaofnodes.errors import Error
from seaofnodes.runtime.tiers.compile import compile_baseline_tier
from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.viz.dot import to_dot, to_svg
from seaofnodes.viz.listing import format_code, printable
from seaofnodes.viz.schedule import format_schedule
from seaofnodes.viz.summary import format_summary
from seaofnodes.wasm.format import format_body

EXAMPLE = Path("examples") / "digits.wat"


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


def test_svg_or_how_to_get_it(compilation: Compilation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`dot` may be on PATH, or beside the interpreter, where set-up puts it; or nowhere."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    for folder in ("bin", "venv"):
        with pytest.raises(Error, match="install the package graphviz"):
            to_svg(compilation.graph)
        dot = tmp_path / folder / "dot"
        dot.parent.mkdir()
        dot.write_text("#!/bin/sh\necho '<svg> drawn by the one in " + folder + "'\n")
        dot.chmod(0o755)
        assert to_svg(compilation.graph) == f"<svg> drawn by the one in {folder}\n"
        dot.unlink()


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
