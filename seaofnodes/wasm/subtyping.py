"""Subtyping: which types may stand for which ("matching" in the specification)."""

from __future__ import annotations

from seaofnodes.wasm.types import BOTTOM, FUNC, NOFUNC, FuncType, GlobalType, HeapType, RefType, ValType


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


def heap_matches(actual: HeapType | FuncType, expected: HeapType | FuncType) -> bool:
    """Is what the one describes described by the other?"""
    if actual is expected or actual is BOTTOM:
        return True
    if isinstance(actual, FuncType):
        return expected is FUNC if isinstance(expected, HeapType) else is_subtype(actual, expected)
    if isinstance(expected, FuncType):
        return actual is NOFUNC
    if actual.is_bottom:
        return actual.top is expected.top
    above = actual.supertype
    while above is not None and above is not expected:
        above = above.supertype
    return above is expected


def is_subtype(actual: FuncType, expected: FuncType) -> bool:
    """Is the one type the other, or declared as a subtype of it, directly or not? At most SUBTYPE_DEPTH steps."""
    found: FuncType | None = actual
    while found is not None:
        if found == expected:
            return True
        found = found.supertype
    return False


def may_be_declared(actual: FuncType, supertype: FuncType) -> bool:
    """Do parameters and results allow the one to be declared a subtype of the other?"""
    return all_match(supertype.params, actual.params) and all_match(actual.results, supertype.results)


def global_matches(actual: GlobalType, expected: GlobalType) -> bool:
    """May a global of the one type be imported as the other?"""
    if actual.mutable or expected.mutable:
        return actual == expected
    return matches(actual.type, expected.type)
