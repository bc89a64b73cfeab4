"""What happens to a graph, edit by edit, for viewers that replay it.

Edits in place have no event of their own (`Node.replace_input` costs nothing without an observer); a reducer's are told
with the reduction, others show in the difference of the snapshots around them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.operator import Operator


class Created(NamedTuple):
    """A new node; inputs: ids."""

    id: int
    op: Operator
    inputs: tuple[int, ...]
    origin: Origin


class Replaced(NamedTuple):
    """All users of a node take another."""

    id: int
    replacement: int


class Killed(NamedTuple):
    """A node without users lost its inputs."""

    id: int


class Changed(NamedTuple):
    """What a node that may have been edited in place is now."""

    id: int
    op: Operator
    inputs: tuple[int, ...]


class Reduced(NamedTuple):
    """A reducer's work on a node is complete; the edits since the last one were part of it. rule: its name, or that of
    the reducer; replacement: the node itself if it was changed in place.
    """

    id: int
    replacement: int
    rule: str


Edit = Created | Replaced | Killed | Changed | Reduced


class EditLog:
    """A graph observer that keeps every edit until it is taken."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._edits: list[Edit] = []
        self._origin = graph.origin  # at the last reduction: who has set none since has no rule

    def take(self) -> list[Edit]:
        """The edits since the last time."""
        edits, self._edits = self._edits, []
        self._origin = self.graph.origin
        return edits

    def created(self, node: Node) -> None:
        self._edits.append(Created(node.id, node.op, _inputs(node), node.origin))

    def replaced(self, node: Node, replacement: Node) -> None:
        self._edits.append(Replaced(node.id, replacement.id))

    def killed(self, node: Node) -> None:
        self._edits.append(Killed(node.id))

    def reduced(self, node: Node, replacement: Node, reducer: Callable[[Node], Node | None]) -> None:
        origin = self.graph.origin
        rule = origin.rule if origin is not self._origin else ""
        self._origin = origin
        if replacement is node:
            self._edits += [Changed(near.id, near.op, _inputs(near)) for near in (node, *node.uses)]
        name: str = rule or getattr(reducer, "__name__", type(reducer).__name__)
        self._edits.append(Reduced(node.id, replacement.id, name))


def _inputs(node: Node) -> tuple[int, ...]:
    return tuple([child.id for child in node.inputs])
