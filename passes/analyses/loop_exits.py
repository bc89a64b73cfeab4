"""Loop-closed form: a value that is defined in a loop and used outside goes through a phi at each exit (LLVM's LCSSA).

The graph has no nodes for loop exits, so a loop is closed only when it is about to be copied: each exit gets a Merge
with, at first, one predecessor, and the phis of the values used after it. Where paths from several exits meet, these
phis are merged again. A copy of the loop then only adds a predecessor to the Merge of each exit.
"""

from __future__ import annotations

from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common
from seaofnodes.passes.analyses.loops import InnermostLoops, Loop


class Exit:
    """An edge out of a loop. Attributes: projection: of a branch in the loop; merge: what follows it; phis: there."""

    __slots__ = ("merge", "phis", "projection")

    def __init__(self, projection: Node, merge: Node) -> None:
        self.projection = projection
        self.merge = merge
        self.phis: list[Node] = []


def close_loop(loops: InnermostLoops, loop: Loop, phase: str) -> list[Exit]:
    """Close a loop; its exits. Linear in the uses of the loop's nodes, but for phis where exits meet."""
    return _Closing(loops, loop, phase).run()


class _Closing:
    __slots__ = ("exits", "graph", "loop", "loops", "made", "phase", "states")

    def __init__(self, loops: InnermostLoops, loop: Loop, phase: str) -> None:
        self.graph: Graph = loops.graph
        self.loops = loops
        self.loop = loop
        self.phase = phase
        self.exits: dict[Block, Exit] = {}
        self.made: dict[tuple[Node, Block], Node] = {}  # a value of the loop, as seen behind a top
        self.states: dict[Block, Node] = {}  # the effect that holds at a top

    def run(self) -> list[Exit]:
        loops, loop = self.loops, self.loop
        loop_of, block_of = loops.loop_of, loops.block_of
        projections = {self._open(top) for top in loop.tops if top.header.op.is_if and not top.header.op.is_after_call}
        reads: list[tuple[Node, int, Block]] = []
        for node in [loop.node, *loop.phis, *loop.nodes]:
            for user in list(node.uses):
                if loop_of.get(user.id) is loop or user in projections or user.id not in block_of:
                    continue
                op = user.op
                for index, child in enumerate(user.inputs):
                    if child is not node:
                        continue
                    block = loops.use_block(user, index)
                    if block is None or block in loop:
                        continue
                    top = loops.top(loop, block)
                    if index >= op.control_index:
                        user.replace_input(index, self._control(top))
                    elif index < op.effect_index:
                        user.replace_input(index, self._value(node, top))
                    elif op.effect_out or op.control_out:
                        user.replace_input(index, self._state(node, top))
                    else:
                        reads.append((user, index, top))
        for user, index, top in reads:  # its version is still the current one at the top: so take that state
            user.replace_input(index, self._state(user.inputs[index], top))
        return list(self.exits.values())

    def _open(self, top: Block) -> Node:
        """Put a merge behind an exit's projection, which is returned."""
        projection = top.header
        self._stand_for(projection)
        merge = self.graph.node(common.merge(1))
        projection.replace_uses(merge)
        merge.append_input(projection)
        self.loops.block_of[merge.id] = top
        self.exits[top] = Exit(projection, merge)
        return projection

    def _stand_for(self, node: Node) -> None:
        """Nodes made from now on come from that one."""
        origin = node.origin
        self.graph.origin = Origin(origin[0], origin[1], self.phase, "loop-exit", node.id)

    def _control(self, top: Block) -> Node:
        found = self.exits.get(top)
        return top.header if found is None else found.merge

    def _value(self, node: Node, top: Block) -> Node:
        """A value of the loop as seen behind a top."""
        found = self.made.get((node, top))
        if found is None:
            if node.op.is_frame_state or node.op.is_state_values or node.op.is_object_state:
                found = self._frame_state(node, top)
            elif top in self.exits:
                self._stand_for(node)
                at = self.exits[top]
                found = self.graph.node(common.phi(node.type, 1), node, at.merge)
                at.phis.append(found)
            else:
                values = [self._value(node, self.loops.top(self.loop, block)) for block in top.predecessors]
                self._stand_for(node)
                found = self.graph.node(common.phi(node.type, len(values)), *values, top.header)
            self.made[node, top] = found
            self.loops.block_of[found.id] = top
        return found

    def _frame_state(self, node: Node, top: Block) -> Node:
        """There are no phis of frame states: the same one again, of the values that are seen there."""
        loop_of, loop = self.loops.loop_of, self.loop
        inputs = [self._value(child, top) if loop_of.get(child.id) is loop else child for child in node.inputs]
        self._stand_for(node)
        return self.graph.node(node.op, *inputs)

    def _state(self, effect: Node, top: Block) -> Node:
        """The effect that holds at a top; `effect`: the last one in the loop, if it is not known yet."""
        found = self.states.get(top)
        if found is None:
            if top in self.exits:
                self._stand_for(effect)
                at = self.exits[top]
                found = self.graph.node(common.effect_phi(1), effect, at.merge)
                at.phis.append(found)
            else:
                states = [self._state(effect, self.loops.top(self.loop, block)) for block in top.predecessors]
                self._stand_for(effect)
                found = self.graph.node(common.effect_phi(len(states)), *states, top.header)
            self.states[top] = found
            self.loops.block_of[found.id] = top
        return found
