"""Inputs and outputs that are wrong, hostile or full: exit code 1 (2 for wrong usage), one message, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seaofnodes.cli import main
from tests.support import wat

COMMANDS = {
    "run": ["run"], "compile": ["compile"], "view": ["view", "--no-open"], "compare": ["compare", "-p", "none"],
    "reduce": ["reduce"], "bisect": ["bisect"], "prove": ["prove"], "load": ["passes", "--load"],
    "opt": ["opt"],
}  # fmt: skip
DIGITS = "examples/digits.wat"


def command(root: Path, *arguments: str, shell: str = "", **options: object) -> subprocess.CompletedProcess[str]:
    """shell: put behind the command, for redirections."""
    program = [sys.executable, "-m", "seaofnodes.cli.main", *arguments]
    if shell:
        program = ["bash", "-o", "pipefail", "-c", f'"$@" {shell}', "bash", *program]
    return subprocess.run(
        program, cwd=root, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL
    )


def told(result: subprocess.CompletedProcess[str], code: int, words: str) -> None:
    """It failed with that code and a message, and not by accident."""
    assert result.returncode == code, (result.stdout[-300:], result.stderr[-300:])
    assert " ".join(words.split()) in " ".join((result.stdout + result.stderr).split())  # tables break lines
    for accident in ("Traceback", "Exception ignored"):
        assert accident not in result.stderr + result.stdout


Inside = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def inside(root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Inside:
    """As `command`, in this process: much quicker. What rises from the command rises here."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(root)
        monkeypatch.setattr("sys.argv", ["seaofnodes", *arguments])
        with pytest.raises(SystemExit) as end:
            main.main()
        return subprocess.CompletedProcess(arguments, end.value.code or 0, *capfd.readouterr())  # type: ignore[arg-type]

    return run


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, tuple[str, str]]:
    """name -> (path, what is said of it)."""
    (tmp_path / "directory").mkdir()
    (tmp_path / "random").write_bytes(bytes(range(255, 0, -1)))
    (tmp_path / "truncated").write_bytes(b"\0asm\1\0\0\0\1")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "large").write_bytes(b"\0asm\1\0\0\0")
    os.truncate(tmp_path / "large", 3 << 30)
    return {
        "directory": (str(tmp_path / "directory"), "directory"), "random": (str(tmp_path / "random"), "error: "),
        "truncated": (str(tmp_path / "truncated"), "error: "), "fifo": (str(tmp_path / "fifo"), "nothing is written"),
        "large": (str(tmp_path / "large"), "3,221,225,472 bytes"), "zero": ("/dev/zero", "neither a file nor a pipe"),
        "null": ("/dev/null", "neither a file nor a pipe"), "missing": (str(tmp_path / "missing"), "o such file"),
    }  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_inputs(inside: Inside, inputs: dict[str, tuple[str, str]], name: str) -> None:
    for path, words in inputs.values():
        if name == "compare" and path.endswith("directory"):
            words = "no .wasm or .wat files"
        code = 0 if name == "compare" and path.endswith("large") else 1  # "not supported": other modules are compared
        told(inside(*COMMANDS[name], path), code, words)


def test_an_endless_file_takes_no_memory(root: Path) -> None:
    limited = f'ulimit -v 4000000; exec {sys.executable} -m seaofnodes.cli.main "$@"'
    program = ["bash", "-c", limited, "bash", "passes", "--load", "/dev/zero"]
    told(
        subprocess.run(program, cwd=root, capture_output=True, text=True, check=False, timeout=60), 1, "neither a file"
    )


@pytest.mark.parametrize(
    ("shell", "arguments"),
    [
        ("> /dev/full", ["passes"]), ("> /dev/full", ["run", DIGITS, "--invoke", "digit_sum", "19"]),
        ("> /dev/full", ["compile", DIGITS]), ("> /dev/full", ["--help"]),
        ("> /dev/full", ["compare", DIGITS, "-p", "none", "--no-run", "--json"]),
        ("", ["compile", DIGITS, "-o", "/dev/full"]), ("", ["compile", DIGITS, "--emit", "html", "-o", "/dev/full"]),
        ("", ["compare", DIGITS, "-p", "none", "--no-run", "--html", "/dev/full"]),
        ("", ["reduce", DIGITS, "--command", "false", "-o", "/dev/full"]),
        ("", ["run", DIGITS, "--invoke", "digit_sum", "1", "--trace-events", "/dev/full"]),
    ],
)  # fmt: skip
def test_full_disks(root: Path, shell: str, arguments: list[str]) -> None:
    result = command(root, *arguments, shell=shell)
    told(result, 1, "No space left on device")
    if not shell and "--trace-events" not in arguments:
        assert "/dev/full" in result.stderr


@pytest.mark.parametrize("arguments", [["passes"], ["compile", DIGITS, "--emit", "json"], ["--help"]])
def test_readers_that_go(root: Path, arguments: list[str]) -> None:
    """They have what they wanted: nothing is said."""
    result = command(root, *arguments, shell="| head -c 5")
    assert len(result.stdout) == 5 and result.stderr == ""


@pytest.mark.parametrize("shell", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(root: Path, tmp_path: Path, shell: str) -> None:
    """Their numbers are other files' by then: a program does not get those."""
    path = tmp_path / "m.wasm"
    path.write_bytes(wat(WRITES))
    result = command(root, "run", "--dir", str(tmp_path), str(path), shell=shell)
    shown = ("" if ">&-" in shell.replace("2>&-", "") else "abcd", "" if "2>&-" in shell else "abcd")
    assert (result.returncode, result.stdout, result.stderr) == (0, *shown) and path.read_bytes() == wat(WRITES)
    told(command(root, "run", "missing.wasm", shell=shell), 1, "" if "2>" in shell else "missing.wasm")


WRITES = """(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\04") (data (i32.const 16) "abcd")
  (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))))"""


def nested(count: int) -> str:
    return "fix(" * count + "gvn" + ")" * count


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["compile", DIGITS, "--pipeline", nested(500)], 1, "may be in each other"),
        (["run", DIGITS, "--pipeline", "fix(" * 500], 1, "may be in each other"),
        (["run", "--tim", DIGITS], 2, "Did you mean '--time'?"),
        (["run", "--xyzzy=3", DIGITS], 2, "No such option before FILE: '--xyzzy'"),
        (["run", "-9", DIGITS], 2, "No such option before FILE: '-9'"),
        (["fuzz", "--seconds", "nan"], 2, "no number of seconds"),
        (["compare", DIGITS, "-p", "none", "--timeout", "nan"], 2, "no number of seconds"),
        (["reduce", DIGITS, "--command", ""], 2, "--command is empty"),
        (["reduce", DIGITS, "--command", "x '"], 2, "No closing quotation"),
        (["reduce", DIGITS, "--command", "./no-such-command"], 1, "no such command"),
    ],
)
def test_mistakes(inside: Inside, arguments: list[str], code: int, words: str) -> None:
    told(inside(*arguments), code, words)


def test_memory_that_is_not_there(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(main.cli, "main", fail)
    told(inside("passes"), 1, "error: out of memory\n")


EXITS = """(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $exit (i32.const {status}))) (func (export "f") (call $exit (i32.const {status}))))"""
STARTS = """(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1) (func $begin (call $exit (i32.const {status}))) (start $begin)
  (func (export "_start")) (func (export "f")))"""


@pytest.mark.parametrize("text", [EXITS, STARTS], ids=["call", "start"])
@pytest.mark.parametrize(("status", "code"), [(0, 0), (5, 5), (255, 255), (256, 1), (65536, 1), (258, 2), (-1, 255)])
def test_exit_codes(inside: Inside, tmp_path: Path, text: str, status: int, code: int) -> None:
    """What is not 0 does not become 0; a start function may end the program, too."""
    path = tmp_path / "m.wat"
    path.write_text(text.replace("{status}", str(status)))
    for arguments in ([], ["--invoke", "f"]) if status in (5, 256) else ([],):
        result = inside("run", str(path), *arguments)
        assert (result.returncode, result.stdout, result.stderr) == (code, "", "")


def test_numbers_that_json_has_not(inside: Inside, tmp_path: Path) -> None:
    path = tmp_path / "m.wat"
    path.write_text('(module (func (export "f") (result f64 f32 f64) f64.const nan f32.const -inf f64.const 1.5))')
    result = inside("run", str(path), "--json", "--invoke", "f")

    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    assert json.loads(result.stdout, parse_constant=refuse)["results"] == ["NaN", "-Infinity", 1.5]


RIGHT = {
    "case": {"calls": [["digit_sum", "0x5"]], "variants": [{"kind": "auto"}]}, "variant": {"kind": "auto"},
    "kind": "results", "call": 0, "message": "", "signature": "", "number": 0, "seed": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"case": 3}, {"case": {"calls": [[]], "variants": []}}, {"case": {"calls": [["none"]], "variants": []}},
        {"case": {"calls": [["digit_sum"]], "variants": []}}, {"variant": {"kind": "auto", "budget": "x"}},
        {"variant": {"kind": "auto", "pipeline": "none-such"}}, {"variant": []}, {"message": 3}, {"number": None},
        {"case": {"calls": [], "variants": [], "load": ["/dev/zero"]}}, None,
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["bisect", "reduce"])
def test_findings_that_are_none(
    root: Path, inside: Inside, tmp_path: Path, name: str, change: dict[str, object] | None
) -> None:
    path = tmp_path / "m.wasm"
    path.write_bytes(wat((root / DIGITS).read_text()))
    path.with_suffix(".json").write_text("[" if change is None else json.dumps({**RIGHT, **change}))
    told(inside(name, str(path)), 1, "error: ")
