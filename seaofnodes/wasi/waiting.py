"""Waiting: in slices, between which the engine may end the call that waits."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Mapping
from typing import Final

SLICE: Final = 0.02  # seconds


class Patience:
    """How one program waits. Attributes: check: raises what is to end the running call, such as TimeLimitError."""

    def __init__(self, check: Callable[[], None] = lambda: None) -> None:
        self.check = check

    def sleep(self, seconds: float) -> None:
        """Wait so long. Raises what `check` raises."""
        end = time.monotonic() + seconds
        self.check()
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, SLICE))
            self.check()

    def poll(self, wanted: Mapping[int, int], seconds: float | None = None) -> dict[int, int]:
        """Wait until a descriptor of the system is ready, at most so long (None: for ever). Raises what `check` raises.

        wanted: descriptor -> events of `select.poll`. Gives those that came; none when the time is over.
        """
        poll = select.poll()  # not select.select: that ends at descriptor 1,023
        for number, events in wanted.items():
            poll.register(number, events)
        end = None if seconds is None else time.monotonic() + seconds
        self.check()
        while True:
            left = SLICE if end is None else max(min(end - time.monotonic(), SLICE), 0.0)
            found = poll.poll(left * 1000)
            if found or (end is not None and time.monotonic() >= end):
                return dict(found)
            self.check()

    def ready(self, number: int, events: int, *, blocking: bool) -> bool:
        """Is a descriptor ready? blocking: wait until it is."""
        return bool(self.poll({number: events}, None if blocking else 0.0))
