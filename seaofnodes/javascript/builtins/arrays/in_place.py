"""Changes in place: push, pop, shift, unshift, copyWithin, fill, reverse (ECMA-262, section 23.1.3)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays import fast
from seaofnodes.javascript.builtins.arrays.access import (
    LARGEST_SAFE,
    element_or_none,
    get_element,
    index_key,
    relative_index,
    set_element,
    set_length,
)
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.conversions import to_object
from seaofnodes.javascript.operations.errors import type_error
from seaofnodes.javascript.operations.objects import delete_or_throw, length_of_array_like


def push(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.23."""
    pushed = fast.push(iso, this, arguments)
    if pushed is not None:
        return iso.number(pushed)
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    if length + len(arguments) > LARGEST_SAFE:
        type_error(
            iso,
            f"Pushing {len(arguments)} elements on an array-like of length {length} is disallowed, as the total "
            "surpasses 2**53-1",
        )
    for word in arguments:
        set_element(iso, target, length, word)
        length += 1
    set_length(iso, target, length)
    return iso.number(length)


def pop(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.22."""
    popped = fast.pop(iso, this)
    if popped is not None:
        return popped
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    if length == 0:
        set_length(iso, target, 0)
        return iso.undefined
    element = get_element(iso, target, length - 1)
    delete_or_throw(iso, target, index_key(iso, length - 1))
    set_length(iso, target, length - 1)
    return element


def shift(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.27."""
    shifted = fast.shift(iso, this)
    if shifted is not None:
        return shifted
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    if length == 0:
        set_length(iso, target, 0)
        return iso.undefined
    first = get_element(iso, target, 0)
    move(iso, target, range(1, length), -1)
    delete_or_throw(iso, target, index_key(iso, length - 1))
    set_length(iso, target, length - 1)
    return first


def unshift(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.34."""
    if fast.splice(iso, this, 0, 0, arguments):
        return iso.number(fast.length(iso, this))
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    count = len(arguments)
    if count:
        if length + count > LARGEST_SAFE:
            type_error(iso, "Invalid array length")
        move(iso, target, range(length - 1, -1, -1), count)
        for index, word in enumerate(arguments):
            set_element(iso, target, index, word)
    set_length(iso, target, length + count)
    return iso.number(length + count)


def move(iso: Isolate, target: int, indices: range, distance: int) -> None:
    """Move elements one after the other; what is not there is deleted where it would come to."""
    mark = len(iso.held)
    for index in indices:
        found = element_or_none(iso, target, index)
        if found is None:
            delete_or_throw(iso, target, index_key(iso, index + distance))
        else:
            set_element(iso, target, index + distance, found)
        del iso.held[mark:]


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


METHODS = (
    Method("copyWithin", 2, copy_within),
    Method("fill", 1, fill),
    Method("reverse", 0, reverse),
    Method("pop", 0, pop),
    Method("push", 1, push),
    Method("shift", 0, shift),
    Method("unshift", 1, unshift),
)
