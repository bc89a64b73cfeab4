"""GroupBy (ECMA-262, section 7.3.35), for Object and Map."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from seaofnodes.javascript.builtins.refusals import not_callable
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.errors import describe, type_error
from seaofnodes.javascript.operations.iterators import iterate

K = TypeVar("K", bound=Hashable)


def group_by(iso: Isolate, items: int, callback: int, key_of: Callable[[Isolate, int], K]) -> dict[K, list[int]]:
    """The items by the key that key_of makes of the callback's result, in the order in which keys came first.

    Items and keys stay held.
    """
    if items == iso.undefined or items == iso.null:
        type_error(iso, f"{describe(iso, items)} is not iterable")
    if not iso.is_callable(callback):
        not_callable(iso, callback)
    groups: dict[K, list[int]] = {}
    with iterate(iso, items) as values:
        for index, item in enumerate(values):
            result = iso.call(callback, iso.undefined, [item, iso.number(index)])
            groups.setdefault(key_of(iso, result), []).append(item)
    return groups
