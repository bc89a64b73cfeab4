"""Subtyping: which types may stand for which ("matching" in the specification)."""

from __future__ import annotations

from seaofnodes.wasm.types import (
    BOTTOM,
    ArrayType,
    DefinedType,
    FieldType,
    FuncType,
    GlobalType,
    HeapType,
    RefType,
    StructType,
    ValType,
)


def matches(actual: ValType, expected: ValType) -> bool:
    """May a value of the one type stand where the other is expected?"""
    if actual is expected:
        return True
    if not isinstance(actual, RefType) or not isinstance(expected, RefType):
        return False
    return (expected.nullable or not actual.nullable) and heap_matches(actual.heap, expected.heap)


def all_match(actual: tuple[ValType, ...], expected: tuple[ValType, ...]) -> bool:
    """As many types, and each matches."""
    return len(actual) == len(expected) and all(map(matches, actual, expected))


def has_default(kind: ValType) -> bool:
    """Is there a value that a local, field or element of this type has at first?"""
    return not isinstance(kind, RefType) or kind.nullable


def heap_matches(actual: HeapType | DefinedType, expected: HeapType | DefinedType) -> bool:
    """Is what the one describes described by the other?"""
    if actual is expected or actual is BOTTOM:
        return True
    if isinstance(expected, DefinedType):
        if isinstance(actual, DefinedType):
            return is_subtype(actual, expected)
        return actual.is_bottom and actual.top is expected.above.top
    if isinstance(actual, DefinedType):
        actual = actual.above
    if actual.is_bottom:
        return actual.top is expected.top
    above: HeapType | None = actual
    while above is not None and above is not expected:
        above = above.supertype
    return above is expected


def is_subtype(actual: DefinedType, expected: DefinedType) -> bool:
    """Is the one type the other, or declared as a subtype of it, directly or not? In constant time."""
    if actual is expected:
        return True
    depth = len(expected.supertypes)
    return (actual.supertypes[depth] if depth < len(actual.supertypes) else actual) == expected


def may_be_declared(actual: DefinedType, supertype: DefinedType) -> bool:
    """Does what the types consist of allow the one to be declared a subtype of the other?"""
    if isinstance(actual, FuncType) and isinstance(supertype, FuncType):
        return all_match(supertype.params, actual.params) and all_match(actual.results, supertype.results)
    if isinstance(actual, StructType) and isinstance(supertype, StructType):
        enough = len(actual.fields) >= len(supertype.fields)
        return enough and all(map(field_matches, actual.fields, supertype.fields))
    if isinstance(actual, ArrayType) and isinstance(supertype, ArrayType):
        return field_matches(actual.element, supertype.element)
    return False


def field_matches(actual: FieldType, expected: FieldType) -> bool:
    """May a field of the one type stand where the other is expected?"""
    if actual.mutable or expected.mutable:
        return actual == expected
    return matches(actual.type, expected.type)


def global_matches(actual: GlobalType, expected: GlobalType) -> bool:
    """May a global of the one type be imported as the other?"""
    if actual.mutable or expected.mutable:
        return actual == expected
    return matches(actual.type, expected.type)
