"""Which file `require` means."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaofnodes.javascript.engine.commonjs.resolution import resolve

FILES = (
    *("a.js", "b.json", "c", "c.js", "d/index.js", "d.js", "e/index.json", "f/package.json", "f/lib/main.js"),
    *(
        "f/index.js",
        "g/package.json",
        "g/index.js",
        "node_modules/pack/index.js",
        "node_modules/one.js",
        "d/node_modules/one.js",
    ),
    *("d/deep/x.js", "node_modules/pack/package.json", "node_modules/pack/part.js"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    (tmp_path / "f/package.json").write_text('{"main": "lib/main"}')
    (tmp_path / "g/package.json").write_text('{"main": "none"}')
    (tmp_path / "node_modules/pack/package.json").write_text("{no JSON")
    return tmp_path.resolve()


@pytest.mark.parametrize(
    ("request_", "start", "file"),
    [
        ("./a", "", "a.js"),
        ("./a.js", "", "a.js"),
        ("./b", "", "b.json"),
        ("./c", "", "c"),
        ("./d", "", "d.js"),
        ("./d/", "", "d/index.js"),
        ("./e", "", "e/index.json"),
        ("./f", "", "f/lib/main.js"),
        ("./g", "", "g/index.js"),
        (".", "d", "d/index.js"),
        ("..", "d/deep", "d/index.js"),
        ("../../a", "d/deep", "a.js"),
        ("pack", "d/deep", "node_modules/pack/index.js"),
        ("pack/part", "", "node_modules/pack/part.js"),
        ("one", "", "node_modules/one.js"),
        ("one", "d/deep", "d/node_modules/one.js"),
        ("./none", "", None),
        ("a", "", None),
        ("./node_modules", "", None),
    ],
)
def test_resolves(folder: Path, request_: str, start: str, file: str | None) -> None:
    assert resolve(request_, folder / start) == (None if file is None else folder / file)


def test_an_absolute_name(folder: Path) -> None:
    assert resolve(str(folder / "a"), folder / "d") == folder / "a.js"
