"""Sorting with a function of the program (ECMA-262, 23.1.3.30.1, SortIndexedProperties)."""

from __future__ import annotations

from collections.abc import Callable


def stable_sort(values: list[int], compare: Callable[[int, int], float]) -> None:
    """Sort words in place, by merging. compare: less than 0, 0, or more; what it raises leaves them in any order.

    Python's own sort is not used: where functions that sort call each other, it would need a lot of the thread's stack.
    """
    count, width = len(values), 1
    while width < count:
        for start in range(0, count - width, 2 * width):
            middle, end = start + width, min(start + 2 * width, count)
            if compare(values[middle - 1], values[middle]) > 0:
                _merge(values, start, middle, end, compare)
        width *= 2


def _merge(values: list[int], start: int, middle: int, end: int, compare: Callable[[int, int], float]) -> None:
    left, at, other = values[start:middle], 0, middle
    for target in range(start, end):
        if at == len(left):
            return  # the rest is where it belongs
        if other < end and compare(left[at], values[other]) > 0:
            values[target] = values[other]
            other += 1
        else:
            values[target] = left[at]
            at += 1
