"""Medians with confidence intervals, and ratios of paired samples."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A median and its confidence interval. samples: what it was made of, in the order of the rounds."""

    median: float
    low: float
    high: float
    samples: tuple[float, ...] = ()

    @classmethod
    def of(cls, samples: Sequence[float]) -> Estimate:
        """The median with its bootstrap interval. Raises ValueError without samples."""
        if not samples:
            raise ValueError("a median needs samples")
        ordered = sorted(samples)
        low, high = bootstrap_ranks(len(ordered))
        return cls(statistics.median(ordered), ordered[low], ordered[high], tuple(samples))

    @classmethod
    def ratio(cls, over: Estimate, under: Estimate) -> Estimate:
        """The median of `over` by `under`, round by round: what slows a whole round cancels out."""
        pairs = zip(over.samples, under.samples, strict=False)
        return cls.of([above / max(below, 1e-12) for above, below in pairs])

    def differs_from(self, value: float) -> bool:
        """Is the value outside the interval?"""
        return not self.low <= value <= self.high


@cache
def bootstrap_ranks(count: int, confidence: float = CONFIDENCE) -> tuple[int, int]:
    """Ranks, from 0, of the samples that bound the percentile bootstrap interval of the median of `count` samples.

    Computed, not drawn (Efron, "Bootstrap methods", 1979): the median of a resample is at most the k-th smallest sample
    when enough of its draws are, which is a binomial probability. An even count takes the wider of its two medians.
    """
    tail = (1 - confidence) / 2

    def at_most(k: int, needed: int) -> float:
        """The probability that `needed` of the draws are among the k smallest samples."""
        p = k / count
        return sum(math.comb(count, j) * p**j * (1 - p) ** (count - j) for j in range(needed, count + 1))

    lower, upper = (count + 1) // 2, count // 2 + 1  # how many draws put either median there
    low = next(k for k in range(1, count + 1) if at_most(k, lower) >= tail)
    high = next(k for k in range(1, count + 1) if at_most(k, upper) >= 1 - tail)
    return low - 1, high - 1


def geometric_mean(values: Sequence[float]) -> float:
    """Raises ValueError without values."""
    if not values:
        raise ValueError("a mean needs values")
    return math.exp(statistics.fmean(map(math.log, values)))


def mean_ratio(ratios: Sequence[Estimate], *, resamples: int = 400) -> Estimate | None:
    """The geometric mean of ratios, with an interval from resampling each one's rounds; None without ratios."""
    if not ratios:
        return None
    draw = random.Random(0)  # the same numbers for the same samples
    means = sorted(
        geometric_mean([statistics.median(draw.choices(r.samples, k=len(r.samples))) for r in ratios])
        for _ in range(resamples)
    )
    tail = (1 - CONFIDENCE) / 2
    centre = geometric_mean([ratio.median for ratio in ratios])
    low, high = means[int(tail * resamples)], means[int((1 - tail) * resamples)]
    return Estimate(centre, min(low, centre), max(high, centre))
