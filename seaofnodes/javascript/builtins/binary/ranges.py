"""Arguments that say where in an array or buffer."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.conversions import to_integer_or_infinity


def relative_index(iso: Isolate, value: int, length: int) -> int:
    """From the start, or, if it is negative, from the end; between 0 and length."""
    number = to_integer_or_infinity(iso, value)
    return int(max(length + number, 0)) if number < 0 else int(min(number, length))


def relative_range(iso: Isolate, arguments: list[int], first: int, length: int) -> tuple[int, int]:
    """Start and end, which two arguments give; the end may be less than the start."""
    start = relative_index(iso, argument(iso, arguments, first), length)
    end = argument(iso, arguments, first + 1)
    return start, length if end == iso.undefined else relative_index(iso, end, length)
