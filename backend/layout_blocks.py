"""The order of blocks in memory, and jumps to jumps."""

from __future__ import annotations

from seaofnodes.backend.allocation import Allocation
from seaofnodes.backend.assembler import Label
from seaofnodes.backend.instruction import Block


class BlockOrder:
    """Layout of an allocated sequence.

    Attributes: blocks: in layout order, without those that only jump on; labels: of all blocks, by index.
    """

    __slots__ = ("_targets", "blocks", "labels")

    def __init__(self, allocation: Allocation) -> None:
        every = allocation.sequence.blocks
        self.labels = [Label() for _ in every]
        self._targets = _thread(every)
        targets = self._targets
        self.blocks = [block for block in allocation.order if targets[block.index] == block.index]

    def target(self, index: int) -> int:
        """Where a jump to a block ends up."""
        return self._targets[index]

    def align(self, header: Block) -> bool:
        """Is the loop worth padding? Only innermost ones are."""
        return False


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
