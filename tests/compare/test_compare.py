"""Comparing, in this process: rows, summaries, and what is wrong."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from seaofnodes.compare import Comparison, compare
from seaofnodes.compare.report.text import to_text
from seaofnodes.compare.sources import Source
from seaofnodes.errors import Error
from tests.compare.programs import LOOP, NEW_FEATURE, PASSES, STRAIGHT, write
from tests.support import wat

QUICK = {"placements": 2, "rounds": 3, "compile_rounds": 2, "warm_up": 0.02}


def quick(sources: list[Source], pipelines: list[str], **others: object) -> Comparison:
    return compare(sources, pipelines, **{**QUICK, **others})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    folder = write(tmp_path_factory.mktemp("modules"), loop=LOOP, straight=STRAIGHT, feature=NEW_FEATURE)
    return quick([folder], ["default", "none", "base: @tier=baseline"], graphs=True)


@pytest.fixture
def bad_passes(tmp_path: Path) -> Path:
    path = tmp_path / "bad.py"
    path.write_text(PASSES)
    return path


def test_rows(comparison: Comparison) -> None:
    assert not comparison.failed
    assert comparison.labels == ["default", "none", "base"]
    names = [(subject["none"].source, subject["none"].name) for subject in comparison.functions]
    assert names[:2] == [("loop.wat", "triple"), ("loop.wat", "run")]
    assert names[2:] == [("straight.wat", "one"), ("straight.wat", "two"), ("straight.wat", "three")]
    run = comparison.functions[1]
    default, none, base = (run[label] for label in comparison.labels)
    assert default.nodes_lifted == none.nodes_lifted == none.nodes
    assert any("inlined triple" in remark for remark in default.remarks) and not none.remarks
    assert base.nodes is None and base.code_size and not base.rules
    assert all(row.compile is not None and len(row.compile.samples) == 2 for row in run.values())
    two = comparison.functions[3]
    assert two["default"].rules["fold-constants"] == 1 and not two["none"].rules
    assert (two["default"].nodes or 0) < (two["none"].nodes or 0)
    assert "Int32Constant[3]" in two["default"].graph and "Int32Add" in two["none"].graph
    assert "ret" in two["base"].code and not two["base"].graph


def test_calls(comparison: Comparison) -> None:
    [call] = comparison.calls
    for row in call.values():
        assert (row.name, row.results, row.status) == ("run(2000)", ["5997000"], "ok")
        assert row.run is not None and [len(unit) for unit in row.run.samples] == [3, 3] and row.code_size
    one = comparison.speedup(call, "default")
    assert one is not None and one.value == 1
    slower = comparison.speedup(call, "base")
    assert slower is not None and call["default"].run is not None and call["base"].run is not None
    assert slower.samples[1][2] == call["default"].run.samples[1][2] / call["base"].run.samples[1][2]


def test_summaries(comparison: Comparison) -> None:
    default, none, base = comparison.summaries
    assert default.functions == none.functions == base.functions == 5
    assert default.code_size == sum(subject["default"].code_size or 0 for subject in comparison.functions)
    assert none.nodes == none.nodes_lifted and base.nodes is None
    assert default.smaller == default.larger == 0 and base.larger >= 1
    assert default.rules_fired > 0 and none.rules_fired == 0
    assert comparison.rules["fold-constants"]["none"] == 0
    [inlined] = [found for found in comparison.remark_differences if "inlined triple" in found.remark]
    assert inlined.counts == {"default": 1, "none": 0, "base": 0}
    growths = [comparison.growth(subject, "base") for subject in comparison.changed("base")]
    assert growths == sorted(growths, key=lambda growth: growth or 0) and 0 not in growths


def test_json(comparison: Comparison) -> None:
    facts = json.loads(comparison.to_json())
    assert [pipeline["label"] for pipeline in facts["pipelines"]] == comparison.labels
    assert len(facts["rows"]) == len(comparison.rows) == 18
    assert facts["rows"][0]["run"]["value"] == comparison.rows[0].run.value  # type: ignore[union-attr]
    assert facts["summaries"][1]["code_size"] == comparison.summaries[1].code_size
    assert facts["speedups"][0]["by_pipeline"]["base"]["value"] > 0
    assert [problem["source"] for problem in facts["problems"]] == ["feature.wat"]
    assert "graph" not in facts["rows"][0]


def test_csv(comparison: Comparison) -> None:
    lines = list(csv.DictReader(io.StringIO(comparison.to_csv())))
    assert len(lines) == len(comparison.rows)
    for line, row in zip(lines, comparison.rows, strict=True):
        assert (line["source"], line["name"], line["pipeline"]) == (row.source, row.name, row.pipeline)
        assert line["code_size"] == str(row.code_size)
        assert line["compile"] == ("" if row.compile is None else str(row.compile.value))


def test_text(comparison: Comparison) -> None:
    text = str(comparison)
    assert "2 modules, 5 functions, 1 call; compared with default" in text
    assert "run(2000)" in text and "fold-constants" in text and "inlined triple" in text
    assert "note: feature.wat: not supported" in text
    assert max(map(len, text.splitlines())) <= 120


def test_a_miscompilation_is_an_error(bad_passes: Path, tmp_path: Path) -> None:
    found = quick([write(tmp_path, loop=LOOP)], ["default", "wrong"], load=[bad_passes])
    assert found.failed
    [call] = found.calls
    assert call["default"].status == "ok" and call["default"].run is not None
    assert call["wrong"].status == "error" and call["wrong"].run is None
    # The loop may have been entered in the middle of a call.
    assert re.fullmatch(
        r"call \d+, run\((10\): -?\d+; the header says 135|2000\): -?\d+; the header says 5997000)",
        call["wrong"].error,
    )
    assert "error: loop.wat: run(2000) under wrong: " in str(found)
    assert found.speedup(call, "wrong") is None


def test_without_a_header_the_baseline_tier_is_right(bad_passes: Path, tmp_path: Path) -> None:
    text = LOOP.replace("= 135", "= ?").replace("= 5997000", "= ?")
    found = quick([write(tmp_path, loop=text)], ["wrong", "also: wrong"], load=[bad_passes])
    [call] = found.calls
    for label in ("wrong", "also"):
        assert re.search(r"baseline tier gives (135|5997000)$", call[label].error)


def test_a_wrong_header_is_an_error(tmp_path: Path) -> None:
    found = quick([write(tmp_path, loop=LOOP.replace("135", "136"))], ["none"])
    assert found.calls[0]["none"].error.startswith("call 1, run(10): 135; the header says 136")


def test_a_pass_that_raises_is_an_error_of_its_row(bad_passes: Path, tmp_path: Path) -> None:
    found = quick([write(tmp_path, loop=LOOP)], ["default", "raise"], load=[bad_passes])
    assert found.failed
    for subject in [*found.functions, *found.calls]:
        assert subject["default"].status == "ok"
        assert subject["raise"].error.startswith("ValueError: no good: ")
    assert found.summaries[0].functions == 0 and found.summaries[1].errors == 3


def test_traps_and_nans_agree(tmp_path: Path) -> None:
    module = """(module
      (func (export "trap") (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 0)))
      (func (export "nan") (result f64) (f64.div (f64.const 0) (f64.const 0))))"""
    trap = quick([wat(module)], ["default", "none"], invoke=("trap", [1]))
    assert trap.calls[0]["none"].results == ["trap: integer divide by zero"] and not trap.failed
    nan = quick([wat(module)], ["default", "none"], invoke=("nan", []))
    assert nan.calls[0]["default"].results == ["nan"] and not nan.failed


def test_states_agree_call_by_call(tmp_path: Path) -> None:
    module = """(module (global $g (mut i32) (i32.const 0))
      (func (export "count") (result i32)
        (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))"""
    found = quick([wat(module)], ["default", "none", "@tier=baseline"], invoke=("count", []))
    assert not found.failed and len({tuple(row.results) for row in found.calls[0].values()}) == 1


def test_unsuitable_arguments_are_an_error(tmp_path: Path) -> None:
    for arguments, words in ([[], "takes i32"], [[1.5], "takes an int"], [[1 << 40], "does not fit"]):
        found = quick([wat(STRAIGHT)], ["none"], invoke=("one", arguments))
        assert words in found.calls[0]["none"].error


def test_nothing_is_run_when_told_so(tmp_path: Path) -> None:
    found = quick([write(tmp_path, loop=LOOP)], ["default"], run=False)
    assert not found.calls and found.functions[1]["default"].remarks  # with pretended feedback


def test_no_rounds() -> None:
    with pytest.raises(Error, match="at least one round"):
        quick([wat(STRAIGHT)], ["none"], rounds=0)


def test_long_tables_are_cut_and_errors_are_not(tmp_path: Path) -> None:
    for number in range(5):
        write(tmp_path, **{f"feature{number}": NEW_FEATURE, f"broken{number}": f"(module {number}"})
    write(tmp_path, loop=LOOP)
    found = quick([tmp_path], ["default", "none"])
    lines = to_text(found, top=2).splitlines()
    assert sum(line.startswith("note: feature") for line in lines) == 2
    assert any(line.startswith("... and 3 more") for line in lines)
    assert sum(line.startswith("error: broken") for line in lines) == 5


def test_a_first_tier_that_optimizes_at_once_has_no_feedback(tmp_path: Path) -> None:
    found = quick([write(tmp_path, loop=LOOP)], ["default", "@tier=optimized"])
    run = found.functions[1]
    assert any("count=10," in remark for remark in run["default"].remarks)
    assert not any("count=10," in remark for remark in run["@tier=optimized"].remarks)
    assert not found.failed
