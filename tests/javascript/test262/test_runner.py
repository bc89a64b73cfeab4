"""The runner of test262, on a small suite of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.javascript.test262.__main__ import main
from tests.javascript.test262.exclusions import why_left_out
from tests.javascript.test262.metadata import Negative, read_test
from tests.javascript.test262.results import general, read_results

_HARNESS = {
    "sta.js": "function Test262Error(m) { this.message = m; } Test262Error.prototype.toString = function () {"
    " return 'Test262Error: ' + this.message; };",
    "assert.js": "function assert(value, m) { if (value !== true) throw new Test262Error(m); }",
    "extra.js": "var extra = 1;",
}
_TESTS = {
    "language/good.js": "/*---\nincludes: [extra.js]\n---*/\nassert(extra === 1); var leaked = 1;",
    "language/clean.js": "/*---\ndescription: x\n---*/\n"
    "assert(typeof leaked === 'undefined'); assert(typeof extra === 'undefined');",
    "language/strict.js": "/*---\nflags: [onlyStrict]\n---*/\nassert((function () { return this; })() === undefined);",
    "language/sloppy.js": "/*---\nflags: [noStrict]\n---*/\nassert((function () { return this; })() === this);",
    "language/raw.js": "/*---\nflags: [raw]\n---*/\nif (typeof assert !== 'undefined') throw 1;",
    "language/early.js": "/*---\nnegative: \n  phase: parse\n  type: SyntaxError\n---*/\nvar = 1;",
    "language/accepted.js": "/*---\nnegative:\n  phase: parse\n  type: SyntaxError\n---*/\nvar a = 1;",
    "language/throws.js": "/*---\nnegative:\n  phase: runtime\n  type: RangeError\n---*/\nthrow new RangeError();",
    "language/throws-other.js": "/*---\nnegative:\n  phase: runtime\n  type: RangeError\n---*/\nthrow new TypeError();",
    "language/bad.js": "/*---\nflags: [noStrict]\n---*/\nassert(false, 'Expected SameValue(«1», «22») to be true');",
    "language/refused.js": "/*---\nflags: [noStrict]\n---*/\n(function () { eval('var fresh'); })();",
    "language/generators.js": "/*---\nfeatures:\n  - generators\n---*/\nfunction* f() {}",
    "language/inner/script.js": "/*---\nflags: [noStrict]\n---*/\n$262.evalScript('let x = 5;'); assert(x === 5);"
    " $262.gc(); assert($262.global === this); var b = new ArrayBuffer(8); $262.detachArrayBuffer(b);"
    " assert(b.byteLength === 0);",
    "language/part_FIXTURE.js": "throw 1;",
}


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    for folder, files in (("harness", _HARNESS), ("test", _TESTS)):
        for name, text in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return tmp_path


def test_tests_say_what_they_are(suite: Path) -> None:
    test = read_test(suite, "language/early.js")
    assert test.negative == Negative("parse", "SyntaxError") and test.modes == ("sloppy", "strict")
    assert read_test(suite, "language/good.js").includes == ("extra.js",)
    assert read_test(suite, "language/strict.js").modes == ("strict",)
    assert read_test(suite, "language/raw.js").modes == ("sloppy",)
    generators = read_test(suite, "language/generators.js")
    assert why_left_out(generators, frozenset()) == "generators"
    assert why_left_out(generators, frozenset(["generators"])) is None


def test_messages_are_grouped() -> None:
    assert general("Expected SameValue(«1», «22») to be true\nat 5") == "Expected SameValue(«…», «…») to be true"
    assert general("x is 'a' or \"b\" at 77") == "x is '…' or '…' at N"


def test_all_outcomes(suite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "out" / "results.jsonl"
    arguments = [str(suite), "language", "--jobs", "1", "--results", str(results), "--depth", "1"]
    assert main(arguments) == 1
    text = capsys.readouterr().out
    found = {(result.name.removeprefix("language/"), result.mode): result for result in read_results(results)}
    outcomes = {key: result.outcome for key, result in found.items() if result.outcome != "passed"}
    assert outcomes == {
        ("accepted.js", "sloppy"): "failed",
        ("accepted.js", "strict"): "failed",
        ("throws-other.js", "sloppy"): "failed",
        ("throws-other.js", "strict"): "failed",
        ("bad.js", "sloppy"): "failed",
        ("refused.js", "sloppy"): "refused",
        ("generators.js", "both"): "left out",
    }
    assert found["throws-other.js", "strict"].message == "threw TypeError"
    assert found["accepted.js", "sloppy"].message == "accepted"
    assert len(found) == 19
    assert "generators 1" in text and "1 Test262Error: Expected SameValue(«…», «…») to be true" in text
    assert "language " in text and "12       5       1       0        1   70.59%" in text

    (suite / "test/language/bad.js").write_text("assert(true);", encoding="utf-8")  # is known: it does not run again
    assert main([*arguments, "--resume"]) == 1
    assert len(list(read_results(results))) == 19


def test_one_file_runs_here_and_nothing_is_left_out(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(suite), "language/bad.js"]) == 1
    assert "failed: language/bad.js (sloppy): Test262Error: Expected" in capsys.readouterr().out
    assert main([str(suite), "language/good.js", "--mode", "strict"]) == 0
    assert main([str(suite), "nothing"]) == 2


def test_workers_that_die_are_replaced(suite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killing = "/*---\nflags: [raw]\n---*/\nfor (;;) {}"
    (suite / "test/language/hang.js").write_text(killing, encoding="utf-8")
    results = tmp_path / "results.jsonl"
    names = ["language/hang.js", "language/good.js", "language/raw.js"]
    assert main([str(suite), *names, "--jobs", "1", "--seconds", "0.5", "--results", str(results)]) == 1
    outcomes = {(result.name, result.outcome, result.message) for result in read_results(results)}
    assert ("language/hang.js", "failed", "took too long") in outcomes
    assert ("language/raw.js", "passed", "") in outcomes
