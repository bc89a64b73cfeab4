"""Times and their ratios with confidence intervals.

What is measured is a hierarchy: independent units (placements of code and data, or compilations), and samples in each.
A unit counts as one figure, however many samples it has: those share what the unit has by chance, and so say nothing
about another one (Kalibera and Jones, "Rigorous benchmarking in reasonable time", 2013).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from seaofnodes.compare.timing.student import quantile, two_sided

CONFIDENCE: Final = 0.95
FEWEST: Final = 5  # units, below which there is no interval: two or three that agree by chance would make a narrow one

_TICK: Final = 1e-12  # seconds that a time of 0 counts as, from a clock that ticks slowly


@dataclass(frozen=True, slots=True)
class Estimate:
    """The geometric mean of independent, positive figures and its interval, which is symmetric in the logarithm.

    Attributes: value; low, high: of the 95 % interval by Student's t, None where there are too few units for one;
    samples: of each unit, in order; freedom: degrees of freedom; deviation: standard error of log(value).
    """

    value: float
    low: float | None
    high: float | None
    samples: tuple[tuple[float, ...], ...] = ()
    freedom: float = 0.0
    deviation: float = 0.0

    @classmethod
    def of(cls, samples: Sequence[Sequence[float]]) -> Estimate:
        """From the samples of each unit; a unit's figure is their median. Raises ValueError without any."""
        if not samples:
            raise ValueError("an estimate needs samples")
        logarithms = [math.log(max(statistics.median(unit), _TICK)) for unit in samples]
        count = len(logarithms)
        deviation = statistics.stdev(logarithms) / math.sqrt(count) if count > 1 else 0.0
        given = tuple(map(tuple, samples))
        return cls._around(statistics.fmean(logarithms), deviation, count - 1, count >= FEWEST, given)

    @classmethod
    def _around(
        cls, centre: float, deviation: float, freedom: float, known: bool, samples: tuple[tuple[float, ...], ...] = ()
    ) -> Estimate:
        value = math.exp(centre)
        if not known:
            return cls(value, None, None, samples, freedom, deviation)
        reach = quantile(CONFIDENCE, freedom) * deviation if deviation else 0.0
        return cls(value, math.exp(centre - reach), math.exp(centre + reach), samples, freedom, deviation)

    @classmethod
    def ratio(cls, over: Estimate, under: Estimate) -> Estimate:
        """`over` by `under`, sample by sample: what slows both for a moment cancels out.

        Samples without a partner are left out. Raises ValueError when there is no pair.
        """
        pairs = [
            [max(above, _TICK) / max(below, _TICK) for above, below in zip(upper, lower, strict=False)]
            for upper, lower in zip(over.samples, under.samples, strict=False)
        ]
        return cls.of([unit for unit in pairs if unit])

    @property
    def half_width(self) -> float | None:
        """Of the interval, relative to the value: 0.01 is one percent."""
        return None if self.high is None else self.high / self.value - 1

    @property
    def p_value(self) -> float | None:
        """How probable a value so far from 1 is where 1 is true (two-sided); None without an interval."""
        if self.low is None:
            return None
        distance = math.log(self.value)
        if not self.deviation:
            return 1.0 if abs(distance) < 1e-12 else 0.0
        return two_sided(distance / self.deviation, self.freedom)

    def differs_from(self, value: float) -> bool:
        """Is the value outside the interval? Not, as far as anyone can tell, where there is none."""
        return self.low is not None and self.high is not None and not self.low <= value <= self.high


def mean_ratio(ratios: Sequence[Estimate]) -> Estimate | None:
    """The geometric mean of ratios of different programs, with its interval (Welch 1947, Satterthwaite 1946).

    None without ratios; without an interval where one of them has none.
    """
    if not ratios:
        return None
    count = len(ratios)
    centre = statistics.fmean(math.log(ratio.value) for ratio in ratios)
    variances = [(ratio.deviation / count) ** 2 for ratio in ratios]
    parts = sum(v * v / ratio.freedom for v, ratio in zip(variances, ratios, strict=True) if v)
    freedom = sum(variances) ** 2 / parts if parts else 1.0
    return Estimate._around(centre, math.sqrt(sum(variances)), freedom, all(ratio.low is not None for ratio in ratios))


def verdicts(ratios: Sequence[Estimate | None], level: float = 1 - CONFIDENCE) -> list[int]:
    """Which ratios differ from 1: 1 for above, -1 for below, 0 for those of which that cannot be said.

    Holm's correction (1979): that any of them is called different and is not has at most the probability `level`.
    """
    found = [0] * len(ratios)
    known = [(p, at) for at, ratio in enumerate(ratios) if ratio is not None and (p := ratio.p_value) is not None]
    for tried, (p, at) in enumerate(sorted(known)):
        if p > level / (len(known) - tried):
            break
        ratio = ratios[at]
        assert ratio is not None
        found[at] = 1 if ratio.value > 1 else -1
    return found
