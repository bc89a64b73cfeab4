"""How deep a program is nested, and room for that: functions that call themselves make code of what is inside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from seaofnodes.errors import UnsupportedError
from seaofnodes.javascript.bytecode.generator.operators import BINARY
from seaofnodes.javascript.parse.tree import BinaryExpression, Expression, Node
from seaofnodes.javascript.recursion import room_for_calls
from seaofnodes.javascript.scope.children import children

MOST: Final = 10_000  # levels
_CALLS: Final = 8  # of Python, for one level


def in_chain(left: Expression) -> bool:
    """Is the left operand of an operator one of a chain of operators, for which code is made in a loop?"""
    return isinstance(left, BinaryExpression) and left.operator in BINARY and not left.parenthesized


def depth_of(program: Node) -> int:
    """Levels of nodes within nodes."""
    deepest, stack = 0, [(program, 1)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        chain = node.left if isinstance(node, BinaryExpression) and in_chain(node.left) else None
        stack += [(inner, depth + (inner is not chain)) for inner in children(node)]
    return deepest


@contextmanager
def room_for(depth: int) -> Iterator[None]:
    """Python's limit of calls within calls is high enough inside. Raises UnsupportedError for more than MOST levels."""
    if depth > MOST:
        raise UnsupportedError(f"JavaScript: a program that is nested more than {MOST:,} levels deep is not supported")
    with room_for_calls(1000 + depth * _CALLS):
        yield
