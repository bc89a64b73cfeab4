"""A first-fit allocator over a range of offsets; it holds no memory itself."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable


class Arena:
    """Hands out aligned pieces of range(start, end) and takes them back, joining neighbours.

    Each replaces the list of free pieces in one step, so an exception finds it before or after; and if a finalizer or a
    handler of signals has come between with another piece, it begins anew.
    """

    __slots__ = ("_align", "_end", "_free", "_start")

    def __init__(self, start: int, end: int, align: int = 16) -> None:
        self._align = align
        self._end = end
        self._start = start
        self._free = [(start, end)]  # sorted, never adjacent

    @property
    def used(self) -> int:
        """Bytes that are handed out."""
        return self._end - self._start - sum(end - start for start, end in self._free)

    @property
    def top(self) -> int:
        """The end of what is handed out."""
        if self._free and self._free[-1][1] == self._end:
            return self._free[-1][0]
        return self._end

    def _rounded(self, size: int) -> int:
        return max(-(-size // self._align), 1) * self._align

    def take_all(self, pieces: Iterable[tuple[int, int]]) -> None:
        """Let just these pieces, as (start, size), be handed out."""
        free, at = [], self._start
        for start, size in sorted(pieces):
            if start > at:
                free.append((at, start))
            at = start + self._rounded(size)
        if at < self._end:
            free.append((at, self._end))
        self._free = free

    def allocate(self, size: int) -> int | None:
        """Offset of a free piece of at least `size` bytes, or None when there is no room."""
        size = self._rounded(size)
        while True:
            free = self._free
            at = next((i for i, (start, end) in enumerate(free) if end - start >= size), -1)
            if at < 0:
                return None
            start, end = free[at]
            rest = [(start + size, end)] if end - start > size else []
            changed = [*free[:at], *rest, *free[at + 1 :]]
            if self._free is free:
                self._free = changed
                return start

    def free(self, start: int, size: int) -> None:
        """Give a piece back; size as it was asked for."""
        while True:
            free = self._free
            begin, end = start, start + self._rounded(size)
            i = bisect_left(free, (begin, end))
            first = last = i
            if i > 0 and free[i - 1][1] == begin:
                first, begin = i - 1, free[i - 1][0]
            if i < len(free) and free[i][0] == end:
                last, end = i + 1, free[i][1]
            changed = [*free[:first], (begin, end), *free[last:]]
            if self._free is free:
                self._free = changed
                return
