"""Blocks, dominators and loops of a graph's control nodes.

Dominators: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001). Graphs are reducible by
construction: every cycle goes through a Loop node.
"""

from __future__ import annotations

from typing import Any, ClassVar

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common


class Block:
    """A basic block.

    Attributes: index: position in `ControlFlow.blocks`; header: the control node it begins with; fixed: other nodes
    on its control chain (calls, traps, checks) in order; control: Branch, Switch, Return, call in a try, ... it ends
    with, or None for a jump to its one successor; predecessors: in the order of the inputs of a Merge or Loop header;
    dominator: None for the first block; depth: in the dominator tree; loop: header block of the innermost loop,
    itself for a Loop; loop_depth: 0 outside of loops; deferred: seldom executed, belongs out of line.
    """

    __slots__ = (
        "control",
        "deferred",
        "depth",
        "dominator",
        "fixed",
        "header",
        "index",
        "jump",
        "loop",
        "loop_depth",
        "nodes",
        "phis",
        "predecessors",
        "successors",
    )

    def __init__(self, header: Node) -> None:
        self.header = header
        self.index = -1
        self.fixed: list[Node] = []
        self.control: Node | None = None
        self.predecessors: list[Block] = []
        self.successors: list[Block] = []
        self.dominator: Block | None = None
        self.depth = 0
        self.jump = self  # some dominator far above; chosen so that walks take logarithmic time
        self.loop: Block | None = None
        self.loop_depth = 0
        self.deferred = False
        self.phis: list[Node] = []  # filled by the scheduler
        self.nodes: list[Node] = []  # filled by the scheduler: all but header, phis and control, in execution order

    @property
    def is_loop_header(self) -> bool:
        """Does it begin with a Loop?"""
        return self.header.op.is_loop

    def dominates(self, other: Block) -> bool:
        """Does every path from the start to `other` lead through this block?"""
        walk = other
        depth = self.depth
        while walk.depth > depth:
            if walk.jump.depth >= depth:
                walk = walk.jump
            else:
                assert walk.dominator is not None
                walk = walk.dominator
        return walk is self

    def __repr__(self) -> str:
        return f"B{self.index}"


class ControlFlow:
    """The control flow graph. `blocks` is a reverse post order in which the blocks of a loop are contiguous;
    `block_of` maps ids of control nodes (headers, fixed nodes and terminators) to their blocks."""

    __slots__ = ("block_of", "blocks", "graph")
    needs: ClassVar[tuple[type[Any], ...]] = ()  # as an analysis
    control_only: ClassVar[bool] = True

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.block_of: dict[int, Block] = {}
        found = _discover(graph, self.block_of)
        _find_loops(found)
        self.blocks = _order(found)
        for index, block in enumerate(self.blocks):
            block.index = index
        _find_dominators(self.blocks)
        _mark_deferred(self.blocks)

    def control_nodes(self) -> list[Node]:
        """The control nodes of all blocks."""
        found: list[Node] = []
        for block in self.blocks:
            found.append(block.header)
            found += block.fixed
            if block.control is not None:
                found.append(block.control)
        return found

    def difference(self, fresh: ControlFlow) -> str:
        """What a fresh one for the same graph says otherwise, as text; "" if nothing."""
        if len(self.blocks) != len(fresh.blocks):
            return f"{len(fresh.blocks)} blocks, not {len(self.blocks)}"
        for mine, other in zip(self.blocks, fresh.blocks, strict=True):
            if _facts(mine) != _facts(other):
                return f"{other!r} has another place in the control flow"
        return ""


def _facts(block: Block) -> tuple[object, ...]:
    """All that is known of a block."""
    edges = [[other.index for other in others] for others in (block.predecessors, block.successors)]
    above = [-1 if other is None else other.index for other in (block.dominator, block.loop)]
    nodes = (block.header, block.fixed, block.control)
    return nodes, edges, above, block.depth, block.loop_depth, block.deferred


def flow_user(node: Node) -> list[Node]:
    """The control nodes that come next after `node`: one, unless it is a Branch, a Switch or a call in a try."""
    found: list[Node] = []
    for user in node.uses:
        op = user.op
        if op.control_out and op is not common.TERMINATE:
            first = op.control_index
            # Merges, with their many inputs, have no others; all else has one.
            if first == 0 or user.inputs[first] is node:
                found.append(user)
    return found


def _next(node: Node) -> Node | None:
    """The first of the control nodes that come next after `node`, or None."""
    for user in node.uses:
        op = user.op
        if op.control_out and op is not common.TERMINATE:
            first = op.control_index
            if first == 0 or user.inputs[first] is node:
                return user
    return None


def _discover(graph: Graph, block_of: dict[int, Block]) -> list[Block]:
    """Blocks reachable from the start, in depth-first order, with their edges."""
    first = Block(graph.start)
    block_of[graph.start.id] = first
    found = [first]
    stack = [first]
    while stack:
        block = stack.pop()
        node = block.header
        while True:
            op = node.op
            if op.is_terminator or op.control_out > 1:  # such as a call in a try
                block.control = node
                targets = [user for user in flow_user(node) if user.op.is_header]
                targets.sort(key=_branch_order)
                break
            following = _next(node)
            if following is None:
                targets = []
                break
            if following.op.is_header:
                targets = [following]
                break
            block.fixed.append(following)
            block_of[following.id] = block
            node = following
        if block.control is not None and block.fixed and block.fixed[-1] is block.control:
            block.fixed.pop()
        for target in targets:
            successor = block_of.get(target.id)
            if successor is None:
                successor = block_of[target.id] = Block(target)
                found.append(successor)
                stack.append(successor)
            block.successors.append(successor)
    for block in found:
        header = block.header
        for control in header.controls:
            predecessor = block_of.get(control.id)
            if predecessor is not None:
                block.predecessors.append(predecessor)
    return found


def _branch_order(projection: Node) -> tuple[int, int]:
    """IfTrue before IfFalse, cases by value, the default last, IfSuccess before IfException."""
    op = projection.op
    if op is common.IF_FALSE or op is common.IF_DEFAULT or op is common.IF_EXCEPTION:
        return 1, 0
    return 0, op.parameters if op.is_case else 0


def _find_loops(found: list[Block]) -> None:
    """Innermost loop of every block, by walking backwards from back edges. Near linear: a loop inside of another counts
    as one block there (Havlak, "Nesting of Reducible and Irreducible Loops", 1997).
    """
    # A depth-first preorder from the start visits an outer loop's header before an inner one's.
    headers = [block for block in found if block.header.op.is_loop]
    around: dict[Block, Block] = {}  # header -> that of the next loop around it, or one further out
    for header in reversed(headers):
        work = header.predecessors[1:]
        header.loop = header
        while work:
            block = work.pop()
            if block.loop is None:
                block.loop = header
                work.extend(block.predecessors)
                continue
            outermost = _outermost(block.loop, around)
            if outermost is not header:
                around[outermost] = header
                work.extend(outermost.predecessors)
    for block in found:
        if block.loop is block:
            outer = _parent_loop(block)
            block.loop_depth = 1 if outer is None else outer.loop_depth + 1
    for block in found:
        if block.loop is not None:
            block.loop_depth = block.loop.loop_depth


def _outermost(header: Block, around: dict[Block, Block]) -> Block:
    """The outermost known loop around a loop; shortens the chain of parents as it goes (path halving)."""
    outer = around.get(header)
    while outer is not None:
        further = around.get(outer)
        if further is None:
            return outer
        around[header] = further
        header, outer = further, around.get(further)
    return header


def _parent_loop(header: Block) -> Block | None:
    return header.predecessors[0].loop if header.predecessors else None


def _order(found: list[Block]) -> list[Block]:
    """A topological order of the forward edges that finishes a loop before it goes on."""
    sizes: dict[Block, int] = {}
    for block in found:
        if block.loop is not None:
            sizes[block.loop] = sizes.get(block.loop, 0) + 1
    headers = {block for block in sizes if block.header.op.is_loop}
    for block in reversed(found):
        if block in headers:  # inner ones come first
            outer = _parent_loop(block)
            if outer is not None:
                sizes[outer] += sizes[block]
    waiting = {block: 1 if block in headers else len(block.predecessors) for block in found}
    ready: dict[Block | None, list[Block]] = {None: [found[0]]}
    current: list[tuple[Block | None, int]] = [(None, len(found))]  # loop, blocks of it still to come
    order: list[Block] = []
    while len(order) < len(found):
        loop, left = current[-1]
        if not left:
            current.pop()
            parent, rest = current[-1]
            current[-1] = (parent, rest - sizes[loop] if loop is not None else rest)
            continue
        block = ready[loop].pop()
        order.append(block)
        if block in headers:
            current.append((block, sizes[block] - 1))
        else:
            current[-1] = (loop, left - 1)
        for successor in reversed(block.successors):
            missing = waiting[successor] - 1
            if missing < 0 and successor in headers:
                continue  # a back edge
            waiting[successor] = missing
            if not missing:
                home = _parent_loop(successor) if successor in headers else successor.loop
                ready.setdefault(home, []).append(successor)
    return order


def _find_dominators(blocks: list[Block]) -> None:
    for block in blocks[1:]:
        forward = [p for p in block.predecessors if p.index < block.index]
        dominator = forward[0]
        for other in forward[1:]:
            dominator = common_dominator(dominator, other)
        block.dominator = dominator
        block.depth = dominator.depth + 1
        jump = dominator.jump
        far = jump.jump
        block.jump = far if dominator.depth - jump.depth == jump.depth - far.depth else dominator


def common_dominator(a: Block, b: Block) -> Block:
    """The deepest block that dominates both; jump pointers as in Myers, "An Applicative Random-Access Stack" (1983)."""
    if a.depth < b.depth:
        a, b = b, a
    depth = b.depth
    while a.depth > depth:
        above = a.jump if a.jump.depth >= depth else a.dominator
        assert above is not None
        a = above
    while a is not b:
        if a.jump is not b.jump:
            a, b = a.jump, b.jump
        else:
            assert a.dominator is not None and b.dominator is not None
            a, b = a.dominator, b.dominator
    return a


def _mark_deferred(blocks: list[Block]) -> None:
    """What always ends in a trap, a throw or a deoptimization is deferred, and what lies behind an unlikely branch or a
    throw.
    """
    for block in reversed(blocks):
        if block.control is not None and block.control.op.is_deferred:
            block.deferred = True
            continue
        index = block.index
        for successor in block.successors:
            if not successor.deferred or successor.index <= index:
                break
        else:
            block.deferred = bool(block.successors)
    for block in blocks:
        if not block.deferred:
            block.deferred = _is_unlikely(block)
    blocks[0].deferred = False


def _is_unlikely(block: Block) -> bool:
    """Does it catch or make an exception, follow an unlikely branch, or follow deferred blocks only?"""
    op = block.header.op
    if op is common.IF_TRUE or op is common.IF_FALSE:
        if block.header.inputs[0].op.parameters == ("unlikely" if op is common.IF_TRUE else "likely"):
            return True
    elif op.is_deferred:
        return True
    for node in block.fixed:
        if node.op.is_deferred:
            return True
    index = block.index
    for predecessor in block.predecessors:
        if predecessor.index < index and not predecessor.deferred:
            return False
    return bool(block.predecessors)
