"""The end of lifting: loops that turn out not to loop, and phis that choose nothing."""

from __future__ import annotations

from collections.abc import Iterable

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, is_effect_edge


def open_loop(graph: Graph, loop: Node, check: Node) -> None:
    """Remove a loop without back edges and its StackCheck; its phis are left for `remove_redundant_phis`."""
    effect, control = check.effect, check.control
    for user in list(check.uses):
        for index in check.edges_to(user):
            user.replace_input(index, effect if is_effect_edge(user, index) else control)
    graph.kill(check)
    graph.replace(loop, loop.control)
    graph.kill(loop)


def remove_redundant_phis(graph: Graph, phis: Iterable[Node]) -> None:
    """Remove phis whose values are all the same (or the phi itself), until there are none: minimal SSA, as control flow
    is reducible (Braun et al., Simple and Efficient Construction of Static Single Assignment Form, 2013). Near linear.
    """
    worklist = list(phis)
    while worklist:
        phi = worklist.pop()
        if phi.is_dead:
            continue
        same: Node | None = None
        for value in phi.inputs[:-1]:
            if value is not phi and value is not same:
                if same is not None:
                    break
                same = value
        else:
            assert same is not None
            users = [user for user in phi.uses if user is not phi and user.op.is_phi]
            graph.replace(phi, same)
            graph.kill(phi)
            worklist.extend(users)
