"""Blocks, dominators and loops of a graph's control nodes.

Dominators: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001). Graphs are reducible by
construction: every cycle goes through a Loop node.
"""

from __future__ import annotations

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node

_HEADERS = frozenset("Start Merge Loop IfTrue IfFalse IfValue IfDefault IfSuccess IfException".split())
_TERMINATORS = frozenset("Branch Switch Return TailCall TailCallRef Throw Unreachable Deoptimize".split())


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
        return self.header.op.name == "Loop"

    def dominates(self, other: Block) -> bool:
        """Does every way from the start to `other` lead through this block?"""
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


def flow_user(node: Node) -> list[Node]:
    """The control nodes that come next after `node`: one, unless it is a Branch, a Switch, a call in a try (or broken).
    """
    found: list[Node] = []
    for user in node.uses:
        op = user.op
        if op.control_out and op.name != "Terminate":
            first = op.control_index
            if first == 0 or node in user.inputs[first:]:  # merges, with their many inputs, have no others
                found.append(user)
    return found


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
            users = flow_user(node)
            if node.op.name in _TERMINATORS or node.op.control_out > 1:  # such as a call in a try
                block.control = node
                targets = [user for user in users if user.op.name in _HEADERS]
                break
            if not users:
                targets = []
                break
            following = users[0]
            if following.op.name in _HEADERS:
                targets = [following]
                break
            block.fixed.append(following)
            block_of[following.id] = block
            node = following
        if block.control is not None and block.fixed and block.fixed[-1] is block.control:
            block.fixed.pop()
        for target in sorted(targets, key=_branch_order):
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
    name = projection.op.name
    if name == "IfValue":
        return 0, projection.op.parameters
    return (1 if name in ("IfFalse", "IfDefault", "IfException") else 0), 0


def _find_loops(found: list[Block]) -> None:
    """Innermost loop of every block, by walking backwards from back edges; outer loops come first."""
    # A depth-first preorder from the start visits an outer loop's header before an inner one's.
    for header in found:
        if not header.is_loop_header:
            continue
        outer = header.loop
        header.loop = header
        header.loop_depth = 1 if outer is None else outer.loop_depth + 1
        members = {header}
        work = header.predecessors[1:]
        while work:
            block = work.pop()
            if block in members:
                continue
            members.add(block)
            block.loop = header
            block.loop_depth = header.loop_depth
            work.extend(block.predecessors)


def _parent_loop(header: Block) -> Block | None:
    return header.predecessors[0].loop if header.predecessors else None


def _order(found: list[Block]) -> list[Block]:
    """A topological order of the forward edges that finishes a loop before it goes on."""
    sizes: dict[Block, int] = {}
    for block in found:
        loop = block.loop
        while loop is not None:
            sizes[loop] = sizes.get(loop, 0) + 1
            loop = _parent_loop(loop)
    waiting: dict[Block, int] = {}
    for block in found:
        waiting[block] = 1 if block.is_loop_header else len(block.predecessors)
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
        if block.is_loop_header:
            current.append((block, sizes[block] - 1))
        else:
            current[-1] = (loop, left - 1)
        for successor in reversed(block.successors):
            if successor.is_loop_header and successor in waiting and waiting[successor] <= 0:
                continue  # a back edge
            waiting[successor] -= 1
            if not waiting[successor]:
                home = _parent_loop(successor) if successor.is_loop_header else successor.loop
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
    ends = ("Unreachable", "Throw", "Deoptimize")
    for block in reversed(blocks):
        traps = block.control is not None and block.control.op.name in ends
        later = [s for s in block.successors if s.index > block.index]
        if traps or (block.successors and len(later) == len(block.successors) and all(s.deferred for s in later)):
            block.deferred = True
    for block in blocks:
        name = block.header.op.name
        if name == "IfException" or any(node.op.name == "NewException" for node in block.fixed):
            block.deferred = True
        elif name in ("IfTrue", "IfFalse"):
            hint = block.header.inputs[0].op.parameters
            if hint == ("unlikely" if name == "IfTrue" else "likely"):
                block.deferred = True
        if block.predecessors and all(p.deferred for p in block.predecessors if p.index < block.index):
            block.deferred = True
    blocks[0].deferred = False
