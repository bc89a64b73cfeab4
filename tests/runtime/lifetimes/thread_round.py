"""One round of threads in this process: `python -m tests.runtime.lifetimes.thread_round SEED SECONDS THREADS`."""

from __future__ import annotations

import argparse
import faulthandler
import gc
import sys
import threading
import time
import weakref
from typing import Any

import seaofnodes.runtime.tiers.optimize  # noqa: F401
from tests.runtime.lifetimes.oracles import Before
from tests.runtime.lifetimes.thread_jobs import JOBS, Shared, Work, check, first_engine
from tests.runtime.lifetimes.use import notes

_MOST = 20  # failures after which a round ends


def run_round(seed: int, seconds: float, threads: int, jobs: list[str], alone: bool) -> None:
    """All threads make an engine, then work on a shared one for that many seconds. alone: one thread first."""
    before = Before(engines=False)
    sys.setswitchinterval(1e-6)
    barrier = threading.Barrier(threads)
    if alone:
        _safely("a first engine", first_engine)

    def start() -> None:
        barrier.wait()
        _safely("a first engine", first_engine)

    _all(threads, start)
    tracked = _work(seed, seconds, threads, jobs)
    for thread in threading.enumerate():
        if thread.name.startswith("seaofnodes-compiler"):
            thread.join(20)
    sys.setswitchinterval(before.interval)
    gc.collect()
    gc.collect()
    for what in before.left(tracked):
        notes.fail(f"left behind: {what}")


def _work(seed: int, seconds: float, threads: int, jobs: list[str]) -> list[tuple[str, weakref.ref[Any]]]:
    shared = Shared(threads)
    work = [Work(shared, number, seed) for number in range(threads)]
    end = time.monotonic() + seconds
    counts = [0] * threads

    def run(number: int) -> None:
        one = work[number]
        while time.monotonic() < end and notes.count < _MOST:
            name = one.rng.choice(jobs)
            _safely(name, JOBS[name], one)
            counts[number] += 1

    _all(threads, *[(lambda n=number: run(n)) for number in range(threads)])
    _safely("the check", check, shared, work)
    print(f"{sum(counts)} jobs in {threads} threads, {seconds:g} s", flush=True)
    return [("engine", weakref.ref(shared.engine)), ("state", weakref.ref(shared.engine.store))]


def _safely(what: str, function: Any, *arguments: Any) -> None:
    try:
        function(*arguments)
    except BaseException as error:
        notes.raised(what, error)


def _all(count: int, *targets: Any) -> None:
    made = [threading.Thread(target=targets[n % len(targets)]) for n in range(count)]
    for thread in made:
        thread.start()
    for thread in made:
        thread.join()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.runtime.lifetimes.thread_round", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("threads", type=int)
    parser.add_argument("jobs", nargs="*")
    parser.add_argument("--alone", action="store_true", help="the first engine is made before there are threads")
    parser.add_argument("--trace", action="store_true", help="with faulthandler on, also when it hangs")
    options = parser.parse_args()
    if options.trace:
        faulthandler.enable()
        faulthandler.dump_traceback_later(options.seconds + 30, exit=True)
    run_round(options.seed, options.seconds, options.threads, options.jobs or list(JOBS), options.alone)
    return 1 if notes.count else 0


if __name__ == "__main__":
    sys.exit(main())
