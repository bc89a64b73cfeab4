"""Operators from outside: declared in examples/bits.py, and used in each part of the compiler."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.ir.dialect import Dialect, operator_names
from seaofnodes.ir.evaluator.evaluate import evaluate
from seaofnodes.ir.ops.environment import Environment
from seaofnodes.ir.text import format_graph, parse_graph
from seaofnodes.ir.verify import VerificationError, verify
from tests.backend.execute import Native

GRAPH = """graph $f (Word64, Word64) -> (Word64, Word64) function 0
B0:
  n0 = Start()
  n2 = Parameter[1, Word64](n0)
  n3 = Rdtsc(n0, n0)
  n4 = Word64Blsr(n2)
  n5 = Rdtsc(n3, n0)
  n6 = Int64Sub(n5, n3)
  n7 = Return[2](n4, n6, n5, n0)
  n1 = End[1](n7)
"""
WITHOUT_STATE = cast(Environment, None)
VALUES = [0, 1, 12, 1 << 63, (1 << 64) - 1, 0b1011 << 40]


@pytest.fixture(scope="module")
def bits(root: Path) -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("bits_example", root / "examples" / "bits.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for name in module.BITS.operators:
        del Dialect.known[name]


def seaofnodes(root: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-m", "seaofnodes.cli.main", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=100
    )


def test_it_is_short_and_public(root: Path) -> None:
    source = (root / "examples" / "bits.py").read_text()
    assert len(source.splitlines()) <= 60
    assert not re.search(r"\b_[a-z]|\._", source)


def test_text_and_verifier(bits: ModuleType) -> None:
    assert {"Word64Blsr", "Rdtsc"} <= set(operator_names())
    graph = parse_graph(GRAPH)
    verify(graph)
    assert format_graph(parse_graph(format_graph(graph))) == format_graph(graph)
    with pytest.raises(VerificationError, match="parameter 1 of the graph is Word64, not Word32"):
        verify(parse_graph(GRAPH.replace("Parameter[1, Word64]", "Parameter[1, Word32]")))


@pytest.mark.skipif("bmi1" not in Path("/proc/cpuinfo").read_text(), reason="the processor has no BLSR")
def test_evaluator_and_machine_code_agree(bits: ModuleType) -> None:
    function = Native().function(parse_graph(GRAPH), CpuFeatures.detect())
    for value in VALUES:
        expected = value & (value - 1)
        found, evaluated = function(value), evaluate(parse_graph(GRAPH), [value], WITHOUT_STATE)
        assert (found[0], evaluated[0]) == (expected, expected)
        assert 0 < found[1] < 1 << 40 and 0 <= evaluated[1] < 1 << 40  # later minus earlier: the order is kept


def test_every_register_is_encoded(bits: ModuleType) -> None:
    from seaofnodes.backend.assembler.disassembly import disassemble

    for target in range(16):
        for source in range(16):
            data = bits.encode_blsr(target, source)
            [line] = disassemble(data, len(data))
            assert line.text == f"blsr {NAMES[target]}, {NAMES[source]}"


NAMES = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()


@pytest.mark.skipif("bmi1" not in Path("/proc/cpuinfo").read_text(), reason="the processor has no BLSR")
def test_the_page(root: Path, tmp_path: Path) -> None:
    """docs/your-own-operators.md shows the file, and what its commands print."""
    page = (root / "docs" / "your-own-operators.md").read_text()
    assert re.findall(r"```python\n(.*?)```", page, re.DOTALL) == [(root / "examples" / "bits.py").read_text()]
    (tmp_path / "examples").mkdir()
    for name in ("bits.py", "clear_lowest.wat"):
        (tmp_path / "examples" / name).write_text((root / "examples" / name).read_text())
    shown = "".join(re.findall(r"```console\n(.*?)```", page, re.DOTALL))
    commands = re.findall(r"^\$ seaofnodes (.*?)\n(.*?)(?=^\$ |\Z)", shown, re.DOTALL | re.MULTILINE)
    assert len(commands) == 4
    for command, output in commands:
        result = seaofnodes(root, tmp_path, *shlex.split(command))
        wanted, found = (re.sub(r"\d+\.\d+ s|[ \n]+", " ", text) for text in (output, result.stdout))
        assert wanted.strip() == found.strip(), result.stderr


def test_viewer_and_fuzz(root: Path, tmp_path: Path) -> None:
    source = str(root / "examples" / "bits.py")
    module = str(root / "examples" / "clear_lowest.wat")
    options = ["--load", source, "--pipeline", "bits"]
    shown = seaofnodes(root, tmp_path, "compile", module, *options, "--emit", "turbolizer", "-o", "shown.json")
    assert shown.returncode == 0, shown.stderr
    assert "Word64Blsr" in json.dumps(json.loads((tmp_path / "shown.json").read_text()))
    assert seaofnodes(root, tmp_path, "compile", module, *options, "--emit", "html", "-o", "x.html").returncode == 0
    sides = ["--only", "optimized", "--only", "evaluator"]
    fuzz = seaofnodes(
        root, tmp_path, "fuzz", *options, *sides, "--no-random", "--no-binaryen", "--count", "30", "--jobs", "1"
    )
    assert fuzz.returncode == 0, fuzz.stdout + fuzz.stderr
    assert "30 modules" in fuzz.stdout and "rules reached: 1 of" in fuzz.stdout
