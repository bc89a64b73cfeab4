"""What the tests' workers are asked to do."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from seaofnodes.workers.pool import LocalPool, Task

BEFORE = "prepared at"


def twice(number: int) -> int:
    return 2 * number


def crash(words: str = "") -> None:
    sys.stderr.write(f"{words}\n")
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(code: int) -> None:
    sys.exit(code)


def raise_error() -> None:
    raise ValueError("no good\nat all")


def unspeakable() -> object:
    return lambda: 0


def chatter() -> str:
    for _ in range(3000):
        print("this goes to standard output", flush=True)
    return "done"


def sleep() -> None:
    time.sleep(600)


def spin(pids: str) -> None:
    """Never ends; writes which processes that takes."""
    Path(pids).write_text(f"{os.getpid()} {os.getppid()}")
    while True:
        pass


def ask_for_spinning(pids: str, fork: bool) -> None:
    """Has a pool of its own."""
    list(LocalPool(1, seconds=600, fork=fork).run([Task(0, spin, (pids,))]))


def who(seconds: float = 0.0) -> tuple[int, float, float]:
    """Which process, and from when to when it worked."""
    start = time.monotonic()
    time.sleep(seconds)
    return os.getpid(), start, time.monotonic()


def session() -> int:
    return os.getsid(0)


def prepare_slowly() -> None:
    time.sleep(2)
    os.environ[BEFORE] = str(os.getpid())


def prepared_by() -> int:
    return int(os.environ[BEFORE])


def fail_to_prepare() -> None:
    raise ImportError("nothing there")
