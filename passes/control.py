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


def sweep(graph: Graph, dead: list[Node], gone: set[Node] | None = None) -> None:
    """Control no longer reaches the nodes in `dead`: remove what follows them, up to merges with other ways in.

    Values in dead blocks stay until the graph is trimmed. `gone` gets the control nodes that are no longer reached.
    """
    gone = set() if gone is None else gone
    gone.update(dead)
    work = list(dead)
    while work:
        node = work.pop()
        for user in list(node.uses):
            if user is graph.end:
                graph.remove_end(node)
            elif user in gone or node not in user.controls:
                continue
            elif user.op.name == "Merge" or (user.op.name == "Loop" and user.inputs[0] is not node):
                while node in user.inputs:
                    remove_merge_input(graph, user, user.inputs.index(node))
            elif user.op.control_out:
                gone.add(user)
                work.append(user)


def remove_merge_input(graph: Graph, merge: Node, index: int) -> None:
    """One way into a merge (or a back edge of a loop) is gone; with one way left, the merge and its phis go too."""
    merge.remove_input(index)
    count = len(merge.inputs)
    merge.op = common.loop(count) if merge.op.name == "Loop" else common.merge(count)
    phis = [user for user in merge.uses if user.op.name in ("Phi", "EffectPhi") and user.control is merge]
    for phi in phis:
        phi.remove_input(index)
        phi.op = common.phi(phi.type, count) if phi.op.name == "Phi" else common.effect_phi(count)
    if count == 1:
        collapse(graph, merge, phis)


def collapse(graph: Graph, merge: Node, phis: list[Node]) -> None:
    """A merge with one way in is no merge."""
    for phi in phis:
        if phi.inputs[0] is not phi:
            graph.replace(phi, phi.inputs[0])
        graph.kill(phi)
    for user in list(merge.uses):
        if user.op.name == "Terminate":
            graph.remove_end(user)
            graph.kill(user)
    graph.replace(merge, merge.inputs[0])
    graph.kill(merge)


def terminate_endless_loops(graph: Graph, gone: set[Node]) -> None:
    """Give a Terminate to each loop that has lost its last way out: the end would not know of it, and it would go.

    gone: control nodes that nothing leads to any more.
    """
    reached: set[Node] = set()

    def reach(node: Node) -> None:
        stack = [node]
        while stack:
            node = stack.pop()
            if node not in reached:
                reached.add(node)
                stack.extend(node.controls)

    reach(graph.end)
    seen = {graph.start}
    work = [graph.start]
    while work:  # forwards, so that outer loops come first
        node = work.pop()
        if node.op.name == "Loop" and node not in reached:
            effect = next(user for user in node.uses if user.op.name == "EffectPhi")  # there is one: loops poll
            graph.add_end(graph.node(common.TERMINATE, effect, node))
            reach(node)
        for user in node.uses:
            if user.op.control_out and user not in seen and user not in gone and node in user.controls:
                seen.add(user)
                work.append(user)


def end_here(graph: Graph, effect: Node, control: Node) -> None:
    """Control does not get past `control` (a trap that always fires, a call that never returns)."""
    graph.add_end(graph.node(common.UNREACHABLE, effect, control))
