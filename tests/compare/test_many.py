"""Many pipelines: ablations, heat maps, calls of single modules, budgets, samples in CSV."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from seaofnodes.compare import Comparison, compare
from seaofnodes.compare.configuration import Configuration, parse_configurations, with_ablations
from seaofnodes.compare.invocations import Invocation, invocation_for
from seaofnodes.compare.report import heatmap
from seaofnodes.compare.report.text import to_text
from seaofnodes.compare.report.words import ratio_text
from seaofnodes.compare.timing.estimate import FEWEST
from seaofnodes.errors import Error
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.registry import PassRegistry
from tests.compare.programs import LOOP, STRAIGHT, write


@pytest.fixture(scope="module")
def ablated(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    folder = write(tmp_path_factory.mktemp("modules"), loop=LOOP, straight=STRAIGHT)
    calls = [Invocation.parse("straight.wat:two(7)")]
    how = {"placements": 5, "rounds": 1, "compile_rounds": 1, "warm_up": 0}
    return compare([folder], ["default"], ablate=True, invoke=calls, **how)


def test_each_pass_is_left_out_in_turn(ablated: Comparison) -> None:
    names = list(dict.fromkeys(pass_.name for pass_ in Pipeline.parse("default").passes))
    assert ablated.labels == ["default", *(f"default-{name}" for name in names)]
    for name, configuration in zip(names, ablated.configurations[1:], strict=True):
        assert configuration == Configuration.parse(f"default-{name}")  # the label is the text
    fired = ablated.rules["fold-constants"]
    assert fired["default-simplify"] == 0 < fired["default"] == fired["default-dead-code"]


def test_labels_and_options_are_kept() -> None:
    registry = PassRegistry()
    given = parse_configurations(["my own: fix(gvn,simplify)@inline=false", "O1"], registry)
    found = with_ablations(given, registry)
    assert [one.label for one in found] == [
        "my own", "my own -gvn", "my own -simplify", "O1", "O1-simplify", "O1-gvn", "O1-dead-code",
    ]  # fmt: skip
    assert str(found[1]) == "fix(simplify)@inline=false"
    with pytest.raises(Error, match="nothing has no passes to leave out"):
        with_ablations(parse_configurations(["nothing: none"], registry), registry)


def test_text_of_many_pipelines(ablated: Comparison) -> None:
    text = to_text(ablated)
    assert max(map(len, text.splitlines())) <= 120 and "…" not in text
    assert re.search(r"^ #0 default ", text, re.MULTILINE) and re.search(r"^ #1 default-inline ", text, re.MULTILINE)
    numbers = re.findall(r"^ loop.wat: run\(2000\) (.*)$", text, re.MULTILINE)  # a line of each table, names unfolded
    assert len(numbers) > 1
    assert len(" ".join(numbers).split()) == len(ablated.labels) - 1
    simplify = f"#{ablated.labels.index('default-simplify')}"
    [line] = [line for line in text.splitlines() if line.startswith(" fold-constants ")]
    assert re.search(rf"0 under [#\d ]*{simplify}\b", line)


def test_heat_map(ablated: Comparison) -> None:
    assert heatmap.wanted(ablated)
    figure = ET.fromstring(heatmap.speedups(ablated))
    titles = [title.text or "" for title in figure.iter("title")]
    for subject in ablated.calls:
        for label in ablated.labels[1:]:
            name = f"{subject['default'].source}: {subject['default'].name}, {label}"
            ratio = ablated.speedup(subject, label)
            assert ratio is not None
            assert f"{name}: {ratio_text(ratio)}" in titles
    assert 'class="heatmap"' in ablated.to_html()
    few = Comparison(ablated.configurations[:2], [row for row in ablated.rows if row.pipeline in ablated.labels[:2]])
    assert not heatmap.wanted(few) and 'class="heatmap"' not in few.to_html()


def test_csv_has_samples_and_pipelines(ablated: Comparison) -> None:
    texts = {configuration.label: str(configuration) for configuration in ablated.configurations}
    for line, row in zip(csv.DictReader(io.StringIO(ablated.to_csv())), ablated.rows, strict=True):
        assert line["text"] == texts[row.pipeline]
        samples = tuple(tuple(map(float, unit.split())) for unit in line["samples"].split(";") if unit)
        timed = row.run or row.compile
        assert samples == (timed.samples if timed else ())


def test_calls_of_single_modules(ablated: Comparison) -> None:
    assert [(row.source, row.name) for row in ablated.rows if row.kind == "call" and row.pipeline == "default"] == [
        ("loop.wat", "run(2000)"), ("straight.wat", "two(7)"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run", Invocation("run", (5,))),
        ("run()", Invocation("run", ())),
        ("run(1, 2.5,0x10)", Invocation("run", (1, 2.5, 16))),
        ("a.wat:run", Invocation("run", (5,), "a.wat")),
        ("b/a.wat:run(3)", Invocation("run", (3,), "b/a.wat")),
        ("my:run", Invocation("my:run", (5,))),
    ],
)
def test_invocations(text: str, expected: Invocation) -> None:
    assert Invocation.parse(text, [5]) == expected


def test_which_call_is_for_a_module() -> None:
    calls = [Invocation("all", ()), Invocation("one", (), "a.wat"), Invocation("other", (), "b/a.wat")]
    names = ["b/a.wat", "c/a.wat", "c/ba.wat"]
    assert [(invocation_for(name, calls) or calls[0]).name for name in names] == ["other", "one", "all"]
    assert invocation_for("c/ba.wat", calls[1:]) is None


@pytest.mark.parametrize(
    ("call", "words"),
    [("run(", "is no call"), ("run(x)", "'x' is not a number"), ("gone.wat:run", "no module is called 'gone.wat'")],
)
def test_mistakes(tmp_path: Path, call: str, words: str) -> None:
    with pytest.raises(Error, match=words):
        compare([write(tmp_path, loop=LOOP)], ["none"], invoke=[Invocation.parse(call)])


def test_a_module_without_that_export(tmp_path: Path) -> None:
    folder = write(tmp_path, loop=LOOP)
    found = compare([folder], ["none"], invoke=[Invocation.parse("loop.wat:rum(1)")], compile_rounds=1)
    assert found.failed and found.problems[0].reason == "no exported function is called 'rum'; did you mean 'run'?"
    found = compare([folder], ["none"], invoke=[Invocation.parse("rum(1)")], compile_rounds=1)  # in no module at all
    assert found.failed and [problem.source for problem in found.problems] == ["--invoke"]


def test_files_of_which_nothing_is_compared_are_noted(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from dataclasses import dataclass\nfrom seaofnodes.passes.base import Pass, PassResult\n"
        "@dataclass(frozen=True)\nclass Mine(Pass):\n    name = 'mine'\n"
        "    def run(self, graph, context):\n        return PassResult(False)\n"
    )
    folder, load = write(tmp_path, loop=LOOP), [tmp_path / "mine.py"]
    found = compare([folder], ["none"], run=False, compile_rounds=1, load=load)
    assert [problem.reason for problem in found.problems] == ["nothing of it is in any of the pipelines"]
    assert not found.failed
    assert not compare([folder], ["none", "mine"], run=False, compile_rounds=1, load=load).problems


def test_a_budget_makes_fewer_placements(tmp_path: Path) -> None:
    folder = write(tmp_path, loop=LOOP)
    for budget, placements, expected in ((0, 8, FEWEST), (60, 6, 6), (0, 2, 2)):
        how = {"placements": placements, "rounds": 1, "compile_rounds": 1, "warm_up": 0}
        found = compare([folder], ["default"], budget=budget, **how)
        [row] = [row for row in found.rows if row.kind == "call"]
        assert row.run is not None and len(row.run.samples) == expected
