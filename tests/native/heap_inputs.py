"""Heaps for the collector's functions: objects that refer to each other, states and marks of earlier collections.

Each input is made by collections of machine code up to where the function under test is called, and then perhaps
changed: interrupted by another collection, some lines marked without objects, blocks handed out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final, NamedTuple

from seaofnodes.native.function import Function
from seaofnodes.runtime.heap import checking, collector, control as c
from seaofnodes.runtime.heap.memory import BLOCK, LINE, LINES
from tests.runtime.heap.simulated import AREA, CAPACITY, CHANGES, FOUND, MANY, SimulatedHeap

MOST_BLOCKS: Final = 3
_ROOTS: Final = 16
SIZE: Final = len(SimulatedHeap(0, MOST_BLOCKS).data) + 8 * _ROOTS
"""Bytes of memory that inputs need."""


class Input(NamedTuple):
    """Attributes: arguments: all of a function, addresses among them; data: of the memory before."""

    arguments: tuple[int, ...]
    data: bytes


Run = Callable[[Function, Sequence[int], bytes], tuple[int, bytes]]
Drawer = Callable[[Random, int, Run], Input]
"""(random, address of the memory, machine code of functions) -> an input."""


class _Drawn:
    """A heap in the state after some collections. Attributes: heap; roots: words."""

    def __init__(self, random: Random, address: int, run: Run) -> None:
        self.random = random
        self._run = run
        self.heap = heap = SimulatedHeap(address, random.choice((1, 1, 1, 2, 2, MOST_BLOCKS)))
        size = random.choices((0, 2400, 3000, 5000, 30_000, 90_000), (30, 400, 400, 150, 15, 3))[0]
        start = random.choice((0, 0, max(0, BLOCK - size // 2), random.randrange(0, BLOCK * heap.count, 8)))
        heap.fill(random, size / (BLOCK * heap.count), start)
        places = list(heap.objects)
        others = [0, 1 << 60 | 2, 5 << 33, heap.address + 8]
        count = random.choice((0, 1, 2, 4, 8, _ROOTS))
        self.roots = [
            heap.reference(random.choice(places)) if places and random.random() < 0.8 else random.choice(others)
            for _ in range(count)
        ]
        epoch = random.choice((0, 2, 7, c.LAST_EPOCH - 1, c.LAST_EPOCH))
        heap.put(c.EPOCH, epoch)
        heap.put(c.DONE_EPOCH, epoch)
        self._states(epoch)

    def _states(self, epoch: int) -> None:
        """Those of all objects, of collections so far."""
        states = (0, epoch, (epoch - 2) % c.LAST_EPOCH + 1)
        for place in self.heap.objects:
            self.heap.data[self.heap.blocks + place + 4] = self.random.choice(states)

    @property
    def roots_at(self) -> int:
        """Their address."""
        return self.heap.address + len(self.heap.data)

    def data(self) -> bytes:
        """All of the memory."""
        return bytes(self.heap.data) + b"".join(word.to_bytes(8, "little") for word in self.roots)

    def call(self, function: Function, *arguments: int) -> int:
        """Machine code does it; the heap is as it leaves it."""
        result, after = self._run(function, (self.heap.address, *arguments), self.data())
        self.heap.data[:] = after[: len(self.heap.data)]
        return result

    def begin(self) -> int:
        """A collection; its epoch."""
        epoch = self.call(collector.begin)
        assert epoch
        return epoch

    def mark(self, epoch: int) -> int:
        """From the roots; the status."""
        return self.call(collector.mark, epoch, self.roots_at, len(self.roots))

    def clear_found(self, capacity: int = CAPACITY) -> None:
        """The table of what has been found begins anew, with less room perhaps."""
        for i in range(CAPACITY):
            self.heap.put(FOUND + 8 * i, 0)
        self.heap.put(c.FOUND_COUNT, 0)
        self.heap.put(c.FOUND_MASK, capacity - 1)

    def collect(self) -> int:
        """A whole collection; its epoch."""
        epoch = self.begin()
        while self.mark(epoch) == c.FOUND_FULL:
            self.clear_found()
        assert self.call(collector.sweep, epoch, self.heap.word(CHANGES)) == c.DONE
        return epoch

    def fill_lines(self, share: float) -> None:
        """Lines without objects count as taken, most of them if `share` is near 1: holes are small."""
        heap = self.heap
        marks = heap.word(c.MARKS) - heap.address
        for block in range(heap.count):
            free = 0
            for line in range(block * LINES, (block + 1) * LINES):
                if not heap.data[marks + line] and self.random.random() < share:
                    heap.data[marks + line] = 1
                free += not heap.data[marks + line]
            heap.put(heap.free + 8 * block, free)

    def input(self, *arguments: int) -> Input:
        """The next call."""
        return Input((self.heap.address, *arguments), self.data())


def _begin(random: Random, address: int, run: Run) -> Input:
    drawn = _Drawn(random, address, run)
    for _ in range(random.choice((0, 0, 1, 3))):
        drawn.collect()
    if random.random() < 0.2:  # interrupted again and again, up to the last epoch
        drawn.heap.put(c.EPOCH, (drawn.heap.word(c.DONE_EPOCH) - 2) % c.LAST_EPOCH + 1)
    return drawn.input()


def _mark(random: Random, address: int, run: Run) -> Input:
    drawn = _Drawn(random, address, run)
    epoch = drawn.begin()
    roots = drawn.roots
    if random.random() < 0.6:
        drawn.clear_found(random.choice((2, 2, 4, 8)))
    if random.random() < 0.3:  # some is marked already, or the table was full in the middle
        drawn.roots = roots[: len(roots) // 2]
        if drawn.mark(epoch) == c.FOUND_FULL:
            drawn.clear_found()
            roots = random.choice((roots, []))
    drawn.roots = roots
    given = epoch if random.random() < 0.95 else epoch % c.LAST_EPOCH + 1
    return drawn.input(given, drawn.roots_at, len(roots))


def _sweep(random: Random, address: int, run: Run) -> Input:
    drawn = _Drawn(random, address, run)
    if random.random() < 0.3:
        drawn.collect()
    drawn.heap.put(CHANGES, random.choice((0, 3)))
    epoch = drawn.begin()
    drawn.mark(epoch)
    drawn.heap.put(AREA, random.getrandbits(47))
    drawn.heap.put(AREA + 8, random.getrandbits(47))
    if random.random() < 0.1:
        epoch = drawn.begin()
    given = epoch if random.random() < 0.9 else epoch % c.LAST_EPOCH + 1
    return drawn.input(given, drawn.heap.word(CHANGES) + (random.random() < 0.1))


def _hand_out(drawn: _Drawn) -> None:
    """Some of what is free."""
    random, heap = drawn.random, drawn.heap
    for _ in range(random.choice((0, 0, 1, 4))):
        if random.random() < 0.3:
            drawn.call(collector.take_blocks, random.choice((1, 1, 2)))
        else:
            drawn.call(collector.refill, 8 * random.randint(1, 40))
    if random.random() < 0.1:
        heap.put(c.BUDGET, random.choice((0, -8, -(1 << 20), 1)))


def _swept(random: Random, address: int, run: Run, shares: Sequence[float]) -> _Drawn:
    drawn = _Drawn(random, address, run)
    drawn.collect()
    share = random.choice(shares)
    if share:
        drawn.fill_lines(share)
    return drawn


def _take_blocks(random: Random, address: int, run: Run) -> Input:
    drawn = _swept(random, address, run, (0, 0, 0.001, 0.01))
    if random.random() < 0.3:
        drawn.roots = []
        drawn.collect()
    _hand_out(drawn)
    return drawn.input(random.choice((1, 1, 1, 2, 3, 4)))


def _refill(random: Random, address: int, run: Run) -> Input:
    drawn = _swept(random, address, run, (0, *[0.9, 0.95, 0.95, 0.99, 0.99] * 5))
    _hand_out(drawn)
    heap = drawn.heap
    if random.random() < 0.2:
        heap.put(c.CURSOR, random.randint(0, LINES * heap.count))
    words = (1, 2, 3, 3, 10, LINE // 8, LINE // 8 + 1, random.randint(1, 60), random.choice((200, BLOCK // 16)))
    return drawn.input(8 * random.choice(words))


def _check(random: Random, address: int, run: Run) -> Input:
    drawn = _Drawn(random, address, run)
    epoch = drawn.collect()
    heap = drawn.heap
    if random.random() < 0.6 and heap.objects:
        _break(drawn)
    if random.random() < 0.3:
        drawn.roots = drawn.roots[::-1]
    return drawn.input(epoch % c.LAST_EPOCH + 1, drawn.roots_at, len(drawn.roots), random.choice((0, 1, 1)))


def _break(drawn: _Drawn) -> None:
    """One thing becomes wrong, perhaps one that cannot be reached."""
    random, heap = drawn.random, drawn.heap
    _, place, _, offsets = random.choice(list(heap.objects.values()))
    at = heap.blocks + place
    what = random.randrange(6)
    if what == 0:
        heap.put(at, random.choice((0, 6, MANY, 1 << 20)) | heap.word(at) >> 32 << 32)
    elif what == 1:
        heap.data[at + 4] = random.randrange(256)
    elif what == 2:
        heap.data[heap.word(c.MARKS) - heap.address + place // LINE] = 0
    elif what == 3 and offsets:
        wrong = (heap.reference(heap.count * BLOCK), 1, 12, heap.reference(4), (1 << 64) - 7, 5)
        heap.put(at + random.choice(offsets), random.choice(wrong))
    elif what == 4:
        heap.data[at + 8 : at + 12] = random.choice((1 << 13, 1 << 30, 0xFFFF_FFFF)).to_bytes(4, "little")
    elif drawn.roots:
        drawn.roots[random.randrange(len(drawn.roots))] = heap.reference(heap.count * BLOCK + 8)


def _poison(random: Random, address: int, run: Run) -> Input:
    return _swept(random, address, run, (0.96, 0.98, 0.99, 1.0)).input()


DRAWERS: Final[dict[Function, Drawer]] = {
    collector.begin: _begin,
    collector.mark: _mark,
    collector.sweep: _sweep,
    collector.take_blocks: _take_blocks,
    collector.refill: _refill,
    checking.check: _check,
    checking.poison: _poison,
}
