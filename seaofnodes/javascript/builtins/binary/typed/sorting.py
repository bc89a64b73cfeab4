"""The order of a typed array's elements (SortIndexedProperties with CompareTypedArrayElements)."""

from __future__ import annotations

import math

from seaofnodes.javascript.builtins.binary.typed.views import numbers_of
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.methods.typed import element_type, get_element
from seaofnodes.javascript.operations.conversions import to_float
from seaofnodes.javascript.operations.sorting import stable_sort


def sorted_numbers(iso: Isolate, view: int, length: int) -> list[float | int]:
    """In ascending order: -0 before 0, NaN last."""
    numbers = numbers_of(iso, view, length)
    if element_type(iso, view).code in "efd":
        return sorted(numbers, key=lambda x: (x != x, 0.0 if x != x else x, math.copysign(1, x)))
    return sorted(numbers)


def sorted_words(iso: Isolate, view: int, length: int, comparator: int) -> list[int]:
    """The words, which are held, in the order of a function, or of numbers if it is undefined."""
    kind = element_type(iso, view)
    if comparator == iso.undefined:
        numbers = sorted_numbers(iso, view, length)
        return [iso.bigint(int(number)) if kind.is_bigint else iso.number(number) for number in numbers]
    words = [word for i in range(length) if (word := get_element(iso, view, i)) is not None]
    iso.held += words
    mark = len(iso.held)

    def compare(a: int, b: int) -> int:
        order = to_float(iso, iso.call(comparator, iso.undefined, [a, b]))
        del iso.held[mark:]
        return (order > 0) - (order < 0)

    ordered = list(words)
    stable_sort(ordered, compare)
    return ordered
