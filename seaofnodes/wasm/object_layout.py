"""Where structs have their fields and arrays their elements, in bytes from the start of the object.

Both compilers and the engine ask here. A subtype's fields start with those of its supertype, and each field is placed
by those before it, so a field has the same offset in all subtypes. What precedes them is in `backend/layout.py`.
"""

from __future__ import annotations

from functools import lru_cache

from seaofnodes.backend import layout
from seaofnodes.runtime.heap.records import TypeRecord
from seaofnodes.wasm.types import ArrayType, FieldType, StructType


def storage_size(field: FieldType) -> int:
    """Bytes of a field or an element: 1, 2, 4 or 8; it is aligned to as many."""
    return field.type.bits // 8


@lru_cache(maxsize=1024)
def struct_layout(kind: StructType) -> tuple[tuple[int, ...], int]:
    """The offset of each field, and the size of the object: a multiple of 8."""
    offsets = []
    end = layout.OBJECT_HEADER
    for field in kind.fields:
        size = storage_size(field)
        start = end + size - 1 & -size
        offsets.append(start)
        end = start + size
    return tuple(offsets), end + 7 & -8


def element_size(kind: ArrayType) -> int:
    """Bytes of an element: 1, 2, 4 or 8."""
    return storage_size(kind.element)


def array_bytes(kind: ArrayType, length: int) -> int:
    """The size of an array of so many elements: a multiple of 8."""
    return layout.ARRAY_ELEMENTS + length * element_size(kind) + 7 & -8


def reference_offsets(kind: StructType) -> tuple[int, ...]:
    """Offsets of the fields that hold references: what a collector has to follow."""
    offsets, _ = struct_layout(kind)
    return tuple([at for at, field in zip(offsets, kind.fields, strict=True) if field.type.is_reference])


def type_record(kind: StructType | ArrayType, display: tuple[int, ...]) -> TypeRecord:
    """What the heap has to know of a type. display: ids of its supertypes, the topmost first, and its own."""
    if isinstance(kind, ArrayType):
        references = (layout.ARRAY_ELEMENTS,) if kind.element.type.is_reference else ()
        return TypeRecord(layout.TYPE_ARRAY, element_size(kind), references, display, str(kind))
    _, size = struct_layout(kind)
    return TypeRecord(layout.TYPE_STRUCT, size, reference_offsets(kind), display, str(kind))
