"""Which values can be held weakly (ECMA-262, section 9.14)."""

from __future__ import annotations

from seaofnodes.javascript.objects.isolate import Isolate


def can_be_held_weakly(iso: Isolate, value: int) -> bool:
    """Objects, and symbols that are not those of Symbol.for."""
    return iso.is_object(value) or (iso.is_symbol(value) and value not in iso.symbol_registry.values())
