"""Programs that print what the library gives for many calls; beside each stands what node 26 prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaofnodes.engine import Engine

HERE = Path(__file__).parent
PROGRAMS = sorted(HERE.glob("*/*.js"))


def test_there_are_programs() -> None:
    assert PROGRAMS


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
@pytest.mark.parametrize("stress_gc", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_prints_what_node_prints(program: Path, stress_gc: bool, capsys: pytest.CaptureFixture[str]) -> None:
    Engine(stress_gc=stress_gc).load_javascript(program)
    printed = capsys.readouterr().out.splitlines()
    wanted = program.with_suffix(".txt").read_text().splitlines()
    assert len(printed) == len(wanted)
    for line, expected in zip(printed, wanted, strict=True):
        assert line == expected
