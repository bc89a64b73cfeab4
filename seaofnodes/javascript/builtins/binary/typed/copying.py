"""Methods that make another typed array of one (ECMA-262, section 23.2.3)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.binary.ranges import relative_index, relative_range
from seaofnodes.javascript.builtins.binary.typed.sorting import sorted_words
from seaofnodes.javascript.builtins.binary.typed.views import (
    byte_offset,
    bytes_of,
    create_species,
    get,
    is_typed_array,
    length_of,
    new_of_length,
    of_typed_array,
    valid_length,
)
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects import layout
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.methods.typed import element_type, set_element
from seaofnodes.javascript.operations.conversions import to_integer_or_infinity
from seaofnodes.javascript.operations.errors import describe, range_error, type_error


@of_typed_array("slice")
def slice_elements(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.slice ( start, end )"""
    start, end = relative_range(iso, arguments, 0, length)
    count = max(end - start, 0)
    made = create_species(iso, this, [iso.number(count)], "slice")
    if not count:
        return made
    end = min(end, valid_length(iso, this, "%TypedArray%.prototype.slice"))
    count = max(end - start, 0)
    kind = element_type(iso, this)
    if element_type(iso, made) != kind:
        for i in range(count):
            set_element(iso, made, i, get(iso, this, start + i))
        return made
    count = min(count, length_of(iso, made) or 0)
    if count:
        _copy_bytes(bytes_of(iso, this, start + count)[start * kind.size :], bytes_of(iso, made, count))
    return made


def _copy_bytes(source: memoryview, target: memoryview) -> None:
    """One by one from the first on, as can be seen where both are of one buffer."""
    for i, byte in enumerate(source):
        target[i] = byte


def subarray(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """%TypedArray%.prototype.subarray ( start, end )"""
    if not is_typed_array(iso, this):
        type_error(
            iso,
            f"Method %TypedArray%.prototype.subarray called on incompatible receiver {describe(iso, this)}",
        )
    buffer = iso.memory.load(this, layout.VIEW_BUFFER)
    length = length_of(iso, this) or 0
    start = relative_index(iso, argument(iso, arguments, 0), length)
    end = argument(iso, arguments, 1)
    count: list[int] = []
    tracks = iso.memory.raw(this, layout.VIEW_LENGTH) == iso.undefined
    if not tracks or end != iso.undefined:
        last = length if end == iso.undefined else relative_index(iso, end, length)
        count = [iso.number(max(last - start, 0))]
    offset = byte_offset(iso, this) + start * element_type(iso, this).size
    return create_species(iso, this, [buffer, iso.number(offset), *count], "subarray")


@of_typed_array("toReversed")
def to_reversed(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.toReversed ( )"""
    kind = element_type(iso, this)
    made = new_of_length(iso, kind, length)
    data = bytes(bytes_of(iso, this, length))
    parts = [data[i : i + kind.size] for i in range(0, len(data), kind.size)]
    bytes_of(iso, made, length)[:] = b"".join(reversed(parts))
    return made


def to_sorted(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """%TypedArray%.prototype.toSorted ( comparator )"""
    comparator = argument(iso, arguments, 0)
    if comparator != iso.undefined and not iso.is_callable(comparator):
        type_error(
            iso,
            f"The comparison function must be either a function or undefined: {describe(iso, comparator)}",
        )
    length = valid_length(iso, this, "%TypedArray%.prototype.toSorted")
    made = new_of_length(iso, element_type(iso, this), length)
    for i, word in enumerate(sorted_words(iso, this, length, comparator)):
        set_element(iso, made, i, word)
    return made


@of_typed_array("with")
def with_element(iso: Isolate, this: int, arguments: list[int], length: int) -> int:
    """%TypedArray%.prototype.with ( index, value )"""
    kind = element_type(iso, this)
    index = to_integer_or_infinity(iso, argument(iso, arguments, 0))
    index = index + length if index < 0 else index
    value = argument(iso, arguments, 1)
    value = iso.to_bigint(value) if kind.is_bigint else iso.to_number(value)
    iso.held.append(value)
    if not 0 <= index < (length_of(iso, this) or 0):
        range_error(iso, "Invalid typed array index")
    made = new_of_length(iso, kind, length)
    mark = len(iso.held)
    for i in range(length):
        set_element(iso, made, i, value if i == index else get(iso, this, i))
        del iso.held[mark:]
    return made


COPYING = {
    method.name: method
    for method in (
        Method("slice", 2, slice_elements),
        Method("subarray", 2, subarray),
        Method("toReversed", 0, to_reversed),
        Method("toSorted", 1, to_sorted),
        Method("with", 2, with_element),
    )
}
