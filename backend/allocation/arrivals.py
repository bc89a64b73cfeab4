"""Where a value is when control comes to a deferred block: whether it had better stay there.

Deferred blocks are emitted far behind the blocks that lead to them, so the register that a value was in last, in the
order of emission, says little.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter

from seaofnodes.backend.allocation.order import Order
from seaofnodes.backend.allocation.ranges import UNASSIGNED, LiveRange

_START = attrgetter("start")


class Arrivals:
    """Of the ranges of one bank. `finished` grows while the scan goes on, in about the order of starts."""

    def __init__(self, order: Order, finished: list[LiveRange]) -> None:
        self._order = order
        self._finished = finished
        self._seen = 0
        self._pieces: dict[int, list[LiveRange]] = {}
        self._before: dict[int, int] = {}  # place of a block -> the first place that leads to it

    def location(self, range_: LiveRange) -> int:
        """That of the value at the end of the block before, if the range starts with a deferred block; or UNASSIGNED.

        Of several blocks before it is the first in the order of emission.
        """
        order = self._order
        place = order.place(range_.start)
        if order.starts[place] != range_.start:
            return UNASSIGNED
        before = self._before.get(place, -1)
        if before < 0:
            before = self._before[place] = min(order.linear[index] for index in order.blocks[place].predecessors)
        if before >= place:
            return UNASSIGNED
        self._collect()
        pieces = self._pieces.get(range_.vreg)
        if pieces is None:
            return UNASSIGNED
        last = order.starts[before + 1] - 1
        index = bisect_right(pieces, last, key=_START) - 1
        if index < 0 or pieces[index].end <= last:
            return UNASSIGNED
        return pieces[index].location

    def _collect(self) -> None:
        finished = self._finished
        for piece in finished[self._seen :]:
            pieces = self._pieces.setdefault(piece.vreg, [])
            pieces.insert(bisect_right(pieces, piece.start, key=_START), piece)
        self._seen = len(finished)
