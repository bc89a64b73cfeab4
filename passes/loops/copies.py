"""Copies of a closed loop's body."""

from __future__ import annotations

from collections.abc import Mapping

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.ops import common
from seaofnodes.passes.analyses.loop_exits import Exit
from seaofnodes.passes.analyses.loops import Loop
from seaofnodes.passes.control import bypass, sweep

Copies = Mapping[int, Node]  # node id of the original -> what stands for it; what is absent stands for itself


class LoopCopier:
    """Copies one loop. Copies keep their originals' bytecode positions. `rule`: the origin of all that is made."""

    __slots__ = ("exits", "graph", "loop", "phase", "polls", "rule")

    def __init__(self, graph: Graph, loop: Loop, exits: list[Exit], phase: str, rule: str) -> None:
        self.graph = graph
        self.loop = loop
        self.exits = exits
        self.phase = phase
        self.rule = rule
        self.polls: list[Node] = []  # stack checks among the copies

    def copy(self, header: Mapping[int, Node]) -> Copies:
        """Copy the body; `header` says what stands for the Loop and its phis. The copy's exits join the loop's."""
        graph, phase, rule = self.graph, self.phase, self.rule
        copies = dict(header)
        make = graph.node
        for node in self.loop.nodes:
            origin = node.origin
            graph.origin = Origin(origin[0], origin[1], phase, rule, node.id)
            copy = copies[node.id] = make(node.op, type=node.type)
            if _is_poll(node):
                self.polls.append(copy)
        find = copies.get
        for node in self.loop.nodes:
            append = copies[node.id].append_input
            for child in node.inputs:
                append(find(child.id) or child)
        for leave in self.exits:
            self._stand_for(leave.projection)
            way = len(leave.merge.inputs)
            leave.merge.append_input(make(leave.projection.op, copies[leave.projection.control.id]))
            for phi in leave.phis:
                value = phi.inputs[0]
                phi.insert_input(way, find(value.id) or value)
        return copies

    def entry(self) -> dict[int, Node]:
        """What stands for the Loop and its phis in the first turn."""
        return {node.id: node.inputs[0] for node in (self.loop.node, *self.loop.phis)}

    def next_turn(self, copies: Copies) -> dict[int, Node]:
        """What stands for the Loop and its phis after the turn that `copies` are of."""
        loop = self.loop.node
        back = self.back_edges(copies)
        if len(loop.inputs) == 2:
            return {id: nodes[0] for id, nodes in back.items()}
        self._stand_for(loop)
        count = len(loop.inputs) - 1
        merge = self.graph.node(common.merge(count), *back[loop.id])
        result = {loop.id: merge}
        for phi in self.loop.phis:
            nodes = back[phi.id]
            if all(node is nodes[0] for node in nodes):
                result[phi.id] = nodes[0]
                continue
            self._stand_for(phi)
            op = common.phi(phi.type, count) if phi.op.is_value_phi else common.effect_phi(count)
            result[phi.id] = self.graph.node(op, *nodes, merge)
        return result

    def back_edges(self, copies: Copies) -> dict[int, list[Node]]:
        """What an iteration passes to the Loop and its phis, for each back edge."""
        count = len(self.loop.node.inputs)
        result = {}
        for node in (self.loop.node, *self.loop.phis):
            result[node.id] = [copies.get(child.id, child) for child in node.inputs[1:count]]
        return result

    def finish(self) -> int:
        """Make exits' merges as wide as they have become and take the stack checks out of the copies: the loop's own
        stays. Returns how many were taken out; the graph wants trimming after that.
        """
        for leave in self.exits:
            count = len(leave.merge.inputs)
            leave.merge.op = common.merge(count)
            for phi in leave.phis:
                phi.op = common.phi(phi.type, count) if phi.op.is_value_phi else common.effect_phi(count)
        for poll in self.polls:
            if poll.op.is_branch:
                _never_taken(self.graph, poll)
            else:
                bypass(self.graph, poll)
        return len(self.polls)

    def _stand_for(self, node: Node) -> None:
        origin = node.origin
        self.graph.origin = Origin(origin[0], origin[1], self.phase, self.rule, node.id)


def _is_poll(node: Node) -> bool:
    """A loop's stack check, or the branch to its slow path where it has been split."""
    op = node.op
    return op is common.STACK_CHECK_LOOP or (
        op is common.BRANCH_UNLIKELY and node.inputs[0].op is common.STACK_LIMIT_REACHED
    )


def _never_taken(graph: Graph, branch: Node) -> None:
    """Fold a branch to its IfFalse."""
    for user in list(branch.uses):
        if user.op is common.IF_FALSE:
            graph.replace(user, branch.control)
            graph.kill(user)
        else:
            sweep(graph, [user])
    graph.kill(branch)
