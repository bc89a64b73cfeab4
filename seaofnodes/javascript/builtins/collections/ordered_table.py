"""Ordered hash tables of Map and Set, after V8's OrderedHashTable: one FixedArray each, fit for machine code.

    0                 live entries (Smi); in a table that has been replaced: the next table (word)
    1                 entries that have been deleted (Smi); in a table that has been cleared: -1
    2                 buckets (Smi), a power of two; there is room for twice as many entries
    3 ...             of each bucket the first entry (Smi), or -1
    3 + buckets ...   entries as they came: key, in maps the value, the next entry of the bucket (Smi) or -1

A deleted entry has the hole for its key, and stays in its chain until the table is replaced. A table that has been
replaced says from index 3 on which of its entries were deleted (Smis), so that cursors find their place in the next.
"""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.builtins.collections.hashing import canonical, hash_of, is_same
from seaofnodes.javascript.objects import layout
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import smi, smi_value
from seaofnodes.javascript.operations.errors import range_error

MAP_WIDTH: Final = 3  # words of an entry
SET_WIDTH: Final = 2
_LEAST_BUCKETS: Final = 2
_MOST_BUCKETS: Final = 1 << 23
_LOAD: Final = 2  # entries for a bucket
_DELETED: Final = 1
_BUCKETS: Final = 2
_HEADS: Final = 3
_NONE: Final = smi(-1)
_ONE: Final = smi(1)


def new_table(iso: Isolate, width: int, buckets: int = _LEAST_BUCKETS) -> int:
    """An empty table (word); width: MAP_WIDTH or SET_WIDTH."""
    table = iso.memory.allocate_array(iso.fixed_array_id, _HEADS + buckets + _LOAD * buckets * width, 8)
    at = _start(iso, table)
    q = iso.memory.q
    q[at + _BUCKETS] = smi(buckets)
    for i in range(at + _HEADS, at + _HEADS + buckets):
        q[i] = _NONE
    return table


def _start(iso: Isolate, table: int) -> int:
    """Where its first word is in `memory.q`."""
    return table - iso.memory.base + layout.ELEMENTS >> 3


def count(iso: Isolate, table: int) -> int:
    """Entries of a table that is in use."""
    return smi_value(iso.memory.q[_start(iso, table)])


def find(iso: Isolate, table: int, key: int, width: int) -> int:
    """Where the entry of a canonical key is in `memory.q`; -1: there is none."""
    q = iso.memory.q
    at = _start(iso, table)
    buckets = q[at + _BUCKETS] >> 32
    first = at + _HEADS + buckets
    entry = q[at + _HEADS + (hash_of(iso, key) & buckets - 1)]
    while entry != _NONE:
        found = first + (entry >> 32) * width
        other = q[found]
        if other == key or is_same(iso, key, other):
            return found
        entry = q[found + width - 1]
    return -1


def get(iso: Isolate, table: int, key: int) -> int | None:
    """The value that a map's table has for a key, which is held."""
    found = find(iso, table, canonical(iso, key), MAP_WIDTH)
    if found < 0:
        return None
    value = iso.memory.q[found + 1]
    if value & 1:
        iso.held.append(value)
    return value


def has(iso: Isolate, table: int, key: int, width: int) -> bool:
    return find(iso, table, canonical(iso, key), width) >= 0


def put(iso: Isolate, table: int, key: int, value: int | None) -> int:
    """Add an entry, or change its value; the table that has it then, which may be a new one. value: None for a set.

    Throws RangeError if there are too many.
    """
    key = canonical(iso, key)
    width = SET_WIDTH if value is None else MAP_WIDTH
    found = find(iso, table, key, width)
    q = iso.memory.q
    if found < 0:
        at = _start(iso, table)
        buckets = q[at + _BUCKETS] >> 32
        if (q[at] >> 32) + (q[at + _DELETED] >> 32) == _LOAD * buckets:
            few = (q[at + _DELETED] >> 32) >= buckets
            table = _replace(iso, table, width, buckets if few else 2 * buckets)
            at = _start(iso, table)
            buckets = q[at + _BUCKETS] >> 32
        entry = (q[at] >> 32) + (q[at + _DELETED] >> 32)
        found = at + _HEADS + buckets + entry * width
        head = at + _HEADS + (hash_of(iso, key) & buckets - 1)
        q[found] = key
        q[found + width - 1] = q[head]
        q[head] = entry << 32
        q[at] += _ONE
    if value is not None:
        q[found + 1] = value
    return table


def delete(iso: Isolate, table: int, key: int, width: int) -> int | None:
    """Delete an entry; the table then, None if there was no such entry."""
    found = find(iso, table, canonical(iso, key), width)
    if found < 0:
        return None
    q = iso.memory.q
    at = _start(iso, table)
    q[found] = iso.hole
    if width == MAP_WIDTH:
        q[found + 1] = iso.hole
    q[at] -= _ONE
    q[at + _DELETED] += _ONE
    buckets = q[at + _BUCKETS] >> 32
    if buckets > _LEAST_BUCKETS and (q[at] >> 32) < buckets >> 1:
        return _replace(iso, table, width, buckets >> 1)
    return table


def clear(iso: Isolate, table: int, width: int) -> int:
    """An empty table that replaces this one."""
    new = new_table(iso, width)
    at = _start(iso, table)
    q = iso.memory.q
    q[at] = new
    q[at + _DELETED] = _NONE
    return new


def copy(iso: Isolate, table: int, width: int) -> int:
    """Another table with the same entries, of a table that is in use."""
    return _copy(iso, table, width, iso.memory.q[_start(iso, table) + _BUCKETS] >> 32)[0]


def _replace(iso: Isolate, table: int, width: int, buckets: int) -> int:
    if buckets > _MOST_BUCKETS:
        range_error(iso, f"{'Map' if width == MAP_WIDTH else 'Set'} maximum size exceeded")
    new, deleted = _copy(iso, table, width, buckets)
    at = _start(iso, table)
    q = iso.memory.q
    q[at] = new
    for i, index in enumerate(deleted, at + _HEADS):
        q[i] = index << 32
    return new


def _copy(iso: Isolate, table: int, width: int, buckets: int) -> tuple[int, list[int]]:
    """A table with as many buckets, and the indices of entries that had been deleted."""
    new = new_table(iso, width, buckets)
    q, hole = iso.memory.q, iso.hole
    at, to = _start(iso, table), _start(iso, new)
    old_first = at + _HEADS + (q[at + _BUCKETS] >> 32)
    first = to + _HEADS + buckets
    deleted = []
    entry = 0
    for i in range((q[at] >> 32) + (q[at + _DELETED] >> 32)):
        old = old_first + i * width
        key = q[old]
        if key == hole:
            deleted.append(i)
            continue
        found = first + entry * width
        head = to + _HEADS + (hash_of(iso, key) & buckets - 1)
        q[found] = key
        if width == MAP_WIDTH:
            q[found + 1] = q[old + 1]
        q[found + width - 1] = q[head]
        q[head] = entry << 32
        entry += 1
    q[to] = entry << 32
    return new, deleted


def in_use(iso: Isolate, table: int, index: int) -> tuple[int, int]:
    """The table that has replaced this one, if so, and where in it an entry would be that had an index in this one."""
    q = iso.memory.q
    at = _start(iso, table)
    while q[at] & 1:
        if q[at + _DELETED] == _NONE:
            index = 0
        else:
            deleted = q[at + _DELETED] >> 32
            index -= sum(q[i] >> 32 < index for i in range(at + _HEADS, at + _HEADS + deleted))
        table = q[at]
        at = _start(iso, table)
    return table, index


def next_entry(iso: Isolate, table: int, index: int, width: int) -> tuple[int, int, list[int]] | None:
    """From a cursor: the table that is in use, the cursor behind the next entry, the entry's words, which are held;
    None: there is no other entry.
    """
    table, index = in_use(iso, table, index)
    q, hole = iso.memory.q, iso.hole
    at = _start(iso, table)
    first = at + _HEADS + (q[at + _BUCKETS] >> 32)
    used = (q[at] >> 32) + (q[at + _DELETED] >> 32)
    while index < used:
        found = first + index * width
        index += 1
        if q[found] != hole:
            words = q[found : found + width - 1].tolist()
            iso.held += words
            return table, index, words
    return None
