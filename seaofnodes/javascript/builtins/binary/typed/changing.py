"""Methods that change typed arrays (ECMA-262, section 23.2.3)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.binary.ranges import relative_index, relative_range
from seaofnodes.javascript.builtins.binary.typed.sorting import sorted_words
from seaofnodes.javascript.builtins.binary.typed.views import (
    MIXED,
    bytes_of,
    is_typed_array,
    numbers_of,
    of_typed_array,
    valid_length,
)
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.methods.typed import element_type, set_element, to_element, to_raw
from seaofnodes.javascript.operations.conversions import to_integer_or_infinity, to_object
from seaofnodes.javascript.operations.errors import describe, range_error, type_error
from seaofnodes.javascript.operations.objects import length_of_array_like


@of_typed_array("copyWithin")
def copy_within(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.copyWithin ( target, start [ , end ] )"""
    target = relative_index(iso, argument(iso, arguments, 0), length)
    start, end = relative_range(iso, arguments, 1, length)
    count = min(end - start, length - target)
    if count <= 0:
        return this
    length = valid_length(iso, this, "%TypedArray%.prototype.copyWithin")
    count = min(count, length - start, length - target)
    if count > 0:
        size = element_type(iso, this).size
        data = bytes_of(iso, this, length)
        moved = bytes(data[start * size : (start + count) * size])
        data[target * size : (target + count) * size] = moved
    return this


@of_typed_array("fill")
def fill(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.fill ( value [ , start [ , end ] ] )"""
    kind = element_type(iso, this)
    value = to_element(iso, kind, argument(iso, arguments, 0))
    start, end = relative_range(iso, arguments, 1, length)
    end = min(end, valid_length(iso, this, "%TypedArray%.prototype.fill"))
    if start < end:
        bytes_of(iso, this, end)[start * kind.size :] = to_raw(kind, value) * (end - start)
    return this


@of_typed_array("reverse")
def reverse(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.reverse ( )"""
    size = element_type(iso, this).size
    data = bytes_of(iso, this, length)
    parts = [bytes(data[i : i + size]) for i in range(0, len(data), size)]
    data[:] = b"".join(reversed(parts))
    return this


def set_elements(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """%TypedArray%.prototype.set ( source [ , offset ] )"""
    if not is_typed_array(iso, this):
        type_error(iso, "this is not a typed array.")
    source = argument(iso, arguments, 0)
    offset = to_integer_or_infinity(iso, argument(iso, arguments, 1))
    if offset < 0:
        range_error(iso, "offset is out of bounds")
    length = valid_length(iso, this, "%TypedArray%.prototype.set")
    if is_typed_array(iso, source):
        count = valid_length(iso, source, "%TypedArray%.prototype.set")
        if element_type(iso, source).is_bigint != element_type(iso, this).is_bigint:
            type_error(iso, MIXED)
        if count + offset > length:
            range_error(iso, "offset is out of bounds")
        _set_from_typed_array(iso, this, int(offset), source, count)
        return iso.undefined
    source = to_object(iso, source)
    count = length_of_array_like(iso, source)
    if count + offset > length:
        range_error(iso, "offset is out of bounds")
    mark = len(iso.held)
    for i in range(count):
        set_element(iso, this, int(offset) + i, properties.get(iso, source, ~i))
        del iso.held[mark:]
    return iso.undefined


def _set_from_typed_array(iso: Isolate, target: int, offset: int, source: int, count: int) -> None:
    """The two may have the same buffer."""
    kind = element_type(iso, target)
    if element_type(iso, source) == kind:
        data = bytes(bytes_of(iso, source, count))
    else:
        data = b"".join([to_raw(kind, number) for number in numbers_of(iso, source, count)])
    bytes_of(iso, target, offset + count)[offset * kind.size :] = data


def sort(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """%TypedArray%.prototype.sort ( comparator )"""
    comparator = argument(iso, arguments, 0)
    if comparator != iso.undefined and not iso.is_callable(comparator):
        type_error(
            iso,
            f"The comparison function must be either a function or undefined: {describe(iso, comparator)}",
        )
    length = valid_length(iso, this, "%TypedArray%.prototype.sort")
    for i, word in enumerate(sorted_words(iso, this, length, comparator)):
        set_element(iso, this, i, word)
    return this


CHANGING = {
    method.name: method
    for method in (
        Method("copyWithin", 2, copy_within),
        Method("fill", 1, fill),
        Method("reverse", 0, reverse),
        Method("set", 1, set_elements),
        Method("sort", 1, sort),
    )
}
