"""The kept table of encodings: a memo that cannot do harm, and that spares the import of PeachPy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seaofnodes.backend.assembler import cache, extraction
from seaofnodes.backend.assembler.forms import FORMS

USE = """
import sys
from seaofnodes.backend.assembler import Assembler
asm = Assembler()
asm.emit("ADD_r32_i32", 3, 5)
print(asm.finish().data.hex(), "peachpy" in sys.modules)
"""


def run(root: Path, home: Path) -> str:
    environment = {**os.environ, "XDG_CACHE_HOME": str(home), "PYTHONPATH": str(root)}
    # PeachPy's own warnings are not ours to judge
    command = [sys.executable, "-W", "ignore", "-c", USE]
    return subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def table() -> cache.Table:
    return cache.encodings()


def test_round_trip(tmp_path: Path, table: cache.Table) -> None:
    file = str(tmp_path / "deep" / "er" / "encodings.json")
    assert cache.read(file, "key") is None
    assert cache.write(file, "key", table)
    assert cache.read(file, "key") == table
    assert cache.read(file, "another key") is None
    assert [found.name for found in (tmp_path / "deep" / "er").iterdir()] == ["encodings.json"]


def test_kept_table_is_what_peachpy_says(table: cache.Table) -> None:
    assert table.keys() == FORMS.keys()
    assert table == extraction.extract_all()


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "not text", "directory"])
def test_damage_is_noticed(tmp_path: Path, table: cache.Table, damage: str) -> None:
    path = tmp_path / "encodings.json"
    file = str(path)
    cache.write(file, "key", table)
    data = bytearray(path.read_bytes())
    if damage == "directory":
        path.unlink()
        path.mkdir()
    else:
        data[len(data) // 2] ^= 1
        path.write_bytes({"cut": data[:-1], "empty": b"", "not text": b"\xff\xfe\n\0"}.get(damage, data))
    assert cache.read(file, "key") is None


def test_second_start_does_without_peachpy(root: Path, tmp_path: Path) -> None:
    assert run(root, tmp_path) == "83c305 True"
    assert run(root, tmp_path) == "83c305 False"


def test_unwritable_cache_is_harmless(root: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    assert not cache.write(str(blocked / "encodings.json"), "key", {})
    assert run(root, blocked) == "83c305 True"
    assert blocked.read_text() == "not a directory"


def test_place_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_file() == str(tmp_path / "seaofnodes" / "encodings.json")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/someone")
    assert cache.cache_file() == "/home/someone/.cache/seaofnodes/encodings.json"
