"""The effect chain by blocks: what executes in which order, and where reads that float see their version of the
state.
"""

from __future__ import annotations

from typing import Any, ClassVar

from seaofnodes.ir.control_flow import Block, ControlFlow
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node


class EffectChains:
    """Attributes: flow: blocks; chain: block -> its effectful nodes in
    order; entering: block -> the effect that holds at its start (its effect phi, IfSuccess or IfException, or the last
    effect before); readers: id of a chain node, effect phi or block header -> floating reads that may be evaluated from
    there on, and from nowhere earlier. The graph gets trimmed.
    """

    __slots__ = ("chain", "entering", "flow", "readers")
    needs: ClassVar[tuple[type[Any], ...]] = (ControlFlow,)
    control_only: ClassVar[bool] = False

    def __init__(self, graph: Graph, flow: ControlFlow) -> None:
        self.flow = flow
        block_of = self.flow.block_of
        found: dict[Block, list[Node]] = {block: [] for block in self.flow.blocks}
        heads: dict[Block, Node] = {}
        reads: list[Node] = []
        for node in graph.trim():
            op = node.op
            if not op.effect_in:
                continue
            if op.effect_out:
                if op.is_after_call:
                    if node.id in block_of:
                        heads[block_of[node.id]] = node
                    continue
                block = block_of.get(node.inputs[op.control_index].id)
                if block is None:
                    continue  # not reachable from the start
                if op.is_effect_phi:
                    heads[block] = node
                else:
                    found[block].append(node)
            elif not op.control_out:
                reads.append(node)
        self.chain: dict[Block, list[Node]] = {}
        self.entering: dict[Block, Node] = {}
        for block in self.flow.blocks:
            phi = heads.get(block)
            if phi is None:
                phi = self.leaving(block.predecessors[0]) if block.predecessors else graph.start
            self.entering[block] = phi
            self.chain[block] = _ordered(found[block], phi)
        self.readers: dict[int, list[Node]] = {}
        if reads:
            self._anchor(reads, heads)

    def leaving(self, block: Block) -> Node:
        """The effect that holds at the end of a block."""
        chain = self.chain[block]
        return chain[-1] if chain else self.entering[block]

    def difference(self, fresh: EffectChains) -> str:
        """What a fresh one for the same graph says otherwise, as text; "" if nothing."""
        for mine, other in zip(self.flow.blocks, fresh.flow.blocks, strict=True):
            if self.chain[mine] != fresh.chain[other] or self.entering[mine] is not fresh.entering[other]:
                return f"the effects in {other!r} are others"
        for anchor in self.readers.keys() | fresh.readers.keys():
            if set(self.readers.get(anchor, ())) != set(fresh.readers.get(anchor, ())):
                return f"the reads at n{anchor} are others"
        return ""

    def _anchor(self, reads: list[Node], heads: dict[Block, Node]) -> None:
        block_of = self.flow.block_of
        place: dict[int, tuple[Block, int]] = {self.flow.graph.start.id: (self.flow.blocks[0], -1)}
        for block, chain in self.chain.items():
            for index, node in enumerate(chain):
                place[node.id] = (block, index)
        for block, phi in heads.items():
            place[phi.id] = (block, -1)
        for node in reads:
            op = node.op
            anchor = node.inputs[op.effect_index]
            if op.control_in:
                control = node.inputs[op.control_index]
                if anchor.id not in place or control.id not in block_of:
                    continue  # not reachable from the start
                block, index = place[anchor.id]
                proof = block_of[control.id]  # one of the two blocks dominates the other
                if proof.depth > block.depth or proof is block and place.get(control.id, (block, -1))[1] > index:
                    anchor = control
            self.readers.setdefault(anchor.id, []).append(node)


def _ordered(nodes: list[Node], entering: Node) -> list[Node]:
    """Along the effect chain, from the effect that enters the block."""
    if len(nodes) < 2:
        return nodes
    following = {node.inputs[node.op.effect_index].id: node for node in nodes}
    order: list[Node] = []
    node = following.get(entering.id)
    while node is not None:
        order.append(node)
        node = following.get(node.id)
    return order
