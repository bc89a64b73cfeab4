"""Abstract from concrete syntax tree: one traversal with a stack of its own, so that no nesting is too deep.

A node's enter function runs before its parts are built, its leave function gets them built; tokens stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tree_sitter import Node

from seaofnodes.javascript.parse import (
    classes,
    expressions,
    functions,
    leaves,
    loops,
    modules,
    patterns,
    statements,
    tree,
)
from seaofnodes.javascript.parse.state import State

ENTER: dict[str, Callable[[State, Node], None]] = {
    **functions.ENTER,
    **classes.ENTER,
    **statements.ENTER,
    **expressions.ENTER,
    **modules.ENTER,
    **loops.ENTER,
    **leaves.ENTER,
}
LEAVE: dict[str, Callable[[State, Node, list[Any]], Any]] = {
    **functions.LEAVE,
    **classes.LEAVE,
    **statements.LEAVE,
    **expressions.LEAVE,
    **patterns.LEAVE,
    **modules.LEAVE,
    **loops.LEAVE,
    **leaves.LEAVE,
}
LEAVES: dict[str, Callable[[State, Node], Any]] = {**leaves.LEAVES, "=>": functions.arrow_token}
_COMMENTS = frozenset(("comment", "html_comment", "hash_bang_line"))


def build(root: Node, state: State) -> tree.Program:
    """Raises JavaScriptSyntaxError for early errors; state.repairs is not empty if the tree is not as it should be."""
    todo: list[Any] = [root]
    built: list[Any] = []
    while todo:
        item = todo.pop()
        if type(item) is tuple:
            node, leave, base = item
            parts = built[base:]
            del built[base:]
            built.append(leave(state, node, parts))
            continue
        kind = item.type
        make = LEAVES.get(kind)
        if make is not None:
            built.append(make(state, item))
            continue
        leave = LEAVE.get(kind)
        if leave is None or (kind == "class" and not item.is_named):  # the keyword has the name of the node
            if kind in _COMMENTS:
                leaves.comment(state, item, kind)
            else:
                if item.is_named and leave is None:
                    leaves.unknown(state, item)
                built.append(item)
            continue
        enter = ENTER.get(kind)
        if enter is not None:
            enter(state, item)
        todo.append((item, leave, len(built)))
        todo.extend(item.children[::-1])
    program = built[0]
    assert isinstance(program, tree.Program)
    return program
