"""Abstract syntax trees as text: a line for each node, indented."""

from __future__ import annotations

from dataclasses import fields

from seaofnodes.javascript.parse.tree import Node

_PLACES = ("start", "end", "position", "source")


def print_tree(node: Node) -> str:
    """A node and all that is in it: class, what it says of itself, and where it is in the source."""
    lines: list[str] = []
    stack: list[tuple[Node, int, str]] = [(node, 0, "")]
    while stack:
        found, depth, role = stack.pop()
        facts, inner = [], []
        for field in fields(found):
            value = getattr(found, field.name)
            if isinstance(value, Node):
                inner.append((value, depth + 1, field.name))
            elif isinstance(value, list):
                for index, part in enumerate(value):
                    if isinstance(part, Node):
                        inner.append((part, depth + 1, f"{field.name}[{index}]"))
            elif field.name not in _PLACES and value is not None and value is not False:
                facts.append(field.name if value is True else f"{field.name}={value!r}")
        what = " ".join([type(found).__name__, *facts])
        lines.append(f"{'  ' * depth}{role + ': ' if role else ''}{what} @ {found.start}-{found.end}")
        stack += reversed(inner)
    return "\n".join(lines) + "\n"
