"""The demo: runs an example in both tiers, shows what the compiler made of it, and leaves its graphs in out/.

It goes through the command line, as a user would; each command is printed before it runs. Exit code 1 if anything is
not as it should be.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

import seaofnodes
from seaofnodes.runtime.tiers.options import TIERS, Tier

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = "examples/digits.wat"
LIMIT = 3_000_000
EXPECTED = 84_000_000  # the sum of the digit sums of all numbers below LIMIT


def say(*paragraphs: str) -> None:
    for paragraph in paragraphs:
        print(f"\n{paragraph}", flush=True)


def check(claim: str, holds: bool) -> None:
    if not holds:
        raise SystemExit(f"\nThis should hold, but does not: {claim}.")


def command(*arguments: str, code: int = 0, lines: int = 60) -> str:
    """Run `seaofnodes ARGUMENTS`, print the command and the head of its output; returns all of that."""
    print(f"\n$ seaofnodes {shlex.join(arguments)}", flush=True)
    program = [sys.executable, "-m", "seaofnodes.cli.main", *arguments]
    result = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    output = (result.stdout + result.stderr).rstrip()
    shown = output.splitlines()
    if shown:
        print("\n".join(shown[:lines]))
    if len(shown) > lines:
        print(f"... {len(shown) - lines} more lines")
    check(f"that exits with {code} (it was {result.returncode})", result.returncode == code)
    return output


def best_milliseconds(tier: Tier) -> float:
    """The best of five calls of run(LIMIT); in tier "auto" after enough short ones to be optimized."""
    run = seaofnodes.Engine(tier=tier).instantiate(ROOT / EXAMPLE).exports["run"]
    for _ in range(100):
        run(100)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        result = run(LIMIT)
        times.append(time.perf_counter() - start)
        check(f"run({LIMIT}) is {EXPECTED} in tier {tier}, not {result}", result == EXPECTED)
    return min(times) * 1000


def python_milliseconds() -> float:
    """The same in Python; measured on every hundredth number."""
    start = time.perf_counter()
    total = 0
    for number in range(0, LIMIT, 100):
        while number:
            total += number % 10
            number //= 10
    return (time.perf_counter() - start) * 1000 * 100


def tier_up(calls: int = 40, limit: int = 100) -> None:
    """Call run(limit) again and again, and say when each function got optimized code. After each call we wait for the
    compiler's thread, so that it takes as many calls everywhere.
    """
    engine = seaofnodes.Engine()
    module = engine.load(ROOT / EXAMPLE)
    run = engine.instantiate(module).exports["run"]
    code = engine.module_code(module)
    hot: set[int] = set()
    for call in range(1, calls + 1):
        run(limit)
        engine.wait_for_compiler()
        for index in sorted(set(code.optimized) - hot):
            hot.add(index)
            before, after = code.baseline[index].code, code.optimized[index].code
            assert before is not None and after is not None
            print(
                f"call {call:3} of run({limit}): {module.function_name(index)} is optimized;"
                f" {before.code_size} bytes of baseline code become {after.code_size}"
            )
    check(f"run and digit_sum are optimized after {calls} calls", len(hot) >= 2)


def compile_digit_sum(*options: str, lines: int = 60) -> str:
    """The function is run first, in baseline code, to gather the feedback that inlining goes by."""
    return command(
        "compile", EXAMPLE, "-f", "digit_sum", "--invoke", "run", "--arg", "2000", *options, lines=lines
    )


def write_files() -> list[str]:
    """The graph in every form, in out/; returns the names."""
    (ROOT / "out").mkdir(exist_ok=True)
    files = {
        "turbolizer": "out/digit_sum.json",
        "schedule": "out/digit_sum.schedule.txt",
        "dot": "out/digit_sum.dot",
        "svg": "out/digit_sum.svg",
        "html": "out/digit_sum.html",
    }
    for kind, file in files.items():
        more = ["--against", "inline,simplify,gvn"] if kind == "html" else []
        compile_digit_sum("--emit", kind, *more, "-o", file)
    phases = json.loads((ROOT / files["turbolizer"]).read_text())["phases"]
    check("Turbolizer gets a graph after every phase", len([p for p in phases if p["type"] == "graph"]) > 3)
    return list(files.values())


def main() -> None:
    say(f"{EXAMPLE} sums the decimal digits of numbers. Run it:")
    output = command("run", EXAMPLE, "--invoke", "run", str(LIMIT), "--time")
    check(f"it prints {EXPECTED}", output.splitlines()[0] == str(EXPECTED))

    say("A function starts in baseline code; when its budget of calls and loop turns is spent, it is optimized:")
    tier_up()

    say("A trap is an error with a WebAssembly backtrace, and names:")
    command("run", EXAMPLE, "--invoke", "last_digit", "7", "0", code=1)

    say("What the optimizing compiler did to digit_sum, phase by phase, knowing what it called:")
    compile_digit_sum()

    say("What is left of its graph:")
    graph = compile_digit_sum("--emit", "graph")
    check("the call of last_digit is inlined", "Call" not in graph)

    say("And the machine code, with the nodes and the bytecode offsets it comes from:")
    compile_digit_sum("--emit", "code")

    say("The same in other forms:")
    files = write_files()

    times = {tier: best_milliseconds(tier) for tier in TIERS}
    times_python = python_milliseconds()
    say(
        f"What happened. run({LIMIT:,}) in milliseconds: Python {times_python:,.0f} (estimated), baseline "
        f"{times['baseline']:.1f}, optimized {times['optimized']:.1f}, auto {times['auto']:.1f}.",
        "Baseline code came from one pass over the bytecode, and counted calls. The optimizing compiler lifted the\n"
        "bytecode into a sea of nodes, inlined last_digit because it was called often, saw that its divisor is 10 and\n"
        "so cannot trap, turned the divisions into a multiplication, and allocated registers. Every result above was\n"
        f"checked: {EXPECTED:,} in every tier.",
        f"Look at {', '.join(files)}:\nthe .html is the viewer, a page that shows it all; the .json opens in V8's "
        "Turbolizer, the .svg in a browser.\n"
        "Next: README.md, or make test.",
    )


if __name__ == "__main__":
    main()
