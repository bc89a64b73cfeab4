"""The parts of a node, in the order in which they are evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from seaofnodes.javascript.parse.tree import Node


def children(node: Node) -> Iterator[Node]:
    """The nodes that a node has as fields, or in lists that are fields."""
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, list):
            for element in value:
                if isinstance(element, Node):
                    yield element
