"""The project's own text: files one can hold in the head, and words that mean something to a reader from outside."""

from __future__ import annotations

import ast
import re
import subprocess
import warnings
from pathlib import Path

import pytest

LONG = 500
# Paths of one machine, and hosts of package registries: they come from configuration, never from the project.
FOREIGN = re.compile(
    r"(?<![\w.])/work/|(?<![\w./])/root/|\bpypi\.(?:org|python)|files\.pythonhosted|deb\.debian\.org|\bregistry\.npmjs",
    re.IGNORECASE,
)
PACKAGES = ("seaofnodes", "passes", "backend", "viz")


def project_files(root: Path) -> list[Path]:
    """What git keeps or would keep."""
    command = ["git", "-c", f"safe.directory={root}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode().split("\0")
    files = [root / name for name in names if name]
    return [file for file in files if file.is_file() and not file.is_symlink()]


def text_files(root: Path) -> list[tuple[Path, str]]:
    found = []
    for file in project_files(root):
        data = file.read_bytes()
        if b"\0" not in data:
            found.append((file.relative_to(root), data.decode()))
    return found


def test_files_are_short(root: Path) -> None:
    """From 500 lines on a file smells, and is listed; twice that is too much."""
    for file, text in text_files(root):
        lines = text.count("\n")
        if file.suffix == ".py" and lines > LONG:
            warnings.warn(f"long file: {file} has {lines} lines", UserWarning, stacklevel=1)
            assert lines <= 2 * LONG, f"{file} has {lines} lines"


def test_text_names_no_foreign_place(root: Path) -> None:
    here = Path(__file__).relative_to(root)
    found = [
        f"{file}:{number}: {line.strip()}"
        for file, text in text_files(root)
        if file != here
        for number, line in enumerate(text.splitlines(), 1)
        if FOREIGN.search(line)
    ]
    assert not found, "\n".join(found)


def test_modules_say_what_they_are_for(root: Path) -> None:
    missing = [
        str(file)
        for file, text in text_files(root)
        if file.suffix == ".py" and file.parts[0] in PACKAGES and text.strip()
        if not ast.get_docstring(ast.parse(text))
    ]
    assert not missing, missing


@pytest.mark.parametrize("line", ["see /work/x", "cd /root/x", "https://pypi.org/simple"])
def test_foreign_places_are_recognized(line: str) -> None:
    assert FOREIGN.search(line)
