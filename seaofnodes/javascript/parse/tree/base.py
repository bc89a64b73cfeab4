"""What all nodes have."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Node:
    """start, end: offsets in the source text, in UTF-16 code units; end is behind the last one."""

    start: int
    end: int


@dataclass(slots=True, eq=False)
class Expression(Node):
    """parenthesized: are there parentheses around it? They are no part of its offsets."""

    parenthesized: bool = field(default=False, init=False)


class Statement(Node):
    __slots__ = ()
