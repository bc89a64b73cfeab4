"""The page: it needs nothing else, agrees with the JSON, and takes no harm from names in modules."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from seaofnodes.compare import Comparison, Estimate, compare
from seaofnodes.compare.report import plots
from tests.compare.programs import LOOP, STRAIGHT, write
from tests.support import wat

EVIL = '</script><img src=x onerror=alert(1)>"\'&\u202e\x1b[31m'
VOID = {"meta", "input", "img", "br"}


class Page(HTMLParser):
    """Tables by id, as lists of rows of (text, data-value); scripts; all tags and attributes; and it must nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tables: dict[str, list[list[tuple[str, float | None]]]] = {}
        self.scripts: list[str] = []
        self.text = ""
        self.row: list[tuple[str, float | None]] | None = None
        self.table = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {key: value or "" for key, value in attrs}
        self.attributes += [(tag, key, value) for key, value in known.items()]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.table = known.get("id", "")
            self.tables[self.table] = []
        elif tag == "tr":
            self.row = []
        elif tag in ("td", "th") and self.row is not None:
            self.row.append(("", float(known["data-value"]) if "data-value" in known else None))
        elif tag == "script":
            self.scripts.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, key, value or "") for key, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "tr" and self.row is not None:
            self.tables[self.table].append(self.row)
            self.row = None

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        elif self.row:
            text, value = self.row[-1]
            self.row[-1] = (text + data, value)


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    folder = write(tmp_path_factory.mktemp("modules"), loop=LOOP, straight=STRAIGHT)
    write(folder, again=LOOP, broken="(module")
    pipelines = ["default", "none", "base: @tier=baseline"]
    return compare([folder], pipelines, placements=5, rounds=3, compile_rounds=5, warm_up=0.02, graphs=True)


def test_it_is_well_formed_and_needs_nothing_else(comparison: Comparison) -> None:
    page = Page(comparison.to_html())
    references = [(tag, key, value) for tag, key, value in page.attributes if key in ("src", "href", "srcset", "data")]
    assert references and all(key == "href" and value.startswith("#function-") for _, key, value in references)
    targets = {value for _, key, value in page.attributes if key == "id"}
    assert all(value[1:] in targets for _, _, value in references)
    text = comparison.to_html()
    assert "http://" not in text and "https://" not in text and "@import" not in text and "url(" not in text
    assert "default-src 'none'" in text


def test_numbers_agree_with_the_json(comparison: Comparison) -> None:
    page = Page(comparison.to_html())
    facts = json.loads(comparison.to_json())
    assert json.loads(page.scripts[0]) == facts
    head, *lines = page.tables["pipelines"]
    columns = [text for text, _ in head]
    for line, summary in zip(lines, facts["summaries"], strict=True):
        found = dict(zip(columns, line, strict=True))
        assert found["pipeline"][0] == summary["pipeline"]
        for column, key in {"nodes": "nodes", "code bytes": "code_size", "smaller": "smaller"}.items():
            assert found[column][1] == summary[key]
            assert summary[key] is None or found[column][0] == f"{summary[key]:,}"
        assert found["compile ms"][1] == summary["compile"]["value"]
        assert found["speed"][1] == summary["speedup"]["value"]
        shown, _, interval = found["speed"][0].partition("x ")
        assert float(shown) == pytest.approx(summary["speedup"]["value"], abs=0.0051)
        ends = [float(end) for end in interval.strip("[]").split(", ")]
        assert ends == pytest.approx([summary["speedup"]["low"], summary["speedup"]["high"]], abs=0.0051)
    _, *lines, means = page.tables["calls"]
    for line, speedups in zip(lines, facts["speedups"], strict=True):
        assert [text for text, _ in line[:2]] == [speedups["source"], speedups["call"]]
        assert line[3][1] == speedups["by_pipeline"]["none"]["value"]
    assert means[3][1] == facts["summaries"][1]["speedup"]["value"]
    _, *lines = page.tables["functions"]
    rows = {(row["source"], row["name"], row["pipeline"]): row for row in facts["rows"] if row["kind"] == "function"}
    assert len(lines) * 3 == len(rows) == 21
    for line in lines:
        source, name = line[0][0], line[1][0]
        assert [line[2][1], line[3][1]] == [rows[source, name, "default"][key] for key in ("nodes", "code_size")]
        base = rows[source, name, "base"]
        assert line[-1][1] == base["compile"]["value"] and line[-3][1] == base["code_size"]
        assert line[-2][1] == base["code_size"] - rows[source, name, "default"]["code_size"]
    rules = {line[0][0]: [value for _, value in line[1:]] for line in page.tables["rules"][1:]}
    assert rules == {rule: list(counts.values()) for rule, counts in facts["rules"].items()}


def test_graphs_of_both_sides(comparison: Comparison) -> None:
    text = comparison.to_html()
    assert "Int32Constant[3]" in text and "graph, from default to none" in text and "<ins>" in text and "<del>" in text
    plain = compare([wat(STRAIGHT)], ["none"], rounds=1, compile_rounds=1)
    assert "<details id=" not in plain.to_html()


def test_names_do_no_harm(tmp_path: Path) -> None:
    """Of functions, exports, files and pipelines; in every output that a browser or a terminal may get."""
    escaped = "".join(f"\\{byte:02x}" for byte in EVIL.encode())
    name = "<b>&'"
    module = f"""(module
      (func $inner (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
      (func (export "{escaped}") (param i32) (result i32) (call $inner (local.get 0))))"""
    (tmp_path / f"{name}.wasm").write_bytes(wat(module))
    found = compare(
        [tmp_path],
        ["default", f"{EVIL}: none", "[bold]x[/bold]: gvn"],
        invoke=(EVIL, [2]),
        placements=1,
        rounds=2,
        compile_rounds=1,
        warm_up=0.0,
        graphs=True,
    )
    assert not found.failed and found.calls
    for text in (found.to_html(), found._repr_html_()):
        page = Page(text)
        assert "img" not in {tag for tag, _, _ in page.attributes}
        assert not [key for _, key, _ in page.attributes if key.startswith("on")]
        assert "\x1b" not in text and "\u202e" not in text
        assert "<img" not in text and "</script><" not in text
        assert "alert(1)" in page.text
    terminal = str(found)
    assert "\x1b" not in terminal and "\u202e" not in terminal and "[bold]x[/bold]" in terminal
    assert json.loads(found.to_json())["rows"][0]["name"].startswith(EVIL)


def test_notebook_shows_tables_and_a_plot(comparison: Comparison) -> None:
    text = comparison._repr_html_()
    page = Page(text)
    assert {"pipelines", "calls"} <= page.tables.keys()
    assert "<svg" in text and "<script" not in text
    assert "rect" in {tag for tag, _, _ in page.attributes}


def test_plots(comparison: Comparison) -> None:
    for plot in (plots.speedups(comparison), plots.code_sizes(comparison), plots.compile_times(comparison)):
        assert Page(plot).text
        assert "nan" not in plot and "inf" not in plot
        numbers = [float(x) for x in re.findall(r'(?:cx|x|y|cy)="(-?[\d.]+)"', plot)]
        assert numbers and all(-10 <= number <= 900 for number in numbers)


@pytest.mark.parametrize("values", [[1.0], [0.999, 1.001], [0.1, 10], [0.5, 2], [3, 3.1], [1e-6, 1e6], [7, 30]])
def test_axes(values: list[float]) -> None:
    axis = plots.Axis.around(values, 0, 100)
    assert all(0 < axis.at(value) < 100 for value in values)
    for ticks in (axis.ticks(), axis.ratio_ticks() if axis.low < 1 < axis.high else axis.ticks()):
        assert ticks == sorted(ticks) and len(set(ticks)) == len(ticks)
        assert 1 <= len(ticks) <= 26
        assert all(axis.low * 0.9 <= tick <= axis.high * 1.1 for tick in ticks)


def test_without_calls_or_functions_there_are_no_plots(comparison: Comparison) -> None:
    empty = Comparison(comparison.configurations, [])
    assert plots.speedups(empty) == plots.code_sizes(empty) == plots.compile_times(empty) == ""
    Page(empty.to_html())
    assert "0 modules" in str(empty)
    assert Estimate.of([[1.0]] * 5).differs_from(2)
