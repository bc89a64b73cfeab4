"""The collector's functions: in CPython, in the graph evaluator, as machine code, and beside a model."""

from __future__ import annotations

from random import Random

import pytest

from seaofnodes.backend.layout import TYPE_HOLDS
from seaofnodes.runtime.heap import control as c
from seaofnodes.runtime.heap.checking import check, poison
from seaofnodes.runtime.heap.collector import begin, mark, refill, sweep, take_blocks
from seaofnodes.runtime.heap.memory import BLOCK, LINE, LINES
from tests.native.three_ways import ThreeWays
from tests.runtime.heap.simulated import AREA, CAPACITY, CHANGES, FOUND, RECORD, TYPES, SimulatedHeap

BEGIN, MARK, SWEEP, TAKE, REFILL, CHECK, POISON = range(7)
COUNT = 2


@pytest.fixture(scope="module")
def ways() -> ThreeWays:
    size = len(SimulatedHeap(0, COUNT).data) + 256
    return ThreeWays([begin, mark, sweep, take_blocks, refill, check, poison], size=size)


class Case:
    """A heap, and the functions on it."""

    def __init__(self, ways: ThreeWays) -> None:
        self.ways = ways
        self.heap = SimulatedHeap(ways.address, COUNT)

    def call(self, index: int, *arguments: int, roots: list[int] | None = None) -> int:
        """All forms agree; the heap is then as they leave it."""
        heap = self.heap
        if roots is not None:
            arguments = (arguments[0], heap.address + len(heap.data), len(roots), *arguments[1:])
            heap_and_roots = bytes(heap.data) + b"".join(word.to_bytes(8, "little") for word in roots)
        else:
            heap_and_roots = bytes(heap.data)
        results, after = self.ways.agree(index, *arguments, data=heap_and_roots)
        assert isinstance(results, tuple), results
        heap.data = bytearray(after[: len(heap.data)])
        return results[0] if results else 0

    def check(self, epoch: int, roots: list[int], after: int = 1) -> int:
        """The address of a word that is wrong, or 0."""
        return self.call(CHECK, epoch, after, roots=roots)

    def marked(self, at: int) -> set[int]:
        """The lines with marks."""
        return {line for line in range(LINES * COUNT) if self.heap.data[at + line]}

    def collect(self, roots: list[int]) -> int:
        """A whole collection; its epoch."""
        epoch = self.call(BEGIN)
        while self.call(MARK, epoch, roots=roots) == c.FOUND_FULL:
            raise AssertionError("few things are found")
        assert self.call(SWEEP, epoch, self.heap.word(CHANGES)) == c.DONE
        return epoch


@pytest.mark.parametrize("seed", range(2))
def test_what_is_held_is_marked_and_its_lines(ways: ThreeWays, seed: int) -> None:
    random = Random(seed)
    case = Case(ways)
    heap = case.heap
    heap.fill(random, 0.3)
    roots = [heap.reference(place) for place in random.sample(list(heap.objects), 8)] + [0, 1 << 60 | 10]
    objects, others = heap.held(roots)
    epoch = case.call(BEGIN)
    assert epoch == 3
    assert case.call(MARK, epoch, roots=roots) == c.DONE
    assert case.marked(heap.next_marks) == heap.lines(objects)
    places = {place for _, place, _, _ in objects}
    for place in heap.objects:
        assert (heap.data[heap.blocks + place + 4] == epoch) == (place in places)
    found = {heap.word(FOUND + 8 * i) for i in range(CAPACITY)} - {0}
    assert found == others
    for number in range(1, 6):
        of_type = [size for kind, _, size, _ in objects if kind == number]
        record = TYPES + number * RECORD
        assert heap.word(record + c.TYPE_COUNT) == len(of_type)
        assert heap.word(record + c.TYPE_BYTES) == sum(of_type)
    heap.put(AREA, 5)
    heap.put(AREA + 8, 6)
    assert case.call(SWEEP, epoch, 0) == c.DONE
    assert heap.word(c.MARKS) == heap.address + heap.next_marks
    assert heap.word(c.LIVE_LINES) == len(heap.lines(objects))
    assert (heap.word(AREA), heap.word(AREA + 8)) == (0, 0)
    for block in range(COUNT):
        lines = {line for line in heap.lines(objects) if line // LINES == block}
        assert heap.word(heap.free + 8 * block) == LINES - len(lines)
    assert case.check(epoch + 1, roots) == 0


@pytest.mark.parametrize("seed", range(2))
def test_what_types_hold_is_kept_with_their_objects(ways: ThreeWays, seed: int) -> None:
    random = Random(seed)
    case = Case(ways)
    heap = case.heap
    heap.fill(random, 0.3)
    places = [place for place in heap.objects if heap.objects[place][0] != 2]
    for number in (1, 2, 4, 5):
        heap.let_type_hold(number, heap.reference(random.choice(places)))
    roots = [heap.reference(place) for place in random.sample(list(heap.objects), 2)]
    objects, others = heap.held(roots)
    epoch = case.collect(roots)
    for place in heap.objects:
        assert (heap.data[heap.blocks + place + 4] == epoch) == (place in {at for _, at, _, _ in objects})
    assert {heap.word(FOUND + 8 * i) for i in range(CAPACITY)} - {0} == others
    assert case.check(epoch + 1, roots) == 0
    alive = {number for number, _, _, _ in objects}
    for number in (1, 2, 4, 5):
        heap.let_type_hold(number, heap.address + heap.blocks + 5)  # where no object begins
        wrong = case.check(epoch + 2 + number, roots, after=0)
        assert wrong == (heap.address + TYPES + number * RECORD + TYPE_HOLDS if number in alive else 0)
        heap.let_type_hold(number, 0)


def test_a_full_table_is_gone_on_with(ways: ThreeWays) -> None:
    case = Case(ways)
    heap = case.heap
    heap.add(0, 4, length=60)
    for i in range(60):
        heap.put(heap.blocks + 16 + 8 * i, 1 << 60 | i << 2 | 2)
    epoch = case.call(BEGIN)
    root = heap.reference(0)
    assert case.call(MARK, epoch, roots=[root]) == c.FOUND_FULL
    assert heap.word(c.STACK_TOP) == heap.word(c.STACK) + 8
    first = {heap.word(FOUND + 8 * i) for i in range(CAPACITY)} - {0}
    assert len(first) == heap.word(c.FOUND_COUNT) == 8
    for i in range(CAPACITY):
        heap.put(FOUND + 8 * i, 0)
    heap.put(c.FOUND_COUNT, 0)
    assert case.call(MARK, epoch, roots=[]) == c.FOUND_FULL
    assert case.call(MARK, epoch + 1, roots=[root]) == c.ABANDONED


def test_a_collection_after_changes_frees_nothing(ways: ThreeWays) -> None:
    case = Case(ways)
    epoch = case.call(BEGIN)
    before = bytes(case.heap.data)
    case.heap.put(CHANGES, 1)
    assert case.call(SWEEP, epoch, 0) == c.ABANDONED
    assert case.call(SWEEP, epoch + 1, 1) == c.ABANDONED
    case.heap.put(CHANGES, 0)
    assert bytes(case.heap.data) == before


def test_epochs_go_round_and_stop_before_the_last_that_ended(ways: ThreeWays) -> None:
    case = Case(ways)
    case.heap.put(c.EPOCH, 255)
    assert case.call(BEGIN) == 1
    case.heap.put(c.EPOCH, 6)
    case.heap.put(c.DONE_EPOCH, 7)
    assert case.call(BEGIN) == 0


@pytest.mark.parametrize("seed", range(2))
def test_holes_are_handed_out_once_and_zeroed(ways: ThreeWays, seed: int) -> None:
    random = Random(seed)
    case = Case(ways)
    heap = case.heap
    heap.fill(random, 0.4)
    roots = [heap.reference(place) for place in random.sample(list(heap.objects), 12)]
    objects, _ = heap.held(roots)
    epoch = case.collect(roots)
    kept = heap.lines(objects)
    case.call(POISON)
    assert case.check(epoch + 1, roots) == 0
    handed: set[int] = set()
    budget = heap.word(c.BUDGET)
    for _ in range(12):
        size = random.choice((16, 24, 104, 128, 136, 2000))
        found = case.call(REFILL, size)
        if not found:
            break
        start = found - heap.address - heap.blocks
        assert not any(heap.data[heap.blocks + start : heap.blocks + start + size])
        end = start + size
        if heap.word(AREA) == found + size:
            end = heap.word(AREA + 8) - heap.address - heap.blocks
            assert end % LINE == 0
        bytes_ = set(range(start, end, 8))
        assert not bytes_ & handed
        assert not {at // LINE for at in bytes_} & kept
        handed |= bytes_
    assert heap.word(c.BUDGET) <= budget
    assert heap.word(c.HANDED) == budget - heap.word(c.BUDGET)


def test_no_hole_is_handed_out_when_a_collection_is_due(ways: ThreeWays) -> None:
    case = Case(ways)
    case.collect([])
    case.heap.put(c.BUDGET, 0)
    assert case.call(REFILL, 16) == 0
    case.heap.put(c.BUDGET, -8)
    assert case.call(REFILL, 16) == 0
    case.heap.put(c.BUDGET, 8)
    assert case.call(REFILL, 16) == case.heap.address + case.heap.blocks


def test_blocks_are_taken_in_rows_from_the_end(ways: ThreeWays) -> None:
    case = Case(ways)
    heap = case.heap
    case.collect([])
    blocks = heap.address + heap.blocks
    assert case.call(TAKE, 1) == blocks + BLOCK
    assert case.call(TAKE, 2) == 0
    assert case.call(TAKE, 1) == blocks
    assert case.call(TAKE, 1) == 0
    assert case.call(REFILL, 16) == 0
    case.collect([])
    assert case.call(TAKE, 2) == blocks
    assert case.call(TAKE, 1) == 0


@pytest.mark.parametrize("what", ["type", "kind", "place", "state", "size", "line", "word"])
def test_what_is_wrong_is_found(ways: ThreeWays, what: str) -> None:
    case = Case(ways)
    heap = case.heap
    heap.add(0, 2)
    heap.add(24, 4, length=30)
    heap.put(heap.blocks + 8, heap.reference(24))
    roots = [heap.reference(0)]
    epoch = case.collect(roots)
    if what == "type":
        heap.put(heap.blocks + 24, 1000 | epoch << 32)
    elif what == "kind":
        heap.put(heap.blocks + 24, 7 | epoch << 32)
    elif what == "place":
        heap.put(heap.blocks + 8, heap.reference(BLOCK * COUNT))
    elif what == "state":
        heap.put(heap.blocks + 24, 4)
    elif what == "size":
        heap.put(heap.blocks + 32, 1 << 30)
    elif what == "line":
        heap.data[heap.word(c.MARKS) - heap.address + 1] = 0
    else:
        heap.put(heap.blocks + 8, 12)
    wrong = heap.address + heap.blocks + 8
    assert case.check(epoch + 1, roots) == wrong
    assert case.check(epoch + 2, roots, after=0) == (0 if what in ("state", "line") else wrong)
