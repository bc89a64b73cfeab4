"""Innermost loops: which nodes belong to them, and where control and values leave them.

A node is in a loop if it stands in one of the loop's blocks. A node that floats is in a loop if it depends on
something in it and a use in the loop, or uses behind different exits, need it; else it is outside, behind one exit.
What depends on nothing in the loop is outside too, so copies of the loop share it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, ClassVar

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.placement import early_blocks


class Loop:
    """A loop without loops in it.

    Attributes: header: its first block; node: the Loop; phis: of the header, with the effect phi if there is one;
    nodes: all others in it; tops: the blocks outside whose dominator is inside, by dominator tree preorder: where
    exits lead, and where the paths from several exits meet first; depth: 1 if it is in no other loop.
    """

    __slots__ = ("_starts", "header", "nodes", "phis", "tops")

    def __init__(self, header: Block) -> None:
        self.header = header
        self.phis: list[Node] = []
        self.nodes: list[Node] = []
        self.tops: list[Block] = []
        self._starts: list[int] = []

    @property
    def node(self) -> Node:
        """The Loop."""
        return self.header.header

    @property
    def depth(self) -> int:
        """1 if it is in no other loop."""
        return self.header.loop_depth

    @property
    def size(self) -> int:
        """Number of nodes that a copy of the body has."""
        return len(self.nodes)

    def __contains__(self, block: Block) -> bool:
        return block.loop is self.header

    def sort_tops(self, preorder: list[int]) -> None:
        """Put the tops in order of the dominator tree; preorder: numbers by block index."""
        self.tops.sort(key=lambda block: preorder[block.index])
        self._starts = [preorder[block.index] for block in self.tops]

    def top(self, block: Block, preorder: list[int]) -> Block:
        """The top that dominates a block outside that is dominated by something inside."""
        tops = self.tops
        return tops[0] if len(tops) == 1 else tops[bisect_right(self._starts, preorder[block.index]) - 1]


class InnermostLoops:
    """The innermost loops of a graph, which gets trimmed; but for those that a call in a try leaves.

    Attributes: flow; loops: in reverse post order of their headers; loop_of: node id -> the loop it is in; block_of:
    node id -> its block, the earliest possible one if it floats, but outside of a loop if it need not be inside;
    node_count: of the whole graph; preorder: dominator tree numbers by block index.
    """

    __slots__ = ("block_of", "flow", "graph", "loop_of", "loops", "node_count", "preorder")
    needs: ClassVar[tuple[type[Any], ...]] = (ControlFlow,)
    control_only: ClassVar[bool] = False

    def __init__(self, graph: Graph, flow: ControlFlow) -> None:
        self.graph = graph
        self.loops: list[Loop] = []
        self.loop_of: dict[int, Loop] = {}
        self.flow = flow
        nodes = graph.trim()
        self.node_count = len(nodes)
        if not any(node.op.is_loop for node in nodes):
            return
        found = self._find()
        if not found:
            return
        self.preorder = _preorder(self.flow.blocks)
        for loop in found.values():
            loop.sort_tops(self.preorder)
        self.block_of, order = early_blocks(graph, self.flow)
        self._assign(found, order)
        self.loops = list(found.values())

    def difference(self, fresh: InnermostLoops) -> str:
        """What a fresh one for the same graph says otherwise, as text; "" if nothing."""
        if [loop.node for loop in self.loops] != [loop.node for loop in fresh.loops]:
            return "the loops are others"
        for mine, other in zip(self.loops, fresh.loops, strict=True):
            if set(mine.nodes) != set(other.nodes) or set(mine.phis) != set(other.phis):
                return f"the loop of n{mine.node.id} has other nodes"
        return "" if self.node_count == fresh.node_count else "the graph has another size"

    def top(self, loop: Loop, block: Block) -> Block:
        """The top of a loop that dominates a block outside, which something inside dominates."""
        return loop.top(block, self.preorder)

    def use_block(self, user: Node, index: int) -> Block | None:
        """Where an input is needed: for a phi at the end of the predecessor it comes from. None for Terminate."""
        if user.op.is_phi and index < user.op.control_index:
            return self.block_of[user.control.id].predecessors[index]
        return self.block_of.get(user.id)

    def _find(self) -> dict[Block, Loop]:
        """Innermost loops by header, with their tops; none if parts of the graph cannot be reached from the start."""
        found: dict[Block, Loop] = {}
        blocks = self.flow.blocks
        for block in blocks:  # outer loops come first
            if block.is_loop_header:
                found[block] = Loop(block)
                around = block.predecessors[0].loop
                if around is not None:
                    found.pop(around, None)
            if len(block.predecessors) != block.header.op.control_in:
                return {}
        for block in blocks:
            dominator = block.dominator
            if dominator is not None and dominator.loop in found and block.loop is not dominator.loop:
                found[dominator.loop].tops.append(block)
        for header, loop in list(found.items()):  # the successor of a call in a try takes no other predecessor
            if any(top.header.op.is_after_call for top in loop.tops):
                del found[header]
        return found

    def _assign(self, found: dict[Block, Loop], order: list[Node]) -> None:
        """Give each node its loop, users before what they use."""
        block_of, loop_of, fixed = self.block_of, self.loop_of, self.flow.block_of
        for node in reversed(order):
            header = block_of[node.id].loop
            if header is None or header not in found:
                continue
            loop = found[header]
            op = node.op
            if node.id in fixed or op.is_phi or op.is_projection or (op.effect_out and op.control_in):
                if node is header.header:
                    loop_of[node.id] = loop
                    continue
                if op.is_phi and node.control is header.header:
                    loop_of[node.id] = loop
                    loop.phis.append(node)
                    continue
            elif not op.effect_in:  # what reads state stays where it sees its version
                outside = self._only_top(node, loop)
                if outside is not None:
                    block_of[node.id] = outside
                    continue
            loop_of[node.id] = loop
            loop.nodes.append(node)

    def _only_top(self, node: Node, loop: Loop) -> Block | None:
        """The top behind which all uses of a floating node are, or None."""
        only: Block | None = None
        header = loop.header
        for user in node.uses:
            for index, child in enumerate(user.inputs):
                if child is not node:
                    continue
                block = self.use_block(user, index)
                if block is None or block.loop is header:
                    return None
                top = loop.top(block, self.preorder)
                if only is not None and top is not only:
                    return None
                only = top
        return only


def _preorder(blocks: list[Block]) -> list[int]:
    """Dominator tree numbers by block index: a block's subtree has the numbers that follow its own."""
    children: list[list[Block]] = [[] for _ in blocks]
    for block in blocks:
        if block.dominator is not None:
            children[block.dominator.index].append(block)
    numbers = [0] * len(blocks)
    count = 0
    stack = [blocks[0]]
    while stack:
        block = stack.pop()
        numbers[block.index] = count
        count += 1
        stack.extend(children[block.index])
    return numbers
