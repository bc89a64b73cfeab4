"""The properties that JSON walks."""

from __future__ import annotations

from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import Key


def enumerable_own_keys(iso: Isolate, object: int) -> list[Key]:
    """EnumerableOwnProperties, of kind key: no symbols. Names stay in `held`."""
    held = iso.held
    found = []
    keys = [key for key in properties.own_keys(iso, object) if key < 0 or iso.is_string(key)]
    held += [key for key in keys if key >= 0]
    mark = len(held)
    for key in keys:
        own = properties.get_own(iso, object, key)
        if own is not None and own.enumerable:
            found.append(key)
        del held[mark:]
    return found
