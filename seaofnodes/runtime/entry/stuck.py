"""Compilations that no exception can stop, as their thread is inside one call of C: a pass that sleeps, or sums a
billion numbers. Where nothing but the compilation goes on, such as in a command, the process ends and says where it is.

A call that lets other threads run is told of by the ticker's thread, with the line of the pass's author. One that keeps
Python's lock keeps all of Python from running, so that only Python's own watchdog, which is written in C, can print the
stacks of all threads, and exit.
"""

from __future__ import annotations

import faulthandler
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

Stuck = Callable[[int], None]  # what to do when the compilation on a thread, told by its identifier, cannot be stopped

_STDERR: Final = 2
_LONGEST: Final = 1e6  # seconds; the system's calls take no infinity


@contextmanager
def last_resort(seconds: float) -> Iterator[None]:
    """What takes longer than so many seconds in here ends the process with exit code 1, after the stacks of all threads
    are on standard error; unless one of the functions below is called before. There is one watchdog in a process: the
    last one that was set counts.
    """
    if seconds < _LONGEST:
        faulthandler.dump_traceback_later(seconds, exit=True, file=_STDERR)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def end_process(thread: int) -> None:
    """Say where the thread's compilation is, and end this process with exit code 1."""
    from seaofnodes.passes.framework.failures import culprit_of_thread

    faulthandler.cancel_dump_traceback_later()
    culprit = culprit_of_thread(thread)
    where = "" if culprit is None else f", in {culprit}"
    with suppress(Exception):  # streams may be closed
        sys.stdout.flush()
    with suppress(OSError):
        os.write(_STDERR, f"error: the optimizing compiler does not end{where}\n".encode(errors="backslashreplace"))
    os._exit(1)


def go_on(thread: int) -> None:
    """Leave the thread where it is: others run beside it, and will tell."""
    faulthandler.cancel_dump_traceback_later()
