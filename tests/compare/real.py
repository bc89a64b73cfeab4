"""Are the intervals of `compare` true on this machine, and what do they find?

    python -m tests.compare.real ../shared/bench/kernels --times 20 --keep out/real.jsonl
    python -m tests.compare.real --report out/real.jsonl more.jsonl

Each kernel (a .wat file that exports `run`) is compared with itself, and with itself slowed down by known amounts: the
first says how often an interval leaves out what is true, the second how often a difference is found. Where several runs
write to files of their own, the machine is as busy as that.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from seaofnodes.compare.calls import measure_call
from seaofnodes.compare.configuration import Configuration
from seaofnodes.compare.portion import PLACEMENTS, ROUNDS, Portion, Settings
from seaofnodes.compare.programs.module import ModuleProgram
from seaofnodes.compare.row import ERROR
from seaofnodes.compare.timing.estimate import Estimate, verdicts
from seaofnodes.compare.timing.noise import NoiseFloor
from seaofnodes.errors import Error, UnsupportedError
from tests.compare.slowed import PASS, Slowed, slowed

SLOWER: Final = (2.0, 5.0, 10.0)  # percent
Found = dict[float, Estimate]  # by percent; 0: the kernel with itself


def measured(kernel: Slowed, settings: Settings, slower: Sequence[float]) -> Found:
    """The kernel's time by that of each slowed one. Raises Error when a result is wrong."""
    registry = settings.registry()
    percents = dict.fromkeys(["base", "again"], 0.0) | {f"slower by {percent:g} %": percent for percent in slower}
    configurations = tuple(Configuration.parse(kernel.pipeline(*one), registry) for one in percents.items())
    portion = Portion(kernel.name, kernel.module.data, "", configurations, (), (), kernel.call, settings)
    base, *rows = measure_call(portion, ModuleProgram(kernel.module))
    for row in [base, *rows]:
        if row.status == ERROR:
            raise Error(f"{kernel.name}, {row.pipeline}: {row.error}")
    assert base.run is not None
    return {percents[row.pipeline]: Estimate.ratio(base.run, row.run) for row in rows if row.run is not None}


def report(runs: Sequence[Sequence[Found]]) -> str:
    """runs: of each, all kernels. What is called different is corrected within a run, as `compare` does."""
    lines = []
    for percent in sorted({percent for run in runs for found in run for percent in found}):
        ratios = [[found[percent] for found in run if percent in found] for run in runs]
        every = [ratio for run in ratios for ratio in run]
        floor = NoiseFloor.of(every)
        if floor is None:
            return "no intervals: too few placements"
        called = [verdicts(run) for run in ratios]
        flat = [verdict for run in called for verdict in run]
        middle = math.exp(statistics.median(math.log(ratio.value) for ratio in every))
        if not percent:
            lines.append(f"A/A: {floor}")
            alarms = sum(map(any, called))
            lines.append(f"     after correction: {sum(map(abs, flat))} differ, in {alarms} of {len(runs)} runs")
            continue
        below = sum(ratio.high is not None and ratio.high < 1 for ratio in every)
        lines.append(
            f"{percent:g} % slower: {below} of {len(every)} intervals are below 1.0, {100 * below / len(every):.1f} %; "
            f"after correction {flat.count(-1)}, {100 * flat.count(-1) / len(every):.1f} %; called faster: "
            f"{flat.count(1)}; median ratio {middle:.3f}, true is {1 / (1 + percent / 100):.3f}"
        )
    return "\n".join(lines)


def by_kernel(runs: Sequence[Sequence[tuple[str, Found]]]) -> str:
    """A line for each kernel: half-width of its A/A intervals, how many leave out 1.0, how many slow ones are found."""
    kernels: dict[str, list[Found]] = {}
    for run in runs:
        for name, found in run:
            kernels.setdefault(name, []).append(found)
    lines = []
    for name, every in kernels.items():
        floor = NoiseFloor.of([found[0.0] for found in every])
        width = "-" if floor is None else f"{100 * floor.half_width:6.2f} %  {floor.left_out:2} of {floor.intervals}"
        slow = sorted({percent for found in every for percent in found if percent})
        power = (f"{p:g} %: {sum(found[p].differs_from(1) for found in every):2} of {len(every)}" for p in slow)
        lines.append(f"{name:24} {width}  {'  '.join(power)}".rstrip())
    return "\n".join(lines)


def line(run: int, kernel: str, found: Found) -> str:
    """For a file: what `read` takes."""
    kept = {str(percent): ratio.samples for percent, ratio in found.items()}
    return json.dumps({"run": run, "kernel": kernel, "ratios": kept})


def read(lines: Iterable[str]) -> list[list[tuple[str, Found]]]:
    """Runs, each with its kernels."""
    runs: dict[int, list[tuple[str, Found]]] = {}
    for text in lines:
        value = json.loads(text)
        found = {float(percent): Estimate.of(samples) for percent, samples in value["ratios"].items()}
        runs.setdefault(value["run"], []).append((value["kernel"], found))
    return list(runs.values())


def show(runs: Sequence[Sequence[tuple[str, Found]]]) -> None:
    print(by_kernel(runs))
    print(report([[found for _, found in run] for run in runs]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernels", nargs="*", type=Path, help="files, or folders of them")
    parser.add_argument("--times", type=int, default=20, help="runs over all kernels")
    parser.add_argument("--placements", type=int, default=PLACEMENTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--slower", type=float, nargs="*", default=SLOWER, help="percent")
    parser.add_argument("--keep", type=Path, help="append what was measured to this file")
    parser.add_argument("--report", type=Path, nargs="+", help="measure nothing: report what these files have")
    given = parser.parse_args()
    if given.report:
        show([run for path in given.report for run in read(path.read_text(encoding="utf-8").splitlines())])
        return
    paths = [file for path in given.kernels for file in (sorted(path.glob("*.wat")) if path.is_dir() else [path])]
    settings = Settings(given.placements, given.rounds, warm_up=0.02, a_a=True, load=(PASS,))
    kernels: list[Slowed] = []
    for path in paths:
        try:
            kernels.append(slowed(path))
        except UnsupportedError as error:
            print(f"{path.stem} is left out: {error}")
    runs: list[list[tuple[str, Found]]] = []
    for number in range(given.times):
        start = time.monotonic()
        runs.append([])
        for kernel in kernels:
            found = measured(kernel, settings, given.slower)
            runs[-1].append((kernel.name, found))
            if given.keep:
                with given.keep.open("a", encoding="utf-8") as file:
                    print(line(number, kernel.name, found), file=file)
        print(f"run {number + 1} of {given.times}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    show(runs)


if __name__ == "__main__":
    main()
