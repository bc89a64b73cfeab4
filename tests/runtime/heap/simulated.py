"""Heaps as bytes, for the collector's functions in all their forms; and what a collection has to find there."""

from __future__ import annotations

import struct
from random import Random
from typing import Final

from seaofnodes.backend.layout import TYPE_ARRAY, TYPE_HOLDS, TYPE_KIND, TYPE_SIZE, TYPE_STRUCT, TYPE_TRACE
from seaofnodes.runtime.heap import control as c
from seaofnodes.runtime.heap.memory import BLOCK, LINE, LINES

AREA: Final = 0x100  # where the parts are, from the control block on
CHANGES: Final = 0x110
TYPES: Final = 0x200
RECORD: Final = 512
MANY: Final = 8  # types
TRACES: Final = TYPES + MANY * RECORD
FOUND: Final = TRACES + 0x100
CAPACITY: Final = 16
# id -> kind, size, offsets of references
KINDS: Final = {
    1: (TYPE_STRUCT, 8, ()),
    2: (TYPE_STRUCT, 24, (8, 16)),
    3: (TYPE_STRUCT, 104, (48,)),
    4: (TYPE_ARRAY, 8, (16,)),
    5: (TYPE_ARRAY, 1, ()),
}
Object = tuple[int, int, int, list[int]]  # type, place, size, offsets of its references


class SimulatedHeap:
    """Attributes: address: of the control block; data: all of it; marks, next_marks, free, stack, blocks: where these
    are in it; objects: of the heap, by their place in the blocks.
    """

    def __init__(self, address: int, count: int) -> None:
        """count: of blocks."""
        self.address = address
        self.count = count
        self.marks = FOUND + 8 * CAPACITY
        self.next_marks = self.marks + LINES * count
        self.free = self.next_marks + LINES * count
        self.stack = self.free + 8 * count
        self.blocks = self.stack + 8 * 1024
        self.data = bytearray(self.blocks + BLOCK * count)
        self.objects: dict[int, Object] = {}
        for offset, at in {
            c.BLOCKS: self.blocks, c.MARKS: self.marks, c.NEXT_MARKS: self.next_marks, c.FREE: self.free,
            c.AREA: AREA, c.TYPES: TYPES, c.STACK: self.stack, c.STACK_TOP: self.stack, c.FOUND: FOUND,
            c.CHANGES: CHANGES,
        }.items():  # fmt: skip
            self.put(offset, address + at)
        for offset, value in {
            c.USED: count, c.COUNT: count, c.BUDGET: 1 << 30, c.TYPE_LIMIT: MANY, c.FOUND_MASK: CAPACITY - 1,
        }.items():  # fmt: skip
            self.put(offset, value)
        at = TRACES
        for number, (kind, size, references) in KINDS.items():
            record = TYPES + number * RECORD
            struct.pack_into("<II", self.data, record + TYPE_KIND, kind, size)
            assert TYPE_SIZE == TYPE_KIND + 4
            if kind == TYPE_STRUCT and references:
                struct.pack_into(f"<{1 + len(references)}I", self.data, at, len(references), *references)
                self.put(record + TYPE_TRACE, address + at)
                at += 4 + 4 * len(references)
            else:
                self.put(record + TYPE_TRACE, len(references))

    def put(self, at: int, value: int) -> None:
        """Write a word."""
        struct.pack_into("<Q", self.data, at, value & (1 << 64) - 1)

    def word(self, at: int) -> int:
        """Read a word."""
        found: int = struct.unpack_from("<Q", self.data, at)[0]
        return found

    def reference(self, place: int) -> int:
        """The word of an object."""
        return self.address + self.blocks + place | 1

    def add(self, place: int, number: int, length: int = 0, state: int = 0) -> int:
        """Put an object there; its size."""
        kind, size, references = KINDS[number]
        at = self.blocks + place
        self.put(at, number | state << 32)
        offsets = list(references)
        if kind == TYPE_ARRAY:
            struct.pack_into("<I", self.data, at + 8, length)
            offsets = [16 + 8 * i for i in range(length)] if references else []
            size = 16 + length * size + 7 & -8
        self.objects[place] = number, place, size, offsets
        return size

    def fill(self, random: Random, share: float, start: int = 0) -> None:
        """With objects of all types, up to that share of the blocks; they refer to each other and to other things.

        Their states are of collections before the next one. start: in the blocks.
        """
        self.put(c.EPOCH, 2)
        place = start
        end = min(start + share * BLOCK * self.count, BLOCK * self.count) - 2000
        while place < end:
            number = random.choice(list(KINDS))
            place += self.add(place, number, random.choice((0, 1, 7, 20, 150)), random.choice((0, 1, 2)))
            place += random.choice((0, 0, 0, 8, 504))
        places = list(self.objects)
        others = [0, -5 << 33 | 1 << 32, 1 << 60 | 2, 1 << 60 | 6, self.address + 8, self.address + 16]
        for _, place, _, offsets in self.objects.values():
            for offset in offsets:
                found = random.choice(others) if random.random() < 0.6 else self.reference(random.choice(places))
                self.put(self.blocks + place + offset, found)

    def let_type_hold(self, number: int, word: int) -> None:
        """Let the objects of a type hold one together."""
        self.put(TYPES + number * RECORD + TYPE_HOLDS, word)

    def held(self, roots: list[int]) -> tuple[list[Object], set[int]]:
        """What the words hold: objects, and words of other things that these hold."""
        found: dict[int, Object] = {}
        others: set[int] = set()
        work = [word for word in roots if word & 1]
        while work:
            place = work.pop() - 1 - self.address - self.blocks
            if place in found:
                continue
            found[place] = kept = self.objects[place]
            words = [self.word(self.blocks + place + offset) for offset in kept[3]]
            words.append(self.word(TYPES + kept[0] * RECORD + TYPE_HOLDS))
            work += [word for word in words if word & 1]
            others.update(word for word in words if not word & 1 and word & 0xFFFFFFFF)
        return list(found.values()), others

    @staticmethod
    def lines(objects: list[Object]) -> set[int]:
        """The lines that they are on."""
        return {line for _, place, size, _ in objects for line in range(place // LINE, (place + size - 1) // LINE + 1)}
