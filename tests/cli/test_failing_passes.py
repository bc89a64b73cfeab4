"""Passes that fail, hang or break graphs: the command says so at once, with the author's line, and ends with 1."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FIB = """(module (func $fib (export "fib") (param i32) (result i32)
  (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))
    (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                   (call $fib (i32.sub (local.get 0) (i32.const 2))))))))
"""
PASS = """from dataclasses import dataclass
import time
from seaofnodes.passes.base import Pass, PassContext, PassResult
from seaofnodes.ir.graph import Graph

@dataclass(frozen=True)
class Mine(Pass):
    name = "mine"
    def run(self, graph: Graph, context: PassContext) -> PassResult:
        BODY
        return PassResult(True)
"""
BODIES = {
    "crash": '{}["missing"]',
    "hang": "while True: pass",
    "sleep": "time.sleep(1000)",
    "lock": "sum(range(10**12))",
    "break": "[n for n in graph.reachable() if n.op.name == 'Int32Add'][0].inputs[0] = graph.end",
    "none": "pass",
}
MODES = {"background": (), "at once": ("--no-background",), "optimized": ("--tier", "optimized")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fib.wat").write_text(FIB)
    for name, body in BODIES.items():
        (tmp_path / f"{name}.py").write_text(PASS.replace("BODY", body))
    return tmp_path


def seaofnodes(folder: Path, root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "seaofnodes.cli.main", *arguments]
    environment = {"PYTHONPATH": str(root)}
    return subprocess.run(
        program, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=200
    )


def run(folder: Path, root: Path, which: str, *options: str) -> subprocess.CompletedProcess[str]:
    own = ["--load", f"{which}.py", "--pipeline", "mine"]
    return seaofnodes(folder, root, "run", *own, *options, "fib.wat", "--invoke", "fib", "20")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("verify", [(), ("--verify",), ("--no-verify",)], ids=["usual", "verify", "no verify"])
def test_crash(folder: Path, root: Path, mode: str, verify: tuple[str, ...]) -> None:
    found = run(folder, root, "crash", *MODES[mode], *verify)
    assert (found.stdout, found.returncode) == ("6765\n", 1)
    assert found.stderr == (
        "error: failed to optimize function 0 <fib>, in pass mine (crash.py:10): KeyError: 'missing'\n"
    )


def test_a_pass_that_works(folder: Path, root: Path) -> None:
    found = run(folder, root, "none")
    assert (found.stdout, found.stderr, found.returncode) == ("6765\n", "", 0)


def test_events_and_traces_have_the_line(folder: Path, root: Path) -> None:
    found = run(folder, root, "crash", "--trace-opt", "--trace-events", "events")
    assert "[failed to optimize function 0 <fib>, in pass mine (crash.py:10): KeyError: 'missing']" in found.stderr
    events = [json.loads(line) for line in (folder / "events").read_text().splitlines()]
    [event] = [one for one in events if one["event"] == "failure"]
    assert (event["phase"], event["file"], event["line"]) == ("mine", str(folder / "crash.py"), 10)


@pytest.mark.parametrize("mode", MODES)
def test_graphs_are_verified_where_passes_are_loaded(folder: Path, root: Path, mode: str) -> None:
    found = run(folder, root, "break", *MODES[mode])
    assert (found.stdout, found.returncode) == ("6765\n", 1)
    assert "in pass mine (break.py:9): VerificationError: broken graph after mine: " in found.stderr


@pytest.mark.parametrize("mode", MODES)
def test_hang(folder: Path, root: Path, mode: str) -> None:
    found = run(folder, root, "hang", *MODES[mode], "--compile-limit", "0.3")
    assert (found.stdout, found.returncode) == ("6765\n", 1)
    assert "in pass mine (hang.py:10): CompileLimitError: the compilation was stopped after 0.3 s" in found.stderr


@pytest.mark.parametrize("mode", MODES)
def test_hang_with_a_time_limit(folder: Path, root: Path, mode: str) -> None:
    found = run(folder, root, "hang", *MODES[mode], "--time-limit", "3")
    assert found.returncode == 1
    assert "in pass mine (hang.py:10)" in found.stderr


def test_a_thread_that_cannot_be_stopped(folder: Path, root: Path) -> None:
    found = run(folder, root, "sleep", "--compile-limit", "0.2")
    assert (found.stdout, found.returncode) == ("6765\n", 1)
    assert found.stderr == "error: the optimizing compiler does not end, in pass mine (sleep.py:10)\n"


@pytest.mark.parametrize("mode", ["at once", "optimized"])
def test_a_call_that_cannot_be_stopped(folder: Path, root: Path, mode: str) -> None:
    """Nothing else can go on: the process ends, and says where it was."""
    found = run(folder, root, "sleep", *MODES[mode], "--compile-limit", "0.5")
    assert (found.stdout, found.returncode) == ("", 1)
    assert found.stderr == "error: the optimizing compiler does not end, in pass mine (sleep.py:10)\n"


@pytest.mark.parametrize("mode", MODES)
def test_a_call_that_keeps_the_lock_of_python(folder: Path, root: Path, mode: str) -> None:
    """No other thread of Python can run then, and no signal can be handled."""
    found = run(folder, root, "lock", *MODES[mode], "--compile-limit", "0.5")
    assert found.returncode == 1 and "Timeout" in found.stderr
    assert f'File "{folder / "lock.py"}", line 10 in run' in found.stderr


@pytest.mark.parametrize("command", ["compile", "opt"])
def test_other_commands_have_the_limit(folder: Path, root: Path, command: str) -> None:
    file = "fib.wat"
    if command == "opt":
        file = "fib.graph"
        text = seaofnodes(folder, root, "compile", "fib.wat", "--pipeline", "none", "--emit", "graph").stdout
        (folder / file).write_text(text)
    own = ["--pipeline", "mine", "--compile-limit", "0.5"]
    found = seaofnodes(folder, root, command, file, "--load", "hang.py", *own)
    shown = "error: the compilation was stopped after 0.5 s\n  in pass mine (hang.py:10): while True: pass\n"
    assert (found.stdout, found.stderr, found.returncode) == ("", shown, 1)
    found = seaofnodes(folder, root, command, file, "--load", "sleep.py", *own)
    shown = "error: the optimizing compiler does not end, in pass mine (sleep.py:10)\n"
    assert (found.stdout, found.stderr, found.returncode) == ("", shown, 1)
    found = seaofnodes(folder, root, command, file, "--load", "lock.py", *own)
    assert found.returncode == 1 and f'"{folder / "lock.py"}", line 10 in run' in found.stderr


@pytest.mark.parametrize("limit", ["inf", "1e300", "100"])
def test_any_limit_will_do(folder: Path, root: Path, limit: str) -> None:
    found = seaofnodes(folder, root, "compile", "fib.wat", "--load", "none.py", "-o", "out", "--compile-limit", limit)
    assert found.returncode == 0 and "nothing of none.py is in the pipeline" in found.stderr
    for wrong in ("0", "-1", "nan", "soon"):
        assert seaofnodes(folder, root, "compile", "fib.wat", "--compile-limit", wrong).returncode == 2


def test_comparing_has_the_limit(folder: Path, root: Path) -> None:
    usual = ["compare", "fib.wat", "-p", "none", "-p", "mine", "--no-run", "--compile-rounds", "1"]
    found = seaofnodes(folder, root, *usual, "--load", "hang.py", "--compile-limit", "0.5")
    stopped = "CompileLimitError: the compilation was stopped after 0.5 s, in pass mine (hang.py:10)"
    assert f"error: fib.wat: fib under mine: {stopped}" in found.stdout and found.returncode == 1
    own = ["--invoke", "fib(9)", "--rounds", "1", "--placements", "1", "--warm-up", "0"]
    called = seaofnodes(
        folder, root, "compare", "fib.wat", "-p", "mine", *own, "--load", "hang.py", "--compile-limit", "0.5"
    )
    assert called.stdout.count(stopped) == 2 and called.returncode == 1, called.stdout
    for which in ("sleep", "lock"):  # the worker is ended, and had said where it was
        found = seaofnodes(folder, root, *usual, "--load", f"{which}.py", "--timeout", "4")
        assert f"fib under mine: took more than 4 s, at {which}.py:10" in found.stdout and found.returncode == 1


def test_a_program_for_wasi(folder: Path, root: Path) -> None:
    """Its own exit status counts, if it is not 0."""
    text = """(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const STATUS))))"""
    for status, expected in ((0, 1), (3, 3)):
        (folder / "leave.wat").write_text(text.replace("STATUS", str(status)))
        own = ["--load", "crash.py", "--pipeline", "mine", "--tier", "optimized"]
        found = seaofnodes(folder, root, "run", *own, "leave.wat")
        assert found.returncode == expected and "in pass mine (crash.py:10)" in found.stderr


def test_other_commands_name_the_line(folder: Path, root: Path) -> None:
    found = seaofnodes(folder, root, "compile", "fib.wat", "--load", "crash.py", "--pipeline", "mine")
    line = """  in pass mine (crash.py:10): {}["missing"]\n"""
    assert (found.stderr, found.returncode) == ("error: KeyError: 'missing'\n" + line, 1)
    own = ["--load", "crash.py", "-p", "mine", "--invoke", "fib", "--arg", "9", "--rounds", "1", "--warm-up", "0"]
    found = seaofnodes(folder, root, "compare", "fib.wat", *own)
    assert found.stdout.count("KeyError: 'missing', in pass mine (crash.py:10)") == 2 and found.returncode == 1
