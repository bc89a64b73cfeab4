"""A block for every node, as early as its inputs allow: enough for printing and checking; the backend's scheduler
does better.
"""

from __future__ import annotations

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node


def pinned_block(node: Node, block_of: dict[int, Block]) -> Block | None:
    """The block of a node that has no choice (control, phis, parameters, effects), or None."""
    found = block_of.get(node.id)
    if found is not None:
        return found
    op = node.op
    if op.name in ("Phi", "EffectPhi") or (op.effect_out and op.control_in):
        return block_of.get(node.control.id)
    if op.name == "Projection":
        return pinned_block(node.inputs[0], block_of)
    if op.name in ("Parameter", "OsrValue"):
        return block_of.get(node.inputs[0].id)
    return None


def early_blocks(graph: Graph, control_flow: ControlFlow) -> tuple[dict[int, Block], list[Node]]:
    """Node id -> pinned block, or the deepest block among its inputs; and all placed nodes, inputs first except around
    phis.

    Nodes in cycles that no phi breaks, and nodes in unreachable code, are left out.
    """
    block_of = dict(control_flow.block_of)
    order: list[Node] = []
    nodes = graph.reachable()
    floating: set[int] = set()
    for node in nodes:
        block = pinned_block(node, control_flow.block_of)
        if block is not None:
            block_of[node.id] = block
        elif node.op.name not in ("End", "Terminate"):
            floating.add(node.id)
    start = control_flow.blocks[0]
    done: set[int] = set()
    for root in nodes:
        if root.id in floating or root.id not in block_of:
            continue
        for node in _floating_inputs(root, floating, done):
            blocks = [block_of[child.id] for child in node.inputs if child.id in block_of]
            if len(blocks) == len(node.inputs):
                block_of[node.id] = max(blocks, key=lambda block: block.depth, default=start)
                order.append(node)
        order.append(root)
    return block_of, order


def _floating_inputs(root: Node, floating: set[int], done: set[int]) -> list[Node]:
    """Floating nodes that `root` needs and that are not `done` yet, inputs first."""
    found: list[Node] = []
    stack = [(root, iter(root.inputs))]
    while True:
        node, inputs = stack[-1]
        for child in inputs:
            if child.id in floating and child.id not in done:
                done.add(child.id)
                stack.append((child, iter(child.inputs)))
                break
        else:
            stack.pop()
            if not stack:
                return found
            found.append(node)
