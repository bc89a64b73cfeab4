"""The words through which the collector's functions see a heap: offsets in its control block, 8 bytes each."""

from __future__ import annotations

from typing import Final

BLOCKS: Final = 0x00  # address of the first block
USED: Final = 0x08  # how many blocks there are so far
COUNT: Final = 0x10  # and how many there may be
MARKS: Final = 0x18  # address of the marks that say which lines are free: a byte a line, 0 or 1
NEXT_MARKS: Final = 0x20  # and of those that the running collection makes
FREE: Final = 0x28  # address of u64s: how many lines of each block may be handed out
CURSOR: Final = 0x30  # the line where the search for the next hole begins
LAST: Final = 0x38  # blocks from this one on have been offered as single ones
OVERFLOW_TOP: Final = 0x40  # the block that objects go to which do not fit a hole
OVERFLOW_END: Final = 0x48
BUDGET: Final = 0x50  # i64: bytes to hand out before the next collection
AREA: Final = 0x58  # address of the word `heap_top`; `heap_limit` is behind it
EPOCH: Final = 0x60  # the state byte of objects that the running, or the last, collection has found
DONE_EPOCH: Final = 0x68  # that of the last one that has come to its end
TYPES: Final = 0x70  # address of the type records
TYPE_LIMIT: Final = 0x78  # ids are less
STACK: Final = 0x80  # address of the collector's stack, which grows upwards
STACK_TOP: Final = 0x88  # its end
FOUND: Final = 0x90  # address of a hash table of words that are no objects: external references, records
FOUND_MASK: Final = 0x98  # its capacity, a power of two, less 1
FOUND_COUNT: Final = 0xA0
LIVE_LINES: Final = 0xA8  # after a collection
FREE_BLOCKS: Final = 0xB0  # those without anything
HANDED: Final = 0xB8  # bytes handed out, ever
CHANGES: Final = 0xC0  # address of a word that changes when roots may have
CONTROL_SIZE: Final = 0x100

# Of a type record, behind its display: the epoch of the last check that has looked at what the type holds; what the
# last collection has found.
TYPE_CHECKED: Final = 0x1E0
TYPE_COUNT: Final = 0x1F0  # objects
TYPE_BYTES: Final = 0x1F8

LAST_EPOCH: Final = 255

# What `mark` gives.
DONE: Final = 0
FOUND_FULL: Final = 1  # the hash table needs room: call it again
ABANDONED: Final = 2  # another collection has begun

POISON: Final = 0xDBDBDBDBDBDBDBDB  # in free lines, for tests
