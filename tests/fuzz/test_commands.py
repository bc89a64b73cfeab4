"""The commands fuzz, reduce and bisect as a user sees them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seaofnodes.fuzz.findings import load_finding
from seaofnodes.fuzz.tasks import opcodes_of
from tests.fuzz.failures import PLANTED
from tests.fuzz.test_bisect import SHIFTS


def seaofnodes(root: Path, *arguments: str, seconds: float = 110) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "seaofnodes.cli.main", *arguments]
    return subprocess.run(program, cwd=root, capture_output=True, text=True, check=False, timeout=seconds)


def test_fuzz_reduce_bisect(root: Path, tmp_path: Path) -> None:
    """Find, shrink, explain: with the planted rule among the built-in ones."""
    out = tmp_path / "out"
    options = ["--load", PLANTED, "-p", "simplify{rules=planted}", "--no-random", "--only", "evaluator"]
    result = seaofnodes(root, "fuzz", *options, "--count", "150", "--stop", "--no-reduce", "--out", str(out))
    assert result.returncode == 1, result.stderr
    assert "1 x evaluator" in result.stdout and "failures are in" in result.stdout
    (found,) = out.glob("??????.wasm")
    assert f"{found}: evaluator pipeline=simplify{{rules=planted}}: call" in result.stderr

    result = seaofnodes(root, "reduce", str(found))
    assert result.returncode == 0, result.stderr
    reduced = found.with_suffix(".reduced.wasm")
    assert opcodes_of(reduced.read_bytes()).total() * 10 < max(opcodes_of(found.read_bytes()).total(), 150)
    assert "i32.shr_u" in reduced.with_suffix(".txt").read_text()
    assert load_finding(reduced).case.load == (PLANTED,)

    result = seaofnodes(root, "bisect", str(reduced))
    assert result.returncode == 0, result.stderr
    first, *lines = result.stdout.splitlines()
    assert first.startswith("failure: call ")
    assert lines[0].startswith("pass: simplify (run 1 of 1) on f")
    assert lines[1].startswith("rule: shifts_cancel: Word32Shr(Word32Shl(x, C), D) -> Word32Shr(x, (D - C))")
    assert re.search(r", tests/fuzz/planted\.py:\d+$", lines[1])
    assert lines[2] == "  without this rule in this run, the module is right"
    assert re.fullmatch(r"application: \d+ of \d+, to n\d+ \(Word32Shr\) at 0x[0-9a-f]+.*", lines[3])
    assert any(line.startswith("+ n") and "; shifts_cancel of n" in line for line in lines[4:])


def test_no_failures(root: Path, tmp_path: Path) -> None:
    arguments = ["fuzz", "--count", "9", "--seed", "2", "--out", str(tmp_path), "--json", "--jobs", "1"]
    result = seaofnodes(root, *arguments)
    facts = json.loads(result.stdout)
    assert (result.returncode, result.stderr) == (0, "")
    assert (facts["modules"], facts["findings"]) == (9, [])  # so many that some go through the evaluator
    assert facts["coverage"]["opcodes"] and facts["coverage"]["operators"]
    again = seaofnodes(root, *arguments[:-3])
    assert again.returncode == 0 and "going on after 9 modules" in again.stderr
    assert again.stdout.startswith("9 modules, ")


def test_bisect_of_a_module_without_a_saved_failure(root: Path, tmp_path: Path) -> None:
    module = tmp_path / "shifts.wasm"
    module.write_bytes(SHIFTS)
    call = ["--invoke", "f", "--arg", "5", "--arg", "-1", "--load", PLANTED]
    result = seaofnodes(root, "bisect", str(module), *call, "--check", "gvn,simplify{rules=planted}", "--json")
    facts = json.loads(result.stdout)
    assert (facts["pass_name"], facts["rule"], facts["run"], facts["runs"]) == ("simplify", "shifts_cancel", 2, 2)


def test_reduce_with_a_command(root: Path, tmp_path: Path) -> None:
    module = tmp_path / "shifts.wasm"
    module.write_bytes(SHIFTS)
    script = tmp_path / "check.py"
    script.write_text("import sys; sys.exit(b'\\x74' in open(sys.argv[1], 'rb').read())")  # i32.shl
    command = f"{sys.executable} -S {script}"
    target = tmp_path / "small.wasm"
    result = seaofnodes(root, "reduce", str(module), "--command", command, "-o", str(target), "--json")
    facts = json.loads(result.stdout)
    assert facts["file"] == str(target) and facts["instructions"] < facts["instructions_before"] == 30
    assert opcodes_of(target.read_bytes())["i32.shl"] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["fuzz", "--pipeline", "simplfy"], 1, "did you mean 'simplify'?"),
        (["fuzz", "--load", "missing.py"], 1, "missing.py"),
        (["fuzz", "--only", "nothing"], 2, "--only"),
        (["reduce", "missing.wasm"], 1, "missing.wasm"),
        (["reduce", "README.md"], 1, "error"),
        (["reduce", "examples/digits.wat", "--check", "gvm"], 1, "did you mean 'gvn'?"),
        (["reduce", "examples/digits.wat", "--check", "gvn", "--command", "false"], 2, "--check or --command"),
        (["reduce", "examples/digits.wat", "--command", "true"], 1, "does not fail: the command succeeds"),
        (["bisect", "examples/digits.wat", "--check", "default"], 1, "nothing disagrees"),
        (["bisect", "examples/digits.wat", "--invoke", "digit_sun"], 1, "did you mean 'digit_sum'?"),
        (["bisect", "examples/digits.wat", "--invoke", "digit_sum", "--arg", "x"], 2, "is not an i32"),
        (["bisect", "examples/digits.wat", "--invoke", "digit_sum"], 2, "takes 1 arguments"),
        (["bisect", "examples/digits.wat", "--arg", "1"], 2, "--arg goes with --invoke"),
    ],
)
def test_mistakes_are_told_in_one_line(root: Path, tmp_path: Path, arguments: list[str], code: int, words: str) -> None:
    if arguments[0] == "fuzz":
        arguments = [*arguments, "--out", str(tmp_path / "out"), "--count", "1"]
    result = seaofnodes(root, *arguments)
    assert result.returncode == code, result.stdout + result.stderr
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_files_that_are_no_findings(root: Path, tmp_path: Path) -> None:
    module = tmp_path / "m.wasm"
    module.write_bytes(SHIFTS)
    module.with_suffix(".json").write_text("{}")
    result = seaofnodes(root, "bisect", str(module))
    assert result.returncode == 1 and "not a saved finding" in result.stderr


@pytest.mark.parametrize("command", ["fuzz", "reduce", "bisect"])
def test_help_has_examples(root: Path, command: str) -> None:
    result = seaofnodes(root, command, "--help")
    assert result.returncode == 0
    assert f"seaofnodes {command} " in result.stdout


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_planted_rules_are_found_with_the_usual_settings(root: Path, tmp_path: Path) -> None:
    """All ways, random pipelines and orders; each failure shrunk to under a tenth, and each bisected to the rule."""
    out = tmp_path / "out"
    result = seaofnodes(root, "fuzz", "--load", PLANTED, "--seconds", "300", "--out", str(out), seconds=1000)
    assert result.returncode == 1
    reduced = sorted(out.glob("*.reduced.wasm"))
    assert reduced
    for path in reduced:
        whole = path.with_name(path.name.replace(".reduced", ""))
        assert opcodes_of(path.read_bytes()).total() * 10 < max(opcodes_of(whole.read_bytes()).total(), 150)
        found = json.loads(seaofnodes(root, "bisect", str(path), "--json").stdout)
        assert found["rule"] == "shifts_cancel" and found["disabling"]


@pytest.mark.skipif(shutil.which("wasm-opt") is None, reason="Binaryen's wasm-opt is not installed")
def test_binaryen_modules_agree() -> None:
    import random

    from seaofnodes.fuzz.case import Case, plan_calls
    from seaofnodes.fuzz.oracle import run_case
    from seaofnodes.fuzz.plan import from_binaryen
    from seaofnodes.fuzz.variant import Variant
    from seaofnodes.wasm.decoder import decode_module

    path = shutil.which("wasm-opt")
    assert path is not None
    for seed in range(10):
        rng = random.Random(seed)
        data = from_binaryen(path, rng)
        calls = plan_calls(decode_module(data), rng)
        assert run_case(Case(data, calls, (Variant("wasmtime"), Variant("optimized")))).difference is None
