"""Taking turns: what disturbs the machine for a while then disturbs all that is compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def interleave(timers: Sequence[Callable[[], float]], rounds: int, first: int = 0) -> list[list[float]]:
    """Call every timer once a round, each round starting with another one; the samples of each, in rounds' order.

    first: which one starts the first round, modulo their number.
    """
    count = len(timers)
    samples: list[list[float]] = [[] for _ in timers]
    for turn in range(rounds):
        for step in range(count):
            position = (first + turn + step) % count
            samples[position].append(timers[position]())
    return samples
