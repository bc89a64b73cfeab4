"""CONTRIBUTING.md names only what exists."""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from seaofnodes.cli.main import COMMANDS
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node

PATH = re.compile(r"(?<![\w/.:@])((?:\.ci|backend|docs|examples|passes|seaofnodes|tests|tools|viz)/[\w./-]*[\w/])")
PACKAGES = ("seaofnodes", "passes", "backend", "viz")


@pytest.fixture
def text(root: Path) -> str:
    return (root / "CONTRIBUTING.md").read_text()


def shown_code(text: str) -> list[str]:
    """The blocks that are indented, without indentation."""
    blocks = re.findall(r"(?:^(?: {4}.*|)\n)+", text, re.MULTILINE)
    return [block.strip("\n") for block in blocks if block.strip()]


def test_paths(root: Path, text: str) -> None:
    """In commands, too."""
    paths = PATH.findall(text)
    assert len(paths) > 30
    assert not [path for path in paths if not (root / path).exists()]


def test_files_that_are_named_without_a_folder(root: Path, text: str) -> None:
    names = set(re.findall(r"`(\w+\.(?:py|txt|md|sh))`", text))
    assert len(names) > 1
    assert not [name for name in names if not any(next((root / top).rglob(name), None) for top in PACKAGES)]


def test_targets_of_make(root: Path, text: str) -> None:
    targets = re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"\bmake((?: [a-z]+)+)(?=`|\s{2,}| #)", text)
    assert len(named) > 5
    assert not {word for words in named for word in words.split()} - set(targets)


def test_commands(text: str) -> None:
    named = set(re.findall(r"`seaofnodes ([a-z]+)", text))
    assert named >= {"compile", "prove"}
    assert not named - COMMANDS.keys()


def test_calls_of_pytest_select_tests(root: Path, text: str) -> None:
    calls = re.findall(r"^ +(pytest .*?)(?:#.*)?$", text, re.MULTILINE)
    assert len(calls) == 2
    for call in calls:
        command = [sys.executable, "-m", *shlex.split(call), "--collect-only", "-q", "-p", "no:cacheprovider"]
        result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert result.returncode == 0, f"{call}\n{result.stdout}{result.stderr}"


def test_modules_and_entry_points(root: Path, text: str) -> None:
    for name in set(re.findall(r"`(seaofnodes(?:\.\w+)+)`", text)):
        importlib.import_module(name)
    (group,) = re.findall(r"entry-point group `([\w.]+)`", text)
    assert f'group="{group}"' in (root / "passes/framework/registry.py").read_text()


def test_edits_of_graphs(text: str) -> None:
    (edits,) = re.findall(r"Edit graphs only through (.*?), so that", text, re.DOTALL)
    by_class = re.findall(r"`(Graph|Node)` \((.*?)\)", edits)
    assert [name for name, _ in by_class] == ["Graph", "Node"]
    for name, methods in by_class:
        for method in re.findall(r"`(\w+)`", methods):
            assert hasattr({"Graph": Graph, "Node": Node}[name], method), method


def test_lists_that_something_is_entered_in(root: Path, text: str) -> None:
    lists = re.findall(r"`([\w/]+/)`[^`]*entered in that file's `(\w+)`", text)
    assert len(lists) == text.count("entered in that file's") == 2
    for folder, name in lists:
        defines = re.compile(rf"^{name}\b", re.MULTILINE)
        assert any(defines.search(path.read_text()) for path in (root / folder).rglob("*.py")), name


def test_shown_declarations_are_those_of_the_source(root: Path, text: str) -> None:
    def words(source: str) -> str:
        return " ".join(source.split())

    files = ("seaofnodes/ir/ops/machine.py", "passes/rewrites/integers.py")
    source = words("".join((root / name).read_text() for name in files))
    found = [
        words(re.sub(r"  # .*", "", block))
        for block in shown_code(text)
        if block.lstrip().startswith(("@rule", "INT32_ADD"))
    ]
    assert len(found) == 2
    assert not [block for block in found if block not in source]
