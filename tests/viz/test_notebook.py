"""What a notebook shows of graphs, schedules and compilations."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import seaofnodes
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.viz import notebook
from tests.support import wat

interactiveshell = pytest.importorskip("IPython.core.interactiveshell", reason="needs IPython")


@pytest.fixture(scope="module")
def shell() -> Iterator[Any]:
    made = interactiveshell.InteractiveShell()
    made.run_line_magic("load_ext", "seaofnodes.viz.notebook")
    yield made
    made.run_line_magic("unload_ext", "seaofnodes.viz.notebook")
    made.history_manager.end_session()


@pytest.fixture(scope="module")
def compilation(root: Path) -> Compilation:
    engine = seaofnodes.Engine()
    return engine.compile(engine.load(root / "examples/digits.wat"), 1)


def shown(shell: Any, value: object) -> dict[str, str]:
    data, _ = shell.display_formatter.format(value)
    return data  # type: ignore[no-any-return]


def test_graph(shell: Any, compilation: Compilation) -> None:
    data = shown(shell, compilation.graph)
    assert data["image/svg+xml"].startswith("<svg") and "Return" in data["image/svg+xml"]
    assert data["text/plain"].startswith("graph $digit_sum")


def test_what_a_phase_holds(shell: Any, compilation: Compilation) -> None:
    texts = [shown(shell, phase.graph)["text/plain"] for phase in compilation.phases]
    assert all(text.startswith("graph $digit_sum") for text in texts) and len(set(texts)) > 3


def test_schedule(shell: Any, compilation: Compilation) -> None:
    schedule = compilation.backend.schedule
    data = shown(shell, schedule)
    svg = data["image/svg+xml"]
    assert "B1" in svg and "loop, depth 1" in svg
    assert svg.count('class="block') == len(schedule.blocks)
    assert svg.count('class="edge') == sum(len(block.successors) for block in schedule.blocks)
    for node_id in schedule.block_of:
        assert f">n{node_id}</text>" in svg
    assert data["text/plain"].startswith("--- BLOCK B0")


def test_compilation(shell: Any, compilation: Compilation) -> None:
    html = shown(shell, compilation)["text/html"]
    assert "digit_sum" in html and html.count("<svg") == 2 and "fold-constants" in html
    assert "<td>gvn</td>" in html and "push rbp" in html


def test_large_graphs_are_text(compilation: Compilation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "MAX_NODES", 3)
    assert notebook.graph_svg(compilation.graph) is None
    assert notebook.schedule_svg(compilation.backend.schedule) is None
    plain = notebook.compilation_html(compilation)
    assert "<svg" not in plain and "Return" in plain and "--- BLOCK" in plain


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.found |= {key for key, _ in attrs if key.startswith("on")}


def test_names_do_no_harm(shell: Any) -> None:
    evil = "</pre><script>alert(1)</script><img onerror=x>\\l"
    escaped = "".join(f"\\{byte:02x}" for byte in evil.encode())
    module = f'(module (func (export "{escaped}") (param i32) (result i32) (local.get 0)))'
    engine = seaofnodes.Engine()
    made = engine.compile(engine.load(wat(module)), 0)
    assert evil in made.name
    for value in (made, made.graph, made.backend.schedule):
        for kind, text in shown(shell, value).items():
            if kind != "text/plain":
                tags = Tags()
                tags.feed(text)
                assert not tags.found & {"script", "img", "onerror"}


CELL = """
from dataclasses import dataclass
from seaofnodes.passes.base import Pass, PassResult
from seaofnodes.passes.patterns import Operators, variables
from seaofnodes.passes.rules import RuleSet

@registry.register
@dataclass(frozen=True)
class Mine(Pass):
    name = "mine"
    def run(self, graph, context):
        return PassResult(False, {"version": VERSION})

o, [x] = Operators(), variables("x")
rules = RuleSet("my-rules")

@rules.rule(o.Int32Mul(x, VERSION))
def multiply():
    return o.Int32Add(x, x)

registry.register_rules(rules)
"""


def test_cells_may_run_again(shell: Any) -> None:
    shell.push({"registry": PassRegistry()})
    for version in ("2", "3"):
        shell.run_cell(CELL.replace("VERSION", version)).raise_error()
        shell.run_cell(f"made{version} = registry.find('mine'), registry.find_rules('my-rules')").raise_error()
    names = shell.user_ns
    assert names["made3"] == (names["Mine"], names["rules"]) and names["registry"].rule_sets == [names["rules"]]
    assert names["made2"][0] is not names["made3"][0] and names["made2"][1] is not names["made3"][1]
