"""The command line as a user sees it: what is printed, and the exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def seaofnodes(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "seaofnodes.cli.main", *arguments]
    return subprocess.run(program, cwd=root, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("tier", ["baseline", "optimized", "auto"])
def test_run(root: Path, tier: str) -> None:
    result = seaofnodes(root, "run", "examples/digits.wat", "--tier", tier, "--invoke", "digit_sum", "1999")
    assert (result.stdout, result.returncode) == ("28\n", 0)


def test_run_says_what_took_how_long(root: Path) -> None:
    arguments = ["run", "examples/digits.wat", "--time", "--invoke", "digit_sum", "1999"]
    for tier, compiled in (("baseline", (2, 0)), ("optimized", (0, 1))):
        result = seaofnodes(root, *arguments, "--tier", tier)
        *rows, best = result.stderr.splitlines()
        seconds = {row[12:].split(":")[0]: float(row[:8]) for row in rows}
        compilers = ["baseline compiler", "optimizing compiler"]
        assert list(seconds) == ["start", "decode and validate", "instantiate", *compilers, "execute", "in all"]
        *phases, total = seconds.values()
        assert all(value >= 0 for value in phases) and abs(sum(phases) - total) < 0.01
        assert f"baseline compiler: {compiled[0]} functions" in rows[3]
        assert f"optimizing compiler: {compiled[1]} function" in rows[4]
        assert (seconds["optimizing compiler"] > 0) == (tier == "optimized")
        assert best.startswith("digit_sum: best of 1: ")


def test_run_json(root: Path) -> None:
    result = seaofnodes(root, "run", "examples/digits.wat", "--json", "--invoke", "digit_sum", "1999")
    assert json.loads(result.stdout)["results"] == [28]


def test_run_collects_at_every_allocation_and_says_when_the_heap_is_full(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "lists.wat"
    file.write_text(
        """(module (type $list (struct (field (ref null $list))))
        (func (export "make") (param i32) (result i32) (local $last (ref null $list))
          (loop (local.set $last (struct.new $list (local.get $last)))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (ref.is_null (local.get $last))))"""
    )
    result = seaofnodes(root, "run", str(file), "--stress-gc", "--invoke", "make", "20")
    assert (result.stdout, result.returncode) == ("0\n", 0), result.stderr
    result = seaofnodes(root, "run", str(file), "--heap-limit", "1", "--invoke", "make", "1000000")
    assert result.returncode == 1
    assert "objects need more than the heap's 1,048,576 bytes" in result.stderr


def test_negative_arguments(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.wat"
    path.write_text('(module (func (export "f") (param i32 f64) (result i32 f64) local.get 0 local.get 1))')
    result = seaofnodes(root, "run", str(path), "--invoke", "f", "-1", "-2.5")
    assert result.stdout == "-1\n-2.5\n"


REFERENCES = """(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "f") (param externref funcref) (result externref i32) (local.get 0) (ref.is_null (local.get 1)))
  (func (export "g") (result funcref) (ref.func $exit)) (elem declare func $exit)
  (func (export "leave") (param i32) (call $exit (local.get 0))))"""


def test_references_as_arguments_and_results(root: Path, tmp_path: Path) -> None:
    """And the functions of a module that uses WASI, one by one."""
    path = tmp_path / "m.wat"
    path.write_text(REFERENCES)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return seaofnodes(root, "run", str(path), *arguments)

    assert run("--invoke", "f", "text", "null").stdout == "'text'\n1\n"
    assert run("--invoke", "f", "null", "null").stdout == "None\n1\n"
    assert json.loads(run("--invoke", "g", "--json").stdout)["results"][0].startswith("<function")
    assert run("--invoke", "leave", "5").returncode == 5
    wrong = run("--invoke", "f", "1", "2")
    assert (wrong.returncode, "argument 1: '2' is not a funcref" in wrong.stderr) == (2, True)


def test_a_trap_is_one_error_with_a_backtrace(root: Path) -> None:
    result = seaofnodes(root, "run", "examples/digits.wat", "--invoke", "last_digit", "1", "0")
    assert result.returncode == 1
    assert result.stderr.startswith("error: integer divide by zero")
    assert "last_digit" in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run", "missing.wasm"], 1, "missing.wasm"),
        (["run", "README.md"], 1, "error"),
        (["run", "examples/digits.wat", "--invoke", "digit_sun", "1"], 1, "did you mean 'digit_sum'?"),
        (["run", "examples/digits.wat", "--invoke", "digit_sum"], 2, "takes i32; 0 arguments"),
        (["run", "examples/digits.wat", "--invoke", "digit_sum", "x"], 2, "is not an i32"),
        (["run", "examples/digits.wat", "--invoke", "digit_sum", "99999999999"], 2, "does not fit"),
        (["compile", "examples/digits.wat", "--pipeline", "simplfy"], 1, "did you mean 'simplify'?"),
        (["compile", "examples/digits.wat", "--pipeline", "inline{bugdet=1}"], 1, "did you mean 'budget'?"),
        (["compile", "examples/digits.wat", "-f", "runn"], 1, "did you mean 'run'?"),
        (["compile", "examples/digits.wat", "--tier", "baseline"], 2, "--emit code"),
        (["passes", "gvm"], 1, "did you mean 'gvn'?"),
        (["compil"], 2, "compile"),
    ],
)
def test_mistakes_are_told_in_one_line(root: Path, arguments: list[str], code: int, words: str) -> None:
    result = seaofnodes(root, *arguments)
    assert result.returncode == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("emit", "words"),
    [
        ("summary", "digit_sum: pipeline"),
        ("graph", "graph $digit_sum"),
        ("schedule", "--- BLOCK B0"),
        ("code", "digit_sum: optimized code"),
        ("turbolizer", '"functionName": "digit_sum"'),
        ("dot", "digraph"),
    ],
)
def test_compile(root: Path, emit: str, words: str) -> None:
    result = seaofnodes(root, "compile", "examples/digits.wat", "-f", "digit_sum", "--emit", emit)
    assert result.returncode == 0, result.stderr
    assert words in result.stdout


def test_compile_after_a_run_inlines_what_was_called(root: Path) -> None:
    run = ["--invoke", "run", "--arg", "100"]
    result = seaofnodes(root, "compile", "examples/digits.wat", "-f", "run", *run)
    assert "inlined digit_sum" in result.stdout


def test_compile_to_a_file(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "graph.json"
    result = seaofnodes(root, "compile", "examples/digits.wat", "--emit", "turbolizer", "-o", str(target))
    assert result.returncode == 0 and json.loads(target.read_text())["phases"]


def test_passes(root: Path) -> None:
    listed = seaofnodes(root, "passes")
    assert "inline" in listed.stdout and "Presets:" in listed.stdout
    described = seaofnodes(root, "passes", "inline")
    assert "budget = " in described.stdout
    assert "gvn" in [p["name"] for p in json.loads(seaofnodes(root, "passes", "--json").stdout)["passes"]]


def test_trace_opt_and_inlining(root: Path) -> None:
    traces = ["--trace-opt", "--trace-inlining", "--repeat", "3", "--no-background"]
    result = seaofnodes(root, "run", "examples/digits.wat", *traces, "--invoke", "run", "5000")
    assert "<digit_sum> (target baseline) - took " in result.stderr
    assert "<run> (target optimized) - took " in result.stderr
    assert "considering call #0, to last_digit (relative_call_count=" in result.stderr
    assert "[marking function 2 <run> for optimization" in result.stderr


def test_trace_deopt(root: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.json"
    options = ["--no-background", "--no-osr", "--trace-events", str(events)]
    arguments = ["run", "examples/targets.wat", "--invoke", "main", "20000", *options]
    short = seaofnodes(root, *arguments, "--trace-deopt").stderr
    verbose = seaofnodes(root, *arguments, "--trace-deopt-verbose").stderr
    assert short.count("[bailout (kind: deopt-eager, reason: wrong call target, type: Wasm): begin.") == 1
    assert verbose.startswith(short.rpartition(", pc")[0])
    assert "  reading input for baseline frame fold => bailout_id=113, height=6" in verbose
    [deopt] = [one for one in map(json.loads, events.read_text().splitlines()) if one["event"] == "deopt"]
    assert [value["bits"] for value in deopt["frames"][0]["values"]][:2] == [20000, 0]


HOSTILE = r"""(module (func $inner (@name "a\1b[31m\07\nb") unreachable)
  (func (export "x\1b]0;y\07") (@name "o\e2\80\ae") (param i32) (call $inner)))"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--invoke", "x\x1b]0;y\x07", "1"),
        ("run", "--invoke", "x\x1b]0;y\x07"),
        ("run", "--invoke", "nosuch\x1b"),
        ("compile", "-f", "1", "--emit", "graph"),
    ],
)
def test_names_do_nothing_to_the_terminal(root: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    path = tmp_path / "hostile.wat"
    path.write_text(HOSTILE)
    result = seaofnodes(root, arguments[0], str(path), *arguments[1:])
    shown = result.stdout + result.stderr
    assert shown and all(c.isprintable() or c == "\n" for c in shown)
    assert "Traceback" not in shown
