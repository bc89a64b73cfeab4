"""What the documents show works."""

from __future__ import annotations

import ast
import doctest
import os
import re
import runpy
import subprocess
import sys
import types
from pathlib import Path

import pytest

from seaofnodes.ir.builder import GraphBuilder
from seaofnodes.ir.dialect import operator_names
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.ops.machine import INT32_MUL
from seaofnodes.ir.types import WORD32, WORD64
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import PassContext

LINK = re.compile(r"\]\((?!https?:)([\w/-]*[./][\w./-]*)")
NAMED = re.compile(r"`((?:seaofnodes|passes|backend|viz|tests|tools|docs|examples)/[\w./]*)`")


def test_the_pass_in_contributing_works(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (source,) = re.findall(r"```python\n(.*?)```", (root / "CONTRIBUTING.md").read_text(), re.DOTALL)
    module = types.ModuleType("small_factors")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(source, module.__dict__)
    graph = Graph("triple", [WORD64, WORD32], [WORD32])
    builder = GraphBuilder(graph)
    builder.return_(builder.op(INT32_MUL, builder.parameter(0), graph.int32(3)))
    context = PassContext()
    result = module.SmallFactors().run(graph, context)
    verify(graph)
    assert result.changed
    assert {"Int32Add", "Word32Shl"} <= {node.op.name for node in graph.trim()}
    assert "Int32Mul" not in {node.op.name for node in graph.trim()}
    assert context.rules["multiply_by_three"].fired == 1


PAGES = sorted((Path(__file__).resolve().parents[2] / "docs").glob("*.md"))
SHOWN = (
    "first-pass",
    "reading-a-graph",
    "dataflow-pass",
    "speculation",
    "your-own-language",
    "python-functions",
)  # the others are run elsewhere
COMMANDS = ["README.md", *(f"docs/{name}.md" for name in SHOWN)]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(f"docs/{path.name}" for path in PAGES)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_documents_name_exist(root: Path, document: str) -> None:
    path = root / document
    text = path.read_text()
    missing = [name for name in LINK.findall(text) if not (path.parent / name).exists()]
    missing += [name for name in NAMED.findall(text) if not (root / name).exists()]
    assert not missing


@pytest.mark.parametrize("document", COMMANDS)
def test_commands_print_what_the_document_shows(root: Path, document: str) -> None:
    command = [sys.executable, "tools/readme.py", "--check", document]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_python_in_the_readme_gives_what_it_shows(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    failed, tried = doctest.testfile(str(root / "README.md"), module_relative=False, optionflags=flags)
    assert tried > 5
    assert not failed


PAGES = [
    ("your-own-language", 10),
    ("python", 50),
    ("python-functions", 20),
    ("editing-a-graph", 70),
    ("dataflow-pass", 8),
]


@pytest.mark.parametrize(("page", "least"), PAGES)
def test_python_on_a_page_gives_what_it_shows(
    root: Path, monkeypatch: pytest.MonkeyPatch, page: str, least: int
) -> None:
    monkeypatch.chdir(root)
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    failed, tried = doctest.testfile(str(root / "docs" / f"{page}.md"), module_relative=False, optionflags=flags)
    assert tried > least
    assert not failed


def test_the_tutorial_shows_the_example(root: Path) -> None:
    source, _ = re.findall(r"```python\n(.*?)```", (root / "docs" / "first-pass.md").read_text(), re.DOTALL)
    assert source == (root / "examples" / "my_pass.py").read_text()
    assert len(source.splitlines()) <= 30


def test_the_dataflow_page_shows_the_example(root: Path) -> None:
    source, *_ = re.findall(r"```python\n(.*?)```", (root / "docs" / "dataflow-pass.md").read_text(), re.DOTALL)
    assert source == (root / "examples" / "known_zeros.py").read_text()


def test_reference_pages_are_what_the_declarations_say(root: Path) -> None:
    command = [sys.executable, "tools/reference.py", "--check"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def defined(path: Path) -> set[str]:
    """The names that a file defines: functions, classes, methods as Class.method, variables."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.FunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name):
                methods = (inner.name for inner in node.body if isinstance(inner, ast.FunctionDef))
                found |= {name, *(f"{name}.{method}" for method in methods)}
            case ast.Assign() | ast.AnnAssign():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return found


def test_what_the_architecture_locates_is_there(root: Path) -> None:
    """`path`: `name`, `name`."""
    text = (root / "docs" / "architecture.md").read_text()
    (section,) = re.findall(r"^## Where is what\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)
    located = re.findall(r"`([\w/]+\.py)`(?:: ((?:`[\w.]+`(?:, )?)+))?", section)
    assert len(located) > 25
    names = {(path, name) for path, names in located for name in re.findall(r"[\w.]+", names)}
    assert len(names) > 30
    assert not [(path, name) for path, name in sorted(names) if name not in defined(root / path)]


def test_the_picture_of_the_house_shows_the_imports(root: Path) -> None:
    command = [sys.executable, "tools/house.py", "--check"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_operator_is_in_the_reference(root: Path) -> None:
    text = (root / "docs" / "operators.md").read_text()
    assert not [name for name in operator_names() if f"| `{name}` |" not in text]


def test_progress_of_what_takes_long_is_not_compared(root: Path) -> None:
    comparable = runpy.run_path(str(root / "tools" / "readme.py"))["comparable"]
    shown = "$ seaofnodes prove x\n4 rules: 4 proved, in 6.8 s\n"
    assert comparable(shown.replace("6.8", "49.3") + "prove: 4 of 4 rules\n") == comparable(shown)
    assert comparable(shown.replace("4 proved", "3 proved")) != comparable(shown)
