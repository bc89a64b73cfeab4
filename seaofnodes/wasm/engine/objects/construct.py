"""New objects from Python: of constant expressions, and of segments."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from seaofnodes.backend.layout import ARRAY_ELEMENTS, OBJECT_TAG, TRAP_REASONS
from seaofnodes.errors import Trap
from seaofnodes.ir.ops.traps import ARRAY_TOO_LARGE
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.engine.objects.handles import i31_word
from seaofnodes.wasm.object_layout import element_size, storage_size, struct_layout
from seaofnodes.wasm.types import ArrayType, StructType

if TYPE_CHECKING:
    from seaofnodes.runtime.heap.heap import IsFree
    from seaofnodes.wasm.engine.references import Pins
    from seaofnodes.wasm.engine.store import Store

T = TypeVar("T")

_FORMS: Final = {1: "B", 2: "H", 4: "I", 8: "Q"}


def construct(store: Store, type_ids: Sequence[int], opcode: int, immediate: Any, stack: list[int], pins: Pins) -> None:
    """Carry out one of constexpr.CONSTRUCTORS on bits and words; pins hold objects. Raises Trap, HeapLimitError."""
    if opcode == w.REF_I31:
        stack.append(i31_word(stack.pop()))
    elif opcode in (w.STRUCT_NEW, w.STRUCT_NEW_DEFAULT):
        kind = store.types[type_ids[immediate]]
        assert isinstance(kind, StructType)
        start = len(stack) if opcode == w.STRUCT_NEW_DEFAULT else len(stack) - len(kind.fields)
        values = stack[start:]
        del stack[start:]
        stack.append(make_struct(store, type_ids[immediate], values, lambda word: store.references.hold(word, pins)))
    elif opcode not in (w.ANY_CONVERT_EXTERN, w.EXTERN_CONVERT_ANY):  # of these, both sides are one word
        if opcode == w.ARRAY_NEW_FIXED:
            index, length = immediate
            values = stack[len(stack) - length :]
            del stack[len(stack) - length :]
        else:
            index, length = immediate, stack.pop()
            values = [stack.pop()] * length if opcode == w.ARRAY_NEW else []
        data = element_bytes(store, type_ids[index], values)
        stack.append(
            make_array(store, type_ids[index], length, data, lambda word: store.references.hold(word, pins))
        )


def make_struct(store: Store, type_id: int, values: Sequence[int], hold: Callable[[int], T]) -> T:
    """A new struct, with these bits and words or all zero, for Python; hold: is given the reference. Raises
    HeapLimitError.

    What the words stand for is held by somebody.
    """
    kind = store.types[type_id]
    assert isinstance(kind, StructType)
    offsets, size = struct_layout(kind)
    data = bytearray(size)
    struct.pack_into("<Q", data, 0, type_id)
    if values:
        for offset, field, bits in zip(offsets, kind.fields, values, strict=True):
            mask = (1 << field.type.bits) - 1
            struct.pack_into("<" + _FORMS[storage_size(field)], data, offset, bits & mask)
    content = bytes(data)
    heap = store.runtime.heap

    def make(is_free: IsFree) -> T:
        address = heap.allocate(size, is_free)
        ctypes.memmove(address, content, size)
        return hold(address | OBJECT_TAG)

    return heap.make(make)


def make_array(store: Store, type_id: int, length: int, data: bytes, hold: Callable[[int], T]) -> T:
    """As `make_struct`; data: of the first elements, the others are zero. Raises Trap, HeapLimitError."""

    def make(is_free: IsFree) -> T:
        word = new_array(store, type_id, length, is_free)
        write_elements(word, 0, data)
        return hold(word)

    return store.runtime.heap.make(make)


def element_bytes(store: Store, type_id: int, values: Sequence[int]) -> bytes:
    """Bits and words as elements of an array."""
    kind = store.types[type_id]
    assert isinstance(kind, ArrayType)
    mask = (1 << kind.element.type.bits) - 1
    return struct.pack(f"<{len(values)}{_FORMS[element_size(kind)]}", *[value & mask for value in values])


def new_array(store: Store, type_id: int, length: int, is_free: IsFree | None = None) -> int:
    """A reference to a new array of zeros, which nothing holds yet. is_free: see Heap.allocate. Raises Trap,
    HeapLimitError.
    """
    address = store.runtime.heap.allocate_array(type_id, length, is_free)
    if not address:
        raise Trap(TRAP_REASONS[ARRAY_TOO_LARGE])
    return address | OBJECT_TAG


def write_elements(array: int, offset: int, data: bytes) -> None:
    """Store bytes at an offset in bytes from an array's first element; the caller has checked the bounds."""
    ctypes.memmove(array - OBJECT_TAG + ARRAY_ELEMENTS + offset, data, len(data))
