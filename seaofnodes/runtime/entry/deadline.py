"""Time limits while Python works for a call: it decodes, or compiles what the call needs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from seaofnodes.errors import TimeLimitError
from seaofnodes.runtime.entry.stoppable import stoppable
from seaofnodes.runtime.process.stopping import Stopped

T = TypeVar("T")


class Deadline:
    """When the running outermost call of an engine has used up its time.

    Attributes: limit: seconds for each call, or None.
    """

    __slots__ = ("_end", "_held", "limit")

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        self._end = 0.0
        self._held = False

    def begin(self) -> None:
        """An outermost call begins."""
        if self.limit is not None and not self._held:
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
        except Stopped:
            raise self._error() from None

    def _error(self) -> TimeLimitError:
        return TimeLimitError(f"the time limit of {self.limit:g} s is over")
