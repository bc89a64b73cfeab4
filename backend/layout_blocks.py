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
        """Put a loop's test at its end if it is at its start: each turn then takes one jump instead of two."""
        blocks = self.blocks
        innermost = len(blocks)  # start of the loop seen last, from the back
        for start in range(len(blocks) - 1, -1, -1):
            header = blocks[start]
            if header.loop_end < 0 or header.deferred:
                continue
            end = start + 1
            while end < len(blocks) and header.index < blocks[end].index < header.loop_end and not blocks[end].deferred:
                end += 1
            test = self._test_length(blocks, start, end)
            if test:
                blocks[start:end] = blocks[start + test : end] + blocks[start : start + test]
            if innermost >= end:
                self.aligned.add(blocks[start].index)
            innermost = start

    def _test_length(self, blocks: list[Block], start: int, end: int) -> int:
        """How many blocks from the loop's header to its first exit, if the loop ends with a jump to the header; else
        0.
        """
        header, last = blocks[start], blocks[end - 1]
        if last is header or last.instructions[-1].opcode != "JMP" or self._targets[last.successors[0]] != header.index:
            return 0
        for index in range(start, min(start + _LONGEST_TEST, end - 1)):
            block = blocks[index]
            if block.loop_end >= 0 and index > start:
                return 0
            for successor in block.successors:
                if not header.index <= self._targets[successor] < header.loop_end:
                    return index + 1 - start
            if blocks[index + 1].index not in map(self._targets.__getitem__, block.successors):
                return 0
        return 0


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
