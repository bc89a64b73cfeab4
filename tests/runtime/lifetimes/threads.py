"""Threads that work on one engine at once: `python -m tests.runtime.lifetimes.threads [--seconds N] [--threads N]`.

Rounds in fresh processes, each with the first engines of its process made by all threads at once. Prints failures by
kind. Exit code 1 if there are any.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence

from tests.runtime.lifetimes.runs import ROOT, Failure, failure_of
from tests.runtime.lifetimes.thread_jobs import JOBS

_ROUND = 20.0  # seconds
_PATIENCE = 60.0  # seconds that a round may take longer


def one_round(seed: int, seconds: float, threads: int, jobs: Sequence[str] = (), *flags: str) -> Failure | None:
    """Run one round in a process of its own. flags: of thread_round."""
    command = [sys.executable, "-m", "tests.runtime.lifetimes.thread_round", *flags]
    command += [str(seed), str(seconds), str(threads), *jobs]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds + _PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return failure_of(None, (error.stdout or b"").decode(errors="replace"))
    lines = done.stdout.decode(errors="replace").splitlines()
    output = "\n".join(line for line in lines if " jobs in " not in line)
    return failure_of(done.returncode, output)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.runtime.lifetimes.threads", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--round", type=float, default=_ROUND, help="seconds a round")
    parser.add_argument("--seed", type=int, default=0, help="of the first round")
    parser.add_argument("--alone", action="store_true", help="the first engine is made before there are threads")
    parser.add_argument("--trace", action="store_true", help="with faulthandler on")
    parser.add_argument("jobs", nargs="*", help=f"what threads do: {', '.join(JOBS)}; without any, all of it")
    options = parser.parse_args(arguments)
    flags = [flag for flag, on in (("--alone", options.alone), ("--trace", options.trace)) if on]
    kinds: Counter[str] = Counter()
    shown: defaultdict[str, list[str]] = defaultdict(list)
    end, seed = time.monotonic() + options.seconds, options.seed
    while time.monotonic() < end:
        seconds = min(options.round, max(1.0, end - time.monotonic()))
        failure = one_round(seed, seconds, options.threads, options.jobs, *flags)
        print(f"round {seed}: {failure.kind if failure else 'passed'}", flush=True)
        if failure is not None:
            kinds[failure.kind] += 1
            shown[failure.kind].append(failure.text)
        seed += 1
    for kind, count in kinds.most_common():
        print(f"\n== {kind}: {count}\n   " + shown[kind][0][:3000].replace("\n", "\n   "))
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
