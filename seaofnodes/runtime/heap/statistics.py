"""What is known of a heap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Survivors:
    """Attributes: name: of a type; count: its objects after the last collection; size: their bytes."""

    name: str
    count: int
    size: int


@dataclass(frozen=True, slots=True)
class HeapStatistics:
    """Attributes: size: bytes of lines with objects after the last collection, and of areas handed out since; reserved:
    bytes of the blocks that have been in use; limit: bytes there may be; allocated: bytes of areas handed out, ever;
    collections: how many there have been; pauses: seconds of the last ones, in their order; survivors: by id of the
    type, those of the last collection.
    """

    size: int
    reserved: int
    limit: int
    allocated: int
    collections: int
    pauses: tuple[float, ...]
    survivors: dict[int, Survivors]

    @property
    def median_pause(self) -> float:
        """Seconds; 0 without a collection."""
        values = sorted(self.pauses)
        middle = len(values) // 2
        return (values[middle] + values[~middle]) / 2 if values else 0.0

    @property
    def pause_99(self) -> float:
        """Seconds that 99 of 100 pauses do not exceed."""
        return _quantile(self.pauses, 99)

    @property
    def longest_pause(self) -> float:
        """Seconds."""
        return max(self.pauses, default=0.0)


def _quantile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[(len(values) * percent - 1) // 100] if values else 0.0
