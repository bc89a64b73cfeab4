"""A first-fit allocator over a range of offsets; it holds no memory itself."""

from __future__ import annotations

from bisect import bisect_left


class Arena:
    """Hands out aligned pieces of range(start, end) and takes them back, joining neighbours."""

    __slots__ = ("_align", "_ends", "_starts", "used")

    def __init__(self, start: int, end: int, align: int = 16) -> None:
        self._align = align
        self._starts = [start]  # free pieces, sorted, never adjacent
        self._ends = [end]
        self.used = 0

    def _rounded(self, size: int) -> int:
        return max(-(-size // self._align), 1) * self._align

    def allocate(self, size: int) -> int | None:
        """Offset of a free piece of at least `size` bytes, or None when there is no room."""
        size = self._rounded(size)
        for i, start in enumerate(self._starts):
            if self._ends[i] - start >= size:
                if self._ends[i] - start == size:
                    del self._starts[i], self._ends[i]
                else:
                    self._starts[i] = start + size
                self.used += size
                return start
        return None

    def free(self, start: int, size: int) -> None:
        """Give a piece back; size as it was asked for."""
        size = self._rounded(size)
        end = start + size
        self.used -= size
        i = bisect_left(self._starts, start)
        joins_before = i > 0 and self._ends[i - 1] == start
        joins_after = i < len(self._starts) and self._starts[i] == end
        if joins_before and joins_after:
            self._ends[i - 1] = self._ends[i]
            del self._starts[i], self._ends[i]
        elif joins_before:
            self._ends[i - 1] = end
        elif joins_after:
            self._starts[i] = start
        else:
            self._starts.insert(i, start)
            self._ends.insert(i, end)
