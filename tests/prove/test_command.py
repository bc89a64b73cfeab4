"""`seaofnodes prove` as a user sees it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.test_commands import seaofnodes

pytest.importorskip("z3", reason="proofs need z3-solver")

HEAD = """
from seaofnodes.passes.patterns import *
from seaofnodes.passes.rules.declare import RuleSet
rules, o = RuleSet("mine"), Operators()
(x, y), (C, D) = variables("x y"), constants("C D")
"""
RIGHT = "rules.rule(o.Int32Sub(x, x))(lambda: 0)\n"


def declared(folder: Path, *rules: str) -> str:
    path = folder / "mine.py"
    lines = [f"@rules.rule({rule})\ndef r{i}():\n    return x" for i, rule in enumerate(rules)]
    path.write_text(HEAD + "\n".join(lines) + "\n")
    return str(path)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_verdicts_and_exit_code(root: Path, jobs: str) -> None:
    """In this process or in others, the answers are the same."""
    file = "tests/prove/wrong_rules.py"
    result = seaofnodes(root, "prove", file, "-j", jobs, "--json", "--seconds", "1", "--rule", "[a-m]*")
    found = json.loads(result.stdout)
    assert result.returncode == 1 and not found["good"] and len(found["rules"]) > 5
    for rule in found["rules"]:
        assert rule["status"] == "wrong" and rule["counterexample"]["confirmed"]
        assert rule["where"].startswith(str(root / file)) and rule["source"] == file
    first = next(rule for rule in found["rules"] if rule["rule"] == "divide_by_the_product")
    assert first["counterexample"]["unsafe"].startswith("Uint32Div(")
    assert {value["name"]: value["bits"] for value in first["counterexample"]["values"]}.keys() == {"x", "C", "D"}


def test_right_rules_exit_with_0(root: Path) -> None:
    result = seaofnodes(root, "prove", "examples/my_pass.py")
    assert result.returncode == 0 and "proved   union  bit vectors" in result.stdout


def test_a_condition_that_hangs_is_stopped(root: Path, tmp_path: Path) -> None:
    file = declared(tmp_path, "o.Int32Add(x, C), where=lambda C: endless()")
    Path(file).write_text(Path(file).read_text().replace("rules, o", "def endless():\n    while True: pass\nrules, o"))
    result = seaofnodes(root, "prove", file, "--seconds", "0.5")
    assert result.returncode == 1 and "Traceback" not in result.stderr
    assert f"unknown  r0  its condition was stopped after 0.5 s, at {file}:5" in result.stdout


def test_several_files_and_patterns(root: Path) -> None:
    files = ("examples/my_pass.py", "examples/my_rules.py")
    result = seaofnodes(root, "prove", *files, "--rule", "un*", "--rule", "clear_bit?")
    assert result.returncode == 0 and "2 rules: 2 proved" in result.stdout
    assert all(file in result.stdout for file in files)


def test_built_in_rules_by_name(root: Path) -> None:
    result = seaofnodes(root, "prove", "--rule", "xor_self_*", "--json")
    found = json.loads(result.stdout)
    assert result.returncode == 0 and [rule["rule"] for rule in found["rules"]] == ["xor_self_32", "xor_self_64"]


def test_rules_that_never_fire(root: Path, tmp_path: Path) -> None:
    file = declared(tmp_path, "o.Word32Shl(x, C), where=(C & 31).eq(0)", "o.Word32Shl(x, C), where=C.eq(32)")
    result = seaofnodes(root, "prove", file)
    assert result.returncode == 1 and "rule r1 never fires: r0 always wins" in result.stdout
    assert "2 rules: 2 proved" in result.stdout
    file = declared(tmp_path, "o.Int32Add(x, C), where=C.ult(0)")
    result = seaofnodes(root, "prove", file)
    assert result.returncode == 1 and "vacuous  r0  its condition never holds" in result.stdout


@pytest.mark.parametrize(
    ("source", "arguments", "code", "words"),
    [
        (None, [], 1, "mine.py: No such file or directory"),
        ("", [], 1, "mine.py: no rules are declared in it"),
        ("x = 1 +\n", [], 1, "mine.py:1: SyntaxError"),
        ("import nothing_like_it\n", [], 1, "mine.py:1: ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("raise SystemExit(0)\n", [], 1, "mine.py:1: SystemExit: 0"),
        (HEAD + "rules.rule(o.Int32Add(x))(lambda: x)\n", [], 1, "mine.py:6: Int32Add takes 2 values, not 1"),
        (HEAD + "rules.rule(o.Int32Add(x, 1))(lambda: y)\n", [], 1, "y is not in the pattern"),
        (HEAD + "rules.rule(o.Int32Add(x, C), lambda E: E)(lambda: x)\n", [], 1, "E is not in the pattern"),
        (HEAD + "rules.rule(o.Word32And(x, C))(lambda: o.Uint32Mod(x, C))\n", [], 1, "Uint32Mod needs a check before"),
        (HEAD + RIGHT, ["--rule", "<lamda>"], 1, "no rule is called '<lamda>'; did you mean '<lambda>'?"),
        (HEAD + RIGHT, ["--seconds", "0"], 2, "--seconds"),
        (HEAD + RIGHT, ["-j", "0"], 2, "--jobs"),
    ],
)
def test_mistakes(root: Path, tmp_path: Path, source: str | None, arguments: list[str], code: int, words: str) -> None:
    path = tmp_path / "mine.py"
    if source is not None:
        path.write_text(source)
    result = seaofnodes(root, "prove", str(path), *arguments)
    assert result.returncode == code and words in result.stderr
    assert "Traceback" not in result.stderr and result.stdout == ""


def test_without_the_solver(root: Path, tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(
        "import importlib.util as u, sys\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'z3' else find(name, *rest)\n"
        "sys.modules['z3'] = None\n"
        "sys.argv = ['seaofnodes', 'prove', 'examples/my_pass.py']\n"
        "from seaofnodes.cli.main import main\n"
        "main()\n"
    )
    command = [sys.executable, str(tmp_path / "run.py")]
    environment = {"PYTHONPATH": str(root)}
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 1
    assert result.stderr == "error: proofs need the package z3-solver: pip install z3-solver, or seaofnodes[prove]\n"


def test_a_condition_that_fails_is_told(root: Path, tmp_path: Path) -> None:
    file = declared(tmp_path, "o.Int32Add(x, C), where=lambda C: C.bits > 1")
    result = seaofnodes(root, "prove", file)
    assert result.returncode == 1 and result.stderr == ""
    assert "unknown  r0  condition <lambda>(C) failed: AttributeError: 'Bits' object has no" in result.stdout


def test_interrupted(root: Path, tmp_path: Path) -> None:
    """Ctrl-C ends it and its workers, at once."""
    hard = "o.TruncateFloat64ToFloat32(o.Float64Div(o.ChangeFloat32ToFloat64(x), o.ChangeFloat32ToFloat64(y)))"
    path = tmp_path / "hard.py"
    rules = [f"rules.rule({hard}, suffix='{i}')(lambda: o.Float32Div(x, y))" for i in range(8)]
    path.write_text(HEAD + "\n".join(rules) + "\n")
    command = [sys.executable, "-m", "seaofnodes.cli.main", "prove", str(path), "-j", "2", "--seconds", "1000"]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    end = time.monotonic() + 60
    while len(workers := children.read_text().split()) < 2 and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    try:
        out, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130 and out == "" and "interrupted" in errors and "Traceback" not in errors
    end = time.monotonic() + 20
    while any(map(runs, workers)) and time.monotonic() < end:
        time.sleep(0.1)
    assert workers and not any(map(runs, workers))


def runs(pid: str) -> bool:
    """Is it more than an entry in the table of processes?"""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False
