"""Fuzzed modules do what Binaryen's interpreter says they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz_data.expected import read, same
from tests.fuzz_data.run import FOLDER, run_module
from tests.spec.adapters import adapter, features_of

GC = (0, 1, 2, 4, 5, 7, 9, 10, 11, 12, 14, 15, 16, 17, 18)


@pytest.mark.parametrize("name", [f"mvp_{number:02}" for number in (1, 5, 9, 13, 18, 19)])
@pytest.mark.parametrize("tier", ["interpreter", "evaluator", "evaluator-optimized", "baseline", "optimized", "auto"])
def test_outcomes(shared: Path, tier: str, name: str) -> None:
    assert shared / "fuzz" == FOLDER
    runner = adapter(tier)
    assert runner is not None
    report = run_module(shared / "fuzz" / f"{name}.wasm", runner, features_of(tier))
    if report.skipped:
        pytest.skip(f"needs {report.skipped}")
    assert report.failures == []
    assert report.passed


@pytest.mark.parametrize("number", (0, 2, 4, 7, 8, 9, 10, 12, 13, 15, 18))
@pytest.mark.parametrize("tier", ["interpreter", "evaluator", "baseline", "optimized", "auto"])
def test_outcomes_with_references_and_tail_calls(shared: Path, tier: str, number: int) -> None:
    runner = adapter(tier)
    assert runner is not None
    report = run_module(shared / "fuzz" / f"refs_tail_{number:02}.wasm", runner, features_of(tier))
    assert report.failures == []
    assert report.passed and not report.skipped


@pytest.mark.parametrize("tier", ["interpreter", "evaluator", "baseline", "optimized", "auto", "stress-gc"])
@pytest.mark.parametrize("name", [*(f"gc_{number:02}" for number in GC), "gc_eh_15"])
def test_outcomes_with_objects(shared: Path, tier: str, name: str) -> None:
    runner = adapter(tier)
    assert runner is not None
    report = run_module(shared / "fuzz" / f"{name}.wasm", runner, features_of(tier))
    assert report.failures == []
    assert report.passed and not report.skipped


def test_expected_text() -> None:
    first, second = read(
        "[fuzz-exec] export f\n[fuzz-exec] note result: f => -4\n1.5\n[fuzz-exec] export g\n[trap unreachable]"
    )
    assert (first.results, second.trap) == (["-4", "1.5"], "unreachable")
    with pytest.raises(ValueError, match="unknown line"):
        read("what is this")


def test_numbers() -> None:
    assert same("-4", -4, False) and not same("-4", 4, False)
    assert same("nan:0x400000", float("nan"), True) and not same("nan", 1.0, True)
    assert same("0.1", 0.1, True) and not same("0.1", 0.1001, True)
    assert not same("-0", 0.0, True) and same("-inf", float("-inf"), True) and not same("inf", 1e300, True)
