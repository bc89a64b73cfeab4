"""Mutated modules run within limits, and as the interpreter says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from seaofnodes.wasm import decode_module
from tests.support import wat
from tests.wasm.run_mutants import compare, provider, shows_nan_bits


def test_mutants_run_as_interpreted(root: Path, shared: Path) -> None:
    assert shared.is_dir()
    command = [sys.executable, "-m", "tests.wasm.run_mutants", "--tier", "baseline", "--count", "200", "--seed", "3"]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert ": 0 wrong" in result.stdout


def test_a_worker_that_dies_is_reported_and_replaced(root: Path, shared: Path, tmp_path: Path) -> None:
    """A mutant that kills its process is named, and the others are run."""
    assert shared.is_dir()
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if '--worker' in sys.orig_argv:\n"
        "    import tests.wasm.mutate as mutate\n"
        "    make = mutate.make\n"
        "    mutate.make = lambda groups, seed, number: os.abort() if number == 4 else make(groups, seed, number)\n"
    )
    environment = {"PYTHONPATH": f"{tmp_path}:{root}", "PATH": "/usr/bin"}
    command = [sys.executable, "-m", "tests.wasm.run_mutants", "--tier", "baseline", "--count", "20"]
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "mutant 4: the process died" in result.stdout
    assert ": 1 wrong" in result.stdout


def test_provider_gives_what_is_imported() -> None:
    module = decode_module(
        wat(
            '(module (import "a" "f" (func (param i32) (result f64 i64))) (import "b" "m" (memory 1 3))'
            ' (import "a" "t" (table 2 funcref)) (import "b" "g" (global (mut i64))))'
        )
    )
    text, names = provider(module)
    provided = decode_module(wat(text))
    assert names == {"a": {"f": "i0", "t": "i2"}, "b": {"m": "i1", "g": "i3"}}
    assert provided.functions == module.functions
    assert (provided.memories, provided.tables) == (module.memories, module.tables)
    assert [found.type for found in provided.globals] == [found.type for found in module.globals]


def test_comparing() -> None:
    assert compare(["i32:0x1"], ["i32:0x2"])
    assert compare(["i32:0x1"], ["i32:0x1", "i32:0x2"])
    assert not compare(["i32:0x1", "time limit"], ["i32:0x1", "i32:0x2"])
    assert not compare(["i32:0x1", "i32:0x3"], ["i32:0x1", "out of steps"])
    assert shows_nan_bits(decode_module(wat("(module (func (drop (i32.reinterpret_f32 (f32.const nan)))))")))
