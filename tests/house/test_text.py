"""The project's own text: files one can hold in the head, and words that mean something to a reader from outside."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import warnings
from collections import Counter
from pathlib import Path

import pytest

LONG = 400  # lines
LONGEST_TEST = 600
MEDIAN = 150
ROOM = 15  # files
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


def lines_of(root: Path) -> dict[Path, int]:
    return {file: text.count("\n") for file, text in text_files(root) if file.suffix == ".py"}


def test_files_are_short(root: Path) -> None:
    """In the packages all are below 400 lines, half of them at most 150; tests and tools below 600, and listed if
    longer than 400.
    """
    lines = lines_of(root)
    own = {file: count for file, count in lines.items() if file.parts[0] in PACKAGES}
    assert len(own) > 300
    assert not {str(file): count for file, count in own.items() if count >= LONG}
    assert statistics.median(own.values()) <= MEDIAN
    for file, count in lines.items():
        if file not in own and count >= LONG:
            warnings.warn(f"long file: {file} has {count} lines", UserWarning, stacklevel=1)
            assert count < LONGEST_TEST, f"{file} has {count} lines"


def test_rooms_are_small(root: Path) -> None:
    """A reader can take in the files of a folder at once."""
    rooms = Counter(file.parent for file in lines_of(root) if file.parts[0] in PACKAGES)
    assert not {str(room): count for room, count in rooms.items() if count > ROOM}


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
