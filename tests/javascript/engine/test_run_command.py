"""`seaofnodes run` of a file in JavaScript: a module, as node runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaofnodes.cli.main import cli


def run(*arguments: str) -> int:
    """The exit code."""
    try:
        cli.main(["run", *arguments], standalone_mode=False)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_a_module_with_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.js").write_text("exports.name = __filename;")
    main = tmp_path / "main.js"
    main.write_text("console.log(process.argv.slice(1).join(), require('./other').name); process.exitCode = 3;")
    assert run(str(main), "a", "--b") == 3
    assert capsys.readouterr().out == f"{main},a,--b {tmp_path / 'other.js'}\n"


def test_a_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main = tmp_path / "main.js"
    main.write_text("function f(x) { return [x, typeof require, typeof process]; } console.log(f(1));")
    assert run("--script", str(main)) == 0
    assert run("--invoke", "f", str(main), "2") == 0
    said = "[ 1, 'undefined', 'undefined' ]\n"
    assert capsys.readouterr().out == said + said + said.replace("1", "2")


@pytest.mark.parametrize(("text", "code"), [("process.exit(7); console.log(1)", 7), ("throw 1", 1), ("", 0)])
def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: int) -> None:
    main = tmp_path / "main.js"
    main.write_text(text)
    assert run(str(main)) == code
    assert capsys.readouterr().out == ""
