"""What the methods of typed arrays have in common: validation, elements, new arrays (sections 23.2.4 and 10.4.5)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TypeAlias

from seaofnodes.javascript.builtins.binary.buffers import new_plain_buffer
from seaofnodes.javascript.builtins.table import Builtin
from seaofnodes.javascript.objects import layout
from seaofnodes.javascript.objects.factory import new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.methods.typed import (
    TYPES,
    ElementType,
    element_type,
    get_element,
    view_length,
)
from seaofnodes.javascript.objects.words import smi
from seaofnodes.javascript.operations.errors import describe, range_error, type_error
from seaofnodes.javascript.operations.objects import species_constructor

Code: TypeAlias = Callable[[Isolate, int, list[int], int], int]  # isolate, typed array, arguments, length -> a word

MIXED = "Cannot mix BigInt and other types, use explicit conversions"


def is_typed_array(iso: Isolate, word: int) -> bool:
    return iso.is_object(word) and iso.kind(word) == Kind.JS_TYPED_ARRAY


def length_of(iso: Isolate, view: int) -> int | None:
    """Elements; None if it is out of bounds."""
    return view_length(iso, view, element_type(iso, view).size)


def valid_length(iso: Isolate, word: int, method: str) -> int:
    """ValidateTypedArray, and its length. Throws TypeError."""
    if not is_typed_array(iso, word):
        type_error(iso, "this is not a typed array.")
    length = length_of(iso, word)
    if length is None:
        type_error(iso, f"Cannot perform {method} on a detached or out-of-bounds ArrayBuffer")
    return length


def of_typed_array(method: str) -> Callable[[Code], Builtin]:
    """Makes a function a builtin that validates its receiver, and gets its length."""

    def decorate(code: Code) -> Builtin:
        def builtin(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
            length = valid_length(iso, this, f"%TypedArray%.prototype.{method}")
            return code(iso, this, arguments, length)

        return builtin

    return decorate


def get(iso: Isolate, view: int, index: int) -> int:
    """The element's word; undefined where there is none."""
    found = get_element(iso, view, index)
    return iso.undefined if found is None else found


def byte_offset(iso: Isolate, view: int) -> int:
    return int(iso.float_of(iso.memory.raw(view, layout.VIEW_OFFSET)))


def bytes_of(iso: Isolate, view: int, length: int) -> memoryview:
    """The bytes of the first elements; no longer than nothing else runs. length: of elements that are there."""
    memory = iso.memory
    data = memory.raw(memory.raw(view, layout.VIEW_BUFFER), layout.BUFFER_BYTES)
    start = data - memory.base + layout.ELEMENTS + byte_offset(iso, view) if length else 0
    return memory.b[start : start + length * element_type(iso, view).size]


def numbers_of(iso: Isolate, view: int, length: int) -> list[float | int]:
    """The first elements as Python's numbers."""
    code = element_type(iso, view).code
    return list(struct.unpack(f"<{length}{code}", bytes_of(iso, view, length)))


def write_numbers(iso: Isolate, view: int, numbers: list[float | int]) -> None:
    """Write elements from the first one on, which have been read from an array of the same type."""
    data = struct.pack(f"<{len(numbers)}{element_type(iso, view).code}", *numbers)
    bytes_of(iso, view, len(numbers))[:] = data


def new_typed_array(iso: Isolate, prototype: int, kind: ElementType, buffer: int, offset: int, length: int) -> int:
    """A typed array. length: a word, undefined for one that goes to the end of its buffer."""
    number = smi(TYPES.index(kind))
    return new_of_kind(iso, Kind.JS_TYPED_ARRAY, prototype, buffer, iso.number(offset), length, number)


def new_of_length(iso: Isolate, kind: ElementType, length: int, prototype: int | None = None) -> int:
    """One of zeros with a buffer of its own. prototype: None for the realm's. Throws RangeError."""
    if prototype is None:
        prototype = iso.realm.intrinsic(f"{kind.name}ArrayPrototype")
    if length > iso.heap.limit:
        range_error(
            iso, "Array buffer allocation failed" if length < 1 << 53 else f"Invalid typed array length: {length}"
        )
    buffer = new_plain_buffer(iso, length * kind.size)
    return new_typed_array(iso, prototype, kind, buffer, 0, iso.number(length))


def create(iso: Isolate, constructor: int, arguments: list[int], method: str) -> int:
    """TypedArrayCreateFromConstructor."""
    made = iso.construct(constructor, arguments)
    length = valid_length(iso, made, method)
    if len(arguments) == 1 and iso.is_number(arguments[0]) and length < iso.float_of(arguments[0]):
        type_error(iso, "Derived TypedArray constructor created an array which was too small")
    return made


def create_species(iso: Isolate, exemplar: int, arguments: list[int], method: str) -> int:
    """TypedArraySpeciesCreate."""
    kind = element_type(iso, exemplar)
    constructor = species_constructor(iso, exemplar, f"{kind.name}Array")
    made = create(iso, constructor, arguments, f"%TypedArray%.prototype.{method}")
    if element_type(iso, made).is_bigint != kind.is_bigint:
        type_error(iso, MIXED)
    return made


def need_callable(iso: Isolate, word: int) -> int:
    """Throws TypeError for what cannot be called."""
    if not iso.is_callable(word):
        type_error(iso, f"{describe(iso, word)} is not a function")
    return word
