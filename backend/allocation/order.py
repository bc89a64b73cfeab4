"""The order of emission: positions of blocks, and the loops and joins in it.

Instruction i has four positions:

    4i    moves inserted before it: a value that is split here changes its place; what moves read is read here
    4i+1  the moves are done: fixed uses are in their registers, same_as_first definitions begin
    4i+2  it reads
    4i+3  it writes
"""

from __future__ import annotations

from bisect import bisect_right

from seaofnodes.backend.allocation.liveness import Liveness
from seaofnodes.backend.instruction import Block, Sequence


class Order:
    """Blocks in the order of emission, deferred ones last.

    Attributes: blocks; starts: their first positions, and the end; linear: index of a block -> its place in `blocks`;
    deferred_start: position where the deferred blocks start. Of the blocks before them: joins: (start, ascending ends
    of the blocks before it that lead to it) of blocks that are reached from others than the one before; loops: (start,
    end, index of the loop around or -1), by start; again: place of the last block of a loop -> mask of the globals that
    are live into its header and used in it.
    """

    __slots__ = ("_loop_starts", "again", "blocks", "deferred_start", "joins", "linear", "loops", "starts")

    def __init__(self, sequence: Sequence, liveness: Liveness) -> None:
        self.blocks = sequence.order()
        self.starts: list[int] = []
        self.linear: dict[int, int] = {}
        self.deferred_start = -1
        self.joins: list[tuple[int, list[int]]] = []
        self.loops: list[tuple[int, int, int]] = []
        self.again: dict[int, int] = {}
        self._number()
        hot = [block for block in self.blocks if not block.deferred]
        self._find_joins(hot)
        self._find_loops(hot, liveness)
        self._loop_starts = [loop[0] for loop in self.loops]

    def _number(self) -> None:
        index = 0
        for linear, block in enumerate(self.blocks):
            self.starts.append(4 * index)
            self.linear[block.index] = linear
            if block.deferred and self.deferred_start < 0:
                self.deferred_start = 4 * index
            for instruction in block.instructions:
                instruction.position = index
                index += 1
        self.starts.append(4 * index)
        if self.deferred_start < 0:
            self.deferred_start = 4 * index

    def _find_joins(self, hot: list[Block]) -> None:
        starts, linear = self.starts, self.linear
        for place, block in enumerate(hot):
            before = [linear[p] for p in block.predecessors]
            if any(p < place - 1 for p in before):
                self.joins.append((starts[place], sorted([starts[p + 1] for p in before if p < place])))

    def _find_loops(self, hot: list[Block], liveness: Liveness) -> None:
        found: list[tuple[int, int]] = []
        used: dict[int, int] = {}  # header -> what is used in the loop
        last: dict[int, int] = {}  # header -> place of the loop's last block
        for place in range(len(hot) - 1, -1, -1):
            block = hot[place]
            if block.loop_end >= 0:
                header = block.index
                used[header] = used.get(header, 0) | liveness.exposed[header]
                end = last.setdefault(header, place)
                self.again[end] = self.again.get(end, 0) | liveness.live_in[header] & used[header]
                found.append((self.starts[place], self.starts[end + 1]))
            if block.loop >= 0:
                inside = used[block.index] if block.loop_end >= 0 else liveness.exposed[block.index]
                used[block.loop] = used.get(block.loop, 0) | inside
                last.setdefault(block.loop, last.get(block.index, place))
        chain: list[int] = []
        for start, end in sorted(found, key=lambda loop: (loop[0], -loop[1])):
            while chain and self.loops[chain[-1]][1] <= start:
                chain.pop()
            self.loops.append((start, end, chain[-1] if chain else -1))
            chain.append(len(self.loops) - 1)

    def place(self, position: int) -> int:
        """Place in `blocks` of the block around a position."""
        return bisect_right(self.starts, position) - 1

    def innermost_loop(self, position: int) -> int:
        """Index of the innermost loop around a position, -1 if there is none."""
        loops = self.loops
        index = bisect_right(self._loop_starts, position) - 1
        while index >= 0 and loops[index][1] <= position:
            index = loops[index][2]
        return index
