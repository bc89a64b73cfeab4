"""Where spilled values are stored, and in which slots.

A value in SSA form is stored once, if at all: at the point that dominates all its stays in memory, outside of the
loops that do not contain its definition. Stays in deferred blocks do not count: a value that is only spilled there is
stored there, on the edges into them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from heapq import heappop, heappush

from seaofnodes.backend.allocation.dominators import Dominators
from seaofnodes.backend.allocation.order import Order
from seaofnodes.backend.allocation.ranges import MEMORY, LiveRange
from seaofnodes.backend.instruction import FIRST_SLOT, Block

CHUNK = 32
MAX_SLOTS_TRIED = 8
FOREVER = 1 << 60


class Stores:
    """Where each value is stored: block (index) and position; stored in memory from its definition on: position -1.

    A virtual register that is not in `points` is stored on every way into memory.
    """

    def __init__(self, order: Order, dominators: Dominators, blocks: list[Block]) -> None:
        self._blocks = blocks
        self.points: dict[int, tuple[int, int]] = {}
        self._order = order
        self._dominators = dominators
        self._enter = [dominators.enter[block.index] for block in order.blocks]
        self._lowest: list[int] = []  # of each CHUNK blocks, when they are needed
        self._highest: list[int] = []

    def place(self, vreg: int, pieces: list[LiveRange]) -> None:
        """Choose the point for a value with these ranges, in order."""
        order = self._order
        home = order.place(pieces[0].start)
        if pieces[0].location == MEMORY:
            self.points[vreg] = order.blocks[home].index, -1
            return
        spilled = [p for p in pieces if p.location == MEMORY and p.start < order.deferred_start]
        if not spilled:
            return
        index = self._common_dominator(spilled)
        start, end = order.starts[order.linear[index]], order.starts[order.linear[index] + 1]
        if order.linear[index] != home and any(piece.start <= start < piece.end for piece in spilled):
            # In memory at the start of that block already.
            block, blocks = self._blocks[index], self._blocks
            if len(block.predecessors) == 1:
                position = start
            elif blocks[self._dominators.parent[index]].loop_depth > block.loop_depth:
                return  # a store on each incoming edge is better than inside a loop
            else:
                index, position = self._before(index)
        else:
            position = min([end - 3, *(piece.start for piece in spilled if start <= piece.start < end)])
        around = self._loops_of(order.blocks[home].index)
        for header in self._loops_of(index):
            if header in around:
                break
            index, position = self._before(header)
        if position > pieces[0].start:
            self.points[vreg] = index, position

    def _common_dominator(self, spilled: list[LiveRange]) -> int:
        """That of many blocks is that of the first and the last of them in the walk over the dominator tree."""
        enter = self._enter
        low, high = len(enter), -1
        for piece in spilled:
            first, last = self._order.place(piece.start), self._order.place(piece.end - 1)
            if first == last:
                low, high = min(low, enter[first]), max(high, enter[first])
            else:
                below, above = self._extremes(first, last + 1)
                low, high = min(low, below), max(high, above)
        walk = self._dominators.walk
        return self._dominators.common(walk[low], walk[high])

    def _extremes(self, first: int, last: int) -> tuple[int, int]:
        """The least and the greatest number in the dominator tree's walk of the blocks in [first, last)."""
        enter = self._enter
        if last - first < 4 * CHUNK:
            found = enter[first:last]
        else:
            if not self._lowest:
                chunks = [enter[index : index + CHUNK] for index in range(0, len(enter), CHUNK)]
                self._lowest, self._highest = [min(chunk) for chunk in chunks], [max(chunk) for chunk in chunks]
            low, high = -(-first // CHUNK), last // CHUNK
            found = enter[first : low * CHUNK] + self._lowest[low:high] + enter[high * CHUNK : last]
            return min(found), max(found + self._highest[low:high])
        return min(found), max(found)

    def _loops_of(self, index: int) -> list[int]:
        """Headers of the loops around a block, innermost first."""
        block = self._blocks[index]
        found = [index] if block.loop_end >= 0 else []
        while block.loop >= 0:
            found.append(block.loop)
            block = self._blocks[block.loop]
        return found

    def _before(self, index: int) -> tuple[int, int]:
        """The end of a block's immediate dominator, before the jump."""
        parent = self._dominators.parent[index]
        return parent, self._order.starts[self._order.linear[parent] + 1] - 3

    def stored(self, vreg: int, position: int) -> bool:
        """Has the value been stored when control reaches the position?"""
        point = self.points.get(vreg)
        if point is None:
            return False
        index = self._order.blocks[self._order.place(position)].index
        if point[0] == index:
            return point[1] <= position
        return self._dominators.dominates(point[0], index)


class Slots:
    """Frame slots for spilled values; values that are not live at the same time share one.

    Attributes: count: how many 8-byte slots; of: virtual register -> location.
    """

    def __init__(self, deferred_start: int) -> None:
        self.count = 0
        self.of: dict[int, int] = {}
        self._deferred_start = deferred_start
        self._pools = {8: _Pool(), 16: _Pool()}

    def assign(self, vreg: int, pieces: list[LiveRange], width: int, wanted: list[int]) -> None:
        """Give a value a slot; values come in the order of their definitions.

        `wanted` are virtual registers whose slot would save moves.
        """
        size = 16 if width == 16 else 8
        pool = self._pools[size]
        start, end = pieces[0].start, 0
        deferred: list[tuple[int, int]] = []
        for piece in pieces:
            if piece.start < self._deferred_start:
                end = piece.end
            elif deferred and deferred[-1][1] == piece.start:
                deferred[-1] = (deferred[-1][0], piece.end)
            else:
                deferred.append((piece.start, piece.end))
        location = pool.take(start, deferred, [self.of[other] for other in wanted if other in self.of])
        if location < 0:
            location = FIRST_SLOT + self.count
            self.count += size // 8
        pool.occupy(location, max(start, end), deferred)
        self.of[vreg] = location


class _Pool:
    """Slots of one size.

    Up to the deferred blocks a slot is free again after the end of the lifetime in it. In deferred blocks lifetimes are
    short pieces, and the pieces are compared.
    """

    def __init__(self) -> None:
        self._ends: dict[int, int] = {}  # location -> end of its use in hot code
        self._deferred: dict[int, tuple[list[int], list[int]]] = {}  # location -> ascending starts and ends
        self._busy: list[tuple[int, int]] = []  # heap of (end, location)
        self._free: list[int] = []

    def take(self, start: int, deferred: list[tuple[int, int]], wanted: list[int]) -> int:
        """A slot that is free from the start on, and at the deferred places; or -1."""
        for location in wanted:
            if self._ends.get(location, FOREVER) <= start and self._fits(location, deferred):
                return location
        busy, free, ends = self._busy, self._free, self._ends
        while busy and busy[0][0] <= start:
            free.append(heappop(busy)[1])
        for index in range(len(free) - 1, max(-1, len(free) - 1 - MAX_SLOTS_TRIED), -1):
            location = free[index]
            if ends[location] > start:  # taken meanwhile, as a wanted one
                free[index] = free[-1]
                free.pop()
            elif self._fits(location, deferred):
                free[index] = free[-1]
                free.pop()
                return location
        return -1

    def occupy(self, location: int, end: int, deferred: list[tuple[int, int]]) -> None:
        """Note a lifetime in a slot."""
        self._ends[location] = end
        heappush(self._busy, (end, location))
        starts, ends = self._deferred.setdefault(location, ([], []))
        for first, last in deferred:
            index = bisect_left(starts, first)
            starts.insert(index, first)
            ends.insert(index, last)

    def _fits(self, location: int, deferred: list[tuple[int, int]]) -> bool:
        starts, ends = self._deferred[location]
        for first, last in deferred:
            index = bisect_right(ends, first)
            if index < len(starts) and starts[index] < last:
                return False
        return True
