"""docs/first-pass.md, followed to the letter in an empty folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from seaofnodes.testing import assert_matches, transform


def run(root: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=100
    )


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "first-pass.md").read_text()


@pytest.fixture
def folder(root: Path, tmp_path: Path, page: str) -> Path:
    """What the reader has after the first screen, and the module to try it on."""
    source, test = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "my_pass.py").write_text(source)
    (tmp_path / "test_mine.py").write_text(test)
    (tmp_path / "masks.wat").write_text((root / "examples" / "masks.wat").read_text())
    (tmp_path / "masks.graph").write_text(re.findall(r"```text\n(.*?)```", page, re.DOTALL)[0])
    return tmp_path


def test_every_command(root: Path, folder: Path, page: str) -> None:
    blocks = re.findall(r"```console\n\$ seaofnodes (.*?)\n(.*?)```", page, re.DOTALL)
    assert len(blocks) >= 5
    for command, shown in blocks:
        result = run(root, folder, "seaofnodes.cli.main", *shlex.split(command.replace("examples/", "")))
        found = (result.stdout + result.stderr).splitlines()
        words = [re.sub(r"\d+\.\d+", "#", line.rstrip()) for line in shown.replace("examples/", "").splitlines()]
        left = [line for line in words if line not in {re.sub(r"\d+\.\d+", "#", line.rstrip()) for line in found}]
        assert all("ms" in line or re.match(r"\w[\w-]* +#", line) for line in left), (command, left, found)


def test_the_rule_is_the_origin_of_its_node(root: Path, folder: Path, page: str) -> None:
    options = ["--load", "my_pass.py", "--pipeline", "simplify{rules=mine},count-loads", "--emit", "turbolizer"]
    result = run(root, folder, "seaofnodes.cli.main", "compile", "masks.wat", *options, "-o", "masked.json")
    assert result.returncode == 0
    phases = json.loads((folder / "masked.json").read_text())["phases"]
    (graph,) = (phase["data"] for phase in phases if phase["name"] == "simplify")
    (node,) = (node for node in graph["nodes"] if node["label"].startswith("Word32Or") and "nodeId" in node["origin"])
    shown = json.loads("{" + re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0] + "}")
    assert node["origin"] == shown["origin"]


def test_its_patterns_match(folder: Path, page: str) -> None:
    _, patterns, *_ = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    source = (folder / "masks.wat").read_text()
    found = transform("simplify{rules=mine}", source, load=[folder / "my_pass.py"])
    assert assert_matches(patterns, found).keys() == {"a", "b", "or"}
    with pytest.raises(AssertionError, match="Word32Or"):
        assert_matches(patterns, found.before)


def test_its_tests_pass(root: Path, folder: Path) -> None:
    plain = ("pytest", "-q", "-p", "seaofnodes.testing.plugin", "-p", "no:cacheprovider")
    assert run(root, folder, *plain, "test_mine.py").returncode == 0
    assert run(root, folder, *plain, "--bless", "masks.graph").returncode == 0
    assert "fired: union 1\ngraph $masked" in (folder / "masks.graph").read_text()
    result = run(root, folder, *plain, ".")
    assert result.returncode == 0 and "3 passed" in result.stdout
