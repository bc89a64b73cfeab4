"""The kept table of encodings: a memo that cannot do harm, and that spares the import of PeachPy."""

from __future__ import annotations

import os
import shutil
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
    done = subprocess.run(command, env=environment, cwd=root, capture_output=True, check=True, text=True)
    return done.stdout.strip()


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


def test_checkouts_side_by_side(root: Path, tmp_path: Path) -> None:
    """One does not make the other ask PeachPy again; the same source in another place shares its table."""
    for name in ("one", "two"):
        folder = tmp_path / name / "seaofnodes"
        folder.mkdir(parents=True)
        for file in root.joinpath("seaofnodes").glob("*.py"):
            folder.joinpath(file.name).write_bytes(file.read_bytes())
        for room in ("ir", "runtime", "wasm", "wasi"):
            folder.joinpath(room).symlink_to(root / "seaofnodes" / room)
        shutil.copytree(root / "backend", folder / "backend")
    home = tmp_path / "home"
    assert run(tmp_path / "one", home) == "83c305 True"
    assert run(tmp_path / "two", home) == "83c305 False"
    forms = tmp_path / "two" / "seaofnodes" / "backend" / "assembler" / "forms.py"
    forms.write_text(forms.read_text() + "\n# changed\n")
    assert run(tmp_path / "two", home) == "83c305 True"
    assert [run(tmp_path / name, home) for name in ("one", "two")] == ["83c305 False", "83c305 False"]


def test_old_files_go(tmp_path: Path) -> None:
    for age in range(12):
        file = tmp_path / f"encodings-{age}.json"
        file.touch()
        os.utime(file, (1000 - age, 1000 - age))
    (tmp_path / "other").touch()
    cache.forget_old(str(tmp_path))
    assert {found.name for found in tmp_path.iterdir()} == {"other", *(f"encodings-{age}.json" for age in range(8))}
    cache.forget_old(str(tmp_path / "missing"))


def test_unwritable_cache_is_harmless(root: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    assert not cache.write(str(blocked / "encodings.json"), "key", {})
    assert run(root, blocked) == "83c305 True"
    assert blocked.read_text() == "not a directory"


def test_place_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Path(cache.cache_file("key")).parent == tmp_path / "seaofnodes"
    assert cache.cache_file("key") != cache.cache_file("another key")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/someone")
    assert cache.cache_file("key").startswith("/home/someone/.cache/seaofnodes/encodings-")
