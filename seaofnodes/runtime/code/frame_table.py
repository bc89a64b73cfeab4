"""The frame table: what a walk of the stack knows of a frame, by its return address, in native memory.

An open-addressing hash with linear probing. Machine code looks into it (code/frame_lookup.py) without a lock while
another thread installs code: a record is there once its key is, and the table that counts is named by one word of the
context. A table that is too full, or not known to be right, is built anew elsewhere.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from seaofnodes.errors import Error
from seaofnodes.runtime.code.arena import Arena

HASH_FACTOR: Final = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio; Knuth, "The Art of Computer Programming", 6.4
HASH_SHIFT: Final = 32

# A table: the number of records less one, then the records.
TABLE_MASK: Final = 0x00
TABLE_RECORDS: Final = 0x20
RECORD_KEY: Final = 0x00  # return address; _EMPTY or _DELETED when there is no record
RECORD_HANDLER: Final = 0x08  # address where a throw goes on; 0: none
RECORD_FRAME_SIZE: Final = 0x10  # bytes from rsp, without outgoing arguments, to rbp
RECORD_MAP: Final = 0x18  # address of [u32 count, i32 places...]; 0: no references
RECORD_SHIFT: Final = 5

_EMPTY, _DELETED = range(2)
_WORDS: Final = 1 << RECORD_SHIFT - 3
_FIRST: Final = TABLE_RECORDS >> 3
_SMALLEST: Final = 64  # records
_MASK_64: Final = (1 << 64) - 1

_Row = Sequence[int]  # a record's words


class FrameRecord(NamedTuple):
    """What is known of the frame that a return address goes back to.

    Attributes: return_address; handler: address where a throw goes on, or 0; frame_size: in bytes, from rsp without
    outgoing arguments to rbp; references: where the frame has references, as MachineCode.safepoints says.
    """

    return_address: int
    handler: int
    frame_size: int
    references: tuple[int, ...]


def hash_of(return_address: int) -> int:
    """Where the search begins, before the mask."""
    return (return_address * HASH_FACTOR & _MASK_64) >> HASH_SHIFT


class FrameTable:
    """The records of a code space. One thread at a time calls any of this; machine code only reads the memory.

    Attributes: used: records that are there.
    """

    def __init__(self, words: memoryview, base: int, word: memoryview) -> None:
        """words: zeroed memory at address `base`, as unsigned 64-bit words; word: the one that names the table."""
        self._words = words
        self._base = base
        self._word = word
        self._arena = Arena(0, 8 * len(words), align=1 << RECORD_SHIFT)
        self._maps: dict[int, tuple[int, int]] = {}  # by group: offset and size of its reference maps
        self._first = self._mask = self._taken = 0  # index of the first record's word; taken: not empty
        self.used = 0
        self._is_stale = False
        self.rebuild({})

    def add(self, group: int, records: Sequence[FrameRecord]) -> None:
        """Add records of a new group, by number. Raises Error when there is no room; then none of them is there."""
        if 4 * (self._taken + len(records)) > 3 * (self._mask + 1):
            rows = self._words[self._first : self._first + _WORDS * (self._mask + 1)].tolist()
            every = (rows[at : at + _WORDS] for at in range(0, len(rows), _WORDS))
            self._move([row for row in every if row[0] > _DELETED], len(records))
        placed = self._place_maps(group, records)
        taken = self._insert(placed, self._first, self._mask)
        self._taken += taken
        self.used += len(placed)

    def remove(self, group: int, return_addresses: Iterable[int]) -> None:
        """Remove the records of a group, which has these."""
        words = self._words
        for key in return_addresses:
            index = self._find(key)
            if index < 0:
                continue
            self.used -= 1
            if words[self._at(index + 1)] != _EMPTY:
                words[self._at(index)] = _DELETED
                continue
            words[self._at(index)] = _DELETED
            while words[self._at(index)] == _DELETED:  # no search goes on behind it, so none has to pass it
                words[self._at(index)] = _EMPTY
                self._taken -= 1
                index -= 1
        piece = self._maps.pop(group, None)
        if piece is not None:
            self._arena.free(*piece)

    def rebuild(self, groups: Mapping[int, Sequence[FrameRecord]]) -> None:
        """Begin anew with these groups, whatever there was. Raises Error when there is no room."""
        self._maps = {}
        rows = [row for group, records in groups.items() for row in self._place_maps(group, records)]
        self._move(rows, 0)

    def reclaim(self) -> None:
        """Use the memory of earlier tables again. No machine code may be looking into one."""
        if self._is_stale:
            table = 8 * self._first - TABLE_RECORDS, TABLE_RECORDS + (self._mask + 1 << RECORD_SHIFT)
            self._arena.take_all([table, *self._maps.values()])
            self._is_stale = False

    def find(self, return_address: int) -> FrameRecord | None:
        """The record of a return address, if the table that the word names has one, as machine code would find it."""
        words = self._words
        table = self._word[0] - self._base >> 3
        index, mask = hash_of(return_address), words[table]
        while (key := words[at := table + _FIRST + (index & mask) * _WORDS]) != _EMPTY:
            if key == return_address:
                _, handler, frame_size, map = words[at : at + _WORDS]
                return FrameRecord(return_address, handler, frame_size, self._places(map))
            index += 1
        return None

    def _places(self, map: int) -> tuple[int, ...]:
        if not map:
            return ()
        at = map - self._base
        data = self._words.cast("B")
        (count,) = struct.unpack_from("<I", data, at)
        return struct.unpack_from(f"<{count}i", data, at + 4)

    def _at(self, index: int) -> int:
        """Index of the word that is the key of a slot."""
        return self._first + (index & self._mask) * _WORDS

    def _find(self, key: int) -> int:
        """Index of the key's slot, or -1."""
        index = hash_of(key)
        while (found := self._words[self._at(index)]) != key:
            if found == _EMPTY:
                return -1
            index += 1
        return index & self._mask

    def _insert(self, rows: Iterable[_Row], first: int, mask: int) -> int:
        """Add records to a table that has room; how many slots of it were empty before."""
        words = self._words
        taken = 0
        for key, handler, frame_size, map in rows:
            index = hash_of(key)
            while words[at := first + (index & mask) * _WORDS] > _DELETED:
                index += 1
            taken += words[at] == _EMPTY
            words[at + 1], words[at + 2], words[at + 3] = handler, frame_size, map
            words[at] = key  # last: a reader that finds it finds the rest
        return taken

    def _move(self, rows: Sequence[_Row], more: int) -> None:
        """Build a table of these records, with room for more, and name it then: whoever works within this uses the old
        one, and the caller has all built anew.
        """
        capacity = _SMALLEST
        while capacity < 2 * (len(rows) + more):
            capacity *= 2
        size = TABLE_RECORDS + (capacity << RECORD_SHIFT)
        table = self._allocate(size) >> 3
        self._words[table : table + (size >> 3)] = memoryview(bytes(size)).cast("Q")
        self._words[table] = capacity - 1
        taken = self._insert(rows, table + _FIRST, capacity - 1)
        self._word[0] = self._base + 8 * table
        self._first, self._mask, self._taken, self.used = table + _FIRST, capacity - 1, taken, taken
        self._is_stale = True

    def _allocate(self, size: int) -> int:
        offset = self._arena.allocate(size)
        if offset is None:
            raise Error(f"the code space has no room for more frame records, of which it has {self.used:,}")
        return offset

    def _place_maps(self, group: int, records: Sequence[FrameRecord]) -> list[_Row]:
        """Write a group's reference maps, equal ones once."""
        data = bytearray()
        found: dict[tuple[int, ...], int] = {(): -1}
        for record in records:
            places = record.references
            if places not in found:
                found[places] = len(data)
                data += struct.pack(f"<I{len(places)}i", len(places), *places)
        base = self._base
        if data:
            offset = self._allocate(len(data))
            self._maps[group] = offset, len(data)
            self._words.cast("B")[offset : offset + len(data)] = data
            base += offset
        return [
            (key, handler, size, 0 if found[places] < 0 else base + found[places])
            for key, handler, size, places in records
        ]
