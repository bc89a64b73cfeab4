"""The result of comparing: rows, and what can be read off them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Final

from seaofnodes import __version__
from seaofnodes.compare.configuration import Configuration
from seaofnodes.compare.portion import Settings
from seaofnodes.compare.row import CALL, ERROR, FUNCTION, OK, UNSUPPORTED, Row
from seaofnodes.compare.sources import Problem
from seaofnodes.compare.timing.estimate import Estimate, mean_ratio, verdicts
from seaofnodes.compare.timing.noise import NoiseFloor
from seaofnodes.plain import json_text

Subject = dict[str, Row]  # the rows of one function or call, by the label of the pipeline

FORMAT: Final = 2  # of the JSON: 1 had medians, and no placements


@dataclass(frozen=True, slots=True)
class Summary:
    """One pipeline over all functions and calls that every pipeline got through.

    Attributes: nodes_lifted, nodes: None where there are no graphs; compile: seconds for all functions; compile_ratio:
    by the first pipeline's, round by round; speedup: geometric mean over the calls of the first pipeline's time by this
    one's; smaller, larger: functions with less or more code than under the first; faster, slower: calls that differ,
    corrected for how many are compared; same_code: calls that run the same machine code as under the first.
    """

    pipeline: str
    functions: int
    unsupported: int
    errors: int
    nodes_lifted: int | None
    nodes: int | None
    code_size: int
    rules_fired: int
    compile: Estimate | None
    compile_ratio: Estimate | None
    calls: int
    speedup: Estimate | None
    smaller: int
    larger: int
    faster: int
    slower: int
    same_code: int


@dataclass(frozen=True, slots=True)
class RemarkDifference:
    """A remark about a function that not all pipelines make. counts: how often each of them does."""

    source: str
    function: str
    remark: str
    counts: dict[str, int]


@dataclass
class Results:
    """Rows of a comparison, and what follows from them; the first of the configurations is what the others are compared
    with. `to_json` and `to_csv` give text.
    """

    configurations: list[Configuration]
    rows: list[Row]
    problems: list[Problem] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)
    machine: dict[str, str | int] = field(default_factory=dict)

    @property
    def labels(self) -> list[str]:
        """Of the configurations, in order."""
        return [configuration.label for configuration in self.configurations]

    @property
    def failed(self) -> bool:
        """Is a result wrong, a graph broken, a module invalid?"""
        return any(row.status == ERROR for row in self.rows) or any(problem.fatal for problem in self.problems)

    @cached_property
    def functions(self) -> list[Subject]:
        """Functions, each with its rows, in order."""
        return self._subjects(FUNCTION)

    @cached_property
    def calls(self) -> list[Subject]:
        """Calls, each with its rows, in order."""
        return self._subjects(CALL)

    def _subjects(self, kind: str) -> list[Subject]:
        found: dict[tuple[str, str, int, str], Subject] = {}
        for row in self.rows:
            if row.kind == kind:
                found.setdefault(row.subject, {})[row.pipeline] = row
        return list(found.values())

    def speedup(self, subject: Subject, label: str) -> Estimate | None:
        """The first pipeline's time of a call by this one's; None when one of them failed."""
        base, row = subject[self.labels[0]], subject[label]
        return None if base.run is None or row.run is None else Estimate.ratio(base.run, row.run)

    @cached_property
    def compared(self) -> list[tuple[Subject, str]]:
        """The calls and pipelines whose times are compared with the first one's: other machine code, and an interval.

        What is called faster or slower is corrected for their number.
        """
        base, *others = self.labels
        every = [(subject, label) for subject in self.calls for label in others if subject[label].same_code != base]
        return [one for one in every if (ratio := self.speedup(*one)) is not None and ratio.low is not None]

    @cached_property
    def _verdicts(self) -> dict[tuple[tuple[str, str, int, str], str], int]:
        found = zip(self.compared, verdicts([self.speedup(*one) for one in self.compared]), strict=True)
        return {(subject[label].subject, label): one for (subject, label), one in found}

    def verdict(self, subject: Subject, label: str) -> int:
        """1 for a call that is faster than under the first pipeline, -1 for a slower one, 0 where that is not known.

        By Holm's correction for all that are compared: that any of them is called so wrongly has at most 5 %.
        """
        return self._verdicts.get((subject[label].subject, label), 0)

    @cached_property
    def compile_verdicts(self) -> dict[str, int]:
        """Pipelines that compile slower (1) or faster (-1) than the first one, corrected for their number."""
        found = verdicts([summary.compile_ratio for summary in self.summaries[1:]])
        return dict(zip(self.labels, [0, *found], strict=True))

    @cached_property
    def mean_verdicts(self) -> dict[str, int]:
        """Pipelines under which all calls together are faster (1) or slower (-1), corrected for their number."""
        found = verdicts([summary.speedup for summary in self.summaries[1:]])
        return dict(zip(self.labels, [0, *found], strict=True))

    @property
    def noise(self) -> NoiseFloor | None:
        """What a pipeline compared with itself shows; None for other comparisons, and without intervals."""
        return NoiseFloor.of([self.speedup(*one) for one in self.compared]) if self.settings.a_a else None

    def growth(self, subject: Subject, label: str) -> int | None:
        """Bytes of code of a function, beyond the first pipeline's; None when one of them has none."""
        before, after = subject[self.labels[0]].code_size, subject[label].code_size
        return None if before is None or after is None else after - before

    @cached_property
    def summaries(self) -> list[Summary]:
        """One for each pipeline."""
        return [self._summary(label) for label in self.labels]

    def _summary(self, label: str) -> Summary:
        base = self.labels[0]
        complete = [subject for subject in self.functions if all(row.status == OK for row in subject.values())]
        mine = [subject[label] for subject in complete]
        compile = _total([row.compile for row in mine])
        base_compile = _total([subject[base].compile for subject in complete])
        growths = [growth for subject in complete if (growth := self.growth(subject, label)) is not None]
        speedups = [ratio for subject in self.calls if (ratio := self.speedup(subject, label)) is not None]
        every = [subject[label] for subject in [*self.functions, *self.calls]]
        return Summary(
            pipeline=label,
            functions=len(complete),
            unsupported=sum(row.status == UNSUPPORTED for row in every),
            errors=sum(row.status == ERROR for row in every),
            nodes_lifted=_sum([row.nodes_lifted for row in mine]),
            nodes=_sum([row.nodes for row in mine]),
            code_size=_sum([row.code_size for row in mine]) or 0,
            rules_fired=sum(sum(row.rules.values()) for row in mine),
            compile=compile,
            compile_ratio=None if compile is None or base_compile is None else Estimate.ratio(compile, base_compile),
            calls=len(speedups),
            speedup=mean_ratio(speedups),
            smaller=sum(growth < 0 for growth in growths),
            larger=sum(growth > 0 for growth in growths),
            faster=sum(self.verdict(subject, label) > 0 for subject in self.calls),
            slower=sum(self.verdict(subject, label) < 0 for subject in self.calls),
            same_code=sum(subject[label].same_code == base for subject in self.calls),
        )

    @cached_property
    def rules(self) -> dict[str, dict[str, int]]:
        """How often each rule fired, by pipeline; rules that fired most first."""
        counts: dict[str, Counter[str]] = {}
        for subject in self.functions:
            for label, row in subject.items():
                for rule, fired in row.rules.items():
                    counts.setdefault(rule, Counter())[label] += fired
        ordered = sorted(counts.items(), key=lambda item: (-max(item[1].values()), item[0]))
        return {rule: {label: found[label] for label in self.labels} for rule, found in ordered}

    @cached_property
    def remark_differences(self) -> list[RemarkDifference]:
        """Remarks that some pipelines make about a function, and others do not or less often."""
        found: list[RemarkDifference] = []
        for subject in self.functions:
            counts = {label: Counter(row.remarks) for label, row in subject.items()}
            for remark in dict.fromkeys(remark for row in subject.values() for remark in row.remarks):
                seen = {label: counts[label][remark] for label in self.labels}
                if len(set(seen.values())) > 1:
                    row = subject[self.labels[0]]
                    found.append(RemarkDifference(row.source, row.name, remark, seen))
        return found

    def changed(self, label: str) -> list[Subject]:
        """Functions whose code has another size than under the first pipeline; those that shrank most come first."""
        keyed = [(growth, subject) for subject in self.functions if (growth := self.growth(subject, label))]
        return [subject for _, subject in sorted(keyed, key=lambda item: item[0])]

    def to_json(self) -> str:
        """Everything but graphs and machine code, as one JSON object. Times are in seconds."""
        return json_text(self.facts(), indent=1)

    def facts(self) -> dict[str, Any]:
        """What `to_json` writes."""
        rows = []
        for row in self.rows:
            value = row.to_json()
            del value["graph"], value["code"]
            rows.append(value)
        return {
            "format": FORMAT,
            "seaofnodes": __version__,
            "machine": self.machine,
            "settings": asdict(self.settings),
            "pipelines": [
                {"label": c.label, "pipeline": c.pipeline, "options": dict(c.options)} for c in self.configurations
            ],
            "summaries": [asdict(summary) for summary in self.summaries],
            "speedups": [
                {
                    "source": subject[self.labels[0]].source,
                    "call": subject[self.labels[0]].name,
                    "by_pipeline": {label: self._speedup_facts(subject, label) for label in self.labels},
                }
                for subject in self.calls
            ],
            "noise": None if self.noise is None else asdict(self.noise),
            "rules": self.rules,
            "remarks": [asdict(difference) for difference in self.remark_differences],
            "rows": rows,
            "problems": [asdict(problem) for problem in self.problems],
        }

    def _speedup_facts(self, subject: Subject, label: str) -> dict[str, Any] | None:
        ratio = self.speedup(subject, label)
        return None if ratio is None else {**asdict(ratio), "verdict": self.verdict(subject, label)}

    def to_csv(self) -> str:
        """A line for each row, with a head line; times are in seconds.

        text: the pipeline's, with options of the engine; samples: of the call, or else of the compilation; those of a
        placement are set apart by blanks, placements by semicolons.
        """
        target = io.StringIO()
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(_COLUMNS)
        texts = {configuration.label: str(configuration) or "none" for configuration in self.configurations}
        speedups = {id(subject[label]): self.speedup(subject, label) for subject in self.calls for label in self.labels}
        for row in self.rows:
            cells: list[object] = [row.source, row.kind, row.name, row.index, row.pipeline, row.status, row.error]
            cells += [row.nodes_lifted, row.nodes, row.code_size]
            for estimate in (row.compile, row.run, speedups.get(id(row))):
                cells += ["", "", ""] if estimate is None else [estimate.value, estimate.low, estimate.high]
            timed = row.run or row.compile
            samples = () if timed is None else timed.samples
            cells += [row.same_code, len(row.run.samples) if row.run else ""]
            cells += [";".join(" ".join(map(repr, unit)) for unit in samples), json_text(row.counters)]
            cells += [sum(row.rules.values()), len(row.remarks), " ".join(row.results), texts[row.pipeline]]
            writer.writerow(cells)
        return target.getvalue()


_ESTIMATES = [f"{what}{part}" for what in ("compile", "run", "speedup") for part in ("", "_low", "_high")]
_COLUMNS = (
    "source,kind,name,index,pipeline,status,error,nodes_lifted,nodes,code_size".split(",")
    + _ESTIMATES
    + "same_code,placements,samples,counters,rules_fired,remarks,results,text".split(",")
)


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _total(estimates: Sequence[Estimate | None]) -> Estimate | None:
    """The sum, round by round."""
    known = [estimate.samples for estimate in estimates if estimate is not None]
    return Estimate.of([(sum(map(sum, turn)),) for turn in zip(*known, strict=True)]) if known else None
