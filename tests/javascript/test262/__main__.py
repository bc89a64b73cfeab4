"""test262 in the engine: `python -m tests.javascript.test262 PATH [DIR...]`

PATH is a checkout of github.com/tc39/test262; DIR a folder, a file, or the beginning of a name below its `test/`
(default: language and built-ins). A single file runs in this process, and says all of what went wrong. Exit code 1 if a
test failed, 2 if there is nothing to run.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seaofnodes.workers.pool import InProcess, LocalPool, Pool, Task
from tests.javascript.test262.exclusions import REASONS, why_left_out
from tests.javascript.test262.host import TIERS, Settings, prepare, run_file
from tests.javascript.test262.metadata import read_test
from tests.javascript.test262.results import Result, line_of, read_results, summary

_PATIENCE = 20.0  # seconds after the engine's own time limit until a worker is ended


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line names; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.javascript.test262",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("names", nargs="*", metavar="DIR")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worker processes")
    parser.add_argument("--seconds", type=float, default=20.0, help="that a test may take in one mode")
    parser.add_argument("--results", type=Path, help="write a line of JSON a result here")
    parser.add_argument("--resume", action="store_true", help="leave out what --results has already")
    parser.add_argument("--features", default="", help="run what needs these, too: any of " + ", ".join(REASONS))
    parser.add_argument("--mode", choices=("sloppy", "strict"), help="only in this mode")
    parser.add_argument("--every", type=int, default=1, help="only each N-th test")
    parser.add_argument("--stress-gc", action="store_true", help="collect garbage at every allocation")
    parser.add_argument("--tier", choices=TIERS, default="auto", help="jitless: the interpreter alone")
    parser.add_argument("--depth", type=int, default=3, help="names in a row of the summary")
    parser.add_argument("--groups", type=int, default=25, help="messages that are shown of each kind")
    parser.add_argument("--list", action="store_true", help="print each failure when it comes")
    options = parser.parse_args(arguments)
    wanted = frozenset(word.strip() for word in options.features.split(",") if word.strip())
    if unknown := wanted - set(REASONS):
        parser.error(f"--features: there is no {', '.join(sorted(unknown))}")
    names = list(_names(options.path, options.names or ["language", "built-ins"]))[:: options.every]
    if not names:
        print("no tests there", file=sys.stderr)
        return 2
    known = list(read_results(options.results)) if options.resume and options.results else []
    done = {result.name for result in known}
    todo = [name for name in names if name not in done]
    if len(names) == 1:
        wanted = frozenset(REASONS)
    results = [result for result in known if result.name in set(names)]
    run = _Run(options, wanted, len(todo))
    target = options.results
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
    with open(target or os.devnull, "a" if options.resume else "w", encoding="utf-8") as file:
        for result in run.results(todo):
            results.append(result)
            file.write(line_of(result))
            file.flush()
    print(summary(results, options.depth, options.groups))
    return 1 if any(result.outcome in ("failed", "crashed") for result in results) else 0


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(options.path, options.seconds, options.stress_gc, options.tier)


def _names(root: Path, wanted: list[str]) -> Iterator[str]:
    """Paths below `test/`, in order, each once."""
    test = root / "test"
    found: dict[str, None] = {}
    for name in wanted:
        name = name.rstrip("/").removeprefix(str(test) + "/").removeprefix("test/")
        if (test / name).is_file():
            found[name] = None
            continue
        paths = (test / name).rglob("*.js") if (test / name).is_dir() else test.glob(f"{name}*.js")
        found |= dict.fromkeys(sorted(str(path.relative_to(test)) for path in paths if "_FIXTURE" not in path.name))
    yield from found


class _Run:
    """Tests that run, with what is told meanwhile."""

    def __init__(self, options: argparse.Namespace, wanted: frozenset[str], count: int) -> None:
        self._options = options
        self._wanted = wanted
        self._count = count
        self._counts: Counter[str] = Counter()
        self._begun = time.monotonic()
        self._told = 0.0
        self._left_out: list[Result] = []

    def results(self, names: list[str]) -> Iterator[Result]:
        options = self._options
        pool: Pool
        if len(names) == 1:
            pool = InProcess()
        else:
            pool = LocalPool(
                options.jobs,
                seconds=2 * options.seconds + _PATIENCE,
                prepare=functools.partial(prepare, _settings(options)),
            )
        try:
            for name, found in pool.run(self._tasks(names)):
                yield from self._left_out
                self._left_out.clear()
                for result in found if isinstance(found, list) else [_broken(name, found)]:
                    self._tell(result)
                    yield result
            yield from self._left_out
        finally:
            pool.close()
            print(file=sys.stderr)

    def _tasks(self, names: list[str]) -> Iterator[Task]:
        options = self._options
        detailed = len(names) == 1
        for name in names:
            test = read_test(options.path, name)
            if reason := why_left_out(test, self._wanted):
                self._left_out.append(Result(name, "both", "left out", reason))
                self._counts["left out"] += 1
                continue
            yield Task(name, run_file, (_settings(options), name, options.mode, detailed))

    def _tell(self, result: Result) -> None:
        self._counts[result.outcome] += 1
        if (self._options.list or self._count == 1) and result.outcome != "passed":
            print(f"{result.outcome}: {result.name} ({result.mode}): {result.message}", flush=True)
        now = time.monotonic()
        if now - self._told >= 1:
            self._told = now
            counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self._counts.items()))
            end = "\r" if sys.stderr.isatty() else "\n"
            if sys.stderr.isatty() or now - self._begun >= 10:
                print(f"{now - self._begun:5.0f} s of {self._count} files: {counts}   ", end=end, file=sys.stderr)
            if not sys.stderr.isatty():
                self._told = now + 9


def _broken(name: str, failure: Any) -> Result:
    return Result(name, "both", "crashed", str(failure))


if __name__ == "__main__":
    sys.exit(main())
