"""Tables for more pipelines than columns can show: pipelines have numbers there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from seaofnodes.compare.report.words import same_code_text
from seaofnodes.compare.timing.estimate import Estimate
from seaofnodes.names import printable

if TYPE_CHECKING:
    from seaofnodes.compare.results import Results, Subject

MOST_COLUMNS: Final = 6  # pipelines that have columns of their own
_COLUMNS: Final = 12  # numbers of pipelines, side by side: names of calls have room beside them in 120 columns
TableMaker = Callable[..., Table]


def is_many(comparison: Results) -> bool:
    """Are there too many pipelines for columns of their own?"""
    return len(comparison.labels) > MOST_COLUMNS


def number_of(comparison: Results, label: str) -> str:
    """How tables name a pipeline: `#3`."""
    return f"#{comparison.labels.index(label)}"


def calls(comparison: Results, make: TableMaker) -> Iterator[Table]:
    """A heat map as text: speeds in hundredths of the first pipeline's; a star where the interval leaves out 100."""
    base, *others = comparison.labels
    for first in range(0, len(others), _COLUMNS):
        labels = others[first : first + _COLUMNS]
        title = f"speed in hundredths of that of {printable(base, 1000)}; *: differs"
        table = make(title, ["call", *(number_of(comparison, label) for label in labels)])
        for subject in comparison.calls:
            row = subject[base]
            cells = [_cell(comparison, subject, label) for label in labels]
            table.add_row(Text(printable(f"{row.source}: {row.name}")), *cells)
        if len(comparison.calls) > 1:
            means = {summary.pipeline: summary.speedup for summary in comparison.summaries}
            table.add_section()
            verdicts = comparison.mean_verdicts
            table.add_row(Text("geometric mean"), *(_hundredths(means[label], verdicts[label]) for label in labels))
        yield table


def _cell(comparison: Results, subject: Subject, label: str) -> Text:
    if same_code_text(comparison, subject, label):
        return Text("same")
    return _hundredths(comparison.speedup(subject, label), comparison.verdict(subject, label))


def _hundredths(ratio: Estimate | None, verdict: int) -> Text:
    if ratio is None:
        return Text("-")
    return Text(f"{100 * ratio.value:.0f}{'*' if verdict else ' '}", {1: "green", -1: "red"}.get(verdict, ""))


def differences(
    comparison: Results, title: str, counts: Mapping[str, Mapping[str, int]], top: int, make: TableMaker
) -> Iterator[Table | Text]:
    """Counts that are others under some of the pipelines; counts: what is counted -> pipeline -> count."""
    base = comparison.labels[0]
    different = {what: found for what, found in counts.items() if len(set(found.values())) > 1}
    if not different:
        return
    table = make(title, ["", base, "under others"])
    table.columns[0].no_wrap = False
    table.columns[-1].justify = "left"
    for what, found in list(different.items())[:top]:
        table.add_row(Text(printable(what, 1000)), Text(f"{found[base]:,}"), Text(_grouped(comparison, found)))
    yield table
    if len(different) > top:
        yield Text(f"... and {len(different) - top:,} more\n", "dim")


def _grouped(comparison: Results, found: Mapping[str, int]) -> str:
    """`0 under #3 #5, 7 under #4`."""
    groups: dict[int, list[str]] = {}
    for label, count in found.items():
        if count != found[comparison.labels[0]]:
            groups.setdefault(count, []).append(number_of(comparison, label))
    return ", ".join(f"{count:,} under {' '.join(numbers)}" for count, numbers in sorted(groups.items()))
