"""What the tutorial shows, and the example notebook, work."""

from __future__ import annotations

import doctest
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def test_commands_print_what_the_tutorial_shows(root: Path) -> None:
    command = [sys.executable, "tools/readme.py", "--check", "docs/comparing.md"]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=110)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_stale_tutorial_is_found(root: Path, tmp_path: Path) -> None:
    """Words count; numbers, and the order of lines, do not."""
    command = "$ seaofnodes compare examples/digits.wat -p none --no-run --rounds 1 --compile-rounds 1\n"
    shown = tmp_path / "shown.md"
    shown.write_text(f"```console\n{command}```\n")
    tool = [sys.executable, "tools/readme.py"]
    subprocess.run([*tool, str(shown)], cwd=root, check=True, timeout=60)
    text = shown.read_text()
    assert "1 module, 4 functions, 0 calls" in text
    for changed, stale in ((text.replace("4 functions", "5 functions"), 0), (text.replace("functions", "things"), 1)):
        shown.write_text(changed)
        checked = subprocess.run([*tool, "--check", str(shown)], cwd=root, capture_output=True, check=False, timeout=60)
        assert checked.returncode == stale


def test_what_only_some_machines_count_is_not_compared(root: Path) -> None:
    spec = importlib.util.spec_from_file_location("readme", root / "tools" / "readme.py")
    assert spec is not None and spec.loader is not None
    readme = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(readme)
    head, tail = "$ seaofnodes compare x -p none\nspeed\n\n a  1.5x [1.4, 1.6]", "\n\nrules\n"
    none = f"{head}\n\nhardware counters: none: this machine has none{tail}"
    some = f"{head}*\n\ncounted by the hardware in one call\n\n call  cycles\n ───\n a  5{tail}"
    assert readme.comparable(none) == readme.comparable(some)
    assert readme.comparable(none) != readme.comparable(some.replace("speed", "pace"))


def test_python_gives_what_the_tutorial_shows(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    failed, tried = doctest.testfile(str(root / "docs/comparing.md"), module_relative=False)
    assert tried > 8
    assert not failed


def kinds(cell: Any) -> list[list[str]]:
    return [sorted(output.get("data", [output["output_type"]])) for output in cell.get("outputs", [])]


@pytest.mark.parametrize(("name", "pictures", "text"), [("tour", 2, "geometric mean"), ("measuring", 0, "NoiseFloor")])
def test_notebook(root: Path, monkeypatch: pytest.MonkeyPatch, name: str, pictures: int, text: str) -> None:
    """It runs, and each cell gives what it gave when it was stored: values, tables, pictures."""
    nbformat = pytest.importorskip("nbformat", reason="needs nbclient")
    nbclient = pytest.importorskip("nbclient", reason="runs the notebook")
    pytest.importorskip("ipykernel", reason="runs the notebook")
    monkeypatch.setenv("PYTHONPATH", str(root))
    stored = nbformat.read(root / f"examples/{name}.ipynb", as_version=4)
    made = nbformat.read(root / f"examples/{name}.ipynb", as_version=4)
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    resources = {"metadata": {"path": str(root / "examples")}}
    nbclient.NotebookClient(made, kernel_name="python3", timeout=100, resources=resources).execute()
    found_pictures = 0
    for before, after in zip(stored.cells, made.cells, strict=True):
        assert kinds(after) == kinds(before)
        found_pictures += sum("image/svg+xml" in found for found in kinds(after))
    assert found_pictures == pictures
    assert any(text in str(cell.get("outputs")) for cell in made.cells)
