"""A comparison as tables for a terminal, or as plain text."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from seaofnodes.compare.report import many
from seaofnodes.compare.report.words import counted, method, notes, ratio_text, same_code_text
from seaofnodes.compare.row import ERROR
from seaofnodes.compare.timing.estimate import Estimate
from seaofnodes.names import printable, visible

if TYPE_CHECKING:
    from seaofnodes.compare.results import Results, Subject

PLAIN_WIDTH: Final = 120
TOP: Final = 10  # lines of a table that may be long
_LONG: Final = 48  # letters of a name that is folded where the line is too short, so that others have room


def to_text(comparison: Results, top: int = TOP) -> str:
    """Without colours, 120 columns at most."""
    target = io.StringIO()
    console = Console(file=target, width=PLAIN_WIDTH, color_system=None, force_terminal=False)
    console.print(tables(comparison, top))
    return "".join(line.rstrip() + "\n" for line in target.getvalue().splitlines())


def tables(comparison: Results, top: int = TOP) -> RenderableType:
    """What rich prints."""
    return Group(*_parts(comparison, top))


def _parts(comparison: Results, top: int) -> Iterator[RenderableType]:
    modules = len({row.source for row in comparison.rows})
    counts = [(modules, "module"), (len(comparison.functions), "function"), (len(comparison.calls), "call")]
    shown = ", ".join(f"{count:,} {what}{'' if count == 1 else 's'}" for count, what in counts)
    yield Text(f"{shown}; compared with {_label(comparison.labels[0])}\n")
    yield _pipelines(comparison)
    if many.is_many(comparison):
        yield from _many(comparison, top)
        yield from _problems(comparison, top)
        return
    if comparison.calls:
        yield _calls(comparison)
        yield from _notes(comparison)
        yield from _counters(comparison)
    if len(comparison.labels) > 1:
        yield from _rules(comparison, top)
        yield from _functions(comparison, top)
        yield from _remarks(comparison, top)
    yield from _problems(comparison, top)


def _notes(comparison: Results) -> Iterator[Text]:
    yield from (Text(note, "dim") for note in notes(comparison))
    yield Text("")


def _many(comparison: Results, top: int) -> Iterator[RenderableType]:
    if comparison.calls:
        yield from many.calls(comparison, _table)
        yield from _notes(comparison)
    yield from many.differences(comparison, "rules that fired differently", comparison.rules, top, _table)
    remarks = {f"{found.function}: {found.remark}": found.counts for found in comparison.remark_differences}
    yield from many.differences(comparison, "remarks that differ", remarks, top, _table)


def _table(title: str, columns: Sequence[str], left: int = 1) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(
            Text(_label(column)),
            justify="left" if number < left else "right",
            overflow="fold",  # names are never cut: they differ at their ends
            no_wrap=number < left and len(columns) < 12,
        )
    return table


def _add(table: Table, *cells: str | Text) -> None:
    """Cells are text, never markup: names come from modules."""
    table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))
    for column, cell in zip(table.columns, cells, strict=True):
        if len(cell) > _LONG:
            column.no_wrap = False


def _label(text: str) -> str:
    """Of a pipeline, which may be its whole text."""
    return printable(text, 1000)


def _pipelines(comparison: Results) -> Table:
    head = ["pipeline", "nodes", "code, bytes", "compile, ms", "rules", "smaller", "larger"]
    table = _table("pipelines", [*head, "speed"] if comparison.calls else head)
    first = comparison.summaries[0]
    numbered = many.is_many(comparison)
    for summary in comparison.summaries:
        base = summary is first
        cells: list[str | Text] = [
            (f"{many.number_of(comparison, summary.pipeline)} " if numbered else "") + _label(summary.pipeline),
            _with_change(summary.nodes, None if base else first.nodes),
            _with_change(summary.code_size, None if base else first.code_size),
            _milliseconds(summary.compile, None if base else first.compile),
            f"{summary.rules_fired:,}",
            "" if base else f"{summary.smaller:,}",
            "" if base else f"{summary.larger:,}",
        ]
        if comparison.calls:
            same = summary.calls and summary.same_code == summary.calls
            speed = Text("same code") if same else _starred(summary.speedup, comparison.mean_verdicts[summary.pipeline])
            cells.append("" if base else speed)
        _add(table, *cells)
    return table


def _starred(ratio: Estimate | None, verdict: int) -> Text:
    """With a star, and in colour, where it surely is not 1."""
    style = {1: "green", -1: "red"}.get(verdict, "")
    return Text(ratio_text(ratio) + ("*" if verdict else ""), style)


def _with_change(value: int | None, before: int | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if not before else f"{value:,} ({100 * (value / before - 1):+.1f}%)"


def _milliseconds(time: Estimate | None, before: Estimate | None) -> str:
    if time is None:
        return "-"
    change = "" if before is None else f" ({100 * (time.value / before.value - 1):+.1f}%)"
    return f"{time.value * 1e3:.2f}{change}"


def _calls(comparison: Results) -> Table:
    """Speedups in the form in which V8's people publish theirs."""
    base, *others = comparison.labels
    title = f"speed relative to {_label(base)}, {method(comparison)}"
    table = _table(title, ["module", "call", f"{base}, ms", *others], left=2)
    for subject in comparison.calls:
        row = subject[base]
        time = _failure(subject, base) if row.run is None else Text(f"{row.run.value * 1e3:.3f}")
        cells = [_speedup(comparison, subject, label) for label in others]
        _add(table, printable(row.source), printable(row.name), time, *cells)
    if len(comparison.calls) > 1 and others:
        table.add_section()
        means = [
            _starred(summary.speedup, comparison.mean_verdicts[summary.pipeline])
            for summary in comparison.summaries[1:]
        ]
        _add(table, "geometric mean", "", "", *means)
    return table


def _speedup(comparison: Results, subject: Subject, label: str) -> Text:
    ratio = comparison.speedup(subject, label)
    if ratio is None:
        return _failure(subject, label)
    if same := same_code_text(comparison, subject, label):
        return Text(_label(same), "dim")
    return _starred(ratio, comparison.verdict(subject, label))


def _counters(comparison: Results) -> Iterator[RenderableType]:
    names = counted(comparison)
    if not names:
        return
    table = _table("counted by the hardware in one call", ["module", "call", "pipeline", *names], left=3)
    for subject in comparison.calls:
        for label, row in subject.items():
            numbers = [f"{row.counters[name]:,.0f}" if name in row.counters else "-" for name in names]
            _add(table, printable(row.source), printable(row.name), _label(label), *numbers)
    yield table


def _failure(subject: Subject, label: str) -> Text:
    failed = subject[label].status == ERROR
    return Text("failed" if failed else "-", "bold red" if failed else "")


def _rules(comparison: Results, top: int) -> Iterator[RenderableType]:
    different = {rule: found for rule, found in comparison.rules.items() if len(set(found.values())) > 1}
    if not different:
        return
    table = _table("rules that fired differently", ["rule", *comparison.labels])
    for rule, found in list(different.items())[:top]:
        _add(table, printable(rule), *(f"{found[label]:,}" for label in comparison.labels))
    yield table
    yield from _more(len(different) - top)


def _functions(comparison: Results, top: int) -> Iterator[RenderableType]:
    base, *others = comparison.labels
    for label in others:
        changed = comparison.changed(label)
        if not changed:
            continue
        shown = changed if len(changed) <= top else changed[: (top + 1) // 2] + changed[-(top // 2) :]
        title = f"functions that changed most under {_label(label)}"
        table = _table(title, ["module", "function", "code, bytes", "", "nodes", ""], left=2)
        for subject in shown:
            before, after = subject[base], subject[label]
            growth = comparison.growth(subject, label) or 0
            _add(
                table,
                printable(after.source),
                printable(after.name),
                f"{after.code_size:,}",
                Text(f"{growth:+,}", "green" if growth < 0 else "red"),
                "-" if after.nodes is None else f"{after.nodes:,}",
                "" if after.nodes is None or before.nodes is None else f"{after.nodes - before.nodes:+,}",
            )
        yield table
        yield from _more(len(changed) - len(shown))


def _remarks(comparison: Results, top: int) -> Iterator[RenderableType]:
    different = comparison.remark_differences
    if not different:
        return
    table = _table("remarks that differ", ["function", *comparison.labels, "remark"])
    table.columns[-1].justify = "left"
    for found in different[:top]:
        counts = [str(found.counts[label] or "") for label in comparison.labels]
        _add(table, printable(found.function), *counts, printable(found.remark, 1000))
    yield table
    yield from _more(len(different) - top)


def _more(count: int) -> Iterator[RenderableType]:
    if count > 0:
        yield Text(f"... and {count:,} more\n", "dim")


def _problems(comparison: Results, top: int) -> Iterator[RenderableType]:
    """Notes may be many; errors are all there, at the very end."""
    notes = [problem for problem in comparison.problems if not problem.fatal]
    for problem in notes[:top]:
        yield Text(f"note: {printable(problem.source)}: {visible(problem.reason)}", "dim")
    yield from _more(len(notes) - top)
    for problem in comparison.problems:
        if problem.fatal:
            yield Text(f"error: {printable(problem.source)}: {visible(problem.reason)}", "bold red")
    for row in comparison.rows:
        if row.status == ERROR:
            where = f"{printable(row.source)}: {printable(row.name)}"
            yield Text(f"error: {where} under {_label(row.pipeline)}: {visible(row.error)}", "bold red")
