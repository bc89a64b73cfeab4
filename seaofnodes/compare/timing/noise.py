"""The noise floor: what a pipeline compared with itself looks like."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from seaofnodes.compare.timing.estimate import CONFIDENCE, Estimate


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """Of ratios that are 1 in truth.

    Attributes: intervals: how many there are; half_width, widest: median and largest of their half-widths, 0.01 is one
    percent; left_out: how many of them leave out 1.0, which `expected` do of so many with true coverage.
    """

    intervals: int
    half_width: float
    widest: float
    left_out: int
    expected: float

    @classmethod
    def of(cls, ratios: Sequence[Estimate | None]) -> NoiseFloor | None:
        """None where there are no intervals."""
        known = [ratio for ratio in ratios if ratio is not None and ratio.half_width is not None]
        widths = [width for ratio in known if (width := ratio.half_width) is not None]
        if not widths:
            return None
        left_out = sum(ratio.differs_from(1) for ratio in known)
        return cls(len(known), statistics.median(widths), max(widths), left_out, (1 - CONFIDENCE) * len(known))

    def __str__(self) -> str:
        return (
            f"noise floor: half-widths of intervals: median {100 * self.half_width:.2f} %, largest "
            f"{100 * self.widest:.2f} %; {self.left_out} of {self.intervals} leave out 1.0 "
            f"({100 * self.left_out / self.intervals:.1f} %; 5 % may)"
        )
