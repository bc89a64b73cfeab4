"""Runs drawn programs: `python -m tests.runtime.lifetimes [--programs N] [--seed FIRST] [--mode MODE] [--development]`.

Prints failures grouped by kind, each with the smallest program found for it, as a test. Exit code 1 if there are any,
or if memory grows. Without --mode: all modes, with and without PYTHONDEVMODE=1.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Sequence

from tests.runtime.lifetimes.draw import MODES, draw
from tests.runtime.lifetimes.program import Program
from tests.runtime.lifetimes.reduce import as_test, reduce
from tests.runtime.lifetimes.runs import Batch, Failure, Key, Process, located, run_batch, run_forked

_GROWTH = 8 << 10  # bytes resident that a program may leave behind on average
_WARM = 200  # programs after which memory has to be flat


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.runtime.lifetimes", description=__doc__)
    parser.add_argument("--programs", type=int, default=10_000, help="how many in all")
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--mode", choices=MODES, help="only this one")
    parser.add_argument("--development", action="store_true", help="only under PYTHONDEVMODE=1")
    parser.add_argument("--forked", action="store_true", help="each program in a process of its own, in all modes")
    parser.add_argument(
        "--without",
        default="",
        help="operations and actions to leave out, with commas between; finalizers: what dies does nothing",
    )
    parser.add_argument("--reductions", type=int, default=1, help="how many failures of a kind to make small")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after that time")
    options = parser.parse_args(arguments)
    without = [word for word in options.without.split(",") if word]
    modes = [options.mode] if options.mode else list(MODES)
    until = time.monotonic() + options.seconds
    failures: dict[tuple[Key, bool], Failure] = {}
    passed = 0
    growth: list[str] = []
    kinds = [(mode, dev) for mode in modes for dev in ([True] if options.development else [False, True])]
    share = -(-options.programs // len(kinds))
    for mode, development in kinds:
        seeds = [(seed, mode) for seed in range(options.seed, options.seed + share)]
        start = time.monotonic()
        batch = _run(seeds, without, development, until, options.forked or mode in ("exit", "fork"))
        failures |= {(key, development): failure for key, failure in batch.failures.items()}
        passed += batch.passed
        told = f"{mode}{', development mode' if development else ''}"
        took = time.monotonic() - start
        print(f"{told:28} {batch.passed:6} passed, {len(batch.failures)} failed, {took:.0f} s", flush=True)
        if problem := grows(batch):
            growth.append(f"{told}: {problem}")
    print(*growth, sep="\n")
    report(failures, without, options.reductions)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures or growth or not passed else 0


def _run(seeds: Sequence[Key], without: Sequence[str], development: bool, until: float, forked: bool) -> Batch:
    if not forked:
        return run_batch(seeds, without, development, until)
    with Process(development) as process:
        return run_forked(process, seeds, without, until)


def grows(batch: Batch) -> str:
    """How a process grew that ran many programs, "" if it did not."""
    settled = [size for size in batch.sizes if size[0] > _WARM]
    if len(settled) < 3:
        return ""
    (first, size, maps), (last, later, more) = settled[0], settled[-1]
    found = []
    if later - size > _GROWTH * (last - first):
        found.append(f"memory grew by {later - size:,} bytes in {last - first} programs")
    if more - maps > (last - first) / 20:
        found.append(f"mappings grew by {more - maps} in {last - first} programs")
    return "; ".join(found)


def report(failures: dict[tuple[Key, bool], Failure], without: Sequence[str], reductions: int) -> None:
    """Print failures by kind, and small programs."""
    kinds: defaultdict[str, list[tuple[Key, bool]]] = defaultdict(list)
    for key, failure in failures.items():
        kinds[failure.kind].append(key)
    for kind, keys in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"\n== {kind}: {len(keys)}, for example {keys[0]}")
        for (seed, mode), development in keys[:reductions]:
            small = smallest(draw(seed, mode, without), mode, development, kind)
            if small is None:
                print(f"   {seed} {mode}: does not fail so alone\n   {failures[(seed, mode), development].text[:600]}")
                continue
            program, text = small
            print(as_test(program, mode, kind, f"{mode}_{seed}"))
            print("   " + text.replace("\n", "\n   ")[:1500], flush=True)


def smallest(program: Program, mode: str, development: bool, kind: str) -> tuple[Program, str] | None:
    """A smaller program that fails in that way, and what it says with faulthandler on; None if it does not fail."""
    with Process(development) as process:

        def fails(tried: Program) -> bool:
            found = process.run(tried, mode)
            if found is None or not kind.startswith(found.kind):
                return False
            return located(process, tried, mode, found).kind == kind

        if not any(fails(program) for _ in range(3)):
            return None
        found = reduce(program, fails)
        told = process.run(found, mode, trace=True) or process.run(found, mode)
        return found, told.text if told is not None else "passes when traced"


if __name__ == "__main__":
    sys.exit(main())
