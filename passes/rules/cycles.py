"""Rules that undo each other: which ones, in which order."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node, Origin

_LONG = 90  # generations that are enough to see a cycle of a third as many rules
_Link = tuple[str, int, object]  # rule, generation, the link of the node that it replaced


class Lineage:
    """Which rule made a node from which: the ancestry of nodes made while it watches.

    Infinitely many changes mean an infinite line of descent, for each makes finitely many nodes; its rules repeat.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._links: dict[int, _Link] = {}
        self._oldest: _Link = ("", 0, None)
        graph.origin = Origin()

    def record(self, node: Node, replacement: Node, before: int, reducer: Callable[[Node], Node | None]) -> None:
        """`reducer` has just made `replacement`, and all nodes with ids from `before` on, of `node`."""
        rule = self.graph.origin.rule or getattr(reducer, "__qualname__", repr(reducer))
        self.graph.origin = Origin()  # the next reducer that fires says who it is, or nothing
        parent = self._links.get(node.id)
        link: _Link = (rule, parent[1] + 1 if parent else 1, parent)
        if link[1] > self._oldest[1]:
            self._oldest = link
        if replacement is node:
            self._links[node.id] = link
            return
        stack = [replacement]
        while stack:
            made = stack.pop()
            if made.id >= before and self._links.get(made.id) is not link:
                self._links[made.id] = link
                stack += made.inputs

    def cycle(self, now: bool) -> str:
        """The rules that repeat, as "a -> b -> a"; "" if it is too early to say, unless it has to be said `now`."""
        if self._oldest[1] < _LONG and not now:
            return ""
        rules: list[str] = []  # the youngest first
        link: object = self._oldest
        while link is not None and len(rules) < _LONG:
            assert isinstance(link, tuple)
            rules.append(link[0])
            link = link[2]
        rules = [rule for rule in rules if rule]
        for period in range(1, len(rules) // 3 + 1):
            if all(rules[i] == rules[i + period] for i in range(2 * period)):
                cycle = rules[period - 1 :: -1]
                start = cycle.index(min(cycle))
                cycle = cycle[start:] + cycle[:start]
                return " -> ".join([*cycle, cycle[0]])
        return "the rules at work are " + ", ".join(sorted(set(rules)) or ["not known"])
