"""Iterators of Map and Set (ECMA-262, sections 24.1.5 and 24.2.6)."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.builtins.collections.brands import Code, of_kind
from seaofnodes.javascript.builtins.collections.ordered_table import MAP_WIDTH, SET_WIDTH, next_entry
from seaofnodes.javascript.builtins.table import Group, Method, tag
from seaofnodes.javascript.objects.factory import new_array, new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import (
    COLLECTION_ITERATOR_INDEX,
    COLLECTION_ITERATOR_KIND,
    COLLECTION_ITERATOR_TABLE,
)
from seaofnodes.javascript.objects.words import smi, smi_value
from seaofnodes.javascript.operations.iterators import create_iter_result

KEYS: Final = 0  # what an iterator gives
VALUES: Final = 1
ENTRIES: Final = 2


def new_iterator(iso: Isolate, kind: Kind, table: int, what: int) -> int:
    """An iterator over a table. kind: JS_MAP_ITERATOR or JS_SET_ITERATOR."""
    name = "MapIteratorPrototype" if kind == Kind.JS_MAP_ITERATOR else "SetIteratorPrototype"
    return new_of_kind(iso, kind, iso.realm.intrinsic(name), table, smi(0), smi(what))


def _next(width: int) -> Code:
    def code(iso: Isolate, this: int, arguments: list[int]) -> int:
        memory = iso.memory
        table = memory.load(this, COLLECTION_ITERATOR_TABLE)
        if table == iso.undefined:
            return create_iter_result(iso, iso.undefined, True)
        index = smi_value(memory.load(this, COLLECTION_ITERATOR_INDEX))
        found = next_entry(iso, table, index, width)
        if found is None:
            memory.store(this, COLLECTION_ITERATOR_TABLE, iso.undefined)
            return create_iter_result(iso, iso.undefined, True)
        table, index, words = found
        memory.store(this, COLLECTION_ITERATOR_TABLE, table)
        memory.store(this, COLLECTION_ITERATOR_INDEX, smi(index))
        what = smi_value(memory.load(this, COLLECTION_ITERATOR_KIND))
        if what == ENTRIES:
            return create_iter_result(iso, new_array(iso, [words[0], words[-1]]), False)
        return create_iter_result(iso, words[0] if what == KEYS else words[-1], False)

    return code


_MAP_NEXT = of_kind(Kind.JS_MAP_ITERATOR, "Map Iterator.prototype.next")(_next(MAP_WIDTH))
_SET_NEXT = of_kind(Kind.JS_SET_ITERATOR, "Set Iterator.prototype.next")(_next(SET_WIDTH))

GROUPS = (
    Group(
        "MapIteratorPrototype",
        prototype="IteratorPrototype",
        entries=(Method("next", 0, _MAP_NEXT), tag("Map Iterator")),
    ),
    Group(
        "SetIteratorPrototype",
        prototype="IteratorPrototype",
        entries=(Method("next", 0, _SET_NEXT), tag("Set Iterator")),
    ),
)
