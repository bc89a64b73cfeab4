"""What a campaign reached: instructions in modules, operators in graphs, rules that fired, passes that changed some, or
made loops endless; and how far rules and passes of users came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from seaofnodes.fuzz.registries import Own, own, registry_for, rules_for
from seaofnodes.passes.framework.registry import BUILT_IN
from seaofnodes.plain import fits
from seaofnodes.wasm import features as f
from seaofnodes.wasm.opcodes import OPCODES

KINDS: Final = ("opcodes", "operators", "rules", "passes", "endless", "ends", "runs", "tried", "matched")

# What the generator of modules uses.
GENERATED: Final = frozenset(
    {
        f.MUTABLE_GLOBALS,
        f.SIGN_EXTENSION,
        f.SATURATING_CONVERSIONS,
        f.MULTI_VALUE,
        f.EXTENDED_CONST,
        f.BULK_MEMORY,
        f.REFERENCE_TYPES,
        f.FUNCTION_REFERENCES,
        f.TAIL_CALLS,
        f.EXCEPTIONS,
        f.LEGACY_EXCEPTIONS,
        f.MULTI_MEMORY,
        f.MEMORY64,
    }
)


@dataclass(slots=True)
class Coverage:
    """Counts by kind and name. endless: loops that lost their last exit edge, by pass; ends: how calls ended: with
    results, or with which trap; runs: of users' passes; tried, matched: nodes that users' rules looked at, and that had
    their patterns.
    """

    counts: dict[str, Counter[str]] = field(default_factory=lambda: {kind: Counter() for kind in KINDS})

    def add(self, kind: str, found: Mapping[str, int]) -> None:
        """Add counts of one kind."""
        self.counts[kind].update({name: count for name, count in found.items() if count})

    def to_json(self) -> dict[str, dict[str, int]]:
        """By kind, then by name."""
        return {kind: dict(sorted(counts.items())) for kind, counts in self.counts.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Mapping[str, int]]) -> Coverage:
        """What `to_json` gave. Raises TypeError for anything else."""
        if not fits(data, dict[str, dict[str, int]]):
            raise TypeError("the coverage is no table of counts")
        return cls({kind: Counter(data.get(kind, {})) for kind in KINDS})

    def summary(
        self, load: tuple[str, ...] = (), pipelines: tuple[str, ...] = ()
    ) -> list[tuple[str, int, int, list[str]]]:
        """(kind, names reached, names there are, those not reached), for what can be listed."""
        registry, mine = registry_for(load), own(load, pipelines)
        wanted: list[tuple[str, Iterable[str]]] = [
            ("opcodes", (facts.name for code, facts in OPCODES.items() if f.allows(GENERATED, code))),
            ("rules", (rule.name for rule in rules_for(load, pipelines))),
            ("passes", (*BUILT_IN, *mine.pipeline_names(registry))),
        ]
        found: list[tuple[str, int, int, list[str]]] = []
        for kind, names in wanted:
            known = dict.fromkeys(names)
            missing = [name for name in known if not self.counts[kind][name]]
            found.append((kind, len(known) - len(missing), len(known), missing))
        return found


def own_lines(mine: Own, counts: Mapping[str, Mapping[str, int]]) -> tuple[list[str], list[str]]:
    """What users' rules and passes did, one a line; and warnings for those that did nothing. counts: by kind, see
    Coverage.
    """
    lines: list[str] = []
    warnings: list[str] = []
    if mine.rules:
        lines.append("  your rules: fired, of the times that the pattern was there")
    for name in mine.rules:
        fired, matched, tried = (counts[kind].get(name, 0) for kind in ("rules", "matched", "tried"))
        lines.append(f"    {fired:>9,} of {matched:>9,}  {name}")
        if not fired:
            why = f"its pattern was there {matched:,} times, but its condition never held"
            if not matched:
                why = f"its pattern was never there, its last operator {tried:,} times"
            if not tried:
                why = "no pipeline tried it on such an operator"
            warnings.append(f"rule {name}{mine.place(name)} never fired: {why}")
    if mine.passes:
        lines.append("  your passes: changed a graph, of the times that they ran")
    for name in mine.passes:
        changed, runs = counts["passes"].get(name, 0), counts["runs"].get(name, 0)
        lines.append(f"    {changed:>9,} of {runs:>9,}  {name}")
        if not changed:
            what = f"never changed a graph, though it ran {runs:,} times"
            if not runs:
                what = "never ran: name it in a pipeline, with -p"
            warnings.append(f"pass {name}{mine.place(name)} {what}")
    return lines, warnings
