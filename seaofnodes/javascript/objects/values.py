"""Sameness of values, as property descriptors need it."""

from __future__ import annotations

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import NUMBER_VALUE


def same_value(iso: Isolate, a: int, b: int) -> bool:
    """SameValue (ECMA-262, 7.2.10)."""
    if a == b:
        return True
    if not a & 1 or not b & 1:
        return False
    kind = iso.kind(a)
    if kind == Kind.HEAP_NUMBER:
        return iso.is_number(b) and iso.memory.raw(a, NUMBER_VALUE) == iso.memory.raw(b, NUMBER_VALUE)
    if kind == Kind.BIGINT:
        return iso.is_bigint(b) and iso.bigint_of(a) == iso.bigint_of(b)
    return iso.is_string(a) and iso.is_string(b) and iso.text(a) == iso.text(b)
