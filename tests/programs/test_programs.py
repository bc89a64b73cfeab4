"""Real programs print what they have to, in all tiers. What has to be fetched and cannot be is skipped."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from seaofnodes.runtime.tiers.options import TIERS
from tests.programs.recipes import LIBSODIUM, PROGRAMS, QUICKJS, SHELF, SHELF_SOURCES, Program
from tests.programs.run import main, of_module, run, tree
from tests.programs.toolchain import Unavailable, compile_c, native_compiler

CASES = [
    pytest.param(program, id=program.name, marks=[pytest.mark.slow] if program in (QUICKJS, LIBSODIUM) else [])
    for program in PROGRAMS
]


def built(program: Program) -> Path:
    try:
        return program.build()
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("program", CASES)
@pytest.mark.parametrize("tier", TIERS)
def test_output(program: Program, tier: str) -> None:
    found = run(program, built(program), tier, 110)
    assert (found["status"], found.get("stderr")) == (program.status, program.stderr)
    assert program.stdout is None or found["stdout"] == program.stdout


def test_shelf_does_what_it_does_natively(tmp_path: Path) -> None:
    """The same output, and the same files, byte for byte."""
    try:
        native = compile_c(native_compiler(), Path("shelf"), [*SHELF_SOURCES, "-lm"])
    except Unavailable as reason:
        pytest.skip(str(reason))
    done = subprocess.run([native, "."], cwd=tmp_path, input=SHELF.stdin, capture_output=True, check=False, timeout=100)
    assert (done.returncode, done.stdout.decode(), done.stderr.decode()) == (SHELF.status, SHELF.stdout, SHELF.stderr)
    assert {"index", "postings", "sorted"} == set(tree(tmp_path))
    assert run(SHELF, built(SHELF), "auto", 110)["files"] == tree(tmp_path)


WRONG = '(module (memory (export "memory") 1) (func (export "_start") unreachable))'


def test_modules_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.support import wat

    (tmp_path / "wrong.wasm").write_bytes(wat(WRONG))
    (tmp_path / "wrong.stdout.expected").write_text("something")
    (tmp_path / "wrong.input").write_text("input")
    assert of_module(tmp_path / "wrong.wasm").files == {"wrong.input": b"input"}
    assert main([str(tmp_path), "--engines", "wasmtime,baseline"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.strip() for line in lines[2:]] == [
        "wasmtime: stdout is not as expected: '', not 'something'",
        "baseline: stdout is not as expected: '', not 'something'",
    ]
    (tmp_path / "wrong.stdout.expected").unlink()
    assert main([str(tmp_path), "--engines", "wasmtime,baseline,optimized"]) == 0
