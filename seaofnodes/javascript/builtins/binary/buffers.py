"""Array buffers: their bytes are a heap object that does not move (objects/layout.py, BUFFER_BYTES)."""

from __future__ import annotations

from seaofnodes.javascript.objects import layout
from seaofnodes.javascript.objects.factory import new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.words import smi
from seaofnodes.javascript.operations.errors import range_error

DETACHED = smi(0)  # in place of the bytes


def new_buffer(iso: Isolate, prototype: int, length: int, most: int | None = None) -> int:
    """A buffer of zeros. most: the greatest length of one that can be resized. Throws RangeError if it is too large."""
    size = length if most is None else most
    if size > iso.heap.limit:
        range_error(iso, "Array buffer allocation failed")
    data = iso.memory.allocate_array(iso.bytes_id, size, 1)
    limit = iso.undefined if most is None else iso.number(most)
    return new_of_kind(iso, Kind.JS_ARRAY_BUFFER, prototype, data, iso.number(length), limit)


def new_plain_buffer(iso: Isolate, length: int) -> int:
    """One with the prototype of the realm."""
    return new_buffer(iso, iso.realm.intrinsic("ArrayBufferPrototype"), length)


def is_buffer(iso: Isolate, word: int) -> bool:
    return iso.is_object(word) and iso.kind(word) == Kind.JS_ARRAY_BUFFER


def is_detached(iso: Isolate, buffer: int) -> bool:
    return iso.memory.raw(buffer, layout.BUFFER_BYTES) == DETACHED


def is_resizable(iso: Isolate, buffer: int) -> bool:
    return iso.memory.raw(buffer, layout.BUFFER_MOST) != iso.undefined


def byte_length(iso: Isolate, buffer: int) -> int:
    """0 if it is detached."""
    return int(iso.float_of(iso.memory.raw(buffer, layout.BUFFER_LENGTH)))


def most_bytes(iso: Isolate, buffer: int) -> int:
    """The greatest length that it can have; 0 if it is detached."""
    if is_detached(iso, buffer):
        return 0
    most = iso.memory.raw(buffer, layout.BUFFER_MOST)
    return byte_length(iso, buffer) if most == iso.undefined else int(iso.float_of(most))


def data_of(iso: Isolate, buffer: int) -> memoryview:
    """The bytes that there are now, of a buffer that is not detached; no longer than nothing else runs."""
    at = iso.memory.raw(buffer, layout.BUFFER_BYTES) - iso.memory.base + layout.ELEMENTS
    return iso.memory.b[at : at + byte_length(iso, buffer)]


def set_byte_length(iso: Isolate, buffer: int, length: int) -> None:
    """Resize a buffer; what is cut off comes back as zeros."""
    before = byte_length(iso, buffer)
    if length < before:
        data_of(iso, buffer)[length:] = bytes(before - length)
    iso.memory.store(buffer, layout.BUFFER_LENGTH, iso.number(length))


def detach(iso: Isolate, buffer: int) -> None:
    """DetachArrayBuffer: its bytes are gone."""
    iso.memory.store(buffer, layout.BUFFER_BYTES, DETACHED)
    iso.memory.store(buffer, layout.BUFFER_LENGTH, smi(0))
