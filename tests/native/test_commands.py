"""The commands on files of typed functions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GCD = "examples/functions.py"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "seaofnodes.cli.main", *map(str, arguments)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert "Traceback" not in found.stderr
    return found


def test_run() -> None:
    assert run("run", GCD, "--invoke", "gcd", 12, 18).stdout == "6\n"
    assert run("run", GCD, "--invoke", "coprime", "0x28").stdout == "947\n"


@pytest.mark.parametrize(("arguments", "problem"), [
    (("run", GCD), "--invoke says which function to call; there are: gcd, coprime, joined"),
    (("run", GCD, "--invoke", "gdc", 1, 2), "no function is called 'gdc'; there are: gcd, coprime, joined"),
    (("run", GCD, "--invoke", "gcd", 1), "gcd takes 2 arguments, not 1"),
    (("run", GCD, "--invoke", "gcd", 1, "x"), "'x' is no u64"),
    (("run", GCD, "--invoke", "gcd", 1, -1), "gcd: y is -1, which is out of the range of u64"),
    (("compile", GCD, "-f", "gdc"), "did you mean 'gcd'?"),
    (("run", "examples/my_rules.py", "--invoke", "f"), "no typed function: put @seaofnodes.function before one"),
])  # fmt: skip
def test_mistakes(arguments: tuple[object, ...], problem: str) -> None:
    found = run(*arguments)
    assert found.returncode != 0
    assert problem in found.stderr


def test_a_file_outside_of_the_subset(tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text("from seaofnodes import function, i32\n\n\n@function\ndef f(x: i32) -> i32:\n    return x / 2\n")
    found = run("compile", path)
    assert found.returncode == 1
    assert found.stderr.splitlines() == [
        "error: / of integers: say //, or convert both to f64",
        f'  File "{path}", line 6, column 12, in f',
        "    return x / 2",
        "           ^^^^^",
    ]
    path.write_text("from seaofnodes import function, i32\n\n1 / 0\n")
    assert run("compile", path).stderr == f"error: {path}:3: ZeroDivisionError: division by zero\n"
    path.write_text("def f(:\n")
    assert run("compile", path).stderr == f"error: {path}:1: SyntaxError: invalid syntax\n"


def test_a_file_has_neighbours(tmp_path: Path) -> None:
    (tmp_path / "sizes_of_things.py").write_text("SIZE = 24\n")
    path = tmp_path / "functions.py"
    path.write_text(
        "import sizes_of_things as sizes\nfrom seaofnodes import function, i32\n\n\n"
        "@function\ndef f(x: i32) -> i32:\n    return x * sizes.SIZE\n"
    )
    assert run("run", path, 2).stdout == "48\n"


def test_compile() -> None:
    graph = run("compile", GCD, "-f", "gcd", "--emit", "graph", "--pipeline", "simplify,gvn").stdout
    assert "Uint64Mod" in graph and "; @0x13" in graph
    assert "div r" in run("compile", GCD, "-f", "gcd", "--emit", "code").stdout
    assert "inline: inlined gcd" in run("compile", GCD, "-f", "coprime").stdout


def test_compare() -> None:
    found = run("compare", GCD, "-p", "default", "-p", "none", "--rounds", 1, "--json")
    assert found.returncode == 0, found.stderr
    assert "coprime" in json.dumps(json.loads(found.stdout))


def test_fuzz(tmp_path: Path) -> None:
    found = run("fuzz", "--language", ".py", "--count", 6, "--jobs", 1, "--out", tmp_path)
    assert found.returncode == 0, found.stdout
    assert "6 programs" in found.stdout and "0 failures" in found.stdout
