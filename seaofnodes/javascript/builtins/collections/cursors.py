"""The entries of a Map or Set for a loop of Python, while calls in the loop may change it."""

from __future__ import annotations

from collections.abc import Iterator

from seaofnodes.javascript.builtins.collections.ordered_table import next_entry
from seaofnodes.javascript.objects import layout
from seaofnodes.javascript.objects.isolate import Isolate


def live_entries(iso: Isolate, collection: int, width: int) -> Iterator[list[int]]:
    """Key and value, or value, of each entry; also of those that are added meanwhile. Nothing but the entry's words is
    left in `held` by a step, and what the loop has put there goes with the next one.
    """
    held = iso.held
    table = iso.memory.load(collection, layout.COLLECTION_TABLE)
    place = len(held)
    held.append(table)
    index = 0
    while True:
        found = next_entry(iso, table, index, width)
        if found is None:
            return
        table, index, words = found
        held[place] = table
        del held[place + 1 :]
        held += words
        yield words
