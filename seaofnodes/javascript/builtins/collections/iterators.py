"""Iterators of Map and Set (ECMA-262, sections 24.1.5 and 24.2.6)."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.builtins.collections.brands import refuse_receiver
from seaofnodes.javascript.builtins.collections.ordered_table import MAP_WIDTH, SET_WIDTH, next_entry
from seaofnodes.javascript.builtins.stepping import next_method
from seaofnodes.javascript.builtins.table import Group, tag
from seaofnodes.javascript.objects.factory import new_array, new_of_kind
from seaofnodes.javascript.objects.functions import Step
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import (
    COLLECTION_ITERATOR_INDEX,
    COLLECTION_ITERATOR_KIND,
    COLLECTION_ITERATOR_TABLE,
)
from seaofnodes.javascript.objects.words import smi, smi_value

KEYS: Final = 0  # what an iterator gives
VALUES: Final = 1
ENTRIES: Final = 2


def new_iterator(iso: Isolate, kind: Kind, table: int, what: int) -> int:
    """An iterator over a table. kind: JS_MAP_ITERATOR or JS_SET_ITERATOR."""
    name = "MapIteratorPrototype" if kind == Kind.JS_MAP_ITERATOR else "SetIteratorPrototype"
    return new_of_kind(iso, kind, iso.realm.intrinsic(name), table, smi(0), smi(what))


def _step(kind: Kind, width: int, method: str) -> Step:
    """What `next` of the iterators of a kind does (%MapIteratorPrototype%.next and %SetIteratorPrototype%.next)."""

    def step(iso: Isolate, this: int) -> int | None:
        if not iso.is_object(this) or iso.kind(this) != kind:
            refuse_receiver(iso, method, this)
        memory = iso.memory
        table = memory.load(this, COLLECTION_ITERATOR_TABLE)
        if table == iso.undefined:
            return None
        index = smi_value(memory.load(this, COLLECTION_ITERATOR_INDEX))
        found = next_entry(iso, table, index, width)
        if found is None:
            memory.store(this, COLLECTION_ITERATOR_TABLE, iso.undefined)
            return None
        table, index, words = found
        memory.store(this, COLLECTION_ITERATOR_TABLE, table)
        memory.store(this, COLLECTION_ITERATOR_INDEX, smi(index))
        what = smi_value(memory.load(this, COLLECTION_ITERATOR_KIND))
        if what == ENTRIES:
            return new_array(iso, [words[0], words[-1]])
        return words[0] if what == KEYS else words[-1]

    return step


_MAP_STEP = _step(Kind.JS_MAP_ITERATOR, MAP_WIDTH, "Map Iterator.prototype.next")
_SET_STEP = _step(Kind.JS_SET_ITERATOR, SET_WIDTH, "Set Iterator.prototype.next")

GROUPS = (
    Group(
        "MapIteratorPrototype",
        prototype="IteratorPrototype",
        entries=(next_method(_MAP_STEP), tag("Map Iterator")),
    ),
    Group(
        "SetIteratorPrototype",
        prototype="IteratorPrototype",
        entries=(next_method(_SET_STEP), tag("Set Iterator")),
    ),
)
