"""Nodes that note edits in place in `Edits.touched`. Whoever records a graph exchanges the class of its nodes, so that
the nodes of all other graphs pay nothing for it.
"""

from __future__ import annotations

from typing import Any

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node


class WatchedNode(Node):
    """A node whose edits in place are noted, those of its operator included."""

    __slots__ = ()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "op":
            self._touch()

    def replace_input(self, index: int, node: Node) -> None:
        super().replace_input(index, node)
        self._touch()

    def append_input(self, node: Node) -> None:
        super().append_input(node)
        self._touch()

    def insert_input(self, index: int, node: Node) -> None:
        super().insert_input(index, node)
        self._touch()

    def remove_input(self, index: int) -> None:
        super().remove_input(index)
        self._touch()

    def replace_uses(self, replacement: Node) -> None:
        if self.edits.touched is not None:
            self.edits.touched.update(dict.fromkeys(self.uses))
        super().replace_uses(replacement)

    def _touch(self) -> None:
        if self.edits.touched is not None:
            self.edits.touched[self] = None


def watch(graph: Graph) -> dict[Node, None]:
    """Watch the nodes that a graph has now; gives what will hold those edited in place, in order. Nodes made later are
    watched by exchanging their class for `WatchedNode`.
    """
    seen: set[Node] = {graph.start, graph.end}
    work = [graph.start, graph.end]
    while work:  # uses too: what the end does not reach now may be used again
        node = work.pop()
        node.__class__ = WatchedNode
        for near in (*node.inputs, *node.uses):
            if near not in seen:
                seen.add(near)
                work.append(near)
    touched: dict[Node, None] = {}
    graph.edits.touched = touched
    return touched
