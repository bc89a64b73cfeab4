"""Global code motion: a block for every floating node, and an order within blocks.

Click, "Global Code Motion / Global Value Numbering" (PLDI 1995): a node may go anywhere between the deepest block of
its inputs (early) and the common dominator of its uses (late); it goes to the latest block of the lowest loop depth
between them. A load that floats stays before the next write to its alias class.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seaofnodes.ir.control_flow import Block, ControlFlow, common_dominator
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import may_write
from seaofnodes.ir.ops import common
from seaofnodes.passes.analyses.manager import AnalysisManager


class Schedule:
    """The graph's nodes in order: for each block `phis`, then `nodes`, then `control`.

    Attributes: blocks: in reverse post order, loops contiguous; block_of: node id -> block; hoisted: node id -> the
    block it would have been in if it had not been moved out of loops.
    """

    __slots__ = ("block_of", "blocks", "control_flow", "graph", "hoisted")

    def __init__(self, graph: Graph, control_flow: ControlFlow) -> None:
        self.graph = graph
        self.control_flow = control_flow
        self.blocks: list[Block] = control_flow.blocks
        self.block_of: dict[int, Block] = dict(control_flow.block_of)
        self.hoisted: dict[int, Block] = {}


def schedule(graph: Graph, analyses: AnalysisManager | None = None) -> Schedule:
    """Schedule all nodes reachable from the end. Changes nothing in the graph, except that dead users are dropped.

    analyses: may have its control flow, whose blocks are filled.
    """
    graph.trim()
    result = Schedule(graph, (analyses or AnalysisManager()).get(ControlFlow, graph))
    for block in result.blocks:
        block.phis, block.nodes = [], []
    floating = _pin(result)
    early = _schedule_early(result, floating)
    for block in result.blocks:
        block.nodes = _effect_chain(block)
    before = _schedule_late(result, floating, early)
    for block, members in _members(result).items():
        _order_block(block, members, result.block_of, before)
    return result


def _pin(result: Schedule) -> list[Node]:
    """Give phis, projections and everything with an effect output its block; returns the other nodes, inputs before
    users.
    """
    block_of = result.block_of
    start = result.blocks[0]
    order = result.graph.reachable()
    pinned: set[int] = set(block_of)
    late_projections: list[Node] = []
    for node in order:
        op = node.op
        if node.id in pinned:
            continue
        if op.is_phi:
            block = block_of[node.control.id]
            block.phis.append(node)
        elif op.is_parameter:
            block = start
        elif op.is_projection:
            late_projections.append(node)
            pinned.add(node.id)
            continue
        elif op.effect_out and op.control_in:
            block = block_of[node.control.id]
            block.nodes.append(node)
        elif node is result.graph.end or op is common.TERMINATE:
            pinned.add(node.id)
            continue
        else:
            continue
        block_of[node.id] = block
        pinned.add(node.id)
    for node in late_projections:
        block_of[node.id] = block_of[node.inputs[0].id]
    return _floating_order(order, pinned)


def _effect_chain(block: Block) -> list[Node]:
    """The effectful nodes of a block, along the effect chain."""
    inside = {node.id: node for node in (*block.fixed, *block.nodes) if node.op.effect_out}
    followed: dict[int, Node] = {}
    first: list[Node] = []
    for node in inside.values():
        if node.effect.id in inside:
            followed[node.effect.id] = node
        else:
            first.append(node)
    chain: list[Node] = []
    walk = first[0] if first else None
    while walk is not None:
        chain.append(walk)
        walk = followed.get(walk.id)
    return chain


def _floating_order(order: Sequence[Node], pinned: set[int]) -> list[Node]:
    """A post order among floating nodes only: their cycles all go through pinned ones."""
    done = set(pinned)
    result: list[Node] = []
    for root in order:
        if root.id not in pinned:
            continue
        for node in root.inputs:
            if node.id in done:
                continue
            done.add(node.id)
            inputs = iter(node.inputs)
            stack: list[tuple[Node, Iterator[Node]]] = []
            while True:
                for child in inputs:
                    if child.id not in done:
                        done.add(child.id)
                        if child.inputs:
                            stack.append((node, inputs))
                            node, inputs = child, iter(child.inputs)
                            break
                        result.append(child)
                else:
                    result.append(node)
                    if not stack:
                        break
                    node, inputs = stack.pop()
    return result


def _schedule_early(result: Schedule, floating: list[Node]) -> dict[int, Block]:
    block_of = result.block_of
    start = result.blocks[0]
    early: dict[int, Block] = {}
    for node in floating:
        best, depth = start, start.depth
        for child in node.inputs:
            block = early.get(child.id) or block_of[child.id]
            if block.depth > depth:
                best, depth = block, block.depth
        early[node.id] = best
    return early


def _schedule_late(result: Schedule, floating: list[Node], early: dict[int, Block]) -> dict[int, list[Node]]:
    """Choose blocks, users first. Gives, by id of a writer, the loads that must come first if they share its block."""
    block_of = result.block_of
    barriers = _Barriers(block_of)
    large_phis: dict[int, dict[Node, list[Block]]] = {}
    for node in reversed(floating):
        late: Block | None = None
        for user in node.uses:
            if user.op.is_value_phi:
                for at in _phi_blocks(node, user, block_of, large_phis):
                    late = at if late is None else common_dominator(late, at)
                continue
            block = block_of.get(user.id)
            if block is not None and block is not late:
                late = block if late is None else common_dominator(late, block)
        first = early[node.id]
        if late is None:  # used by the end only
            late = first
        op = node.op
        if op.effect_in and not op.effect_out:
            late = barriers.raise_block(node, first, late)
        assert first.dominates(late), f"{node!r} is not dominated by its inputs"
        best = late
        if not op.is_cheap:
            while best.loop is not None:
                above = best.loop.dominator
                if above is None or above.depth < first.depth:
                    break
                best = above
            if best is not late:
                result.hoisted[node.id] = late
        block_of[node.id] = best
    return barriers.before


def _phi_blocks(
    node: Node, phi: Node, block_of: dict[int, Block], large_phis: dict[int, dict[Node, list[Block]]]
) -> list[Block]:
    """The ends of the blocks where a phi needs `node`. large_phis: what is known of phis with many inputs, by id."""
    predecessors = block_of[phi.id].predecessors
    if phi.op.value_in > _LARGE_PHI:
        places = large_phis.get(phi.id)
        if places is None:
            places = large_phis[phi.id] = {}
            for value, predecessor in zip(phi.inputs, predecessors, strict=False):
                places.setdefault(value, []).append(predecessor)
        return places.get(node, [])
    return [predecessors[index] for index, value in enumerate(phi.inputs[: phi.op.value_in]) if value is node]


_LARGE_PHI = 8
_MOST_BLOCKS = 200
_MOST_EFFECTS = 200  # effect nodes looked at for one load; keeps scheduling linear

Writers = tuple[tuple[Node, int], ...]


class _Barriers:
    """What floating loads must stay before."""

    __slots__ = ("_block_of", "_followers", "_known", "before")

    def __init__(self, block_of: dict[int, Block]) -> None:
        self._block_of = block_of
        self._followers: dict[int, list[Node]] = {}
        self._known: dict[tuple[int, str], Writers | None] = {}
        self.before: dict[int, list[Node]] = {}  # id of a writer -> loads that come first if they share its block

    def raise_block(self, load: Node, first: Block, late: Block) -> Block:
        """Raise `late` above what overwrites the version of its alias class that a floating load must see."""
        key = (load.effect.id, load.op.reads)
        if key not in self._known:
            self._known[key] = self._writers(load)
        writers = self._known[key]
        if writers is None:  # too many to look at: the load stays in its earliest block
            late = first
            writers = _writers_in_block(load, first)
        for writer, index in writers:
            block = self._block_of[writer.id]
            if writer.op.is_effect_phi:
                if block.dominates(first):
                    continue  # the load comes after it in any case, so none of its inputs brings another version
                if _lies_between(first, block, late):
                    late = common_dominator(late, block.predecessors[index])
            else:
                self.before.setdefault(writer.id, []).append(load)
                if block is not late and _lies_between(first, block, late):
                    late = common_dominator(late, block)
        return late

    def _writers(self, load: Node) -> Writers | None:
        """The next writers of the load's alias class on each path along the effect chain, and effect phis with the
        index of the input through which they are reached; None if the search is too long.
        """
        alias = load.op.reads
        found: list[tuple[Node, int]] = []
        seen: set[int] = set()
        work = [load.effect]
        while work:
            effect = work.pop()
            if len(seen) > _MOST_EFFECTS:
                return None
            for user in self._follow(effect):
                op = user.op
                if op.is_effect_phi:
                    found.extend((user, index) for index, value in enumerate(user.effects) if value is effect)
                elif may_write(op, alias):
                    found.append((user, 0))
                elif user.id not in seen:
                    seen.add(user.id)
                    work.append(user)
        return tuple(found)

    def _follow(self, effect: Node) -> list[Node]:
        """Users that go on with the effect chain."""
        found = self._followers.get(effect.id)
        if found is None:
            found = self._followers[effect.id] = [
                user for user in effect.uses if user.op.effect_out and effect in user.effects
            ]
        return found


def _writers_in_block(load: Node, block: Block) -> Writers:
    """Writers of the load's alias class among the block's effect nodes, behind the load's effect input."""
    nodes = block.nodes
    chain = nodes[nodes.index(load.effect) + 1 :] if load.effect in nodes else nodes
    return tuple((node, 0) for node in chain if may_write(node.op, load.op.reads))


def _lies_between(first: Block, block: Block, late: Block) -> bool:
    """Can control pass through `block` on its way from `first` to `late` (both included)? `first` dominates `late`.

    Where that would take long to find out, the answer is yes: the load then moves up.
    """
    if block is late or block is first:
        return True
    if late is first or not first.dominates(block):
        return False
    seen = {late, first}
    work = [late]
    while work:
        if len(seen) > _MOST_BLOCKS:
            return True
        for predecessor in work.pop().predecessors:
            if predecessor is block:
                return True
            if predecessor not in seen:
                seen.add(predecessor)
                work.append(predecessor)
    return False


def _members(result: Schedule) -> dict[Block, list[Node]]:
    """The nodes of each block that need an order, in a post order."""
    block_of = result.block_of
    members: dict[Block, list[Node]] = {block: [] for block in result.blocks}
    for node in result.graph.reachable():
        block = block_of.get(node.id)
        if block is None or node.op.is_phi or node is block.header or node is block.control:
            continue
        members[block].append(node)
    return members


def _order_block(block: Block, members: list[Node], block_of: dict[int, Block], before: dict[int, list[Node]]) -> None:
    """Effectful and fixed nodes keep to their chains; a floating node comes right before its first user."""
    waiting = {node.id for node in members}
    order: list[Node] = []
    roots: list[Node] = []
    rest: list[Node] = []
    constants: list[Node] = []  # they go where they are used
    for node in members:
        op = node.op
        (roots if op.effect_out or op.control_out else constants if op.is_constant else rest).append(node)
    roots += rest
    roots += constants
    if block.control is not None:
        roots += block.control.values
    has_calls = any(node.op.is_call for node in block.fixed)
    for root in roots:
        if root.id not in waiting:
            continue
        waiting.discard(root.id)
        if has_calls and not root.op.effect_out and _dies_into(root, block, block_of, waiting):
            at = _before_call(order, root)
            order[at:at] = [*(child for child in root.inputs if child.id in waiting), root]
            waiting.difference_update(child.id for child in root.inputs)
            continue
        first = before.get(root.id)
        node, inputs = root, iter(root.inputs + first if first else root.inputs)
        stack: list[tuple[Node, Iterator[Node]]] = []
        while True:
            for child in inputs:
                if child.id in waiting:
                    waiting.discard(child.id)
                    stack.append((node, inputs))
                    first = before.get(child.id)
                    node, inputs = child, iter(child.inputs + first if first else child.inputs)
                    break
            else:
                order.append(node)
                if not stack:
                    break
                node, inputs = stack.pop()
    block.nodes = order


def _dies_into(node: Node, block: Block, block_of: dict[int, Block], waiting: set[int]) -> bool:
    """Is a pure node the last user of its one variable input? Then it takes the place of it as early as you like."""
    if not node.op.pure:
        return False
    variable = [child for child in node.inputs if not child.op.is_constant]
    if len(variable) != 1 or variable[0].id in waiting:
        return False
    others = [user for user in variable[0].uses if user is not node]
    return all(user.id in block_of and block_of[user.id].index < block.index for user in others)


def _before_call(order: list[Node], node: Node) -> int:
    """Where to put it: before the first call after its inputs, so that it, not they, is kept across the call."""
    start = 0
    for index, other in enumerate(order):
        if other in node.inputs:
            start = index + 1
    for index in range(start, len(order)):
        if order[index].op.is_call:
            return index
    return len(order)
