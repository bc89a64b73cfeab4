"""Conditions in plain Python may hang: one call of such a condition is stopped when it takes too long."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

from seaofnodes.errors import PassError
from seaofnodes.passes.framework.failures import error_place
from seaofnodes.passes.rules.predicates import Predicate
from seaofnodes.runtime.entry.stoppable import stoppable
from seaofnodes.runtime.process.stopping import Stopped

T = TypeVar("T")


class _Watch:
    """Looks from another thread: how long is this one in one and the same call of a condition?"""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._thread = threading.get_ident()
        self._call: FrameType | None = None
        self._since = 0.0

    def over(self) -> bool:
        frame = sys._current_frames().get(self._thread)
        while frame is not None and frame.f_code is not Predicate.evaluate.__code__:
            frame = frame.f_back
        now = time.monotonic()
        if frame is None or frame is not self._call:
            self._call, self._since = frame, now
        return frame is not None and now >= self._since + self._seconds


def with_patience(seconds: float, function: Callable[[], T]) -> T:
    """Call a function that evaluates conditions. Raises PassError, with the line, if one of them takes longer."""
    try:
        return stoppable(function, _Watch(seconds).over, seconds)
    except Stopped as stopped:
        place = error_place(stopped)
        where = f", at {place}" if place else ""
        raise PassError(f"its condition was stopped after {seconds:g} s{where}") from None
