"""Validation of the instructions on objects (the feature gc): what they take and give follows from their immediates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.errors import DecodeError
from seaofnodes.wasm import opcodes as o
from seaofnodes.wasm.binary import limits
from seaofnodes.wasm.subtyping import has_default, matches
from seaofnodes.wasm.types import (
    ANY,
    EXTERN,
    I32,
    ArrayType,
    DefinedType,
    FieldType,
    HeapType,
    RefType,
    StructType,
    ValType,
    reference,
    with_null,
)
from seaofnodes.wasm.validate.cursor import Cursor, Types
from seaofnodes.wasm.validate.stack import Invalid


def _struct(s: Cursor) -> tuple[int, StructType]:
    index, kind = s.type_index()
    if not isinstance(kind, StructType):
        raise Invalid(f"type mismatch: type {index} is not a struct, but {kind}")
    return index, kind


def _array(s: Cursor) -> tuple[int, ArrayType]:
    index, kind = s.type_index()
    if not isinstance(kind, ArrayType):
        raise Invalid(f"type mismatch: type {index} is not an array, but {kind}")
    return index, kind


def _must_have_default(kind: ValType) -> None:
    if not has_default(kind):
        raise Invalid(f"type mismatch: there is no default value of type {kind}")


def _must_extend(field: FieldType, extends: bool) -> None:
    if field.is_packed != extends:
        raise Invalid(f"type mismatch: {field} is {'' if field.is_packed else 'not '}packed")


def _must_be_numeric(kind: ArrayType) -> None:
    if kind.element.type.is_reference:
        raise Invalid(f"array type is not numeric or vector: {kind}")


def _mutable_array(s: Cursor) -> tuple[int, ArrayType]:
    index, kind = _array(s)
    if not kind.element.mutable:
        raise Invalid(f"immutable array: {kind} cannot be set")
    return index, kind


# Structs.


def _fields(s: Cursor) -> tuple[int, Types, bool]:
    """Read the index of a struct type: (index, types of the fields' values, have all a default?)."""
    index, kind = _struct(s)
    found = s.types.fields.get(index)
    if found is None:  # the same type is made again and again, and may have thousands
        values = tuple([field.unpacked for field in kind.fields])
        found = s.types.fields[index] = values, all(map(has_default, values))
    return index, *found


def _struct_new(s: Cursor) -> tuple[Types, Types]:
    index, values, _ = _fields(s)
    return values, (s.reference(index, False),)


def _struct_new_default(s: Cursor) -> tuple[Types, Types]:
    index, values, all_default = _fields(s)
    if not all_default:
        _must_have_default(next(kind for kind in values if not has_default(kind)))
    return (), (s.reference(index, False),)


def _field(s: Cursor) -> tuple[int, FieldType]:
    index, kind = _struct(s)
    number = s.reader.u32()
    if number >= len(kind.fields):
        raise Invalid(f"unknown field {number}: type {index} has {len(kind.fields)}")
    return index, kind.fields[number]


def _struct_get(s: Cursor, extends: bool) -> tuple[Types, Types]:
    index, field = _field(s)
    _must_extend(field, extends)
    return (s.reference(index, True),), (field.unpacked,)


def _struct_set(s: Cursor) -> tuple[Types, Types]:
    index, field = _field(s)
    if not field.mutable:
        raise Invalid(f"immutable field: {field} cannot be set")
    return (s.reference(index, True), field.unpacked), ()


# Arrays.


def _array_new(s: Cursor) -> tuple[Types, Types]:
    index, kind = _array(s)
    return (kind.element.unpacked, I32), (s.reference(index, False),)


def _array_new_default(s: Cursor) -> tuple[Types, Types]:
    index, kind = _array(s)
    _must_have_default(kind.element.type)
    return (I32,), (s.reference(index, False),)


def _array_new_fixed(s: Cursor) -> tuple[Types, Types]:
    index, kind = _array(s)
    count = s.reader.count(limits.FIXED_ELEMENTS, "operands of array.new_fixed")
    return (kind.element.unpacked,) * count, (s.reference(index, False),)


def _array_new_data(s: Cursor) -> tuple[Types, Types]:
    index, kind = _array(s)
    _must_be_numeric(kind)
    s.data_segment()
    return (I32, I32), (s.reference(index, False),)


def _array_new_elem(s: Cursor) -> tuple[Types, Types]:
    index, kind = _array(s)
    _elements(s, kind)
    return (I32, I32), (s.reference(index, False),)


def _elements(s: Cursor, kind: ArrayType) -> None:
    given = s.elements()
    if not matches(given, kind.element.type):
        raise Invalid(f"type mismatch: a segment of {given}, elements of {kind.element.type}")


def _array_get(s: Cursor, extends: bool) -> tuple[Types, Types]:
    index, kind = _array(s)
    _must_extend(kind.element, extends)
    return (s.reference(index, True), I32), (kind.element.unpacked,)


def _array_set(s: Cursor) -> tuple[Types, Types]:
    index, kind = _mutable_array(s)
    return (s.reference(index, True), I32, kind.element.unpacked), ()


def _array_fill(s: Cursor) -> tuple[Types, Types]:
    index, kind = _mutable_array(s)
    return (s.reference(index, True), I32, kind.element.unpacked, I32), ()


def _array_copy(s: Cursor) -> tuple[Types, Types]:
    to, target = _mutable_array(s)
    origin, source = _array(s)
    if not matches(source.element.type, target.element.type):
        raise Invalid(f"array types do not match: from {source} to {target}")
    return (s.reference(to, True), I32, s.reference(origin, True), I32, I32), ()


def _array_init_data(s: Cursor) -> tuple[Types, Types]:
    index, kind = _mutable_array(s)
    _must_be_numeric(kind)
    s.data_segment()
    return (s.reference(index, True), I32, I32, I32), ()


def _array_init_elem(s: Cursor) -> tuple[Types, Types]:
    index, kind = _mutable_array(s)
    _elements(s, kind)
    return (s.reference(index, True), I32, I32, I32), ()


# Casts and conversions.


def top_reference(kind: RefType) -> RefType:
    """References to anything of that type's hierarchy, or null: what can be asked whether it is of that type."""
    heap = kind.heap.above if isinstance(kind.heap, DefinedType) else kind.heap
    return reference(heap.top, True)


def _test(s: Cursor, nullable: bool) -> tuple[Types, Types]:
    return (top_reference(s.types.heap_type(nullable)),), (I32,)


def _cast(s: Cursor, nullable: bool) -> tuple[Types, Types]:
    kind = s.types.heap_type(nullable)
    return (top_reference(kind),), (kind,)


def _branch(s: Cursor, on_success: bool) -> tuple[Types, Types]:
    at = s.reader.at
    flags = s.reader.byte()
    if flags > 3:
        raise DecodeError(f"malformed flags of a cast {flags:#04x}", at)
    label = s.label()
    source = s.types.heap_type(bool(flags & 1))
    target = s.types.heap_type(bool(flags & 2))
    if not matches(target, source):
        raise Invalid(f"type mismatch: a cast from {source} to {target}, which is no subtype")
    failed = with_null(source, False) if target.nullable else source
    taken, left = (target, failed) if on_success else (failed, target)
    if not label or not matches(taken, label[-1]):
        raise Invalid(f"type mismatch: the branch gives {taken}, its label takes {list(label)}")
    return (*label[:-1], source), (*label[:-1], left)


def _convert(s: Cursor, origin: HeapType, to: HeapType) -> tuple[Types, Types]:
    operand = s.stack[-1] if len(s.stack) > s.height else None
    nullable = isinstance(operand, RefType) and operand.nullable
    return (reference(origin, True),), (reference(to, nullable),)


READERS: Final[dict[int, Callable[[Cursor], tuple[Types, Types]]]] = {
    o.STRUCT_NEW: _struct_new,
    o.STRUCT_NEW_DEFAULT: _struct_new_default,
    o.STRUCT_GET: lambda s: _struct_get(s, False),
    o.STRUCT_GET_S: lambda s: _struct_get(s, True),
    o.STRUCT_GET_U: lambda s: _struct_get(s, True),
    o.STRUCT_SET: _struct_set,
    o.ARRAY_NEW: _array_new,
    o.ARRAY_NEW_DEFAULT: _array_new_default,
    o.ARRAY_NEW_FIXED: _array_new_fixed,
    o.ARRAY_NEW_DATA: _array_new_data,
    o.ARRAY_NEW_ELEM: _array_new_elem,
    o.ARRAY_GET: lambda s: _array_get(s, False),
    o.ARRAY_GET_S: lambda s: _array_get(s, True),
    o.ARRAY_GET_U: lambda s: _array_get(s, True),
    o.ARRAY_SET: _array_set,
    o.ARRAY_FILL: _array_fill,
    o.ARRAY_COPY: _array_copy,
    o.ARRAY_INIT_DATA: _array_init_data,
    o.ARRAY_INIT_ELEM: _array_init_elem,
    o.REF_TEST: lambda s: _test(s, False),
    o.REF_TEST_NULL: lambda s: _test(s, True),
    o.REF_CAST: lambda s: _cast(s, False),
    o.REF_CAST_NULL: lambda s: _cast(s, True),
    o.BR_ON_CAST: lambda s: _branch(s, True),
    o.BR_ON_CAST_FAIL: lambda s: _branch(s, False),
    o.ANY_CONVERT_EXTERN: lambda s: _convert(s, EXTERN, ANY),
    o.EXTERN_CONVERT_ANY: lambda s: _convert(s, ANY, EXTERN),
}
