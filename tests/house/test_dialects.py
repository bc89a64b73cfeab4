"""What is general knows no language: neither its name, nor its operators."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest

from seaofnodes.ir.dialect import Dialect, DialectError
from seaofnodes.ir.operator import Shape
from seaofnodes.wasm.dialect.operators import WASM

ROOMS = ["seaofnodes/ir", "passes", "backend"]


def code_of(path: Path) -> str:
    """The text of a file without its comments."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
    return " ".join(token.string for token in tokens if token.type != tokenize.COMMENT)


@pytest.mark.parametrize("room", ROOMS)
def test_no_general_file_names_a_language(root: Path, room: str) -> None:
    files = sorted((root / room).rglob("*.py"))
    assert len(files) > 10
    words = ("wasm", "webassembly", *(f'"{name.lower()}"' for name in WASM.operators))
    for path in files:
        code = code_of(path).lower()
        assert [word for word in words if word in code] == [], path


DECIDES = re.compile(
    r"\bop\.name (?:==|!=|in\b|not in\b)|\bop\.name\.(?:starts|ends)with|(?:get\(|\[)[\w.]*\bop\.name[\])]"
)


def test_traits_decide_and_not_names(root: Path) -> None:
    """But where operators are looked up by name: tables of instruction selection, and what matches rules."""
    inner = ("ir", "prove", "language", "fuzz")
    rooms = [root / "passes", root / "viz", *(root / "seaofnodes" / room for room in inner)]
    files = [path for room in rooms for path in sorted(room.rglob("*.py"))]
    matching = root / "passes" / "rules"
    files = [path for path in files if matching not in path.parents and path.name != "rule_patterns.py"]
    assert len(files) > 100
    assert [(str(path), found) for path in files for found in DECIDES.findall(path.read_text())] == []
    assert DECIDES.search('if node.op.name == "Phi":') and DECIDES.search("_TABLE[node.op.name](node)")


def test_operators_of_two_dialects_have_different_names() -> None:
    dialect = Dialect("of a test", "")
    with pytest.raises(DialectError, match="the dialect wasm has an operator TableGet already"):
        dialect.define("TableGet", Shape())
