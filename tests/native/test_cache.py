"""Machine code without an engine, and kept on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from seaofnodes import Engine
from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.code import MachineCode
from seaofnodes.language.machine import Functions, Names
from seaofnodes.native.cache import CodeCache
from seaofnodes.native.compiled import compile_function
from seaofnodes.native.unit import Unit
from seaofnodes.native.values import machine_type
from seaofnodes.runtime.entry.signatures import Signature
from tests.native.texts import program

TEXT = """
FACTOR = {factor}
@function
def power(x: i64, n: i64) -> i64:
    found: i64 = 1
    for i in range(n):
        found = times(found, x)
    return found
@function
def times(x: i64, y: i64) -> i64:
    return {body}
"""


def unit(factor: int = 1, body: str = "x * y * FACTOR") -> Unit:
    return Unit([f for f in program(TEXT.format(factor=factor, body=body)).typed if f.name == "power"])


def install(engine: Engine, unit: Unit, codes: Sequence[MachineCode]) -> Functions:
    """The functions of a unit in an engine, without their sources."""
    kinds = [Signature(*(tuple(map(machine_type, part)) for part in (f.parameters, f.results))) for f in unit.functions]

    def interpret(function: int, arguments: tuple[int | float, ...]) -> Sequence[int | float]:
        raise AssertionError("there is code")

    functions = Functions(engine.runtime, engine, Names([f.name for f in unit.functions]), kinds, interpret)
    for index, code in enumerate(codes):
        functions.enter_at(index, functions.install(code))
    return functions


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*"))


@pytest.mark.parametrize("pipeline", ["default", "none"])
def test_code_from_the_cache_runs(tmp_path: Path, pipeline: str) -> None:
    made = unit(3)
    fresh = [compile_function(made, i, pipeline=pipeline, cache=CodeCache(tmp_path)) for i in range(2)]
    again = unit(3)
    kept = [compile_function(again, i, pipeline=pipeline, cache=CodeCache(tmp_path)) for i in range(2)]
    assert len(files(tmp_path)) == 2
    assert [(c.data, c.relocations, c.traps, c.frame_size, list(c.positions)) for c in kept] == [
        (c.data, c.relocations, c.traps, c.frame_size, list(c.positions)) for c in fresh
    ]
    assert kept[0] is not fresh[0]
    if pipeline == "none":
        assert any(relocation.kind == "slot" for relocation in kept[0].relocations)  # a call that has to be linked
    engine = Engine()
    functions = install(engine, again, kept)
    assert functions.call(functions.slots, functions.types[0], (2, 5), "power") == (2**5 * 3**5,)


def test_what_the_key_depends_on(tmp_path: Path) -> None:
    cache, plain = CodeCache(tmp_path), CpuFeatures()
    keys = {
        cache.key(unit(3), 0, "default", plain),
        cache.key(unit(4), 0, "default", plain),  # a constant of the module
        cache.key(unit(3, "x * FACTOR * y"), 0, "default", plain),  # a callee, which may be inlined
        cache.key(unit(3), 1, "default", plain),
        cache.key(unit(3), 0, "none", plain),
        cache.key(unit(3), 0, "default", CpuFeatures(avx=True)),
        cache.key(Unit(unit(3).functions, polls=False), 0, "default", plain),
    }
    assert len(keys) == 7
    assert cache.key(unit(3), 0, "default", plain) in keys


def test_another_compiler_has_other_files(tmp_path: Path) -> None:
    code = "from seaofnodes.native.cache import CodeCache; print(CodeCache().folder)"
    root = Path(__file__).resolve().parents[2]
    for part in ("ir", "native"):
        (tmp_path / "seaofnodes" / part).mkdir(parents=True)
    for name in ("__init__.py", "errors.py", "files.py", "plain.py", "names.py"):
        (tmp_path / "seaofnodes" / name).write_bytes((root / "seaofnodes" / name).read_bytes())
    for link in ("passes", "backend"):
        (tmp_path / "seaofnodes" / link).symlink_to(root / link)
    for part in ("ir", "native"):
        for path in (root / "seaofnodes" / part).rglob("*.py"):
            to = tmp_path / "seaofnodes" / part / path.relative_to(root / "seaofnodes" / part)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())

    def folder() -> str:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "XDG_CACHE_HOME": "/nowhere"}
        command = [sys.executable, "-c", code]
        found = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        return found.stdout

    before = folder()
    assert before.startswith("/nowhere/seaofnodes/native/")
    assert folder() == before
    with (tmp_path / "seaofnodes" / "ir" / "bits.py").open("a") as file:
        file.write("# another one\n")
    assert folder() != before


@pytest.mark.parametrize("damage", ["short", "changed", "empty", "foreign", "open"])
def test_a_damaged_file_is_not_used(tmp_path: Path, damage: str) -> None:
    made, cache = unit(), CodeCache(tmp_path)
    code = compile_function(made, 0, cache=cache)
    [path] = files(tmp_path)
    text = path.read_text()
    if damage == "open":
        path.chmod(0o666)  # anybody may have written it, and it would be run
    else:
        changed = text.replace(f'"data": "{code.data.hex()[:4]}', '"data": "cccc')
        path.write_text({"short": text[:100], "empty": "", "foreign": "[1, 2]", "changed": changed}[damage])
        assert path.read_text() != text
    key = cache.key(made, 0, "default", CpuFeatures.detect())
    assert cache.get(key) is None
    assert compile_function(made, 0, cache=cache).data == code.data
    assert path.read_text() == text and CodeCache(tmp_path).get(key) is not None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "below", Path("/proc/nowhere")):
        assert compile_function(unit(), 1, cache=CodeCache(folder)).code_size > 0


def test_few_versions_are_kept(tmp_path: Path) -> None:
    for index in range(6):
        (tmp_path / f"old{index}").mkdir()
        os.utime(tmp_path / f"old{index}", (1000 + index, 1000 + index))
    cache = CodeCache(tmp_path)
    compile_function(unit(), 1, cache=cache)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["old3", "old4", "old5", cache.folder.name])


def test_code_from_the_cache_needs_no_passes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import tests.native.test_cache as t\n"
        f"print(t.compile_function(t.unit(), 0, cache=t.CodeCache(Path({str(tmp_path)!r}))).code_size > 0)\n"
        "print('seaofnodes.backend.select.visitors' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", code]
    outputs = [
        subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert outputs == ["True\nTrue\n", "True\nFalse\n"]
