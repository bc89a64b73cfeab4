"""Finds what breaks a program: the run of a pass, then the rule, then the one application of it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seaofnodes.errors import Error
from seaofnodes.fuzz.case import Case
from seaofnodes.fuzz.limited import Limits
from seaofnodes.fuzz.reduction.reduce import Check
from seaofnodes.fuzz.registries import registry_for, rules_for
from seaofnodes.fuzz.tasks import probe
from seaofnodes.passes.framework.pass_class import class_place
from seaofnodes.workers.pool import Pool, Task


@dataclass(slots=True)
class Culprit:
    """What was found.

    without_passes: it fails although no pass runs: then nothing else is said; pass_name, function, run, runs: which run
    of a pass, of how many; change: what that run did to the graph; rule: its name, "" if no rule is to blame; text: the
    rule; place: file and line where the rule, or else the pass, is declared; disabling: is the program right when that
    rule is off in that run?; application, applications: which one, of how many in that run; root: the node; offset: in
    the module; inlining: functions it is inlined from; difference: the graph's nodes before and after; probes: how
    often the program was run.
    """

    without_passes: bool = False
    pass_name: str = ""
    function: str = ""
    run: int = 0
    runs: int = 0
    change: str = ""
    rule: str = ""
    text: str = ""
    place: str = ""
    disabling: bool = False
    application: int = 0
    applications: int = 0
    root: str = ""
    offset: int = -1
    inlining: list[int] = field(default_factory=list)
    difference: str = ""
    probes: int = 0


class Bisector:
    """Bisects one failing case, whose first variant fails. on_progress: is told what is looked for, and the probes."""

    def __init__(
        self, pool: Pool, case: Case, check: Check, on_progress: Callable[[str, int], None] = lambda what, probes: None
    ) -> None:
        self.pool = pool
        self.case = case
        self.check = check
        self.on_progress = on_progress
        self.stage = ""
        self.probes = 0
        self._journal = Path()

    def run(self) -> Culprit:
        """Raises Error if the case does not fail, or if what it does is not repeatable."""
        with self._journal_file():
            found = self._run()
        found.probes = self.probes
        return found

    def _run(self) -> Culprit:
        self.stage = "failure"
        fails, journal = self._probe(Limits())
        if not fails:
            raise Error("the module does not fail")
        runs = [entry for entry in journal if "pass" in entry]
        if self._probe(Limits(passes=0))[0]:
            return Culprit(without_passes=True)
        self.stage = "pass"
        number = self._first_failing(0, len(runs), lambda n: self._probe(Limits(passes=n))[0])
        fails, journal = self._probe(Limits(passes=number))
        if not fails:
            raise Error("the failure does not repeat: bisecting makes no sense")
        run = [entry for entry in journal if "pass" in entry][-1]
        culprit = Culprit(pass_name=run["pass"], function=run["function"], run=number, runs=len(runs))
        culprit.place = class_place(registry_for(self.case.load).find(culprit.pass_name))
        culprit.change = next((entry["change"] for entry in journal if "change" in entry), "")
        fired = [entry["fired"] for entry in journal if "fired" in entry]
        culprit.applications = len(fired)
        self.stage = "rule"
        if not fired or self._probe(Limits(number, 0))[0]:
            return culprit  # the pass does it without rules
        self.stage = "application"
        last = self._first_failing(0, len(fired), lambda n: self._probe(Limits(number, n))[0])
        _, journal = self._probe(Limits(number, last))
        self._describe(culprit, journal, fired, last)
        culprit.disabling = not self._probe(Limits(number, disabled=frozenset((culprit.rule,))))[0]
        return culprit

    def _describe(self, culprit: Culprit, journal: list[dict[str, Any]], fired: list[str], last: int) -> None:
        found = next((entry for entry in journal if "application" in entry), {})
        culprit.application = last
        culprit.rule = found.get("application", fired[last - 1])
        there = rules_for(self.case.load, (self.case.variants[0].pipeline,))
        rule = next((rule for rule in there if rule.name == culprit.rule), None)
        culprit.text = culprit.rule if rule is None else str(rule)
        culprit.place = culprit.place if rule is None else rule.place
        culprit.root = found.get("root", "")
        culprit.offset = found.get("offset", -1)
        culprit.inlining = found.get("inlining", [])
        culprit.difference = found.get("difference", "")

    def _first_failing(self, right: int, wrong: int, fails: Callable[[int], bool]) -> int:
        """The least number that fails, if failing stays failing; else one that fails right after one that does not."""
        while wrong - right > 1:
            middle = (right + wrong) // 2
            if fails(middle):
                wrong = middle
            else:
                right = middle
        return wrong

    def _probe(self, limits: Limits) -> tuple[bool, list[dict[str, Any]]]:
        """Does it fail with these limits, and what was written in the journal?"""
        self.probes += 1
        self._journal.write_bytes(b"")
        ((_, result),) = self.pool.run([Task(0, probe, (self.case, limits, str(self._journal)))])
        self.on_progress(self.stage, self.probes)
        entries = []
        for line in self._journal.read_text(encoding="utf-8").splitlines():
            try:
                entries.append(json.loads(line))
            except json.JSONDecodeError:
                break  # the process died while it wrote
        return self.check.fails(result), entries

    @contextmanager
    def _journal_file(self) -> Iterator[None]:
        with tempfile.TemporaryDirectory() as folder:
            self._journal = Path(folder) / "journal"
            yield
