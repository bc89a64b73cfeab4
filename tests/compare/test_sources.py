"""Which modules are compared, what is called in them, and how the work is cut."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from seaofnodes.compare.configuration import Configuration
from seaofnodes.compare.portion import Call, Settings
from seaofnodes.compare.sources import find_sources, header_call, load_source, portions
from seaofnodes.errors import Error
from tests.compare.programs import LOOP, NEW_FEATURE, STRAIGHT, write
from tests.support import wat

TWO = (Configuration.parse("none"), Configuration.parse("gvn"))


def test_folders_stand_for_what_is_below(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    write(tmp_path, b=LOOP, a=STRAIGHT)
    (tmp_path / "deep" / "c.wasm").write_bytes(wat(STRAIGHT))
    (tmp_path / "notes.txt").write_text("no module")
    assert [name for name, _ in find_sources([tmp_path])] == ["a.wat", "b.wat", "deep/c.wasm"]
    assert [name for name, _ in find_sources([tmp_path / "b.wat", tmp_path])] == ["b.wat", "a.wat", "deep/c.wasm"]
    assert [name for name, _ in find_sources([wat(STRAIGHT), tmp_path / "b.wat"])] == ["b.wat", "module 0"]


def test_missing_sources(tmp_path: Path) -> None:
    with pytest.raises(Error, match="no such file"):
        find_sources([tmp_path / "missing.wat"])
    with pytest.raises(Error, match=r"no \.wasm or \.wat"):
        find_sources([tmp_path])


@pytest.mark.parametrize(
    ("text", "call"),
    [
        (LOOP, Call("run", (10,), (2000,), 135, 5997000)),
        (";; small: f(1, -2.5) = 0x10\n", Call("f", (1, -2.5), (1, -2.5), 16, 16)),
        (";; timed: f() = ?\n", Call("f", (), (), None, None)),
        ("(module)", None),
    ],
)
def test_headers(text: str, call: Call | None) -> None:
    assert header_call(text) == call


def test_what_cannot_be_compared_is_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        feature=NEW_FEATURE,
        broken="(module (func",
        empty="(module)",
        imports=';; small: run() = 1\n(module (import "a" "b" (func)) (func (export "run") (result i32) i32.const 1))',
    )
    found = {name: load_source(name, source, None, True) for name, source in find_sources([tmp_path])}
    reasons = {name: [(problem.reason, problem.fatal) for problem in problems] for name, (_, problems) in found.items()}
    assert reasons["empty.wat"] == [("has no functions of its own", False)]
    assert reasons["imports.wat"] == [("not run: needs the import a.b", False)]
    assert found["imports.wat"][0] is not None and found["imports.wat"][0].call is None
    [(feature, fatal)] = reasons["feature.wat"]
    assert "not supported" in feature and "simd" in feature and not fatal
    assert reasons["broken.wat"][0][1]


def test_units(tmp_path: Path) -> None:
    many = "".join(f"(func (result i32) (i32.const {n}))" for n in range(70))
    [(name, source)] = find_sources([write(tmp_path, many=f"(module {many})")])
    loaded, _ = load_source(name, source, None, True)
    assert loaded is not None
    found = list(portions(loaded, TWO, Settings()))
    assert [len(portion.functions) for portion in found] == [32, 32, 6]
    assert [index for portion in found for index in portion.functions] == list(range(70))
    assert pickle.loads(pickle.dumps(found)) == found
    assert len({portion.key("a") for portion in found}) == 3
    assert found[0].key("a") != found[0].key("b")


def test_splitting(tmp_path: Path) -> None:
    [(name, source)] = find_sources([write(tmp_path, loop=LOOP)])
    loaded, _ = load_source(name, source, None, True)
    assert loaded is not None
    call, functions = portions(loaded, TWO, Settings())
    assert call.call == Call("run", (10,), (2000,), 135, 5997000) and not call.functions
    assert [portion.functions for portion in functions.split()] == [(0,), (1,)]
    assert [portion.configurations for portion in functions.split()[0].split()] == [(TWO[0],), (TWO[1],)]
    assert [portion.configurations for portion in call.split()] == [(TWO[0],), (TWO[1],)]
    assert call.split()[0].split() == []
    assert {row.name for row in call.failed("why")} == {"run(2000)"}


def test_invoke_goes_to_modules_that_export_it(tmp_path: Path) -> None:
    write(tmp_path, loop=LOOP, straight=STRAIGHT)
    found = [load_source(name, source, ("two", [1]), True)[0] for name, source in find_sources([tmp_path])]
    assert [loaded.call if loaded else None for loaded in found] == [None, Call("two", (1,), (1,))]
