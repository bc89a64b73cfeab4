"""What passes and rules did in the compilations of a test case, in whatever tier these were for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Final

from seaofnodes.fuzz.registries import Own
from seaofnodes.ir.graph import Graph
from seaofnodes.passes.base import PassContext, PhaseRecord, PipelineObserver

_MOST: Final = 6  # bits of a count that are told apart


@dataclass(slots=True)
class Fired:
    """Counts by name. rules: that fired; tried: nodes that rules looked at; matched: patterns that were there, whether
    the condition held or not; runs: of passes; passes: runs that changed the graph; said: remarks and statistics of
    passes, as "PASS: WHAT".
    """

    rules: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    matched: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    passes: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)

    def add(self, other: Fired) -> None:
        """Add another's counts."""
        for one in fields(self):
            getattr(self, one.name).update(getattr(other, one.name))

    def note(self, context: PassContext) -> None:
        """Add the rules of a compilation that is over, or failed."""
        for name, count in context.rules.items():
            self.rules[name] += count.fired
            self.tried[name] += count.tried
            self.matched[name] += count.matched

    def counts(self, own: Own) -> dict[str, Counter[str]]:
        """By kind, see coverage.py; how far rules came only of one's own."""
        found = {"rules": self.rules, "passes": self.passes}
        found["runs"] = Counter({name: self.runs[name] for name in own.passes})
        for kind, counts in (("tried", self.tried), ("matched", self.matched)):
            found[kind] = Counter({name: counts[name] for name in own.rules})
        return found

    def features(self, own: Own) -> tuple[str, ...]:
        """What happened to one's own rules and passes, with orders of magnitude: what makes a module worth keeping."""
        return tuple(self._features(own))

    def _features(self, own: Own) -> Iterator[str]:
        for name in own.rules:
            if self.tried[name]:
                yield f"tried {name}"
            if self.matched[name]:
                yield f"matched {name}"
            if self.rules[name]:
                yield f"fired {name} {_order(self.rules[name])}"
        for name in own.passes:
            if self.passes[name]:
                yield f"changed {name} {_order(self.passes[name])}"
        mine = set(own.passes)
        for what, count in self.said.items():
            if count and what.partition(": ")[0] in mine:
                yield f"said {what} {_order(count)}"


def _order(count: int) -> int:
    return min(count.bit_length(), _MOST)


class Noting(PipelineObserver):
    """Notes what passes do, and tells the next observer, if there is one."""

    def __init__(self, fired: Fired, following: PipelineObserver | None) -> None:
        self._fired = fired
        self._next = following

    def before(self, graph: Graph, phase: str) -> None:
        """See PipelineObserver."""
        self._fired.runs[phase] += 1  # now: it may fail
        if self._next is not None:
            self._next.before(graph, phase)

    def after(self, graph: Graph, record: PhaseRecord) -> None:
        """See PipelineObserver."""
        fired = self._fired
        fired.passes[record.name] += record.changed
        for name, count in record.statistics.items():
            fired.said[f"{record.name}: {name}"] += max(count, 0)
        for remark in record.remarks:
            fired.said[f"{record.name}: {remark.message}"] += 1
        if self._next is not None:
            self._next.after(graph, record)
