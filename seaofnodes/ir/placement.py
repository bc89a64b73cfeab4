"""A block for every node, as early as its inputs allow: enough for printing and checking; the backend's scheduler
does better.
"""

from __future__ import annotations

from collections.abc import Iterator

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common


def pinned_block(node: Node, block_of: dict[int, Block]) -> Block | None:
    """The block of a node that has no choice (control, phis, parameters, effects), or None."""
    found = block_of.get(node.id)
    if found is not None:
        return found
    op = node.op
    if op.is_phi or (op.effect_out and op.control_in):
        return block_of.get(node.control.id)
    if op.is_projection:
        return pinned_block(node.inputs[0], block_of)
    if op.is_parameter:
        return block_of.get(node.inputs[0].id)
    return None


def early_blocks(graph: Graph, control_flow: ControlFlow) -> tuple[dict[int, Block], list[Node]]:
    """Node id -> pinned block, or the deepest block among its inputs; and all placed nodes, inputs first except around
    phis.

    Nodes in cycles that no phi breaks, and nodes in unreachable code, are left out.
    """
    fixed = control_flow.block_of
    block_of = dict(fixed)
    order: list[Node] = []
    nodes = graph.reachable()
    roots: list[Node] = []
    floating: set[Node] = set()  # and not placed yet
    root, float_ = roots.append, floating.add
    for node in nodes:
        op = node.op
        if op.pure and op.control_in == 0 and not op.is_parameter:
            float_(node)
            continue
        if node.id in fixed:
            root(node)
            continue
        block = pinned_block(node, fixed)
        if block is not None:
            block_of[node.id] = block
            root(node)
        elif node is not graph.end and op is not common.TERMINATE:
            float_(node)
    start = control_flow.blocks[0]
    place = order.append
    for node in roots:
        if not floating.isdisjoint(node.inputs):
            for found in _floating_inputs(node, floating):
                best, depth = start, start.depth
                for child in found.inputs:
                    block = block_of.get(child.id)
                    if block is None:
                        break
                    if block.depth > depth:
                        best, depth = block, block.depth
                else:
                    block_of[found.id] = best
                    place(found)
        place(node)
    return block_of, order


def nodes_by_block(graph: Graph) -> tuple[list[Block], dict[Block, list[Node]]]:
    """Blocks in reverse post order, and of each its nodes in an order in which they could run: header, phis, the rest,
    and what ends it.
    """
    control_flow = ControlFlow(graph)
    block_of, order = early_blocks(graph, control_flow)
    members: dict[Block, list[Node]] = {block: [] for block in control_flow.blocks}
    for node in order:
        members[block_of[node.id]].append(node)

    def rank(node: Node) -> int:
        block = block_of[node.id]
        if node is block.header:
            return 0
        if node.op.is_phi:
            return 1
        return 3 if node is block.control else 2

    for nodes in members.values():
        nodes.sort(key=rank)
    return control_flow.blocks, members


def _floating_inputs(root: Node, floating: set[Node]) -> list[Node]:
    """Take the nodes that `root` needs out of `floating`; inputs first."""
    found: list[Node] = []
    stack: list[tuple[Node, Iterator[Node]]] = []
    node, inputs = root, iter(root.inputs)
    while True:
        for child in inputs:
            if child in floating:
                floating.discard(child)
                if child.inputs:
                    stack.append((node, inputs))
                    node, inputs = child, iter(child.inputs)
                    break
                found.append(child)
        else:
            if not stack:
                return found
            found.append(node)
            node, inputs = stack.pop()
