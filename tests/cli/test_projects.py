"""A project's pyproject.toml: files that are always loaded, pipelines with names, and what is wrong in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seaofnodes.errors import PassError
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.project import find_project, python_files
from seaofnodes.passes.framework.registry import PassRegistry

MODULE = """;; timed: f(3) = 3
(module (func (export "f") (param i32) (result i32) (i32.or (local.get 0) (i32.const 0))))"""
MINE = """from dataclasses import dataclass
from seaofnodes.passes.base import Pass, PassContext, PassResult

@dataclass(frozen=True)
class Mine(Pass):
    name = "mine"
    def run(self, graph, context):
        context.analysis("mine was here", graph.end)
        return PassResult(False)
"""
PROJECT = """[tool.other]
x = 1
[tool.seaofnodes]
load = ["passes/mine.py"]
pipelines = { quick = "simplify,mine", broken = "simplify,min" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "passes").mkdir()
    (tmp_path / "below").mkdir()
    (tmp_path / "passes" / "mine.py").write_text(MINE)
    (tmp_path / "below" / "m.wat").write_text(MODULE)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "below" / "pyproject.toml").write_text("[tool.other]\n")  # it says nothing of us
    return tmp_path


def seaofnodes(folder: Path, root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "seaofnodes.cli.main", *arguments]
    environment = {"PYTHONPATH": str(root)}
    return subprocess.run(
        program, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_commands_read_the_nearest_one(folder: Path, root: Path) -> None:
    below = folder / "below"
    made = seaofnodes(below, root, "compile", "m.wat", "--pipeline", "quick")
    assert made.returncode == 0 and "mine was here" in made.stdout, made.stderr
    assert seaofnodes(below, root, "run", "m.wat", "--invoke", "f", "7", "--pipeline", "quick").stdout == "7\n"
    measured = seaofnodes(
        below, root, "compare", "m.wat", "-p", "none", "-p", "quick", "--csv", "--rounds", "1", "--warm-up", "0"
    )
    assert measured.returncode == 0 and "simplify,mine" in measured.stdout, measured.stderr + measured.stdout
    listed = seaofnodes(below, root, "passes").stdout
    assert "quick" in listed and "simplify,mine" in listed


def test_without_a_project_nothing_is_known(root: Path, tmp_path: Path) -> None:
    (tmp_path / "m.wat").write_text(MODULE)
    found = seaofnodes(tmp_path, root, "compile", "m.wat", "--pipeline", "quick")
    assert found.returncode == 1 and "no pass is called 'quick'" in found.stderr


def test_a_pipeline_that_is_wrong_is_told_with_its_key(folder: Path, root: Path) -> None:
    place = "pyproject.toml: tool.seaofnodes.pipelines.broken: no pass is called 'min'; did you mean 'mine'?"
    for command in (["compile", "below/m.wat"], ["run", "below/m.wat", "--invoke", "f", "1"], ["passes"]):
        found = seaofnodes(folder, root, *command, "--pipeline", "broken")
        assert (found.stderr, found.returncode) == (f"error: {place}\n", 1)
    listed = seaofnodes(folder, root, "passes")
    assert f"error: {place}" in listed.stdout and "quick" in listed.stdout and listed.returncode == 0


@pytest.mark.parametrize(
    "text, message",
    [
        ("lod = []", "tool.seaofnodes.lod: there is no such key; did you mean 'load'?"),
        ('load = "mine.py"', r'tool.seaofnodes.load is a list of Python files, as \["passes/mine.py"\]'),
        ('load = ["other.py"]', "tool.seaofnodes.load: there is no file 'other.py' in "),
        ('pipelines = ["gvn"]', "tool.seaofnodes.pipelines is a table from names to texts"),
        ("pipelines = { quick = 3 }", "tool.seaofnodes.pipelines is a table from names to texts"),
        ('pipelines = { gvn = "simplify" }', "pipelines.gvn: a pass or pipeline named 'gvn' is already there"),
        ('pipelines = { "a b" = "gvn" }', "pipelines.a b: 'a b' is no name for pipelines"),
        ("pipelines = {", "pyproject.toml: Invalid|pyproject.toml: Unclosed|pyproject.toml: Expected"),
    ],
)
def test_faults_are_told_with_file_and_key(folder: Path, text: str, message: str) -> None:
    path = folder / "pyproject.toml"
    path.write_text(f"[tool.seaofnodes]\n{text}\n")
    with pytest.raises(PassError, match=message):
        PassRegistry().load(path)


def test_from_python(folder: Path) -> None:
    path = folder / "pyproject.toml"
    assert find_project(folder / "below") == path == find_project(folder)
    registry = PassRegistry()
    registry.load(path)
    assert str(Pipeline.parse("quick", registry)) == "simplify,mine" and registry.has_own_passes
    registry.load(path)  # again: it takes its own place
    registry.load(folder / "passes" / "mine.py")
    assert python_files([path, folder / "passes" / "mine.py"]) == [folder / "passes" / "mine.py"]
    other = folder / "other.py"
    other.write_text('PIPELINES = {"quick": "gvn"}\n')
    with pytest.raises(PassError, match=r"other.py: PIPELINES\['quick'\]: a pass or pipeline named 'quick' is"):
        registry.load(other)
