"""Taking turns: what disturbs the machine for a while then disturbs all that is compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

FEWEST: Final = 3  # rounds, whatever they take


def interleave(
    timers: Sequence[Callable[[], float]], rounds: int, seconds: float | None = None
) -> list[list[float]]:
    """Call every timer once a round, each round starting with another one; the samples of each, in rounds' order.

    seconds: after so long no round begins, but for the first FEWEST.
    """
    start = time.monotonic()
    count = len(timers)
    samples: list[list[float]] = [[] for _ in timers]
    for turn in range(rounds):
        if seconds is not None and turn >= FEWEST and time.monotonic() - start >= seconds:
            break
        for step in range(count):
            position = (turn + step) % count
            samples[position].append(timers[position]())
    return samples
