"""Typed arrays (ECMA-262, 10.4.5), and the only place where elements of buffers are read and written."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import (
    BUFFER_BYTES,
    BUFFER_LENGTH,
    BUFFER_MOST,
    ELEMENTS,
    VIEW_BUFFER,
    VIEW_LENGTH,
    VIEW_OFFSET,
    VIEW_TYPE,
)
from seaofnodes.javascript.objects.methods.ordinary import Ordinary, stored_keys
from seaofnodes.javascript.objects.property import Property
from seaofnodes.javascript.objects.words import Key


@dataclass(frozen=True, slots=True)
class ElementType:
    """name: of the constructor, less "Array"; size: in bytes; code: of Python's `struct`; format: of one element;
    is_bigint; wraps: is an integer taken modulo 2**(8 * size)? mask: with so many bits.
    """

    name: str
    size: int
    code: str
    format: struct.Struct = field(init=False, compare=False)
    is_bigint: bool = field(init=False)
    wraps: bool = field(init=False)
    mask: int = field(init=False)

    def __post_init__(self) -> None:
        for attribute, value in (
            ("format", struct.Struct("<" + self.code)),
            ("is_bigint", self.name.startswith("Big")),
            ("wraps", self.code in "bBhHiI" and self.name != "Uint8Clamped"),
            ("mask", (1 << 8 * self.size) - 1),
        ):
            object.__setattr__(self, attribute, value)


TYPES: Final = (
    ElementType("Int8", 1, "b"),
    ElementType("Uint8", 1, "B"),
    ElementType("Uint8Clamped", 1, "B"),
    ElementType("Int16", 2, "h"),
    ElementType("Uint16", 2, "H"),
    ElementType("Int32", 4, "i"),
    ElementType("Uint32", 4, "I"),
    ElementType("BigInt64", 8, "q"),
    ElementType("BigUint64", 8, "Q"),
    ElementType("Float16", 2, "e"),
    ElementType("Float32", 4, "f"),
    ElementType("Float64", 8, "d"),
)


def to_raw(kind: ElementType, value: float | int, *, little: bool = True) -> bytes:
    """NumericToRawBytes (25.1.3.16). value: a number or BigInt that has been converted already."""
    order = "<" if little else ">"
    if kind.code in "efd":
        try:
            return struct.pack(order + kind.code, value)
        except OverflowError:  # too large for the format
            return struct.pack(order + kind.code, float("inf") if value > 0 else float("-inf"))
    if kind.name == "Uint8Clamped":
        whole = 0 if value != value else round(min(max(value, 0), 255))  # halves go to even
    elif value != value or value in (float("inf"), float("-inf")):
        whole = 0
    else:
        whole = int(value)
    return (whole & (1 << 8 * kind.size) - 1).to_bytes(kind.size, "little" if little else "big")


def from_raw(iso: Isolate, kind: ElementType, data: bytes | memoryview, *, little: bool = True) -> int:
    """RawBytesToNumeric (25.1.3.14): a word."""
    value = struct.unpack(("<" if little else ">") + kind.code, data)[0]
    return iso.bigint(value) if kind.is_bigint else iso.number(value)


def to_element(iso: Isolate, kind: ElementType, word: int) -> float | int:
    """What ToNumber or ToBigInt makes of a word. Raises Throw."""
    if kind.is_bigint:
        return iso.bigint_of(iso.to_bigint(word))
    return iso.float_of(iso.to_number(word))


def element_type(iso: Isolate, view: int) -> ElementType:
    return TYPES[iso.memory.raw(view, VIEW_TYPE) >> 32]


def view_length(iso: Isolate, view: int, size: int) -> int | None:
    """Elements (of `size` bytes) of a typed array or data view as its buffer is now; None if it is out of bounds."""
    memory = iso.memory
    buffer = memory.raw(view, VIEW_BUFFER)
    if not memory.raw(buffer, BUFFER_BYTES):
        return None
    room = int(iso.float_of(memory.raw(buffer, BUFFER_LENGTH)))
    start = int(iso.float_of(memory.raw(view, VIEW_OFFSET)))
    length = memory.raw(view, VIEW_LENGTH)
    if length == iso.undefined:
        return (room - start) // size if start <= room else None
    count = int(iso.float_of(length))
    return count if start + count * size <= room else None


def is_fixed_length(iso: Isolate, view: int) -> bool:
    """IsTypedArrayFixedLength (23.2.4.6)."""
    if iso.memory.raw(view, VIEW_LENGTH) == iso.undefined:
        return False
    return iso.memory.raw(iso.memory.raw(view, VIEW_BUFFER), BUFFER_MOST) == iso.undefined


def _place(iso: Isolate, view: int, index: int) -> int:
    """The index in `Memory.b` of an element; -1 if it is not there."""
    q, base = iso.q, iso.base
    at = view - base >> 3
    buffer = q[at + (VIEW_BUFFER >> 3)] - base >> 3
    data, room = q[buffer + (BUFFER_BYTES >> 3)], q[buffer + (BUFFER_LENGTH >> 3)]
    start, length = q[at + (VIEW_OFFSET >> 3)], q[at + (VIEW_LENGTH >> 3)]
    size = TYPES[q[at + (VIEW_TYPE >> 3)] >> 32].size
    if not data:
        return -1
    if (start | length | room) & 1:  # not all are Smis
        count = view_length(iso, view, size) or 0
        begin = int(iso.float_of(start))
    else:
        count, begin = length >> 32, start >> 32
        if begin + count * size > room >> 32:
            return -1
    return data - base + ELEMENTS + begin + index * size if 0 <= index < count else -1


def get_element(iso: Isolate, view: int, index: int) -> int | None:
    """TypedArrayGetElement (10.4.5.18): a word, None for undefined."""
    at = _place(iso, view, index)
    if at < 0:
        return None
    kind = TYPES[iso.q[view - iso.base + VIEW_TYPE >> 3] >> 32]
    value = kind.format.unpack_from(iso.memory.b, at)[0]
    return iso.bigint(value) if kind.is_bigint else iso.number(value)


def set_element(iso: Isolate, view: int, index: int, value: int) -> None:
    """TypedArraySetElement (10.4.5.19); index: -1 for one that cannot be. Raises Throw."""
    kind = TYPES[iso.q[view - iso.base + VIEW_TYPE >> 3] >> 32]
    if not value & 1 and kind.wraps:
        at = _place(iso, view, index)
        if at >= 0:
            iso.memory.b[at : at + kind.size] = (value >> 32 & kind.mask).to_bytes(kind.size, "little")
        return
    iso.held.append(view)
    converted = to_element(iso, kind, value)
    at = _place(iso, view, index)
    if at >= 0:
        iso.memory.b[at : at + kind.size] = to_raw(kind, converted)


class TypedArrays(Ordinary):
    """Names that are numbers in their canonical form, such as "-0" and "1.5", are indices that never are there."""

    plain_names = False
    plain_elements = False

    def _index(self, iso: Isolate, key: Key) -> int | None:
        """The index that a key is; -1 for a number that cannot be one; None for a name."""
        if key < 0:
            return ~key
        if iso.is_symbol(key):
            return None
        text = iso.text(key)
        if not text or not (text[0].isdigit() or text[0] in "-IN"):
            return None
        return -1 if iso.is_canonical_number(text) else None

    def prevent_extensions(self, iso: Isolate, obj: int) -> bool:
        """10.4.5.1"""
        return is_fixed_length(iso, obj) and Ordinary.prevent_extensions(self, iso, obj)

    def get_own(self, iso: Isolate, obj: int, key: Key) -> Property | None:
        """10.4.5.2"""
        index = self._index(iso, key)
        if index is None:
            return Ordinary.get_own(self, iso, obj, key)
        value = get_element(iso, obj, index)
        return None if value is None else Property(value, None, None, True, True, True)

    def has(self, iso: Isolate, obj: int, key: Key) -> bool:
        """10.4.5.3"""
        index = self._index(iso, key)
        return Ordinary.has(self, iso, obj, key) if index is None else _place(iso, obj, index) >= 0

    def define_own(self, iso: Isolate, obj: int, key: Key, wanted: Property) -> bool:
        """10.4.5.4"""
        index = self._index(iso, key)
        if index is None:
            return Ordinary.define_own(self, iso, obj, key, wanted)
        if _place(iso, obj, index) < 0 or wanted.configurable is False or wanted.enumerable is False:
            return False
        if wanted.is_accessor or wanted.writable is False:
            return False
        if wanted.value is not None:
            set_element(iso, obj, index, wanted.value)
        return True

    def get(self, iso: Isolate, obj: int, key: Key, receiver: int) -> int:
        """10.4.5.5"""
        index = self._index(iso, key)
        if index is None:
            return Ordinary.get(self, iso, obj, key, receiver)
        value = get_element(iso, obj, index)
        return iso.undefined if value is None else value

    def set(self, iso: Isolate, obj: int, key: Key, value: int, receiver: int) -> bool:
        """10.4.5.6"""
        index = self._index(iso, key)
        if index is not None:
            if receiver == obj:
                set_element(iso, obj, index, value)
                return True
            if _place(iso, obj, index) < 0:
                return True
        return Ordinary.set(self, iso, obj, key, value, receiver)

    def delete(self, iso: Isolate, obj: int, key: Key) -> bool:
        """10.4.5.7"""
        index = self._index(iso, key)
        return Ordinary.delete(self, iso, obj, key) if index is None else _place(iso, obj, index) < 0

    def own_keys(self, iso: Isolate, obj: int) -> list[Key]:
        """10.4.5.8"""
        length = view_length(iso, obj, element_type(iso, obj).size) or 0
        return [*(~i for i in range(length)), *stored_keys(iso, obj)]
