"""Verdicts as text."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from seaofnodes.prove.verdicts import STATUSES, Counterexample, Verdict


def lines_of(title: str, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """One source's rules, a line a rule; more for those that are wrong."""
    yield title
    width = max(len(verdict.rule) for verdict in verdicts)
    for verdict in verdicts:
        yield f"  {verdict.status:7}  {verdict.rule:{width}}  {verdict.method}"
        if not verdict.good:
            yield from _details(verdict)


def _details(verdict: Verdict) -> Iterator[str]:
    text = verdict.text.removeprefix(f"{verdict.rule}: ")
    yield f"           {text}"
    if verdict.where:
        yield f"           at {_near(verdict.where)}"
    if verdict.counterexample is not None:
        for line in counterexample_lines(verdict.counterexample):
            yield f"           {line}"


def _near(where: str) -> str:
    """A file as it is called from here, if it is below."""
    here = f"{Path.cwd()}{os.sep}"
    return where.removeprefix(here)


def counterexample_lines(found: Counterexample) -> Iterator[str]:
    """Values, what both sides are then, and whether the evaluator says so too."""
    for value in found.values:
        yield f"{value.name} = {value}"
    yield f"before the rule: {found.left}"
    yield f"after the rule:  {found.right}" + (f"; it executes {found.unsafe}" if found.unsafe else "")
    yield "confirmed by the graph evaluator" if found.confirmed else "NOT confirmed by the graph evaluator"


def count_text(verdicts: Sequence[Verdict]) -> str:
    """How many rules there are, and what became of them."""
    counts = Counter(verdict.status for verdict in verdicts)
    parts = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    return f"{len(verdicts)} rule{'s' if len(verdicts) != 1 else ''}: {parts}"
