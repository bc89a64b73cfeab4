"""Forking in the middle of a program."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Final

from tests.runtime.lifetimes.program import Program
from tests.runtime.lifetimes.use import notes, use_safely

if TYPE_CHECKING:
    from tests.runtime.lifetimes.pool import Pool

SECONDS: Final = 15.0  # a child that takes longer hangs


def fork(pool: Pool, inner: Program, leave: str, late: bool) -> list[tuple[int, int]]:
    """A child goes on with the pool, makes an engine, and leaves by sys.exit ("exit"), os._exit ("quit"), or drops all
    first ("drop"). Engines may refuse to run in the child, with an error of their own.

    late: it waits for the parent first; gives what `reap` needs for that. Else the parent waits for it.
    """
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(read)
        if late:
            return [(child, write)]
        reap(child, write)
        return []
    os.close(write)
    os.read(read, 1)
    os.close(read)
    notes.forked = True
    for _, other in pool.late:
        os.close(other)
    pool.late.clear()
    before = notes.count
    faulthandler.dump_traceback_later(SECONDS - 3)  # where it hangs, if it does
    pool.run(inner)
    use_safely((), "engine", "a new engine in a forked child")
    if leave == "drop":
        pool.finish()
    faulthandler.cancel_dump_traceback_later()
    code = 1 if notes.count > before else 0
    if leave == "quit":
        os._exit(code)
    sys.exit(code)


def reap(child: int, write: int) -> None:
    """Have a child that waits go on, and wait for it."""
    os.close(write)
    _wait(child)


def _wait(child: int) -> None:
    end = time.monotonic() + SECONDS
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            break
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            notes.fail("the forked child hangs")
            return
        time.sleep(0.002)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        notes.fail(f"the forked child died of {signal.Signals(-code).name}")
    elif code not in (0, 1):
        notes.fail(f"the forked child ended with {code}")
