"""The state file of a campaign, whoever wrote it; and campaigns of several processes in one folder."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seaofnodes.errors import Error
from seaofnodes.files import locked
from seaofnodes.fuzz.campaign import Campaign, State
from seaofnodes.fuzz.plan import Plan


@pytest.mark.parametrize(
    "change",
    [
        {"version": 99}, {"plan": []}, {"plan": {"seed": "1"}}, {"plan": {"none": 1}}, {"plan": {"pipelines": [3]}},
        {"next": "1"}, {"next": -1}, {"next": 1.5}, {"next": None}, {"later": 3}, {"later": ["x"]}, {"later": [[]]},
        {"later": [-1]}, {"seconds": "x"}, {"seconds": -1}, {"seconds": math.nan}, {"calls": True}, {"findings": "abc"},
        {"findings": [3]}, {"signatures": ["x"]}, {"signatures": {"x": "y"}}, {"signatures": 5}, {"coverage": []},
        {"coverage": {"opcodes": {"x": "y"}}}, {"coverage": {"opcodes": 3}},
    ],
)  # fmt: skip
def test_states_that_are_none(tmp_path: Path, change: dict[str, Any]) -> None:
    right = State(Plan()).to_json()
    (tmp_path / "state.json").write_text(json.dumps(right))
    assert Campaign(Plan(), tmp_path).state == State(Plan())
    (tmp_path / "state.json").write_text(json.dumps({**right, **change}))
    with pytest.raises(Error, match=r"use another --out, or remove .*state\.json"):
        Campaign(Plan(), tmp_path)


@pytest.mark.parametrize("text", [b"", b"[]", b"3", b"{", b"\xff", b"[" * 100_000, b'{"version": 1}'])
def test_state_files_that_are_none(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "state.json").write_bytes(text)
    with pytest.raises(Error, match=r"use another --out, or remove .*state\.json"):
        Campaign(Plan(), tmp_path)


def test_one_process_in_a_folder(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "seaofnodes.cli.main", "fuzz", "--count", "0", "--out", str(tmp_path / "out")]
    with locked(tmp_path / "out"):
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (1, f"error: {tmp_path / 'out'} is in use by another process\n")
    assert subprocess.run(command, cwd=root, capture_output=True, check=False, timeout=60).returncode == 0
