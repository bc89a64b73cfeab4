"""Endless loops: what keeps them in the graph.

A graph consists of what reaches its end, so all control that the start reaches must reach the end. A loop without an
exit edge has a Terminate for that. `Graph.trim` gives one to each loop that has lost its last exit edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from seaofnodes.ir.node import Node


def lost_control(dead: Iterable[Node], live: set[Node]) -> Node | None:
    """A control node that does not reach the end though its predecessor does; one of the `dead`."""
    for node in dead:
        op = node.op
        if op.control_out and not live.isdisjoint(node.inputs[op.control_index :]):
            return node
    return None


def terminate_endless_loops(start: Node, live: Iterable[Node], terminate: Callable[[Node, Node], None]) -> bool:
    """Give a Terminate to each loop that the start reaches and that does not reach the end, outer ones first. Were
    there any? live: what reaches the end; terminate: makes the Terminate of an effect and a Loop. Linear time.
    """
    reached = set(live)
    seen = {start}
    work = [start]
    found = False
    while work:  # forwards, so that outer loops come first
        node = work.pop()
        if node.op.is_loop and node not in reached:
            found = True
            terminate(_state_in(node), node)
            _reach(node, reached)
        for user in node.uses:
            if user.op.control_out and user not in seen and node in user.inputs[user.op.control_index :]:
                seen.add(user)
                work.append(user)
    return found


def _reach(node: Node, reached: set[Node]) -> None:
    """Add the control nodes that reach `node`."""
    work = [node]
    while work:
        node = work.pop()
        if node not in reached:
            reached.add(node)
            work += node.controls


def _state_in(loop: Node) -> Node:
    """The effect that an iteration of a loop begins with; without an effect phi there are no effects in the loop."""
    for user in loop.uses:
        if user.op.is_effect_phi and user.control is loop:
            return user
    control = loop.control
    while True:
        found = [control] if control.op.effect_out else []
        for user in control.uses:
            if user.op.effect_out and not user.op.control_out and control in user.controls:
                found.append(user)
        for node in found:  # the last of them
            if not any(node in other.effects for other in found if not other.op.is_phi):
                return node
        control = control.control
