"""Calling what the ticker may stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from seaofnodes.runtime.entry.ticker import TICKER
from seaofnodes.runtime.process.stopping import WORKS, Stopped, Work, drop_what_was_sent

T = TypeVar("T")


def stoppable(
    function: Callable[[], T],
    over: Callable[[], bool],
    limit: float | None = None,
    stuck: Callable[[int], None] | None = None,
) -> T:
    """Call a function; soon after `over` says so, Stopped rises in it, wherever it is, and at the latest at its end.

    over: is called on another thread; limit: seconds, of which a twentieth may be too late; stuck: is called on another
    thread, with this one's identifier, when Stopped does not rise. Where no thread can be had, nothing is stopped.
    """
    work = Work(over, stuck)
    try:
        WORKS.add(work)
        TICKER.watch(limit)
        found = function()
    finally:
        try:
            work.threads.clear()  # Python looks for exceptions from outside after a call, so none comes before this one
        finally:
            if work.sent:
                drop_what_was_sent()
    if work.sent:  # it rose where Python drops exceptions
        raise Stopped
    return found
