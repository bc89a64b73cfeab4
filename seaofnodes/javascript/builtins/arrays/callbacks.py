"""forEach, map, filter, some, every, reduce, reduceRight (ECMA-262, section 23.1.3)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays.access import (
    callback_argument,
    check_length,
    create_with,
    element_or_none,
    index_key,
    species,
)
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects.factory import new_array
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.conversions import to_boolean, to_object
from seaofnodes.javascript.operations.errors import type_error
from seaofnodes.javascript.operations.objects import create_data_or_throw, length_of_array_like


def _begin(iso: Isolate, this: int, arguments: list[int]) -> tuple[int, int, int, int]:
    """What methods with (callback, thisArg) begin with: the object, its length, the callback, its receiver."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    return target, length, callback_argument(iso, arguments), argument(iso, arguments, 1)


def for_each(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.15."""
    target, length, callback, receiver = _begin(iso, this, arguments)
    mark = len(iso.held)
    for index in range(length):
        value = element_or_none(iso, target, index)
        if value is not None:
            iso.call(callback, receiver, [value, iso.number(index), target])
        del iso.held[mark:]
    return iso.undefined


def _any_is(iso: Isolate, this: int, arguments: list[int], wanted: bool) -> bool:
    """Does the callback say `wanted` of an element?"""
    target, length, callback, receiver = _begin(iso, this, arguments)
    mark = len(iso.held)
    for index in range(length):
        value = element_or_none(iso, target, index)
        if value is not None:
            result = iso.call(callback, receiver, [value, iso.number(index), target])
            if to_boolean(iso, result) is wanted:
                return True
        del iso.held[mark:]
    return False


def every(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.6."""
    return iso.boolean(not _any_is(iso, this, arguments, wanted=False))


def some(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.29."""
    return iso.boolean(_any_is(iso, this, arguments, wanted=True))


def map_elements(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.21."""
    target, length, callback, receiver = _begin(iso, this, arguments)
    constructor = species(iso, target)
    if constructor is None:
        check_length(iso, length)
        return _map_to_array(iso, target, length, callback, receiver)
    result = create_with(iso, constructor, length)
    mark = len(iso.held)
    for index in range(length):
        value = element_or_none(iso, target, index)
        if value is not None:
            mapped = iso.call(callback, receiver, [value, iso.number(index), target])
            create_data_or_throw(iso, result, index_key(iso, index), mapped)
        del iso.held[mark:]
    return result


def _map_to_array(iso: Isolate, target: int, length: int, callback: int, receiver: int) -> int:
    """Nobody sees the array before it is complete, so that it can be made last."""
    held, call, hole = iso.held, iso.call, iso.hole
    results: list[int] = []
    for index in range(length):
        mark = len(held)
        value = element_or_none(iso, target, index)
        mapped = hole if value is None else call(callback, receiver, [value, iso.number(index), target])
        results.append(mapped)
        del held[mark:]
        held.append(mapped)
    return new_array(iso, results)


def filter_elements(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.8."""
    target, length, callback, receiver = _begin(iso, this, arguments)
    constructor = species(iso, target)
    result = iso.undefined if constructor is None else create_with(iso, constructor, 0)
    held = iso.held
    kept: list[int] = []
    for index in range(length):
        mark = len(held)
        value = element_or_none(iso, target, index)
        if value is None or not to_boolean(iso, iso.call(callback, receiver, [value, iso.number(index), target])):
            del held[mark:]
            continue
        if constructor is not None:
            create_data_or_throw(iso, result, index_key(iso, len(kept)), value)
        kept.append(value)
        del held[mark:]
        held.append(value)
    return new_array(iso, kept) if constructor is None else result


def _reduce(iso: Isolate, this: int, arguments: list[int], backwards: bool) -> int:
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    callback = callback_argument(iso, arguments)
    indices = iter(range(length - 1, -1, -1) if backwards else range(length))
    accumulator: int | None = arguments[1] if len(arguments) > 1 else None
    held = iso.held
    mark = len(held)
    for index in indices:
        value = element_or_none(iso, target, index)
        if value is not None and accumulator is None:
            accumulator = value
        elif value is not None:
            assert accumulator is not None
            accumulator = iso.call(callback, iso.undefined, [accumulator, value, iso.number(index), target])
        del held[mark:]
        if accumulator is not None:
            held.append(accumulator)
    if accumulator is None:
        type_error(iso, "Reduce of empty array with no initial value")
    return accumulator


def reduce(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.24."""
    return _reduce(iso, this, arguments, backwards=False)


def reduce_right(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.25."""
    return _reduce(iso, this, arguments, backwards=True)


METHODS = (
    Method("filter", 1, filter_elements),
    Method("forEach", 1, for_each),
    Method("map", 1, map_elements),
    Method("every", 1, every),
    Method("some", 1, some),
    Method("reduce", 1, reduce),
    Method("reduceRight", 1, reduce_right),
)
