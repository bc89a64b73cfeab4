"""flat, flatMap (ECMA-262, section 23.1.3.13)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays.access import (
    LARGEST_SAFE,
    callback_argument,
    create_with,
    element_or_none,
    index_key,
    species,
)
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.conversions import to_integer_or_infinity, to_object
from seaofnodes.javascript.operations.errors import range_error, type_error
from seaofnodes.javascript.operations.objects import create_data_or_throw, is_array, length_of_array_like

_DEEPEST = 5000  # arrays in arrays; an array that contains itself has no end


def flat(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.13."""
    source = to_object(iso, this)
    length = length_of_array_like(iso, source)
    depth = argument(iso, arguments, 0)
    levels = 1 if depth == iso.undefined else max(to_integer_or_infinity(iso, depth), 0)
    result = create_with(iso, species(iso, source), 0)
    _flatten(iso, result, source, length, levels)
    return result


def flat_map(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.14."""
    source = to_object(iso, this)
    length = length_of_array_like(iso, source)
    callback = callback_argument(iso, arguments)
    receiver = argument(iso, arguments, 1)
    result = create_with(iso, species(iso, source), 0)
    at = 0
    mark = len(iso.held)
    for index in range(length):
        value = element_or_none(iso, source, index)
        if value is not None:
            mapped = iso.call(callback, receiver, [value, iso.number(index), source])
            if is_array(iso, mapped):
                at = _flatten(iso, result, mapped, length_of_array_like(iso, mapped), 0, at)
            else:
                at = _append(iso, result, at, mapped)
        del iso.held[mark:]
    return result


def _append(iso: Isolate, target: int, at: int, word: int) -> int:
    if at >= LARGEST_SAFE:
        type_error(iso, "Invalid array length")
    create_data_or_throw(iso, target, index_key(iso, at), word)
    return at + 1


def _flatten(iso: Isolate, target: int, source: int, length: int, levels: int | float, at: int = 0) -> int:
    """Append elements, and those of arrays among them down to a depth. Returns where the next one belongs."""
    walks = [(source, iter(range(length)), len(iso.held))]
    while walks:
        source, indices, mark = walks[-1]
        for index in indices:
            del iso.held[mark:]
            value = element_or_none(iso, source, index)
            if value is None:
                continue
            if len(walks) <= levels and is_array(iso, value):
                if len(walks) > _DEEPEST:
                    range_error(iso, "Maximum call stack size exceeded")
                walks.append((value, iter(range(length_of_array_like(iso, value))), len(iso.held)))
                break
            at = _append(iso, target, at, value)
        else:
            walks.pop()
    return at


METHODS = (Method("flat", 0, flat), Method("flatMap", 1, flat_map))
