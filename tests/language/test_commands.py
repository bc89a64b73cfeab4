"""The commands on programs of users' languages, and on graphs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from seaofnodes import Engine
from seaofnodes.viz.viewer.sources import functions_of
from tests.language.toy import FOLDER, SUM as SUM_TEXT, toy_class

ROOT = FOLDER.parents[1]
TOY = ("--load", str(FOLDER / "toy_files.py"))
SUM, MULTIPLY = str(FOLDER / "sum.toy"), str(FOLDER / "multiply.graph")
BROKEN_RULE = """
from seaofnodes.passes.patterns import Operators, variables
from seaofnodes.passes.rules import RuleSet

RULES = RuleSet("broken")
x, y = variables("x y")
o = Operators()


@RULES.rule(o.Int64Sub(x, y))
def subtraction():
    "Wrong."
    return o.Int64Sub(y, x)
"""


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "seaofnodes.cli.main", *map(str, arguments)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert "Traceback" not in found.stderr
    return found


def test_run() -> None:
    assert run("run", SUM, *TOY, "--invoke", "main", 30, 1, 1).stdout == "9455\n"
    assert run("run", MULTIPLY, 3, 4).stdout == "12\n"
    found = run("run", SUM, *TOY, "--invoke", "main", "--repeat", 3, "--json", 2000, 0.5, 1)
    assert json.loads(found.stdout)["results"] == ["2666666500.0"]
    traced = run("run", SUM, *TOY, "--invoke", "main", "--trace-opt", "--no-background", 2000, 1, 1).stderr
    assert "completed compiling function" in traced and "OSR" in traced


@pytest.mark.parametrize(("arguments", "problem"), [
    (("run", SUM, *TOY, "--invoke", "nothing"), "no function is called 'nothing'"),
    (("run", SUM, *TOY, 1), "main takes 3 arguments, not 1"),
    (("run", SUM, *TOY, "--invoke", "square"), "square takes 1 arguments, not 0"),
    (("run", SUM), "sum.toy: no language has the suffix '.toy'; --load FILE.py brings one"),
    (("run", MULTIPLY, 1), "takes 2 arguments, not 1"),
    (("run", MULTIPLY, 1, "x"), "'x' is no Word32"),
    (("run", MULTIPLY, 1, 1 << 40), "does not fit in Word32"),
    (("run", "nowhere.graph", 1), "No such file"),
    (("compile", SUM, *TOY, "-f", "sun"), "did you mean 'sum'?"),
    (("compile", MULTIPLY, "--tier", "baseline"), "--tier baseline is for WebAssembly modules"),
    (("fuzz", "--language", ".toy"), "no language has the suffix '.toy'; there are: .graph"),
    (("fuzz", "--language", ".graph"), "GraphProgram draws no programs"),
])  # fmt: skip
def test_what_is_wrong(arguments: tuple[object, ...], problem: str) -> None:
    found = run(*arguments)
    assert found.returncode and problem in found.stderr, found


def test_graphs_that_are_none(tmp_path: Path) -> None:
    file = tmp_path / "x.graph"
    file.write_text("graph $f (Word64) -> () function 0\n  n0 = Nonsense()\n")
    found = run("run", file)
    assert found.returncode == 1 and "Nonsense" in found.stderr


@pytest.mark.parametrize(
    "emit", ["summary", "graph", "code", "schedule", "json", "turbolizer", "html", "dot", "changes"]
)
def test_compile(tmp_path: Path, emit: str) -> None:
    call = ("--invoke", "main", "--arg", 30, "--arg", 1, "--arg", 1)
    found = run("compile", SUM, *TOY, "-f", "sum", *call, "--emit", emit, "-o", tmp_path / "out")
    assert found.returncode == 0, found.stderr
    assert (tmp_path / "out").read_text()
    assert run("compile", MULTIPLY, "--emit", emit).returncode == 0


def test_graphs_stand_beside_the_source() -> None:
    engine, toy = Engine(), toy_class().read(SUM_TEXT)
    program = engine.load_program(toy)
    toy.call("main", 30, 1, 1)
    shown = functions_of(engine.compile(program, "sum"))
    assert [function["name"] for function in shown["functions"]] == ["sum", "square"]
    assert [18, 0, "call y square x", ""] in shown["functions"][0]["lines"]


def test_compare(tmp_path: Path) -> None:
    found = run("compare", SUM, *TOY, "-p", "none", "-p", "default", "--rounds", 2, "--warm-up", 0.1, "--json")
    assert found.returncode == 0, found.stderr
    rows = json.loads(found.stdout)["rows"]
    calls = [row for row in rows if row["kind"] == "call"]
    assert len(calls) == 2 and all(row["results"] == ["9004500500"] for row in calls)
    assert {row["name"] for row in rows if row["kind"] == "function"} == {"fill", "square", "sum", "main"}
    assert run("compare", MULTIPLY, "-p", "none", "-p", "default", "--html", tmp_path / "page.html").returncode == 0


def test_compare_finds_wrong_results(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toy"
    file.write_text(Path(SUM).read_text().replace("= 9455", "= 9456"))
    found = run("compare", file, *TOY, "-p", "none", "-p", "default", "--rounds", 1, "--warm-up", 0.1)
    assert found.returncode == 1 and "the header says 9456" in found.stdout


def test_fuzz(tmp_path: Path) -> None:
    found = run("fuzz", *TOY, "--language", ".toy", "--count", 3, "--out", tmp_path / "out")
    assert found.returncode == 0 and "3 programs" in found.stdout and "0 failures" in found.stdout


def test_fuzz_finds_a_broken_rule(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN_RULE)
    found = run(
        "fuzz", *TOY, "--load", tmp_path / "broken.py", "--language", ".toy", "--seconds", 120, "--stop",
        "-p", "broken", "--no-random", "--out", tmp_path / "out",
    )  # fmt: skip
    assert found.returncode == 1, found
    (saved,) = (tmp_path / "out").glob("*.toy")
    facts = json.loads(saved.with_suffix(".json").read_text())
    assert "interpreted:" in facts["difference"] and facts["options"]["pipeline"] == "broken"


def test_deoptimizations_name_the_language() -> None:
    shown = run("run", SUM, *TOY, "--invoke", "main", "--no-background", "--trace-deopt-verbose", 9000, 1, 1000000)
    assert "reason: overflow, type: ToyFile): begin. deoptimizing square" in shown.stderr
    assert "wasm" not in shown.stderr.lower()
