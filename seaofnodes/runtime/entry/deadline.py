"""Time limits while Python works for a call: it decodes, or compiles what the call needs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from seaofnodes.errors import CompileLimitError, TimeLimitError
from seaofnodes.runtime.entry.stoppable import stoppable
from seaofnodes.runtime.entry.stuck import Stuck, last_resort
from seaofnodes.runtime.process.stopping import STUCK, Stopped

T = TypeVar("T")

SLOWEST: Final = 4  # times its processor time, where others have the processors, too


class Deadline:
    """When the running outermost call of an engine has used up its time.

    Attributes: limit: seconds for each call, or None; inside: is a call of compiled code part of one that has
    begun?
    """

    __slots__ = ("_end", "_held", "inside", "limit")

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        self._end = 0.0
        self._held = False
        self.inside = False

    def begin(self) -> None:
        """An outermost call begins."""
        if self.limit is not None and not (self._held or self.inside):
            self._end = time.monotonic() + self.limit

    def hold(self) -> None:
        """From now on the limit is one for all that is done together, not one for each call."""
        self.begin()
        self._held = True

    def check(self) -> None:
        """Raises TimeLimitError if the time is used up."""
        if self.limit is not None and time.monotonic() >= self._end:
            raise self._error()

    def run(self, function: Callable[[], T]) -> T:
        """Call a function, for the running call, that changes nothing but what it makes: it may be stopped anywhere.

        Raises TimeLimitError.
        """
        return function() if self.limit is None else self._run(function, self._end)

    def run_alone(self, function: Callable[[], T]) -> T:
        """The same for what is a call by itself, such as decoding a module."""
        if self.limit is None:
            return function()
        return self._run(function, self._end if self._held else time.monotonic() + self.limit)

    def _run(self, function: Callable[[], T], end: float) -> T:
        if time.monotonic() >= end:
            raise self._error()
        try:
            return stoppable(function, lambda: time.monotonic() >= end, self.limit)
        except Stopped as stopped:
            from seaofnodes.passes.framework.failures import culprit_of

            culprit = culprit_of(stopped)
            raise self._error("" if culprit is None else f", in {culprit}") from None

    def _error(self, where: str = "") -> TimeLimitError:
        return TimeLimitError(f"the time limit of {self.limit:g} s is over{where}")


def within_compile_limit(limit: float | None, function: Callable[[], T], stuck: Stuck | None = None) -> T:
    """Call a function that changes nothing but what it makes, for at most so many seconds of processor time; in all it
    may take SLOWEST times as long. stuck: what to do when it cannot be stopped, and if even that cannot be done, the
    process ends; None: wait for it. Raises CompileLimitError.
    """
    if limit is None:
        return function()
    clock = time.pthread_getcpuclockid(threading.get_ident())
    worked, begun = time.clock_gettime(clock) + limit, time.monotonic() + SLOWEST * limit

    def over() -> bool:
        try:
            return time.clock_gettime(clock) >= worked or time.monotonic() >= begun
        except OSError:  # the thread has ended
            return False

    try:
        if stuck is None:
            return stoppable(function, over, limit)
        with last_resort(SLOWEST * limit + 2 * STUCK):
            return stoppable(function, over, limit, stuck)
    except Stopped as stopped:
        if not over():  # whoever called this has stopped it
            raise
        from seaofnodes.passes.framework.failures import culprit_of

        error = CompileLimitError(f"the compilation was stopped after {limit:g} s")
        if culprit := culprit_of(stopped):
            error.add_note(f"in {culprit}")
        raise error from stopped
