"""The plugin for pytest, in a pytest of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seaofnodes.testing.files import read_file


def run_pytest(root: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "seaofnodes.testing.plugin", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=100
    )


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    for name in ("masks.graph", "my_pass.py"):
        shutil.copy(root / "examples" / name, tmp_path)
    return tmp_path


def test_the_example_passes(root: Path, folder: Path) -> None:
    result = run_pytest(root, folder, "-v")
    assert result.returncode == 0, result.stdout
    assert "masks.graph::gvn,load-elimination,simplify{rules=mine} PASSED" in result.stdout
    assert "fired: union 1\n" in (folder / "masks.graph").read_text()


def test_differences_are_shown_and_blessed(root: Path, folder: Path) -> None:
    file = folder / "masks.graph"
    right = file.read_text()
    file.write_text(right.replace("union 1", "union 2").replace("Return[1]", "Return[2]") + "\n=== none\n")
    result = run_pytest(root, folder)
    assert result.returncode == 1
    assert "-fired: union 2" in result.stdout and "+fired: union 1" in result.stdout
    assert "pytest --bless writes it into the file" in result.stdout and "Traceback" not in result.stdout
    assert run_pytest(root, folder, "--bless").returncode == 0
    blessed = file.read_text()
    assert blessed.startswith(right.rstrip()) and "Word32Xor" in blessed.partition("=== none")[2]
    assert run_pytest(root, folder).returncode == 0


def test_a_wrong_rule_is_not_blessed(root: Path, folder: Path) -> None:
    right = (folder / "my_pass.py").read_text()
    (folder / "my_pass.py").write_text(right.replace("return o.Word32Or(x, y)", "return y"))
    result = run_pytest(root, folder, "--bless")
    assert result.returncode == 1 and "with arguments (0x" in result.stdout and "the end is (" in result.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(module)\n", "no section"),
        ("# nothing\n=== none\n", "no graph"),
        ("(module)\n=== none\n", "no own function None; there are: none"),
        ("(module (func))\n=== gvm\n", "did you mean 'gvn'?"),
        ("graph $f (Word64) -> () function 0\n  n0 = Strt()\n=== none\n", "did you mean Start?"),
        ("load: gone.py\n(module (func))\n=== none\n", "gone.py"),
        ("function: g\n(module (func $f))\n=== none\n", "no own function 'g'; there are: f"),
    ],
)
def test_mistakes(root: Path, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.graph").write_text(text)
    result = run_pytest(root, tmp_path)
    assert result.returncode != 0 and words in result.stdout, result.stdout
    assert "INTERNALERROR" not in result.stdout


def test_parts_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.graph"
    path.write_text("# c\nload: p.py\nload: q.py\nfunction: 3\n\n(module\n)\n=== gvn\none\n=== none\ntwo\n\n")
    file = read_file(path)
    assert file.load == [tmp_path / "p.py", tmp_path / "q.py"] and file.function == 3
    assert file.source.strip() == "(module\n)"
    assert [(s.pipeline, s.line, s.expected) for s in file.sections] == [("gvn", 8, "one\n"), ("none", 10, "two\n")]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("return None", "pass mine returned None (NoneType), not a PassResult\n  in pass mine (mine.py:6): def run"),
        ("return {}['x']", "mine.py:7: KeyError"),
    ],
)
def test_a_pass_that_fails_is_told_with_its_line(root: Path, tmp_path: Path, body: str, shown: str) -> None:
    (tmp_path / "mine.py").write_text(
        "from dataclasses import dataclass\nfrom seaofnodes.passes.base import Pass\n@dataclass(frozen=True)\n"
        f"class Mine(Pass):\n    name = 'mine'\n    def run(self, graph, context):\n        {body}\n"
    )
    (tmp_path / "x.graph").write_text("load: mine.py\n\n(module (func))\n=== mine\n")
    result = run_pytest(root, tmp_path)
    assert result.returncode == 1 and shown in result.stdout, result.stdout
