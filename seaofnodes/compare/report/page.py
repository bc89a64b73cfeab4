"""A comparison as one HTML page that needs nothing else, and as the fragment that a notebook shows.

Names in it come from modules that nobody has checked: all text goes through `_esc`, and the page's policy lets no
script run but its own.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seaofnodes.compare.report import heatmap, plots
from seaofnodes.compare.report.words import counted, interval_text, method, notes, ratio_digits, same_code_text
from seaofnodes.compare.row import ERROR, OK
from seaofnodes.compare.timing.estimate import Estimate
from seaofnodes.names import printable, visible
from seaofnodes.plain import json_text

if TYPE_CHECKING:
    from seaofnodes.compare.results import Results, Subject

GRAPHS: Final = 100  # functions whose graphs are in the page: those that changed most
_DIFF_LINES: Final = 2000  # difflib is quadratic at worst
_NONCE: Final = "seaofnodes"


def page(comparison: Results) -> str:
    """The whole page."""
    base, *others = map(printable, comparison.labels)
    title = f"{base} and {', '.join(others)}" if others else base
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{_NONCE}'"
    data = json_text(comparison.facts()).translate({ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{_esc(title)}</title>\n<style>\n{_resource('page.css')}</style>\n</head>",
            f'<body class="son">\n<h1>{_esc(title)}</h1>',
            _introduction(comparison),
            *_tables(comparison),
            _plot("Code", plots.code_sizes(comparison)),
            _plot("Compile time", plots.compile_times(comparison)),
            _functions(comparison),
            _rules(comparison),
            _remarks(comparison),
            _graphs(comparison),
            f'<script type="application/json" id="data">{data}</script>',
            f'<script nonce="{_NONCE}">\n{_resource("page.js")}</script>\n</body>\n</html>\n',
        ]
    )


def fragment(comparison: Results) -> str:
    """Summary, calls and speedups, for a notebook."""
    parts = [f"<style>\n{_resource('page.css')}</style>", *_tables(comparison, heads=False)]
    return f'<div class="son">{"".join(parts)}</div>'


def _resource(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _esc(text: object) -> str:
    return escape(printable(str(text)))


def _long(text: str) -> str:
    return escape(visible(text))


def _introduction(comparison: Results) -> str:
    settings = comparison.settings
    modules = len({row.source for row in comparison.rows})
    machine = ", ".join(f"{key} {value}" for key, value in comparison.machine.items())
    spelled = "".join(
        f"<tr>{_name(c.label)}<td class=long><code>{escape(str(c)) or '(nothing)'}</code></td></tr>"
        for c in comparison.configurations
    )
    return (
        f"<p>{modules:,} modules, {len(comparison.functions):,} functions, {len(comparison.calls):,} calls; "
        f"what follows is relative to <b>{_esc(comparison.labels[0])}</b>.</p>"
        f'<p class="quiet">Geometric means over {method(comparison)} of calls, and over {settings.compile_rounds} '
        "compilations, in which pipelines take turns; in brackets, 95 % intervals by Student's t over placements. In "
        f"colour is what differs by Holm's correction for all that is compared. {_esc(machine)}.</p>"
        f"<details><summary>What the pipelines are</summary><table>{spelled}</table></details>"
    )


def _tables(comparison: Results, heads: bool = True) -> Iterator[str]:
    yield _problems(comparison)
    yield ("<h2>Pipelines</h2>" if heads else "") + _pipelines(comparison)
    if comparison.calls:
        yield ("<h2>Speed</h2>" if heads else "") + _speed_plot(comparison) + _calls(comparison)
        yield "".join(f'<p class="quiet">{_esc(note)}</p>' for note in notes(comparison))
        yield _counters(comparison)


def _speed_plot(comparison: Results) -> str:
    return heatmap.speedups(comparison) if heatmap.wanted(comparison) else plots.speedups(comparison)


def _plot(title: str, svg: str) -> str:
    return f"<h2>{title}</h2>{svg}" if svg else ""


def _cell(text: str, value: float | None = None, kind: str = "") -> str:
    attributes = f' class="{kind}"' if kind else ""
    if value is not None:
        attributes += f' data-value="{value!r}"'
    return f"<td{attributes}>{text}</td>"


def _name(text: str) -> str:
    return _cell(_esc(text), kind="name")


def _count(value: int | None) -> str:
    return _cell("–") if value is None else _cell(f"{value:,}", value)


def _judged(value: int | None, good: bool) -> str:
    """A difference: with its sign, and in colour."""
    if value is None:
        return _cell("–")
    return _cell(f"{value:+,}" if value else "0", value, ("good" if good else "bad") if value else "")


def _milliseconds(estimate: Estimate | None) -> str:
    return _cell("–") if estimate is None else _cell(f"{estimate.value * 1e3:.3f}", estimate.value)


def _ratio(ratio: Estimate | None, verdict: int, higher_is_better: bool = True) -> str:
    """verdict: 1 for surely more than 1, -1 for less."""
    if ratio is None:
        return _cell("–")
    kind = "" if not verdict else "good" if (verdict > 0) == higher_is_better else "bad"
    interval = f'<span class="interval">{interval_text(ratio)}</span>'
    return _cell(f"{ratio.value:.{ratio_digits(ratio)}f}x {interval}", ratio.value, kind)


def _table(head: Sequence[str], rows: Sequence[str], names: int = 1, id: str = "") -> str:
    columns = "".join(
        f'<th data-sort="{at}"{" class=name" if at < names else ""}>{_esc(text)}</th>' for at, text in enumerate(head)
    )
    body = "\n".join(f"<tr>{row}</tr>" if not row.startswith("<tr") else row for row in rows)
    return f"<table{f' id={id}' if id else ''}><thead><tr>{columns}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _pipelines(comparison: Results) -> str:
    head = "pipeline,nodes,code bytes,compile ms,relative,rules fired,smaller,larger".split(",")
    rows = []
    for summary in comparison.summaries:
        cells = [_name(summary.pipeline), _count(summary.nodes), _count(summary.code_size)]
        cells.append(_milliseconds(summary.compile))
        cells.append(_ratio(summary.compile_ratio, comparison.compile_verdicts[summary.pipeline], False))
        cells += [_count(summary.rules_fired), _count(summary.smaller), _count(summary.larger)]
        if comparison.calls:
            cells.append(_ratio(summary.speedup, comparison.mean_verdicts[summary.pipeline]))
            cells += [_count(summary.faster), _count(summary.slower), _count(summary.same_code)]
        rows.append("".join(cells))
    if comparison.calls:
        head += ["speed", "faster", "slower", "same code"]
    return _table(head, rows, id="pipelines")


def _calls(comparison: Results) -> str:
    base, *others = comparison.labels
    rows = []
    for subject in comparison.calls:
        row = subject[base]
        cells = [_name(row.source), _name(row.name), _failed(row.error) if row.status != OK else _milliseconds(row.run)]
        for label in others:
            cells.append(_speed(comparison, subject, label))
        rows.append("".join(cells))
    if len(rows) > 1:
        means = "".join(
            _ratio(summary.speedup, comparison.mean_verdicts[summary.pipeline]) for summary in comparison.summaries[1:]
        )
        rows.append(f'<tr class="total">{_name("geometric mean")}<td></td><td></td>{means}</tr>')
    return f'<div class="scroll">{_table(["module", "call", f"{base}, ms", *others], rows, 2, "calls")}</div>'


def _speed(comparison: Results, subject: Subject, label: str) -> str:
    row, ratio = subject[label], comparison.speedup(subject, label)
    if row.status != OK:
        return _failed(row.error)
    if ratio is not None and (same := same_code_text(comparison, subject, label)):
        return _cell(_esc(same), ratio.value, "quiet")
    return _ratio(ratio, comparison.verdict(subject, label))


def _counters(comparison: Results) -> str:
    names = counted(comparison)
    rows = [
        _name(row.source)
        + _name(row.name)
        + _name(label)
        + "".join(_cell(f"{count:,.0f}", count) if (count := row.counters.get(name)) else _cell("–") for name in names)
        for subject in comparison.calls
        for label, row in subject.items()
    ]
    table = _table(["module", "call", "pipeline", *names], rows, 3, "counters")
    return f'<h3>Counted by the hardware in one call</h3><div class="scroll">{table}</div>' if names else ""


def _failed(error: str) -> str:
    return f'<td class="bad" title="{_esc(error)}">failed</td>'


def _functions(comparison: Results) -> str:
    base, *others = comparison.labels
    head = ["module", "function", f"nodes, {base}", f"code, {base}", f"compile ms, {base}"]
    for label in others:
        head += [f"nodes, {label}", f"code, {label}", "difference", f"compile ms, {label}"]
    linked = {id(subject): anchor for anchor, subject in _with_graphs(comparison)}
    rows = []
    for subject in comparison.functions:
        row = subject[base]
        anchor = linked.get(id(subject))
        name = _esc(row.name)
        shown = f'<a href="#{anchor}">{name}</a>' if anchor else name
        cells = [_name(row.source), _cell(shown, kind="name")]
        for label in comparison.labels:
            other = subject[label]
            if other.status == ERROR:
                cells += [_failed(other.error)] + [_cell("–")] * (2 if label == base else 3)
                continue
            growth = comparison.growth(subject, label)
            cells += [_count(other.nodes), _count(other.code_size)]
            cells += [] if label == base else [_judged(growth, growth is not None and growth < 0)]
            cells.append(_milliseconds(other.compile))
        rows.append("".join(cells))
    table = _table(head, rows, 2, "functions")
    field = '<input id="filter" type="search" placeholder="filter" aria-label="filter functions">'
    return f'<h2>Functions</h2><p>{field}</p><div class="scroll">{table}</div>' if rows else ""


def _rules(comparison: Results) -> str:
    rows = [
        _name(rule) + "".join(_count(found[label]) for label in comparison.labels)
        for rule, found in comparison.rules.items()
    ]
    table = _table(["rule", *comparison.labels], rows, id="rules")
    return f'<h2>Rules fired</h2><div class="scroll">{table}</div>' if rows else ""


def _remarks(comparison: Results) -> str:
    rows = [
        _name(found.source)
        + _name(found.function)
        + "".join(_count(found.counts[label]) for label in comparison.labels)
        + _cell(_long(found.remark), kind="long")
        for found in comparison.remark_differences
    ]
    table = _table(["module", "function", *comparison.labels, "remark"], rows, 2, "remarks")
    return f'<h2>Remarks that differ</h2><div class="scroll">{table}</div>' if rows else ""


def _problems(comparison: Results) -> str:
    lines = [
        f'<li class="{"error" if problem.fatal else "quiet"}">{_esc(problem.source)}: {_long(problem.reason)}</li>'
        for problem in comparison.problems
    ]
    lines += [
        f'<li class="error">{_esc(row.source)}, {_esc(row.name)} under {_esc(row.pipeline)}: {_long(row.error)}</li>'
        for row in comparison.rows
        if row.status == ERROR
    ]
    return f"<ul>{''.join(lines)}</ul>" if lines else ""


def _with_graphs(comparison: Results) -> list[tuple[str, Subject]]:
    """Functions whose graphs are in the page, with their anchors: those whose code changed most, in order."""
    known = [
        (max(abs(comparison.growth(subject, label) or 0) for label in comparison.labels), number, subject)
        for number, subject in enumerate(comparison.functions)
        if any(row.graph or row.code for row in subject.values())
    ]
    chosen = sorted(known, key=lambda item: -item[0])[:GRAPHS]
    return [(f"function-{number}", subject) for _, number, subject in sorted(chosen, key=lambda item: item[1])]


def _graphs(comparison: Results) -> str:
    chosen = _with_graphs(comparison)
    if not chosen:
        return ""
    rest = len(comparison.functions) - len(chosen)
    note = f"Of the {len(chosen)} functions that changed most; {rest:,} others are left out." if rest else ""
    return f'<h2>Graphs and code</h2><p class="quiet">{note}</p>' + "\n".join(
        _sides(comparison, *item) for item in chosen
    )


def _sides(comparison: Results, anchor: str, subject: Subject) -> str:
    base, *others = comparison.labels
    row = subject[base]
    parts = [f"<summary>{_esc(row.source)}: {_esc(row.name)}</summary>"]
    for label in others:
        title = f"graph, from {_esc(base)} to {_esc(label)}"
        parts.append(f"<details><summary>{title}</summary>{_diff(row.graph, subject[label].graph)}</details>")
    for what in ("graph", "code"):
        sides = "".join(
            f"<div><b>{_esc(label)}</b><pre>{_long(getattr(subject[label], what)) or '(none)'}</pre></div>"
            for label in comparison.labels
        )
        parts.append(f'<details><summary>{what}</summary><div class="sides">{sides}</div></details>')
    return f'<details id="{anchor}">{"".join(parts)}</details>'


def _diff(before: str, after: str) -> str:
    """Lines that are only in one of two graphs; nodes that both have also have one number."""
    old, new = before.splitlines(), after.splitlines()
    if not old or not new:
        return "<p>There is no graph on one side.</p>"
    if old == new:
        return "<p>No difference.</p>"
    if max(len(old), len(new)) > _DIFF_LINES:
        return f"<p>More than {_DIFF_LINES:,} lines: too long for a difference.</p>"
    lines = []
    for line in list(difflib.unified_diff(old, new, n=2, lineterm=""))[2:]:
        tag = {"+": "ins", "-": "del"}.get(line[0])
        lines.append(f"<{tag}>{_long(line)}</{tag}>" if tag else _long(line))
    return f"<pre>{chr(10).join(lines)}</pre>"
