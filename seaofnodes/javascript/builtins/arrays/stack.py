"""push, pop, shift, unshift (ECMA-262, section 23.1.3)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arrays import fast
from seaofnodes.javascript.builtins.arrays.access import (
    LARGEST_SAFE,
    element_or_none,
    get_element,
    index_key,
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


METHODS = (Method("pop", 0, pop), Method("push", 1, push), Method("shift", 0, shift), Method("unshift", 1, unshift))
