"""Speedups as a heat map: a line for each call, a column for each pipeline; for more of them than bars can show."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Final

from seaofnodes.compare.report.plots import short
from seaofnodes.compare.report.words import ratio_text
from seaofnodes.compare.timing.estimate import Estimate
from seaofnodes.names import printable

if TYPE_CHECKING:
    from seaofnodes.compare.results import Results

MOST_BARS: Final = 60  # pipelines by calls
MOST_PIPELINES: Final = 5  # that colours tell apart
# Blue is faster, orange slower, as in the other plots.
_FASTER, _SLOWER = (0, 114, 178), (213, 94, 0)
_CELL, _LEFT, _TOP = 44, 230, 150
_HEIGHT: Final = 22
Cell = tuple[Estimate | None, int]  # a speedup, and whether it differs from 1: see `Results.verdict`


def wanted(comparison: Results) -> bool:
    """Are there too many pipelines or calls for bars?"""
    pipelines = len(comparison.labels) - 1
    return pipelines > MOST_PIPELINES or pipelines > 0 and pipelines * len(comparison.calls) > MOST_BARS


def speedups(comparison: Results) -> str:
    """The heat map as SVG, the geometric means last; "" without a speedup. Colours are logarithmic; only what differs
    from 1 has one.
    """
    base, *labels = comparison.labels
    lines: list[tuple[str, list[Cell]]] = [
        (
            f"{subject[base].source}: {subject[base].name}",
            [(comparison.speedup(subject, label), comparison.verdict(subject, label)) for label in labels],
        )
        for subject in comparison.calls
    ]
    if len(lines) > 1:
        verdicts = comparison.mean_verdicts
        means = [(summary.speedup, verdicts[summary.pipeline]) for summary in comparison.summaries[1:]]
        lines.append(("geometric mean", means))
    every = [ratio.value for _, cells in lines for ratio, _ in cells if ratio is not None]
    if not every:
        return ""
    most = max([0.1, *(abs(math.log(value)) for value in every)])
    parts = [_column(position, label) for position, label in enumerate(labels)]
    for number, (name, cells) in enumerate(lines):
        y = _TOP + number * _HEIGHT
        shown = printable(name)
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(short(shown, 34))}'
            f"<title>{escape(shown)}</title></text>"
        )
        parts += [
            _cell(position, y, cell, most, f"{shown}, {printable(labels[position])}")
            for position, cell in enumerate(cells)
        ]
    width, height = _LEFT + _CELL * len(labels) + 110, _TOP + _HEIGHT * len(lines) + 8
    title = escape(printable(f"speed relative to {base}: blue is faster, orange slower, in hundredths"))
    return (
        f'<figure class="heatmap"><figcaption>{title}</figcaption><svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{title}" font-size="11">{"".join(parts)}</svg></figure>'
    )


def _column(position: int, label: str) -> str:
    x = _LEFT + _CELL * (position + 0.5)
    shown = printable(label)
    return (
        f'<text transform="translate({x:.0f} {_TOP - 8}) rotate(-50)">{escape(short(shown, 30))}'
        f"<title>{escape(shown)}</title></text>"
    )


def _cell(position: int, y: int, cell: Cell, most: float, name: str) -> str:
    x = _LEFT + _CELL * position
    ratio, verdict = cell
    if ratio is None:
        return f'<text x="{x + _CELL / 2}" y="{y + 15}" text-anchor="middle">–</text>'
    opacity = min(1.0, abs(math.log(ratio.value)) / most) if verdict else 0.0
    red, green, blue = _FASTER if ratio.value > 1 else _SLOWER
    label = f"{name}: {ratio_text(ratio)}"
    return (
        f'<g><title>{escape(label)}</title><rect x="{x}" y="{y}" width="{_CELL - 1}" height="{_HEIGHT - 1}" '
        f'fill="rgb({red},{green},{blue})" fill-opacity="{0.75 * opacity:.2f}"/>'
        f'<text x="{x + _CELL / 2}" y="{y + 15}" text-anchor="middle">{100 * ratio.value:.0f}</text></g>'
    )

