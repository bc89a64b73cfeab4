"""The console beside Node.js: console.txt is what node prints for console.js."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from seaofnodes.engine import Engine
from seaofnodes.javascript.engine.inspect.inspector import Inspector
from seaofnodes.javascript.parse.words import from_units

_HERE = Path(__file__).parent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(jitless=True)


def test_values_are_shown_as_in_node(capsys: pytest.CaptureFixture[str]) -> None:
    Engine(jitless=True).load_javascript(_HERE / "console.js")
    assert capsys.readouterr().out == (_HERE / "console.txt").read_text(encoding="utf-8")


def test_errors_and_warnings_go_to_standard_error(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.load_javascript("""
        console.error("e", [1]);
        console.warn("w");
        console.assert(false, "a %d", 1);
        console.assert(0);
        console.log("l");
    """)
    found = capsys.readouterr()
    assert found.out == "l\n"
    assert found.err == "e [ 1 ]\nw\nAssertion failed: a 1\nAssertion failed\n"


def test_counts_and_timers(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.load_javascript("""
        console.count(); console.count("a"); console.count(); console.countReset(); console.count();
        console.time("t"); console.timeLog("t", [1]); console.timeEnd("t"); console.timeEnd("t");
    """)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == ["default: 1", "a: 1", "default: 2", "default: 1"]
    assert [line.partition(":")[0] for line in lines[4:]] == ["t", "t"]
    assert lines[4].endswith("ms [ 1 ]")


def test_traces_are_printed(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.load_javascript("function f() { console.trace('here', 1); }\nf();")
    assert capsys.readouterr().err == "Trace: here 1\n    at f (<script>:1:24)\n    at <script>:2:1\n"


def test_colours_are_for_terminals(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.delenv("NO_COLOR", raising=False)
        patch.setattr("sys.stdout", terminal := Terminal())
        engine.load_javascript("console.log('s', 1, ['a', undefined, null, true, () => 1])")
    colours = terminal.getvalue()
    assert colours.startswith("s \x1b[33m1\x1b[39m [ \x1b[32m'a'\x1b[39m, ")
    assert "\x1b[90mundefined\x1b[39m" in colours and "\x1b[1mnull\x1b[22m" in colours
    assert "\x1b[36m[Function (anonymous)]\x1b[39m" in colours


def test_surrogates_that_stand_alone_are_printed(engine: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    engine.load_javascript(r'console.log("\ud800x\u{1f600}")')
    assert capfd.readouterr().out == "\ufffdx\U0001f600\n"


def test_getters_are_not_called(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.load_javascript("console.log({ get a() { throw 1; }, b: { get c() { throw 2; } } })")
    assert capsys.readouterr().out == "{ a: [Getter], b: { c: [Getter] } }\n"


def test_nothing_stays_held(engine: Engine) -> None:
    javascript = engine.javascript
    word = javascript.run(lambda: javascript.iso.pin(javascript.conversion.to_javascript([{"a": [1, [2]]}, "text"])))

    def held() -> int:
        before = len(javascript.iso.held)
        assert from_units(Inspector(javascript.iso).value(word)) == "[ { a: [ 1, [Array] ] }, 'text' ]"
        return len(javascript.iso.held) - before

    assert javascript.run(held) == 0
