"""The heap of an engine as its users see it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from seaofnodes.errors import Error
from seaofnodes.runtime.heap.heap import Heap
from seaofnodes.runtime.heap.statistics import HeapStatistics, Survivors


class EngineHeap:
    """The structs and arrays of an engine's programs: what they take, and what of them survived.

        engine.heap.collect()
        for kind in engine.heap.survivors:
            print(kind.name, kind.count, kind.size)

    Any thread may ask; one that wants to collect waits while another runs code.
    """

    def __init__(self, heap: Heap, exclusively: Callable[[Callable[[], Any]], Any]) -> None:
        self._heap = heap
        self._exclusively = exclusively

    @property
    def statistics(self) -> HeapStatistics:
        """All numbers, as they are now."""
        return self._heap.statistics

    @property
    def size(self) -> int:
        """Bytes of the lines that objects were on after the last collection, and of what has been handed out since."""
        return self.statistics.size

    @property
    def limit(self) -> int:
        """Bytes there may be: the engine's `heap_limit`."""
        return self._heap.limit

    @property
    def collections(self) -> int:
        """How many there have been."""
        return self.statistics.collections

    @property
    def pauses(self) -> tuple[float, ...]:
        """Seconds of the last 10,000 collections, in their order."""
        return self.statistics.pauses

    @property
    def survivors(self) -> list[Survivors]:
        """Objects that the last collection has kept, by type, those with most bytes first."""
        return sorted(self.statistics.survivors.values(), key=lambda one: (-one.size, one.name))

    def collect(self) -> bool:
        """Free what nothing refers to; False if that cannot be done now: from Python that an allocation has called."""
        return bool(self._exclusively(self._heap.collect))

    def verify(self) -> None:
        """Check all objects, collect, and check again. Raises Error if something is wrong, and from Python that an
        allocation has called.
        """
        self._exclusively(self._heap.verify)

    def snapshot(self, path: str | Path) -> None:
        """Write all objects, and what refers to what, in the format of Chrome's .heapsnapshot (Memory, Load profile).

        Fields are named by their offsets. Raises OSError, Error if there is no heap.
        """
        if not self._heap.is_used:
            raise Error("the engine has no objects")
        self._exclusively(lambda: self._heap.snapshot().write(path))

    def __repr__(self) -> str:
        found = self.statistics
        return f"<heap of {found.size:,} bytes, {found.collections:,} collections>"
