"""Rows that were kept: taken up only if they are those of the unit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seaofnodes.compare import compare
from seaofnodes.compare.comparison import Comparison
from seaofnodes.compare.configuration import Configuration
from seaofnodes.compare.portion import Settings
from seaofnodes.compare.store import fingerprint

WAT = b'(module (func (export "f") (param i32) (result i32) local.get 0) (func (export "g")))'


def compared(folder: Path) -> Comparison:
    return compare([WAT], ["none", "O1"], run=False, compile_rounds=1, out=folder)


CHANGES: dict[str, Any] = {
    "none": lambda rows: [], "fewer": lambda rows: rows[1:], "more": lambda rows: [*rows, rows[0]],
    "no list": lambda rows: {}, "no rows": lambda rows: [3],
    "another": lambda rows: [{**rows[0], "index": 7}, *rows[1:]],
    "another pipeline": lambda rows: [{**rows[0], "pipeline": "O2"}, *rows[1:]],
    "wrong types": lambda rows: [{**rows[0], "code_size": "x"}, *rows[1:]],
    "wrong times": lambda rows: [{**rows[0], "compile": {**rows[0]["compile"], "value": float("nan")}}, *rows[1:]],
    "wrong status": lambda rows: [{**rows[0], "status": "fine"}, *rows[1:]],
    "nested": lambda rows: None,
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_rows_that_are_not_the_units(tmp_path: Path, name: str) -> None:
    """They are measured anew, and not left out without a word."""
    before = compared(tmp_path)
    (file,) = tmp_path.glob("*.json")
    rows = json.loads(file.read_text())
    assert len(rows) == 4
    rows[0]["graph"] = "kept"
    file.write_text(json.dumps(rows))
    assert compared(tmp_path).rows[0].graph == "kept"  # right ones are taken up
    file.write_text("[" * 100_000 if name == "nested" else json.dumps(CHANGES[name](rows)))
    after = compared(tmp_path)
    assert [row.subject for row in after.rows] == [row.subject for row in before.rows]
    assert [row.nodes for row in after.rows] == [row.nodes for row in before.rows] and after.rows[0].graph == ""
    assert len(json.loads(file.read_text())) == 4


def test_files_of_an_earlier_version_are_named(tmp_path: Path) -> None:
    for _ in range(2):
        assert not any("earlier" in problem.reason for problem in compared(tmp_path).problems)
        assert len(list(tmp_path.glob("*.v2.json"))) == 1
    for number in range(2):
        (tmp_path / f"{number:032x}.json").write_text("[]")
        (tmp_path / f"notes{number}.json").write_text("{}")
    [problem] = compared(tmp_path).problems
    assert problem.reason.startswith("2 files are of an earlier version") and not problem.fatal
    assert problem.source == str(tmp_path)
    assert "measured anew" in str(compared(tmp_path))


def test_what_passes_come_from_is_in_the_fingerprint(tmp_path: Path) -> None:
    """A loaded file, what it imports from beside it, and a project's file with what it names."""
    helper, mine, project = tmp_path / "helper_of_mine.py", tmp_path / "mine.py", tmp_path / "pyproject.toml"
    helper.write_text("LIMIT = 1\n")
    mine.write_text(
        "from helper_of_mine import LIMIT\nfrom dataclasses import dataclass\n"
        "from seaofnodes.passes.base import Pass, PassResult\n"
        "@dataclass(frozen=True)\nclass Mine(Pass):\n    name = 'mine'\n"
        "    def run(self, graph, context):\n        return PassResult(LIMIT > 5)\n"
    )
    project.write_text('[tool.seaofnodes]\nload = ["mine.py"]\n')
    settings = Settings(load=(str(project),))
    configurations = [Configuration.parse("mine", settings.registry())]
    known = {fingerprint(configurations, settings)}
    for path in (helper, mine, project):
        assert fingerprint(configurations, settings) in known
        path.write_text(path.read_text() + "# changed\n")
        found = fingerprint(configurations, settings)
        assert found not in known, path
        known.add(found)
