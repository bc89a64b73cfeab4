"""The dominator tree of a sequence's blocks, numbered for questions in constant time."""

from __future__ import annotations

from seaofnodes.backend.instruction import Sequence


class Dominators:
    """The tree.

    Attributes: by index of the block: parent (the entry's is -1), depth, enter and leave (numbers of a depth-first walk
    over the tree); walk: the blocks in that walk's order.
    """

    __slots__ = ("_jump", "depth", "enter", "leave", "parent", "walk")

    def __init__(self, sequence: Sequence) -> None:
        blocks = sequence.blocks
        parent = self.parent = [-1] * len(blocks)
        depth = self.depth = [0] * len(blocks)
        jump = self._jump = [0] * len(blocks)
        children: list[list[int]] = [[] for _ in blocks]
        for block in blocks[1:]:  # in reverse post order one pass is enough: graphs are reducible
            common = -1
            for predecessor in block.predecessors:
                if predecessor < block.index:
                    common = predecessor if common < 0 else self.common(common, predecessor)
            parent[block.index] = common
            depth[block.index] = depth[common] + 1
            children[common].append(block.index)
            # Jumps over many dominators at once, after Myers, "An applicative random-access stack" (1983).
            far = jump[common]
            even = depth[common] - depth[far] == depth[far] - depth[jump[far]]
            jump[block.index] = jump[far] if even else common
        self.enter = [0] * len(blocks)
        self.leave = [0] * len(blocks)
        self.walk: list[int] = []
        pending = [0]
        while pending:
            index = pending.pop()
            if index < 0:
                self.leave[~index] = len(self.walk)
                continue
            self.enter[index] = len(self.walk)
            self.walk.append(index)
            pending.append(~index)
            pending.extend(children[index])

    def common(self, one: int, two: int) -> int:
        """The nearest common dominator, in logarithmic time."""
        parent, depth, jump = self.parent, self.depth, self._jump
        if depth[one] > depth[two]:
            one, two = two, one
        level = depth[one]
        while depth[two] > level:
            two = jump[two] if depth[jump[two]] >= level else parent[two]
        while one != two:
            if jump[one] != jump[two]:
                one, two = jump[one], jump[two]
            else:
                one, two = parent[one], parent[two]
        return one

    def dominates(self, one: int, two: int) -> bool:
        """Is block `one` on every path from the entry to block `two`? A block dominates itself."""
        return self.enter[one] <= self.enter[two] < self.leave[one]
