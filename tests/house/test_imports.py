"""Imports go downwards only, and importing and starting cost little."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

IMPORT_SECONDS = 0.15
RUN_SECONDS = 0.5
LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-logo"]


def lint_imports(checkout: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [*LINT, "--no-cache"]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def copy_packages(root: Path, target: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__")
    for folder in ("seaofnodes", "passes", "backend", "viz"):
        shutil.copytree(root / folder, target / folder, symlinks=True, ignore=ignore)
    shutil.copy(root / "pyproject.toml", target)
    return target


def test_imports_go_downwards(root: Path) -> None:
    result = lint_imports(root)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("file", "imported"),
    [
        ("seaofnodes/ir/planted.py", "seaofnodes.wasm"),
        ("seaofnodes/wasm/planted.py", "seaofnodes.viz"),
        ("passes/planted.py", "seaofnodes.wasm"),
        ("passes/planted.py", "seaofnodes.backend"),
        ("backend/planted.py", "seaofnodes.wasm"),
        ("backend/planted.py", "seaofnodes.runtime"),
        ("seaofnodes/runtime/planted.py", "seaofnodes.viz"),
        ("seaofnodes/runtime/planted.py", "seaofnodes.wasm"),
        ("seaofnodes/runtime/process/planted.py", "seaofnodes.runtime.entry"),
        ("seaofnodes/wasm/binary/planted.py", "seaofnodes.wasm.engine"),
        ("seaofnodes/wasm/sections/planted.py", "seaofnodes.wasm.decoder"),
        ("viz/viewer/planted.py", "seaofnodes.viz.compilation"),
        ("viz/planted.py", "seaofnodes.engine"),
        ("viz/planted.py", "seaofnodes.cli"),
        ("seaofnodes/errors.py", "seaofnodes.ir"),
    ],
)
def test_an_import_that_runs_upwards_is_found(root: Path, tmp_path: Path, file: str, imported: str) -> None:
    checkout = copy_packages(root, tmp_path)
    with (checkout / file).open("a") as out:
        out.write(f"\nimport {imported}\n")
    result = lint_imports(checkout)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout


MEASURE = "from time import process_time as now; start = now(); import seaofnodes; print(now() - start)"


def import_seconds(root: Path) -> float:
    return float(subprocess.run([sys.executable, "-c", MEASURE], cwd=root, check=True, capture_output=True).stdout)


@pytest.mark.alone
def test_import_is_quick(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time of the processor, the best of several tries, since the machine is shared; with compiled files in a cache."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path))
    import_seconds(root)  # fills the cache
    assert min(import_seconds(root) for _ in range(7)) < IMPORT_SECONDS


def run_seconds(root: Path, module: Path) -> float:
    command = [sys.executable, "-m", "seaofnodes.cli.main", "run", str(module), "--invoke", "add", "2", "3"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(command, cwd=root, check=True, capture_output=True)
    assert result.stdout == b"5\n"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


@pytest.mark.alone
def test_running_a_small_module_is_quick(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the shell, warm: start of Python and compilation included. Processor time: others use the machine, too."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path))
    module = tmp_path / "add.wat"
    module.write_text(
        '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))'
    )
    run_seconds(root, module)
    assert min(run_seconds(root, module) for _ in range(5)) < RUN_SECONDS


def test_the_runtime_names_no_language(root: Path) -> None:
    """Not even in words, but in comments, which may give an example."""
    found = []
    for path in sorted((root / "seaofnodes" / "runtime").rglob("*.py")):
        with path.open("rb") as source:
            for token in tokenize.tokenize(source.readline):
                if token.type != tokenize.COMMENT and re.search("wasm|webassembly", token.string, re.IGNORECASE):
                    found.append(f"{path}:{token.start[0]}")
    assert not found
