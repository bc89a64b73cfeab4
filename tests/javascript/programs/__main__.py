"""Runs programs that others wrote and that check their own results.

`python -m tests.javascript.programs PATH`: PATH is a checkout of smarr/are-we-fast-yet (all 14 programs) or of
chromium/octane (richards, deltablue, navier-stokes, splay). Each runs in a process of its own, with few iterations.
With `--node NODE`, node runs the same, and must print the same.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

_FAST_YET = (
    *("Bounce", "CD", "DeltaBlue", "Havlak", "Json", "List", "Mandelbrot", "NBody", "Permute", "Queens", "Richards"),
    *("Sieve", "Storage", "Towers"),
)
# Inner iterations: DeltaBlue's are the length of its chain, CD's the number of aircraft.
_INNER = {"DeltaBlue": 20, "CD": 2}
_STRESSED_INNER = {"DeltaBlue": 2}
_STRESSED = "if (!require(%s).newInstance().innerBenchmarkLoop(%d)) throw Error('wrong'); console.log('verified');"
_RUN = "from seaofnodes.cli.main import main; main()"
_TIMES = re.compile(r"\d+us")

_OCTANE_END = """
var benchmark = BenchmarkSuite.suites[0].benchmarks[0];
BenchmarkSuite.ResetRNG();
%s
benchmark.run();
%s
"""
_OCTANE_TEAR_DOWN = "benchmark.TearDown();\nconsole.log('verified');"
# What is done before the benchmark, and then: the original sizes are for machine code.
_OCTANE = {
    "richards": ("benchmark.Setup();", _OCTANE_TEAR_DOWN),
    "deltablue": ("benchmark.Setup();", _OCTANE_TEAR_DOWN),
    "splay": ("kSplayTreeSize = 120; kSplayTreePayloadDepth = 3; benchmark.Setup();", _OCTANE_TEAR_DOWN),
    "navier-stokes": (
        "benchmark.Setup(); solver.setResolution(64, 64); solver.setIterations(1);",
        "var sum = 0; solver.getDens().forEach(function (x) { sum += x * x; }); console.log(sum);",
    ),
}
_OCTANE_STRESSED = {
    "splay": (
        "kSplayTreeSize = 10; kSplayTreePayloadDepth = 1; kSplayTreeModifications = 5; benchmark.Setup();",
        _OCTANE_TEAR_DOWN,
    ),
}
_OCTANE_PRINTS = {"navier-stokes": "226.57971397908477"}


@dataclass(frozen=True)
class Program:
    """command: what is behind `seaofnodes run` or node; prints: what it must print, if that is known."""

    name: str
    options: tuple[str, ...]
    command: tuple[str, ...]
    prints: str | None


def programs(path: Path, folder: Path, stress: bool) -> Iterator[Program]:
    """Those of a checkout. folder: for files that are made of others."""
    harness = next((file for file in sorted(path.glob("**/harness.js")) if (file.parent / "som.js").exists()), None)
    if harness is not None:
        for name in _FAST_YET:
            if not stress:
                yield Program(name, (), (str(harness), name, "1", str(_INNER.get(name, 1))), None)
                continue
            file = folder / f"{name}.js"  # without the harness, which reads all programs
            module = json.dumps(str(harness.parent.absolute() / f"{name.lower()}.js"))
            file.write_text(_STRESSED % (module, _STRESSED_INNER.get(name, 1)))
            yield Program(name, (), (str(file),), "verified")
    base = path / "base.js"
    for name, (before, behind) in _OCTANE.items():
        if base.exists() and (path / f"{name}.js").exists():
            if stress:
                before, behind = _OCTANE_STRESSED.get(name, (before, behind))
            texts = [base.read_text(), (path / f"{name}.js").read_text(), _OCTANE_END % (before, behind)]
            file = folder / f"{name}.js"
            file.write_text("\n".join(texts))
            yield Program(name, ("--script",), (str(file),), _OCTANE_PRINTS.get(name, "verified"))


def output(command: Sequence[str], limit: float) -> tuple[int, str]:
    """Exit code and output; a code of -1 means that it took too long."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return -1, f"took longer than {limit:.0f} s"
    return done.returncode, done.stdout


@click.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--only", multiple=True, metavar="NAME", help="Only this program.")
@click.option("--stress-gc", is_flag=True, help="Collect garbage at every allocation; the smallest sizes.")
@click.option("--node", metavar="PATH", help="Compare with what this node prints.")
@click.option("--limit", default=600.0, show_default=True, help="Seconds for a program.")
@click.option("--option", "options", multiple=True, help="An option more for `seaofnodes run`.")
def main(
    path: Path, only: tuple[str, ...], stress_gc: bool, node: str | None, limit: float, options: tuple[str, ...]
) -> None:
    failed = ran = 0
    stress = ("--stress-gc",) if stress_gc else ()
    with tempfile.TemporaryDirectory() as folder:
        for program in programs(path, Path(folder), stress_gc):
            if only and program.name not in only:
                continue
            ran += 1
            start = time.perf_counter()
            run = [sys.executable, "-c", _RUN, "run", *stress, *options, *program.options, *program.command]
            code, text = output(run, limit)
            seconds = time.perf_counter() - start
            wanted = program.prints
            if node is not None:
                wanted = _TIMES.sub("", output([node, *program.command], limit)[1]).strip()
            right = code == 0 and (wanted is None or _TIMES.sub("", text).strip() == wanted)
            failed += not right
            click.echo(f"{program.name:14} {'passed' if right else 'FAILED'} {seconds:8.2f} s")
            if not right:
                click.echo("    " + text.strip().replace("\n", "\n    ")[-2000:])
    click.echo(f"{ran} programs, {failed} failed")
    sys.exit(1 if failed or not ran else 0)


if __name__ == "__main__":
    main()
