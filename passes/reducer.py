"""The engine of local rewrites: a worklist without duplicates, in reverse post order at first, then following
changes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from seaofnodes.errors import PassError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node

Reducer = Callable[[Node], "Node | None"]  # gives the replacement, the node itself if changed in place, or None

_VISITS_PER_NODE = 50  # a rule set that needs more does not terminate
_MOST_FAR_USERS = 8  # revisit users of users, for patterns two deep, unless there are more


class GraphReducer:
    """Runs reducers over a graph until none applies. Attributes: visits: nodes looked at; changes: reductions made."""

    def __init__(self, graph: Graph, reducers: Sequence[Reducer]) -> None:
        self.graph = graph
        self.reducers = reducers
        self.visits = 0
        self.changes = 0
        self._work: deque[Node] = deque()
        self._waiting: set[Node] = set()

    def push(self, node: Node) -> None:
        if node not in self._waiting:
            self._waiting.add(node)
            self._work.append(node)

    def run(self) -> int:
        """Reduce to a fixed point; returns the number of changes. Raises PassError if the rules go round in circles."""
        order = self.graph.trim()
        self._work = work = deque(order)
        self._waiting = waiting = set(order)
        limit = _VISITS_PER_NODE * (len(order) + 1000)
        reducers = self.reducers
        while work:
            node = work.popleft()
            waiting.discard(node)
            if not node.uses and node is not self.graph.end:
                continue  # nobody wants it any more
            self.visits += 1
            if self.visits > limit:
                raise PassError(
                    f"rewriting does not end: n{node.id} ({node.op!r}) was made by rule {node.origin.rule!r}"
                )
            for reduce in reducers:
                before = self.graph.next_id
                replacement = reduce(node)
                if replacement is None:
                    continue
                self.changes += 1
                self._follow(node, replacement, before)
                break
        return self.changes

    def _follow(self, node: Node, replacement: Node, before: int) -> None:
        """Replace, and queue what the change may allow."""
        users = list(node.uses)
        if replacement is node:
            self.push(node)
        else:
            self.graph.replace(node, replacement)
            self._push_new(replacement, before)
        for user in users:
            self.push(user)
            if len(user.uses) <= _MOST_FAR_USERS:
                for far in user.uses:
                    self.push(far)

    def _push_new(self, node: Node, before: int) -> None:
        """Queue nodes made by the reduction (ids from `before` on), inputs first."""
        if node.id < before or node in self._waiting:
            return
        for child in node.inputs:
            self._push_new(child, before)
        self.push(node)
