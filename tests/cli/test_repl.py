"""`seaofnodes repl`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from seaofnodes.cli.main import cli
from seaofnodes.cli.repl.session import Session
from seaofnodes.engine import Engine


@pytest.fixture(scope="module")
def session() -> Session:
    return Session(Engine(jitless=True), colours=False)


def enter(session: Session, *entries: str) -> list[str]:
    return [session.enter(text) for text in entries]


def test_values_are_shown(session: Session) -> None:
    assert enter(session, "1 + 1", "_ + 1", "'a'", "", "var v = 1", "({ a: [1] })", "{ a: 1 }", "{ let a = 1; a }") == [
        "2\n", "3\n", "'a'\n", "", "undefined\n", "{ a: [ 1 ] }\n", "{ a: 1 }\n", "1\n",
    ]  # fmt: skip


def test_declarations_may_be_entered_again(session: Session) -> None:
    assert enter(session, "let l = 1", "const l = 2", "class l {}", "l", "function l() {}", "l")[3:] == [
        "[class l]\n", "undefined\n", "[Function: l]\n",
    ]  # fmt: skip
    assert session.enter("let l") == "Uncaught SyntaxError: Identifier 'l' has already been declared\n"
    failed = session.enter("let broken = nothing")
    assert failed == "Uncaught ReferenceError: nothing is not defined\n"
    assert enter(session, "let broken = 5", "broken")[1] == "5\n"


def test_errors(session: Session) -> None:
    session.enter("function f() {\n  null.x\n}")
    found = session.enter("f()")
    assert found.startswith("Uncaught TypeError: Cannot read properties of null (reading 'x')\n    at f (REPL")
    assert found.count("\n") == 2
    assert session.enter("throw { a: 1 }") == "Uncaught { a: 1 }\n"
    assert session.enter("let 1") == "Uncaught SyntaxError: Unexpected number\nlet 1\n    ^\n"
    assert session.enter("(function* () {})()").startswith("error: JavaScript: generators are not supported yet")


@pytest.mark.parametrize(
    "text",
    ["function f() {", "[1,", "f(1", "`a", "/* a", "if (1) {", "a +", "x = {", "(() => {", "'a' +\n// comment\n"],
)
def test_entries_go_on_while_something_is_open(session: Session, text: str) -> None:
    assert not session.is_complete(text)


@pytest.mark.parametrize("text", ["", "1", "{ a: 1 }", "let a = ;", "'a", "}", ".help", "function f() {}", "`a${1}`"])
def test_entries_end(session: Session, text: str) -> None:
    assert session.is_complete(text)


def test_completion(session: Session) -> None:
    session.enter("let completed = { inner: { alpha: 1, get beta() { throw 1; }, 'not a name': 2 } }; var covar = 1")
    complete = session.completer.complete
    assert complete("compl") == ("compl", ["completed"])
    assert complete("1 + cova")[1] == ["covar"]
    assert complete("completed.inner.")[1][:2] == ["__defineGetter__", "__defineSetter__"]
    assert complete("completed.inner.a") == ("a", ["alpha"])
    assert complete("completed.inner.beta.x") == ("x", [])
    assert complete("Math.fl") == ("fl", ["floor"])
    assert complete("'text'.") == ("", []) and complete("f().a") == ("a", [])
    assert "toFixed" in complete("covar.")[1] and complete("nowhere.")[1] == []
    assert "function" in complete("func")[1]


def test_commands(session: Session, tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("var loaded = 7; loaded")
    assert session.enter(f".load {tmp_path / 'a.js'}") == "7\n" and session.enter("loaded") == "7\n"
    assert session.enter(".load /nowhere.js") == "error: /nowhere.js: No such file or directory\n"
    assert ".exit" in session.enter(".help") and "no command .x" in session.enter(".x")
    assert not session.ended


def test_lines_of_standard_input() -> None:
    found = CliRunner().invoke(cli, ["repl", "--time-limit", "30"], input="var a = [\n1,\n2]\na.length\n.exit\n5\n")
    assert (found.exit_code, found.output) == (0, "undefined\n2\n")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    yield tmp_path


def test_terminal(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from seaofnodes.cli.repl.terminal import Names, run

    names = Names(Session(Engine(jitless=True), colours=False))
    found = list(names.get_completions(Document("x + Mat"), CompleteEvent()))
    assert [(one.text, one.start_position) for one in found] == [("Math", -3)]
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("function f() {\rreturn 4\r}\rf() + 1\r")
        keys.send_text("half\x03.exit\r")
        run(Session(Engine(jitless=True), colours=False))
    assert capsys.readouterr().out == "undefined\n5\n"
    assert "+f() + 1" in (state / "seaofnodes" / "repl_history").read_text()
