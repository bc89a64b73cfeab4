"""What happens to a graph, edit by edit, for viewers that replay it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.records.watched import WatchedNode, watch


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
    """What a node that was edited in place is now."""

    id: int
    op: Operator
    inputs: tuple[int, ...]


class Applied(NamedTuple):
    """The edits since the last one are what a rule, or a pass at one place, did to a node. rule: its name; replacement:
    the node itself if it was changed in place, -1 if no single node stands for it; bound: what the rule's variables
    stood for, (name, id) each.
    """

    id: int
    replacement: int
    rule: str
    bound: tuple[tuple[str, int], ...] = ()


Edit = Created | Replaced | Killed | Changed | Applied


class EditLog:
    """A graph observer that keeps every edit until it is taken, those in place as well."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        graph.observer = self
        self._touched = watch(graph)
        self._edits: list[Edit] = []
        self._origin = graph.origin  # at the last reduction: who has set none since has no rule
        self._bound: tuple[str, tuple[tuple[str, int], ...]] = ("", ())

    def take(self) -> list[Edit]:
        """The edits since the last time."""
        self._note()
        edits, self._edits = self._edits, []
        self._origin = self.graph.origin
        return edits

    def close(self) -> None:
        """Observe the graph no more."""
        self.graph.observer = None
        self.graph.edits.touched = None

    def _note(self) -> None:
        """The edits in place since the last event."""
        if self._touched:
            self._edits += [Changed(n.id, n.op, _inputs(n)) for n in self._touched if not n.op.is_dead]
            self._touched.clear()

    def created(self, node: Node) -> None:
        self._note()
        self._edits.append(Created(node.id, node.op, _inputs(node), node.origin))
        node.__class__ = WatchedNode

    def replaced(self, node: Node, replacement: Node) -> None:
        self._note()
        self._edits.append(Replaced(node.id, replacement.id))

    def killed(self, node: Node) -> None:
        self._note()
        self._edits.append(Killed(node.id))

    def reduced(self, node: Node, replacement: Node, reducer: Callable[[Node], Node | None]) -> None:
        origin = self.graph.origin
        rule = origin.rule if origin is not self._origin else ""
        self.applied(rule or getattr(reducer, "__name__", type(reducer).__name__), node, replacement)

    def applied(self, rule: str, node: Node, replacement: Node | None) -> None:
        self._note()
        (name, bound), self._bound = self._bound, ("", ())
        last = -1 if replacement is None else replacement.id
        self._edits.append(Applied(node.id, last, rule, bound if name == rule else ()))
        self._origin = self.graph.origin

    def bound(self, rule: str, nodes: Mapping[str, Node]) -> None:
        self._bound = (rule, tuple((name, node.id) for name, node in nodes.items()))


def _inputs(node: Node) -> tuple[int, ...]:
    return tuple([child.id for child in node.inputs])
