"""Edits of control flow that several passes need."""

from __future__ import annotations

from collections.abc import Sequence

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common
from seaofnodes.ir.types import Type


def bypass(graph: Graph, node: Node, value: Node | None = None) -> None:
    """Take a node out of the effect and control chains; users of its value get `value`."""
    op = node.op
    for user in list(node.uses):
        for index, child in enumerate(user.inputs):
            if child is not node:
                continue
            if index >= user.op.control_index and op.control_in:
                user.replace_input(index, node.control)
            elif user.op.effect_index <= index < user.op.control_index:
                user.replace_input(index, node.effect)
            else:
                assert value is not None, f"{node!r} still has users of its value"
                user.replace_input(index, value)
    graph.kill(node)


def return_results(graph: Graph, call: Node, types: Sequence[Type]) -> Node:
    """A Return, not yet an end of the graph, of all that a call gives."""
    values = [call] if len(types) == 1 else [graph.node(common.projection(i, t), call) for i, t in enumerate(types)]
    return graph.node(common.return_(len(values)), *values, call, call)


def sweep(graph: Graph, dead: list[Node]) -> None:
    """Control no longer reaches the nodes in `dead`: kill them and the control that follows them, up to merges with
    other incoming edges.

    Values in dead blocks, and loops that lose their last exit edge, wait for the graph to be trimmed.
    """
    work = list(dead)
    while work:
        node = work.pop()
        for user in list(node.uses):
            if user is graph.end:
                graph.remove_end(node)
            elif node not in user.controls:
                continue
            elif (user.op.is_merge and not user.op.is_loop) or (user.op.is_loop and user.inputs[0] is not node):
                while node in user.inputs:
                    remove_merge_input(graph, user, user.inputs.index(node))
            elif user.op.control_out:
                work.append(user)
        if not node.is_dead:
            graph.kill(node)


def cut_after(graph: Graph, node: Node) -> None:
    """Control does not get past a node any more, which stays."""
    dead = graph.node(common.DEAD_CONTROL)
    for user in list(node.uses):
        for index in node.edges_to(user):
            if index >= user.op.control_index:
                user.replace_input(index, dead)
    sweep(graph, [dead])


def remove_merge_input(graph: Graph, merge: Node, index: int) -> None:
    """One way into a merge (or a back edge of a loop) is gone; with one way left, the merge and its phis go too."""
    merge.remove_input(index)
    count = len(merge.inputs)
    merge.op = common.loop(count) if merge.op.is_loop else common.merge(count)
    phis = [user for user in merge.uses if user.op.is_phi and user.control is merge]
    for phi in phis:
        phi.remove_input(index)
        phi.op = common.phi(phi.type, count) if phi.op.is_value_phi else common.effect_phi(count)
    if count == 1:
        collapse(graph, merge, phis)


def collapse(graph: Graph, merge: Node, phis: list[Node]) -> None:
    """Replace a merge of one predecessor, and its phis, by their inputs."""
    for phi in phis:
        if phi.inputs[0] is not phi:
            graph.replace(phi, phi.inputs[0])
        graph.kill(phi)
    for user in list(merge.uses):
        if user.op is common.TERMINATE:
            graph.remove_end(user)
            graph.kill(user)
    graph.replace(merge, merge.inputs[0])
    graph.kill(merge)


def end_here(graph: Graph, effect: Node, control: Node) -> None:
    """Control does not get past `control` (a trap that always fires, a call that never returns)."""
    graph.add_end(graph.node(common.UNREACHABLE, effect, control))
