"""The allocator: all stages in order."""

from __future__ import annotations

from bisect import bisect_left

from seaofnodes.backend import layout
from seaofnodes.backend.allocation.dominators import Dominators
from seaofnodes.backend.allocation.liveness import Liveness
from seaofnodes.backend.allocation.order import Order
from seaofnodes.backend.allocation.ranges import MEMORY, LiveRange, Ranges
from seaofnodes.backend.allocation.resolution import Resolution
from seaofnodes.backend.allocation.scan import LinearScan
from seaofnodes.backend.allocation.spilling import Slots, Stores
from seaofnodes.backend.instruction import FIRST_FLOAT, REMATERIALIZE, Block, Sequence
from seaofnodes.ir.budget import Budget

INTEGER_REGISTERS = layout.ALLOCATABLE_INTEGER
FLOAT_REGISTERS = tuple(FIRST_FLOAT + number for number in layout.ALLOCATABLE_FLOAT)


class Allocation:
    """What the allocator found out; the locations and moves are in the instructions.

    Attributes: order: blocks in emission order, deferred ones last; slots: how many 8-byte frame slots; safepoints:
    position of a call, or of an instruction with `is_safepoint` -> locations of the references that are live after it;
    statistics: ranges, splits, evictions, spilled (values), moves.
    """

    __slots__ = ("_memory", "_pieces", "order", "safepoints", "sequence", "slots", "statistics")

    def __init__(self, sequence: Sequence, order: list[Block], slots: int, pieces: list[list[LiveRange]]) -> None:
        self.sequence = sequence
        self.order = order
        self.slots = slots
        self.safepoints: dict[int, tuple[int, ...]] = {}
        self.statistics: dict[str, int] = {}
        self._pieces = pieces
        self._memory: dict[int, int] = {}

    def live_ranges(self, vreg: int) -> list[tuple[int, int, int]]:
        """(start, end, location) of a virtual register, ascending.

        Positions are four times an instruction's, plus 0 to 3 (see order.py).
        """
        return [(piece.start, piece.end, self.location(piece)) for piece in self._pieces[vreg]]

    def location(self, piece: LiveRange) -> int:
        """Where a range is."""
        if piece.location != MEMORY:
            return piece.location
        return self._memory.get(piece.vreg, REMATERIALIZE)


def allocate(
    sequence: Sequence,
    integers: tuple[int, ...] = INTEGER_REGISTERS,
    floats: tuple[int, ...] = FLOAT_REGISTERS,
    *,
    budget: Budget | None = None,
) -> Allocation:
    """Give every operand a location and insert the moves; the sequence's instructions are changed in place.

    Args: integers, floats: locations of the registers to use, the preferred ones first; budget: of the compilation.
    Time is linear in the instructions but for sorting, and for sets of values that are live across edges. Raises
    AllocationError if the sequence breaks the contract, UnsupportedError when the budget is used up.
    """
    budget = budget or Budget("")
    sequence.finish()
    liveness = Liveness(sequence, budget)
    order = Order(sequence, liveness)
    ranges = Ranges(sequence, liveness, order, budget)
    pieces: list[list[LiveRange]] = [[] for _ in sequence.kinds]
    for piece in ranges.assigned:
        pieces[piece.vreg].append(piece)
    latest = [-1] * len(sequence.kinds)
    for piece in ranges.assigned:
        if piece.location < 32:
            latest[piece.vreg] = piece.location
    splits = evictions = count = 0
    for bank, registers in (("r", integers), ("x", floats)):
        scan = LinearScan(order, ranges, sequence.rematerializable, bank, registers, latest)
        for piece in scan.run():
            pieces[piece.vreg].append(piece)
        splits += scan.splits
        evictions += scan.evictions
        count += len(scan.finished)
    spilled: list[list[LiveRange]] = []
    for own in pieces:
        if len(own) > 1:
            own.sort(key=_start)
        for piece in own:
            if piece.location == MEMORY:
                spilled.append(own)
                break
    slots, stores = _spill(sequence, order, ranges, spilled)
    allocation = Allocation(sequence, order.blocks, slots.count, pieces)
    allocation._memory = slots.of
    resolution = Resolution(sequence, liveness, order, pieces, slots, stores, budget)
    allocation.statistics = {
        "ranges": count,
        "splits": splits,
        "evictions": evictions,
        "spilled": len(slots.of),
        "moves": resolution.run(),
    }
    allocation.safepoints = _safepoints(sequence, ranges, pieces, slots)
    return allocation


def _start(piece: LiveRange) -> int:
    return piece.start


def _spill(sequence: Sequence, order: Order, ranges: Ranges, spilled: list[list[LiveRange]]) -> tuple[Slots, Stores]:
    slots = Slots(order.deferred_start)
    stores = Stores(order, Dominators(sequence), sequence.blocks)
    spilled.sort(key=lambda own: own[0].start)
    for own in spilled:
        vreg = own[0].vreg
        if vreg in sequence.rematerializable:
            continue
        stores.place(vreg, own)
        if vreg in ranges.incoming:
            slots.of[vreg] = ranges.incoming[vreg]
            continue
        wanted = list(ranges.sources.get(vreg, ()))
        if vreg in ranges.targets:
            wanted.append(ranges.targets[vreg])
        slots.assign(vreg, own, sequence.widths[vreg], wanted)
    return slots, stores


def _safepoints(
    sequence: Sequence, ranges: Ranges, pieces: list[list[LiveRange]], slots: Slots
) -> dict[int, tuple[int, ...]]:
    """The references that are live across each call, all of them in memory, and at what keeps registers."""
    calls, others = ranges.calls, ranges.safepoints
    found: dict[int, list[int]] = {at >> 2: [] for at in (*calls, *others)}
    if found:
        for vreg in sequence.references:
            if vreg in sequence.rematerializable:
                continue
            memory = slots.of.get(vreg)
            for piece in pieces[vreg]:
                start, end = piece.start, piece.end
                location = piece.location
                if location == MEMORY:
                    assert memory is not None
                    location = memory
                    for at in calls[bisect_left(calls, start) : bisect_left(calls, end)]:
                        found[at >> 2].append(location)
                for at in others[bisect_left(others, start) : bisect_left(others, end)]:
                    found[at >> 2].append(location)
    return {at: tuple(sorted(locations)) for at, locations in found.items()}
