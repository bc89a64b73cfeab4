"""The shipped encodings are what PeachPy says, and running needs neither PeachPy nor any file of the user's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seaofnodes.backend.assembler import Assembler, extraction, learned
from seaofnodes.backend.assembler.emitters import Emitters
from seaofnodes.backend.assembler.encoding import Encoding
from seaofnodes.backend.assembler.forms import FORMS, RAW
from seaofnodes.errors import Error

Table = dict[str, dict[str, Encoding]]


@pytest.fixture(scope="module")
def table() -> Table:
    return extraction.learn_all()


def test_shipped_encodings_are_what_peachpy_says(table: Table) -> None:
    text = learned.format_table(table)
    assert Path(learned.FILE).read_text() == text, "backend/assembler/encodings.txt is stale: run `make encodings`"
    assert learned.encodings().shipped == FORMS.keys()


def test_text_keeps_every_field(table: Table) -> None:
    read = learned.Encodings(learned.format_table(table))
    assert {name: read[name] for name in FORMS} == table


def test_new_forms_are_learned_in_memory(table: Table) -> None:
    """A form that is declared and not shipped works at once, and nothing is written."""
    text = learned.format_table({name: row for name, row in table.items() if name != "ADD_r32_i32"})
    before = Path(learned.FILE).stat()
    encodings = learned.Encodings(text)
    assert "ADD_r32_i32" not in encodings.shipped
    assert encodings["ADD_r32_i32"] == table["ADD_r32_i32"]
    asm = Assembler()
    Emitters(encodings)["ADD_r32_i32"](asm, (3, 5))
    assert asm.finish().data == b"\x83\xc3\x05"
    assert Path(learned.FILE).stat() == before
    with pytest.raises(KeyError):
        encodings["ADD_r32_i33"]


def test_new_forms_without_peachpy(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    extraction._peachpy.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "peachpy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "peachpy", None)
    encodings = learned.Encodings(learned.format_table({"RET": table["RET"]}))
    assert encodings["RET"] == table["RET"]
    with pytest.raises(Error, match=r"PeachPy.*tools/setup\.sh.* installs it") as caught:
        encodings["ADD_r32_i32"]
    assert "\n" not in str(caught.value)


USE_ALL = """
import sys
opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
sys.modules["peachpy"] = None
from seaofnodes.backend.assembler import Assembler
from seaofnodes.backend.assembler.forms import FORMS, RAW
asm = Assembler()
for name in (*FORMS, *RAW):
    asm._emitters[name]
asm.emit("ADD_r32_i32", 3, 5)
print(asm.finish().data.hex(), len(asm._emitters))
print(*(file for file in opened if file.startswith(sys.argv[1])))
"""


def test_running_needs_no_peachpy_and_no_file_of_the_user(root: Path, tmp_path: Path) -> None:
    """All forms; with a home of our own, of which nothing is read and where nothing is written."""
    (tmp_path / "seaofnodes").mkdir()
    os.mkfifo(tmp_path / "seaofnodes" / "encodings.txt")  # nobody waits for it
    home = {name: str(tmp_path) for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    environment = {**os.environ, **home, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", USE_ALL, str(tmp_path)]
    done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"83c305 {len(FORMS) + len(RAW)}\n\n"
    assert [path.name for path in tmp_path.rglob("*")] == ["seaofnodes", "encodings.txt"]


@pytest.fixture(scope="module")
def unlearned(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a checkout with forms that are not shipped, those of POP, and without PeachPy."""
    top = tmp_path_factory.mktemp("checkout")
    for name in ("seaofnodes", "passes", "backend", "viz", "tools"):
        shutil.copytree(root / name, top / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    data = top / "backend" / "assembler" / "encodings.txt"
    lines = data.read_text().splitlines(keepends=True)
    data.write_text("".join(line for line in lines if not line.startswith("POP_")))
    (top / "peachpy").mkdir()
    (top / "peachpy" / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'peachpy'\")\n")
    return {**os.environ, "PYTHONPATH": str(top), "PYTHONSAFEPATH": "1"}


@pytest.mark.parametrize("command", [["-m", "seaofnodes.cli.main", "run", "digits.wat", "--invoke", "run", "9"], []])
def test_one_line_says_how_to_get_peachpy(root: Path, unlearned: dict[str, str], command: list[str]) -> None:
    program = command or [f"{unlearned['PYTHONPATH']}/tools/encodings.py"]
    cwd = root / "examples"
    done = subprocess.run(
        [sys.executable, *program], cwd=cwd, env=unlearned, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: new instruction forms are learned from PeachPy, which cannot be imported here"
        " (No module named 'peachpy'): tools/setup.sh, in a checkout of seaofnodes, installs it\n"
    )
