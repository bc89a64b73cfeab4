"""Which values can be held weakly (ECMA-262, section 9.14)."""

from __future__ import annotations

from seaofnodes.javascript.objects.isolate import Isolate


def can_be_held_weakly(iso: Isolate, value: int) -> bool:
    """Objects, and symbols that are not those of Symbol.for."""
    if iso.is_object(value):
        return True
    if not iso.is_symbol(value):
        return False
    description = iso.symbol_description(value)
    return description is None or iso.symbol_registry.get(description) != value
