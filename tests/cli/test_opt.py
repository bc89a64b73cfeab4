"""`seaofnodes opt`: a graph as text in, passes, a graph as text out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from seaofnodes.cli.commands.compile import command as compile_
from seaofnodes.cli.commands.opt import command as opt
from seaofnodes.errors import Error
from seaofnodes.ir.text import format_graph, parse_graph
from seaofnodes.testing import assert_same_meaning, read_graph

PIPELINES = ["none", "default", "simplify,gvn,branch-elimination,loop-unrolling"]


def printed(*arguments: str) -> str:
    found = CliRunner().invoke(opt, arguments, catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


def lifted(path: Path, target: Path, pipeline: str = "none", *more: str) -> str:
    arguments = [str(path), "--pipeline", pipeline, "--emit", "graph", "-o", str(target), *more]
    assert CliRunner().invoke(compile_, arguments, catch_exceptions=False).exit_code == 0
    return target.read_text()


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("name", ["masks", "digits", "checksum", "integral", "primes", "targets"])
def test_what_is_printed_is_read_again(root: Path, tmp_path: Path, name: str, pipeline: str) -> None:
    """Of functions of modules, with memories, frame states and calls; and it means the same."""
    before = lifted(root / f"examples/{name}.wat", tmp_path / "f.graph")
    after = printed(str(tmp_path / "f.graph"), "--pipeline", pipeline)
    assert format_graph(parse_graph(after)) == after
    (tmp_path / "g.graph").write_text(after)
    assert printed(str(tmp_path / "g.graph"), "--pipeline", "none") == after
    assert pipeline != "none" or after == before
    assert_same_meaning(read_graph(before), read_graph(after), rounds=30)


def test_a_graph_with_inlined_code_is_read_again(root: Path, tmp_path: Path) -> None:
    text = lifted(root / "examples/digits.wat", tmp_path / "f.graph", "inline", "-f", "digit_sum")
    assert " inlined 0\n" in text
    again = printed(str(tmp_path / "f.graph"), "--pipeline", "none")
    assert again == text
    after = printed(str(tmp_path / "f.graph"))
    assert_same_meaning(read_graph(text), read_graph(after), rounds=30)


def test_streams_files_and_changes(root: Path, tmp_path: Path) -> None:
    """The same from a pipe, from a file and into one; with passes of a file."""
    text = lifted(root / "examples/masks.wat", tmp_path / "m.graph")
    options = ["--load", str(root / "examples/my_pass.py"), "--pipeline", "simplify{rules=mine}"]
    found = printed(str(tmp_path / "m.graph"), *options)
    assert "Word32And" in text and "Word32And" not in found and "Word32Or(n7, n8)" in found
    program = [sys.executable, "-m", "seaofnodes.cli.main", "opt", *options]
    piped = subprocess.run(program, cwd=root, input=text, capture_output=True, text=True, check=False, timeout=60)
    assert (piped.stdout, piped.stderr, piped.returncode) == (found, "", 0)
    assert printed(str(tmp_path / "m.graph"), *options, "-o", str(tmp_path / "out.graph")) == ""
    assert (tmp_path / "out.graph").read_text() == found
    changes = printed(str(tmp_path / "m.graph"), *options, "--emit", "changes")
    assert changes.startswith("*** simplify: 1 added, 3 removed, 1 changed\n")
    assert "+ n13 = Word32Or(n7, n8)  ; union of n11\n" in changes


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("graph $", "graf $", "m.graph: line 1: expected a graph head"),
        ("Word32And(n7, n8)", "Word32And(n7)", "m.graph: line 10: Word32And takes 2 inputs, not 1"),
        ("Word32And(n7, n8)", "Word32And(n7, n2)", r"m.graph: broken graph: input 1 is Word64, not Word32(.|\n)*> n9"),
        ("Word32And(n7, n8)", "Word32Nand(n7, n8)", "line 10: .* operator 'Word32Nand'; did you mean Word32And?"),
    ],
)
def test_a_broken_graph_is_refused(root: Path, tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "m.graph"
    text = lifted(root / "examples/masks.wat", path)
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(Error, match=message):
        CliRunner().invoke(opt, [str(path)], catch_exceptions=False)


BREAKS = """from dataclasses import dataclass
from seaofnodes.passes.base import Pass, PassResult

@dataclass(frozen=True)
class Breaks(Pass):
    \"\"\"Swaps a word for a state.\"\"\"
    name = "breaks"

    def run(self, graph, context):
        node = next(node for node in graph.reachable() if node.op.name == "Word32And")
        node.replace_input(0, graph.start)
        return PassResult(True)
"""


def test_what_a_pass_breaks_is_not_printed(root: Path, tmp_path: Path) -> None:
    lifted(root / "examples/masks.wat", tmp_path / "m.graph")
    (tmp_path / "breaks.py").write_text(BREAKS)
    arguments = [str(tmp_path / "m.graph"), "--load", str(tmp_path / "breaks.py"), "--pipeline", "breaks"]
    with pytest.raises(Error, match=r"breaks(.|\n)*n9"):
        CliRunner().invoke(opt, arguments, catch_exceptions=False)
