"""The order of blocks in memory, and jumps to jumps."""

from __future__ import annotations

from seaofnodes.backend.allocation import Allocation
from seaofnodes.backend.assembler import Label
from seaofnodes.backend.instruction import Block

_LONGEST_TEST = 4  # blocks of a loop test that may be moved to the loop's end


class BlockOrder:
    """Layout of an allocated sequence.

    Attributes: blocks: in layout order, without those that only jump on; labels: of all blocks, by index; aligned:
    indices of blocks worth padding to the start of a fetch line: the first ones of innermost loops.
    """

    __slots__ = ("_targets", "aligned", "blocks", "labels")

    def __init__(self, allocation: Allocation) -> None:
        every = allocation.sequence.blocks
        self.labels = [Label() for _ in every]
        self._targets = _thread(every)
        targets = self._targets
        self.blocks = [block for block in allocation.order if targets[block.index] == block.index]
        self.aligned: set[int] = set()
        self._rotate_loops()

    def target(self, index: int) -> int:
        """Where a jump to a block ends up."""
        return self._targets[index]

    def _rotate_loops(self) -> None:
        """Let the end of a loop run into its header: each turn then takes one jump less.

        What is behind a place that nothing falls through moves to the loop's start; where there is no such place, the
        test at the loop's start moves to its end.
        """
        blocks = self.blocks
        innermost = len(blocks)  # start of the loop seen last, from the back
        ends: dict[int, int] = {}  # where the loops seen lie; walks pass over them, which keeps nested loops linear
        starts: dict[int, int] = {}
        for start in range(len(blocks) - 1, -1, -1):
            header = blocks[start]
            if header.loop_end < 0 or header.deferred:
                continue
            end = start + 1
            while end < len(blocks) and header.index < blocks[end].index < header.loop_end and not blocks[end].deferred:
                end = ends.get(end, end + 1)
            if self._ends_with_jump_to(blocks[end - 1], header):
                cut = self._gap(blocks, start, end, starts) or self._end_of_test(blocks, start, end)
                blocks[start:end] = blocks[cut:end] + blocks[start:cut]
            if innermost >= end:
                self.aligned.add(blocks[start].index)
            innermost = start
            ends[start], starts[end] = end, start

    def _ends_with_jump_to(self, last: Block, header: Block) -> bool:
        return (
            last is not header
            and last.instructions[-1].opcode == "JMP"
            and self._targets[last.successors[0]] == header.index
        )

    def _falls_into(self, block: Block, following: Block) -> bool:
        return any(self._targets[successor] == following.index for successor in block.successors)

    def _gap(self, blocks: list[Block], start: int, end: int, starts: dict[int, int]) -> int:
        """The last place directly in the loop that the block before does not lead to, or 0.

        starts: by the end of a loop inside.
        """
        depth = blocks[start].loop_depth
        index = end - 1
        while index > start:
            inside = starts.get(index + 1)
            if inside is not None:
                index = inside
            elif blocks[index].loop_depth == depth and not self._falls_into(blocks[index - 1], blocks[index]):
                return index
            index -= 1
        return 0

    def _end_of_test(self, blocks: list[Block], start: int, end: int) -> int:
        """The place behind the loop's first exit, if few blocks lead there from the header; else the loop's end."""
        header = blocks[start]
        for index in range(start, min(start + _LONGEST_TEST, end - 1)):
            block = blocks[index]
            if index > start and block.loop_end >= 0:
                break
            if not all(header.index <= self._targets[s] < header.loop_end for s in block.successors):
                return index + 1
            if not self._falls_into(block, blocks[index + 1]):
                break
        return end


def _is_empty(block: Block) -> bool:
    """Does it do nothing but jump to another block? Loop headers count as full: what jumps back finds them in place."""
    if len(block.instructions) != 1 or block.loop_end >= 0 or not block.index:
        return False
    [jump] = block.instructions
    return jump.opcode == "JMP" and not jump.moves


def _thread(blocks: list[Block]) -> list[int]:
    """For each block the one that is executed in its stead: itself, or where a chain of empty blocks leads."""
    targets = [block.index for block in blocks]
    for block in reversed(blocks):  # in post order: a target's target is known, or it is a loop header
        if _is_empty(block):
            targets[block.index] = targets[block.successors[0]]
    return targets
