"""Worker processes: crashes, endless work, resuming; the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seaofnodes.compare import Comparison, compare
from tests.compare.programs import LOOP, NEW_FEATURE, PASSES, STRAIGHT, write

QUICK = ["--placements", "2", "--rounds", "3", "--compile-rounds", "2", "--warm-up", "0.02"]


def command(root: Path, *arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "seaofnodes.cli.main", "compare", *QUICK, *map(str, arguments)]


def seaofnodes(root: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(root, *arguments), cwd=root, capture_output=True, text=True, check=False, timeout=100)


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    (tmp_path / "modules").mkdir()
    return write(tmp_path / "modules", loop=LOOP, straight=STRAIGHT)


@pytest.fixture
def bad_passes(tmp_path: Path) -> Path:
    path = tmp_path / "bad.py"
    path.write_text(PASSES)
    return path


def stable(comparison: Comparison | dict[str, object]) -> object:
    """What does not depend on the clock."""
    facts = comparison.facts() if isinstance(comparison, Comparison) else comparison
    rows = [{**row, "compile": None, "run": None, "counters": None} for row in facts["rows"]]  # type: ignore[attr-defined]
    return rows, facts["rules"], facts["remarks"], facts["problems"]


def test_processes_give_the_rows_that_this_process_gives(modules: Path) -> None:
    pipelines = ["default", "none", "@tier=baseline"]
    # Long enough for as many calls before as there are at most: which functions get hot depends on their number.
    here = compare([modules], pipelines, placements=2, rounds=2, compile_rounds=1, warm_up=0.5)
    there = compare([modules], pipelines, placements=2, rounds=2, compile_rounds=1, warm_up=0.5, jobs=2)
    assert stable(there) == stable(here)
    assert all(row.run is not None for row in there.rows if row.kind == "call")


def test_a_crash_is_an_error_of_one_row(modules: Path, bad_passes: Path) -> None:
    found = compare([modules], ["none", "crash"], load=[bad_passes], jobs=1, placements=1, compile_rounds=1, warm_up=0)
    wrong = [row for row in found.rows if row.status != "ok"]
    assert [(row.source, row.name, row.pipeline) for row in wrong] == [("straight.wat", "two", "crash")]
    assert wrong[0].error.startswith("crashed: SIGSEGV")
    assert [row.name for row in found.rows if row.kind == "function" and row.pipeline == "none"] == [
        *("triple", "run"),
        *("one", "two", "three"),
    ]


def test_what_does_not_end_is_stopped(tmp_path: Path, bad_passes: Path) -> None:
    module = write(tmp_path, one="(module (func (result i32) (i32.const 1)))") / "one.wat"
    found = compare([module], ["none", "sleep"], load=[bad_passes], jobs=1, timeout=5, compile_rounds=1)
    line = next(at for at, text in enumerate(bad_passes.read_text().splitlines(), 1) if "sleep(" in text)
    told = {"none": "", "sleep": f"took more than 5 s, at {bad_passes}:{line}"}
    assert {row.pipeline: row.error for row in found.rows} == told


def test_command(root: Path, modules: Path, tmp_path: Path) -> None:
    result = seaofnodes(root, modules, "-p", "default", "-p", "old: none", "--html", tmp_path / "page.html")
    assert result.returncode == 0, result.stderr
    assert "2 modules, 5 functions, 1 call; compared with default" in result.stdout
    assert not result.stderr
    assert (tmp_path / "page.html").read_text().startswith("<!DOCTYPE html>")


def test_the_noise_floor(root: Path, modules: Path) -> None:
    result = seaofnodes(root, modules, "-p", "default", "--a-a", "--placements", "5")
    assert result.returncode == 0, result.stderr
    assert "default again" in result.stdout and "noise floor: half-widths of intervals" in result.stdout
    assert "same code" not in result.stdout


def test_errors_are_exit_code_1(root: Path, modules: Path, bad_passes: Path) -> None:
    result = seaofnodes(root, modules, "-p", "none", "-p", "raise", "--load", bad_passes, "--json")
    assert result.returncode == 1
    assert json.loads(result.stdout)["summaries"][1]["errors"] == 6
    write(modules, feature=NEW_FEATURE)
    assert seaofnodes(root, modules / "feature.wat", "-p", "none").returncode == 0
    write(modules, broken="(module")
    result = seaofnodes(root, modules / "broken.wat", "-p", "none")
    assert result.returncode == 1 and "error: broken.wat: " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["missing.wat", "-p", "none"], 1, "missing.wat: no such file"),
        (["examples", "-p", "gvm"], 1, "did you mean 'gvn'"),
        (["examples", "-p", "none", "-p", "none"], 1, "two pipelines are called 'none'"),
        (["examples", "-p", "none", "--arg", "3"], 2, "--arg goes with --invoke"),
        (["examples", "-p", "none", "--invoke", "run", "--arg", "x"], 1, "'x' is not a number"),
        (["examples", "-p", "none", "--json", "--csv"], 2, "--json or --csv"),
        (["examples"], 2, "--pipeline"),
        (["examples", "-p", "none", "-p", "O1", "--a-a"], 1, "compared with itself: give one"),
        (["examples", "-p", "none", "--a-a", "--no-run"], 1, "have the calls run"),
        (["examples", "-p", "none", "--placements", "0"], 2, "--placements"),
        (["examples", "-p", "none", "--load", "missing.py"], 1, "missing.py"),
        (["examples", "-p", "none", "--dask", "nowhere"], 1, "no Dask scheduler answers at nowhere"),
        (["examples", "-p", "none", "--dask", "tcp://127.0.0.1:1"], 1, "no Dask scheduler answers at tcp://127"),
    ],
)
def test_mistakes_are_told_in_one_line(root: Path, arguments: list[str], code: int, words: str) -> None:
    result = seaofnodes(root, *arguments)
    assert result.returncode == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_killed_in_the_middle_it_resumes(root: Path, tmp_path: Path) -> None:
    """20 modules, 3 pipelines: kill it when some rows are kept; the second run measures the others only."""
    modules = tmp_path / "modules"
    modules.mkdir()
    for number in range(20):
        write(modules, **{f"m{number:02}": STRAIGHT.replace("i32.const 1", f"i32.const {number + 10}")})
    out = tmp_path / "out"
    arguments = [modules, "-p", "default", "-p", "O1", "-p", "none", "--out", out, "--csv"]
    process = subprocess.Popen(command(root, *arguments), cwd=root, stdout=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while len(list(out.glob("*.json"))) < 3 and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = {path: path.stat().st_mtime_ns for path in out.glob("*.json")}
    assert 3 <= len(kept) < 20
    result = seaofnodes(root, *arguments)
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == 1 + 20 * 3 * 3
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(list(out.glob("*.json"))) == 20
    again = seaofnodes(root, *arguments)
    assert again.stdout == result.stdout  # nothing is measured a second time


def test_what_is_kept_depends_on_what_is_asked(modules: Path, tmp_path: Path, bad_passes: Path) -> None:
    def kept(**options: object) -> int:
        compare([modules], ["none"], placements=1, rounds=1, warm_up=0, out=tmp_path / "out", **options)  # type: ignore[arg-type]
        return len(list((tmp_path / "out").iterdir()))

    assert kept(compile_rounds=1) == 3
    assert kept(compile_rounds=1) == 3
    assert kept(compile_rounds=2) == 6
    assert kept(compile_rounds=2, load=[bad_passes]) == 9
    bad_passes.write_text(PASSES + "\n")
    assert kept(compile_rounds=2, load=[bad_passes]) == 12


def test_errors_and_broken_files_are_not_kept(modules: Path, tmp_path: Path, bad_passes: Path) -> None:
    out = tmp_path / "out"
    compare([modules], ["raise"], load=[bad_passes], placements=1, rounds=1, warm_up=0, out=out)
    assert not list(out.iterdir())
    compare([modules], ["none"], placements=1, rounds=1, warm_up=0, run=False, out=out)
    for path in out.iterdir():
        path.write_text("[{]")
    assert not compare([modules], ["none"], placements=1, rounds=1, warm_up=0, run=False, out=out).failed
    assert all(json.loads(path.read_text()) for path in out.iterdir())


def test_a_module_may_get_another_name(modules: Path, tmp_path: Path) -> None:
    compare([modules], ["none"], placements=1, rounds=1, warm_up=0, out=tmp_path / "out")
    os.rename(modules / "loop.wat", modules / "other.wat")
    found = compare([modules], ["none"], placements=1, rounds=1, warm_up=0, out=tmp_path / "out")
    assert {row.source for row in found.rows} == {"other.wat", "straight.wat"}
    assert len(list((tmp_path / "out").iterdir())) == 3
