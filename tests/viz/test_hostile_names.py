"""Whatever a module calls its things: nothing that a command prints does harm to a terminal, or tells lies there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import seaofnodes
from seaofnodes.errors import LinkError
from tests.viz import hostile

MODULES = "plain", "importing"
EMITS = "summary", "changes", "json", "graph", "schedule", "code", "turbolizer", "dot", "svg"
TRACES = "opt", "inlining", "osr", "deopt", "deopt-verbose", "events"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("hostile")
    for name in MODULES:
        (folder / f"{name}.wasm").write_bytes(hostile.module(imports=name == "importing"))
    return {name: str(folder / f"{name}.wasm") for name in MODULES}


def said(*arguments: str) -> tuple[int, str]:
    """Status and output of a command, which is harmless."""
    command = [sys.executable, "-m", "seaofnodes.cli.main", *arguments]
    result = subprocess.run(command, capture_output=True, check=False, timeout=120)
    text = (result.stdout + result.stderr).decode()
    assert not hostile.HARMFUL.search(text), arguments
    assert "Traceback" not in text
    return result.returncode, text


@pytest.mark.parametrize("emit", EMITS)
def test_what_compile_prints(files: dict[str, str], emit: str) -> None:
    calling = ("--invoke", hostile.NAMES[6], "--arg", "9")
    status, text = said("compile", files["plain"], "-f", "8", "--emit", emit, *calling)
    assert status == 0 and text
    if emit in ("dot", "svg"):
        assert "<script" not in text and "<img" not in text


@pytest.mark.parametrize("trace", TRACES)
def test_traces(files: dict[str, str], trace: str) -> None:
    options = ["--repeat", "3000", "--tier-up-budget", "100", "--no-background"]
    options += ["--stress-deopt"] if "deopt" in trace else []
    kind = ["--trace-events", "-"] if trace == "events" else [f"--trace-{trace}"]
    status, text = said("run", files["plain"], "--invoke", hostile.NAMES[6], "9", *options, *kind)
    assert status == 0, text
    assert trace == "events" or max(map(len, text.splitlines())) < 3000


def test_errors(files: dict[str, str]) -> None:
    trap = said("run", files["plain"], "--invoke", hostile.NAMES[8], "101")
    assert trap[0] == 1 and "unreachable" in trap[1] and len(trap[1].splitlines()) == 2
    thrown = said("run", files["plain"], "--invoke", hostile.NAMES[8], "100")
    assert thrown[0] == 1 and "uncaught exception" in thrown[1]
    for command in ("compile", "view"):
        status, text = said(command, files["plain"], "-f", hostile.NAMES[8] + "?")
        assert status == 1 and "did you mean" in text
    status, text = said("run", files["importing"], "--invoke", hostile.NAMES[6], "1")
    assert status == 1 and text.startswith("error: unknown import") and len(text.splitlines()) == 1


def test_an_import_is_named_in_one_line_whatever_it_is_called() -> None:
    engine = seaofnodes.Engine()
    module = engine.load(hostile.module(imports=True))
    for imports in ({}, {hostile.NAMES[8]: {}}, {hostile.NAMES[8]: {hostile.NAMES[0]: 3}}):
        with pytest.raises(LinkError) as caught:
            engine.instantiate(module, imports)
        assert "\n" not in str(caught.value) and not hostile.HARMFUL.search(str(caught.value))


def test_comparing(files: dict[str, str]) -> None:
    status, text = said("compare", files["plain"], "-p", "default", "-p", "none")
    assert status == 0 and "<script>" in text


def test_turbolizers_file_has_no_elements(tmp_path: Path, files: dict[str, str]) -> None:
    target = tmp_path / "functions.json"
    said("compile", files["plain"], "-f", "0", "--emit", "turbolizer", "-o", str(target))
    found = json.loads(target.read_text())
    names = [place["functionName"] for kind in ("sources", "bytecodeSources") for place in found[kind].values()]
    bytecode = [place["bytecodeSource"]["data"] for place in found["bytecodeSources"].values()]
    lines = [line["disassembly"] for data in bytecode for line in data]
    [code] = [phase["data"] for phase in found["phases"] if phase["type"] == "disassembly"]
    for text in [*names, *lines, code]:
        assert "<" not in text and not hostile.HARMFUL.search(text)
