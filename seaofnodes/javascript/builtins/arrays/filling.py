"""copyWithin, fill, reverse (ECMA-262, section 23.1.3)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays.access import (
    element_or_none,
    index_key,
    relative_index,
    set_element,
)
from seaofnodes.javascript.builtins.arrays.stack import move
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.conversions import to_object
from seaofnodes.javascript.operations.objects import delete_or_throw, length_of_array_like


def copy_within(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.4."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    to = relative_index(iso, argument(iso, arguments, 0), length)
    start = relative_index(iso, argument(iso, arguments, 1), length)
    end = relative_index(iso, argument(iso, arguments, 2), length, length)
    count = min(end - start, length - to)
    if count > 0 and start < to < start + count:
        move(iso, target, range(start + count - 1, start - 1, -1), to - start)
    elif count > 0:
        move(iso, target, range(start, start + count), to - start)
    return target


def fill(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.7."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    start = relative_index(iso, argument(iso, arguments, 1), length)
    end = relative_index(iso, argument(iso, arguments, 2), length, length)
    value = argument(iso, arguments, 0)
    mark = len(iso.held)
    for index in range(start, end):
        set_element(iso, target, index, value)
        del iso.held[mark:]
    return target


def reverse(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.26."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    mark = len(iso.held)
    for low in range(length // 2):
        high = length - 1 - low
        lower = element_or_none(iso, target, low)
        upper = element_or_none(iso, target, high)
        if upper is not None:
            set_element(iso, target, low, upper)
        elif lower is not None:
            delete_or_throw(iso, target, index_key(iso, low))
        if lower is not None:
            set_element(iso, target, high, lower)
        elif upper is not None:
            delete_or_throw(iso, target, index_key(iso, high))
        del iso.held[mark:]
    return target


METHODS = (Method("copyWithin", 2, copy_within), Method("fill", 1, fill), Method("reverse", 0, reverse))
