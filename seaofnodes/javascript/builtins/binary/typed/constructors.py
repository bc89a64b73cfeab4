"""The constructors of typed arrays (ECMA-262, sections 23.2.5 to 23.2.7)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays.iterators import plain_values
from seaofnodes.javascript.builtins.binary.buffers import byte_length, is_buffer, is_detached, is_resizable
from seaofnodes.javascript.builtins.binary.typed.byte_texts import CONSTRUCTOR_METHODS, METHODS
from seaofnodes.javascript.builtins.binary.typed.views import (
    MIXED,
    bytes_of,
    is_typed_array,
    length_of,
    new_of_length,
    new_typed_array,
    numbers_of,
)
from seaofnodes.javascript.builtins.table import Builtin, Constant, Function, Group, Intrinsic, prototype_property
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.methods.typed import TYPES, ElementType, element_type, set_element, to_raw
from seaofnodes.javascript.operations.access import get_v
from seaofnodes.javascript.operations.conversions import to_index
from seaofnodes.javascript.operations.errors import describe, range_error, type_error
from seaofnodes.javascript.operations.iterators import Iteration, get_iterator_from_method
from seaofnodes.javascript.operations.objects import get_prototype_from_constructor, length_of_array_like


def _constructor(kind: ElementType) -> Builtin:
    def code(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        name = f"{kind.name}Array"
        if new_target == iso.undefined:
            type_error(iso, f"Constructor {name} requires 'new'")
        first = argument(iso, arguments, 0)
        if iso.is_object(first):
            prototype = get_prototype_from_constructor(iso, new_target, f"{name}Prototype")
            return _of_object(iso, kind, prototype, first, arguments)
        length = to_index(iso, first, f"Invalid typed array length: {_shown(iso, first)}")
        return new_of_length(iso, kind, length, get_prototype_from_constructor(iso, new_target, f"{name}Prototype"))

    return code


def _shown(iso: Isolate, value: int) -> str:
    return describe(iso, value)


def _of_object(iso: Isolate, kind: ElementType, prototype: int, first: int, arguments: list[int]) -> int:
    if is_typed_array(iso, first):
        return _of_typed_array(iso, kind, prototype, first)
    if is_buffer(iso, first):
        return _of_buffer(iso, kind, prototype, first, argument(iso, arguments, 1), argument(iso, arguments, 2))
    method = get_v(iso, first, iso.symbols.iterator)
    if method == iso.undefined or method == iso.null:
        return _of_array_like(iso, kind, prototype, first)
    if not iso.is_callable(method):
        type_error(
            iso,
            "TypedArray's constructor requires that the property of the first argument, items[Symbol.iterator], "
            "when exists, be a function",
        )
    values = plain_values(iso, first, method)
    if values is None:
        values = list(Iteration(iso, get_iterator_from_method(iso, first, method)))
    made = new_of_length(iso, kind, len(values), prototype)
    mark = len(iso.held)
    for i, value in enumerate(values):
        set_element(iso, made, i, value)
        del iso.held[mark:]
    return made


def _of_typed_array(iso: Isolate, kind: ElementType, prototype: int, source: int) -> int:
    """InitializeTypedArrayFromTypedArray."""
    length = length_of(iso, source)
    if length is None:
        type_error(iso, "Cannot perform Construct on a detached or out-of-bounds ArrayBuffer")
    made = new_of_length(iso, kind, length, prototype)
    other = element_type(iso, source)
    if other.is_bigint != kind.is_bigint:
        type_error(iso, MIXED)
    if other == kind:
        bytes_of(iso, made, length)[:] = bytes_of(iso, source, length)
    else:
        data = b"".join([to_raw(kind, number) for number in numbers_of(iso, source, length)])
        bytes_of(iso, made, length)[:] = data
    return made


def _of_buffer(iso: Isolate, kind: ElementType, prototype: int, buffer: int, start: int, given: int) -> int:
    """InitializeTypedArrayFromArrayBuffer."""
    name = f"{kind.name}Array"
    outside = f"Start offset {describe(iso, start)} is outside the bounds of the buffer"
    offset = to_index(iso, start, outside)
    if offset % kind.size:
        range_error(iso, f"start offset of {name} should be a multiple of {kind.size}")
    wrong = f"Invalid typed array length: {describe(iso, given)}"
    length: int | None = None if given == iso.undefined else to_index(iso, given, wrong)
    if is_detached(iso, buffer):
        type_error(iso, "Cannot perform Construct on a detached ArrayBuffer")
    room = byte_length(iso, buffer)
    if length is not None:
        if offset + length * kind.size > room:
            range_error(iso, wrong)
    elif not is_resizable(iso, buffer):
        if room % kind.size:
            range_error(iso, f"byte length of {name} should be a multiple of {kind.size}")
        if offset > room:
            range_error(iso, outside)
        length = (room - offset) // kind.size
    elif offset > room:
        range_error(iso, outside)
    size = iso.undefined if length is None else iso.number(length)
    return new_typed_array(iso, prototype, kind, buffer, offset, size)


def _of_array_like(iso: Isolate, kind: ElementType, prototype: int, source: int) -> int:
    """InitializeTypedArrayFromArrayLike."""
    length = length_of_array_like(iso, source)
    made = new_of_length(iso, kind, length, prototype)
    mark = len(iso.held)
    for i in range(length):
        set_element(iso, made, i, properties.get(iso, source, ~i))
        del iso.held[mark:]
    return made


GROUPS = tuple(
    group
    for kind in TYPES
    for group in (
        Group(
            f"{kind.name}Array",
            prototype="TypedArray",
            constructor=Function(3, _constructor(kind)),
            entries=(
                Constant("BYTES_PER_ELEMENT", kind.size),
                prototype_property(f"{kind.name}ArrayPrototype"),
                *(CONSTRUCTOR_METHODS if kind.name == "Uint8" else ()),
            ),
        ),
        Group(
            f"{kind.name}ArrayPrototype",
            prototype="TypedArrayPrototype",
            entries=(
                Intrinsic("constructor", f"{kind.name}Array"),
                Constant("BYTES_PER_ELEMENT", kind.size),
                *(METHODS if kind.name == "Uint8" else ()),
            ),
        ),
    )
)
