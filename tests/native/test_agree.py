"""The functions that the project is made of agree in all their forms; see agree.py."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from seaofnodes.native.function import Function
from seaofnodes.native.running.memory import SimulatedMemory
from seaofnodes.runtime.heap import collector
from tests.native.agree import DRAWERS, Agreement, Progress, native_functions, run

FUNCTIONS = list(native_functions())


def test_inputs_are_drawn_for_every_function() -> None:
    missing = [f"{function.python.__module__}.{function.name}" for function in FUNCTIONS if function not in DRAWERS]
    assert not missing, "agree.py, DRAWERS: inputs for these are missing"
    assert set(DRAWERS) <= set(FUNCTIONS) and collector.mark in FUNCTIONS
    assert len({function.name for function in FUNCTIONS}) == len(FUNCTIONS)


@pytest.fixture(scope="module")
def agreement() -> Agreement:
    return Agreement(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_all_forms_agree(agreement: Agreement, function: Function) -> None:
    results = {agreement.check(function, 2, number) for number in range(12)}
    assert len(results) > 1 or not function.results, "the inputs are all alike"


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "done.json"
    for count in (2, 5):
        assert run([collector.begin, collector.take_blocks], 3, count, Progress(3, path)) == 0
        found = json.loads(path.read_text())
        assert found["done"] == {"begin": count, "take_blocks": count}
        assert sum(found["results"]["begin"].values()) == count
    with pytest.raises(SystemExit, match="is of seed 3"):
        Progress(4, path)


def test_a_form_that_differs_is_seen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    right = SimulatedMemory.store

    def store(self: SimulatedMemory, address: int, width: int, value: int) -> None:
        right(self, address, width, value if width < 8 else value + 1)

    monkeypatch.setattr(SimulatedMemory, "store", store)
    assert run([collector.sweep], 1, 4, Progress(1, None)) == 3  # one stores nothing
    out = capsys.readouterr().out
    assert "seed 1, input 1: sweep(" in out and "machine code: (0,)" in out and " at +0x" in out


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_the_command() -> None:
    command = [sys.executable, "-m", "tests.native.agree", "--count", "200", "--seed", "9"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for function in FUNCTIONS:
        assert f"{function.name:14} 200 inputs" in done.stdout
