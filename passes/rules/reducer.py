"""The engine of local rewrites: a worklist without duplicates, in reverse post order at first, then following
changes.
"""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from seaofnodes.errors import PassError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Operator
from seaofnodes.passes.rules.cycles import Lineage
from seaofnodes.passes.rules.matching import Ascents

Reducer = Callable[[Node], "Node | None"]  # gives the replacement, the node itself if changed in place, or None

_VISITS_PER_NODE = 50  # a rule set that needs more does not terminate
_OWN: Final = f"{Path(__file__).parents[1]}/"  # where built-in rules are declared
_PAUSE = 4096  # visits after which the compilation's budget is looked at
_MOST_FAR_USERS = 8  # without ascents: revisit users of users unless there are more
_MOST_ASCENDED = 1000  # users of one node that are revisited because of a change further down


class GraphReducer:
    """Runs reducers over a graph until none applies.

    A change of a node has its users visited again, and of those above them the ones whose pattern may have become
    whole: `ascents` says which operators of inner nodes patterns have (None: not known; then users of users are
    visited where they are few). A reducer that looked further asks for a visit with `depend`. `seed` makes the order
    random, so that tests see that it does not matter; `choose` says which of the reducers may do anything at nodes with
    an operator of that name (None: all of them), and is asked once for each name. Attributes: visits: nodes looked at;
    changes: reductions made.
    """

    def __init__(
        self,
        graph: Graph,
        reducers: Sequence[Reducer],
        *,
        ascents: Ascents | None = None,
        seed: int | None = None,
        choose: Callable[[Operator], Sequence[Reducer]] | None = None,
    ) -> None:
        self.graph = graph
        self.choose = choose
        self.reducers = reducers
        self.ascents = ascents
        self.seed = seed
        self.visits = 0
        self.changes = 0
        self._work: deque[Node] | _RandomOrder = deque()
        self._waiting: set[Node] = set()
        self._dependents: dict[int, list[Node]] = {}
        self._lineage: Lineage | None = None

    def push(self, node: Node) -> None:
        """Visit a node, if it does not wait for that already."""
        if node not in self._waiting:
            self._waiting.add(node)
            self._work.append(node)

    def depend(self, node: Node, on: Node) -> None:
        """Visit `node` again when `on` is replaced or changed in place."""
        self._dependents.setdefault(on.id, []).append(node)

    def run(self) -> int:
        """Reduce to a fixed point; returns the number of changes. Raises PassError that names the rules of a cycle if
        they go round in one.
        """
        graph, end, visits = self.graph, self.graph.end, self.visits
        chosen: dict[str, Sequence[Reducer]] = {}  # by name of the operator
        order = []
        reachable = graph.trim()
        for node in reachable:
            name = node.op.name
            if name not in chosen:
                chosen[name] = self.reducers if self.choose is None else self.choose(node.op)
            if chosen[name]:
                order.append(node)
        self._work = work = deque(order) if self.seed is None else _RandomOrder(order, self.seed)
        self._waiting = waiting = set(order)
        limit = _VISITS_PER_NODE * (len(reachable) + 1000)
        pause = min(_PAUSE, limit)
        take, forget = work.popleft, waiting.discard
        while work:
            node = take()
            forget(node)
            if not node.uses and node is not end:
                continue  # it has no uses any more
            visits += 1
            if visits > pause:
                self.visits = visits
                pause = self._pause(node, limit)
            name = node.op.name
            reducers = chosen.get(name)
            if reducers is None:
                reducers = chosen[name] = self.reducers if self.choose is None else self.choose(node.op)
            for reduce in reducers:
                before = graph.next_id
                replacement = reduce(node)
                if replacement is None:
                    continue
                self.changes += 1
                if self._lineage is not None:
                    self._lineage.record(node, replacement, before, reduce)
                self._follow(node, replacement, before)
                if graph.observer is not None:
                    graph.observer.reduced(node, replacement, reduce)
                break
        self.visits = visits
        return self.changes

    def _follow(self, node: Node, replacement: Node, before: int) -> None:
        """Replace, and queue what the change may allow."""
        users = list(node.uses)
        if replacement is node:
            self.push(node)
        else:
            self.graph.replace(node, replacement)
            if node.op.effect_out and not node.op.is_phi:
                self.graph.kill(node)  # it must not be found in the effect chain any more
            self._push_new(replacement, before)
        if self._dependents:
            for dependent in self._dependents.pop(node.id, ()):
                self.push(dependent)
        ascents = self.ascents
        for user in users:
            self.push(user)
            if ascents is not None:
                if user.op.name in ascents:
                    self._ascend(user, ascents)
            elif len(user.uses) <= _MOST_FAR_USERS:
                for far in user.uses:
                    self.push(far)

    def _ascend(self, changed: Node, ascents: Ascents) -> None:
        """Queue the nodes that can be the root of a pattern with `changed` as an inner node, or stand between both."""
        stack = [changed]
        for _ in range(_MOST_ASCENDED):
            node = stack.pop()
            above = ascents[node.op.name]
            for user in node.uses:
                if user.op.name in above and user not in self._waiting:
                    self.push(user)
                    if user.op.name in ascents:
                        stack.append(user)
            if not stack:
                break

    def _push_new(self, node: Node, before: int) -> None:
        """Queue nodes made by the reduction (ids from `before` on), inputs first, but for phis: they may be among what
        their inputs depend on.
        """
        if node.id < before or node in self._waiting:
            return
        if node.op.is_phi:
            self.push(node)
        for child in node.inputs:
            self._push_new(child, before)
        self.push(node)

    def _pause(self, node: Node, limit: int) -> int:
        """Is it still worth it, and does it end? Gives the number of visits after which to ask again."""
        if self.visits > limit:
            self._look_for_cycle(node, self.visits > 2 * limit)
        if self.graph.budget is not None:
            self.graph.budget.spend(_PAUSE if self.visits <= limit else 1)
        return min(self.visits + _PAUSE, limit) if self.visits < limit else limit

    def _look_for_cycle(self, node: Node, last: bool) -> None:
        """Rules that have run for too long are watched for a while; then the cycle has shown."""
        if self._lineage is None:
            self._lineage = Lineage(self.graph)
        cycle = self._lineage.cycle(last)
        if cycle:
            raise PassError(f"rewriting does not end: {self._placed(cycle)}, at n{node.id} ({node.op!r})")

    def _placed(self, cycle: str) -> str:
        """The names of rules in a text with the places where users declare them."""
        sets = [getattr(getattr(reducer, "__self__", None), "rules", None) for reducer in self.reducers]
        own = [rule for rules in sets for rule in getattr(rules, "rules", ()) if not rule.location[0].startswith(_OWN)]
        for rule in own:
            cycle = re.sub(rf"(?<![\w-]){re.escape(rule.name)}(?![\w-])", f"{rule.name} ({rule.place})", cycle)
        return cycle


class _RandomOrder:
    """A worklist that gives any of its nodes, as its seed decides."""

    __slots__ = ("nodes", "random")

    def __init__(self, nodes: Sequence[Node], seed: int) -> None:
        self.nodes = list(nodes)
        self.random = random.Random(seed)

    def __len__(self) -> int:
        return len(self.nodes)

    def append(self, node: Node) -> None:
        self.nodes.append(node)

    def popleft(self) -> Node:
        nodes = self.nodes
        index = self.random.randrange(len(nodes))
        nodes[index], nodes[-1] = nodes[-1], nodes[index]
        return nodes.pop()
