"""Plots as SVG text: speedups as bars with intervals, sizes and compile times as dots."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from seaofnodes.compare.report.words import ratio_text
from seaofnodes.compare.timing.estimate import Estimate
from seaofnodes.names import printable

if TYPE_CHECKING:
    from seaofnodes.compare.results import Results

# Okabe and Ito's colours, which people see apart; shapes differ, too.
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666")
_SHAPES: Final = ("circle", "square", "triangle", "diamond")
_WIDTH: Final = 860
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 34, 48


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis: from `low` to `high` in the plot's pixels `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def around(cls, values: Sequence[float], start: float, end: float) -> Axis:
        """Room for all values, which are positive, and for 5 % more on each side."""
        low, high = min(values), max(values)
        spread = max(math.log(high / low), 0.2) * 0.05
        return cls(low * math.exp(-spread), high * math.exp(spread), start, end)

    def at(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """1, 2 and 5 times powers of ten; fewer, or evenly spaced ones, where that would be too many or too few."""
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for steps in ((1, 2, 5), (1,)):
            found = [s * 10.0**e for e in range(first, last + 1) for s in steps if self.low <= s * 10.0**e <= self.high]
            if len(found) <= 9:
                break
        if len(found) >= 3:
            return found
        return self._even_ticks()

    def ratio_ticks(self) -> list[float]:
        """Powers of two around 1; evenly spaced ones where there would be too few."""
        found = [2.0**e for e in range(-12, 13) if self.low <= 2.0**e <= self.high]
        return found if len(found) >= 3 else sorted({1.0, *self._even_ticks()})

    def _even_ticks(self) -> list[float]:
        step = (self.high - self.low) / 4
        digits = 1 - math.floor(math.log10(step))
        return sorted({round(self.low + step * number, digits) for number in range(1, 4)})


def speedups(comparison: Results, alone: bool = False) -> str:
    """A group of bars for each call, a bar for each pipeline but the first, and the geometric mean; "" without any.

    alone: as a picture that needs no page around it.
    """
    labels = comparison.labels[1:]
    groups: list[tuple[str, list[Estimate | None]]] = [
        (
            subject[comparison.labels[0]].source.removesuffix(".wat").removesuffix(".wasm"),
            [comparison.speedup(subject, label) for label in labels],
        )
        for subject in comparison.calls
    ]
    if len(groups) > 1:
        groups.append(("geometric mean", [summary.speedup for summary in comparison.summaries[1:]]))
    every = [ratio for _, ratios in groups for ratio in ratios if ratio is not None]
    if not every:
        return ""
    height = 430
    bottom = height - 120
    ends = [end for r in every for end in (r.low, r.value, r.high) if end is not None]
    axis = Axis.around([1.0, *ends], bottom, _TOP)
    parts = [*_grid(axis, axis.ratio_ticks(), "{:g}x"), _one(axis.at(1))]
    step = (_WIDTH - _LEFT - _RIGHT) / len(groups)
    bar = min(step * 0.8 / len(labels), 40)
    for number, (name, ratios) in enumerate(groups):
        middle = _LEFT + step * (number + 0.5)
        for position, ratio in enumerate(ratios):
            if ratio is not None:
                x = middle + bar * (position - len(labels) / 2)
                parts.append(_bar(axis, x, bar * 0.92, ratio, position + 1, f"{name}, {labels[position]}"))
        parts.append(_slanted(middle, bottom + 14, name))
    title = f"speed relative to {comparison.labels[0]}; higher is faster"
    return (_picture if alone else _svg)(height, title, parts, comparison.labels, 1)


def code_sizes(comparison: Results) -> str:
    """A dot for each function and pipeline: code by the first pipeline's code, over the latter; "" without any."""
    base, *others = comparison.labels
    points = [
        (position, float(before), after / before, subject[label].name)
        for position, label in enumerate(others, 1)
        for subject in comparison.functions
        if (before := subject[base].code_size) and (after := subject[label].code_size)
    ]
    return _scatter(comparison, points, "code size relative to {}; lower is smaller", "bytes of code under {}", "{:g}x")


def compile_times(comparison: Results) -> str:
    """A dot for each function and pipeline: milliseconds of a compilation over nodes after lifting; "" without any."""
    points = [
        (position, float(nodes), row.compile.value * 1e3, row.name)
        for position, label in enumerate(comparison.labels)
        for subject in comparison.functions
        if (row := subject[label]).compile is not None
        if (nodes := max(other.nodes_lifted or 0 for other in subject.values()))
    ]
    return _scatter(comparison, points, "compile time, ms", "nodes after lifting", "{:g}")


def _scatter(
    comparison: Results, points: Sequence[tuple[int, float, float, str]], title: str, below: str, unit: str
) -> str:
    """points: position of the pipeline, x, y, name."""
    if not points:
        return ""
    height = 360
    xs = Axis.around([x for _, x, _, _ in points], _LEFT, _WIDTH - _RIGHT)
    ys = Axis.around([y for _, _, y, _ in points], height - _BOTTOM, _TOP)
    parts = list(_grid(ys, ys.ratio_ticks() if unit.endswith("x") else ys.ticks(), unit))
    for value in xs.ticks():
        parts.append(_text(xs.at(value), height - _BOTTOM + 16, f"{value:g}", "middle"))
    base = comparison.labels[0]
    parts.append(_text((_LEFT + _WIDTH) / 2, height - 10, below.format(base), "middle"))
    for position, x, y, name in points:
        label = f"{name}, {comparison.labels[position]}: {y:.3g} at {x:g}"
        parts.append(_dot(xs.at(x), ys.at(y), position, label))
    first = min(position for position, *_ in points)
    return _svg(height, title.format(base), parts, comparison.labels, first)


def _svg(height: int, title: str, parts: Sequence[str], labels: Sequence[str], first: int) -> str:
    """The plot with its title and a legend of the pipelines from number `first` on."""
    legend = "".join(
        f'<span class="key"><svg width="14" height="14" aria-hidden="true">{_dot(7, 7, position, "")}</svg>'
        f"{escape(printable(label))}</span> "
        for position, label in enumerate(labels)
        if position >= first
    )
    shown = escape(printable(title))
    return (
        f'<figure><figcaption>{shown} <span class="legend">{legend}</span></figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{shown}" font-size="11">{"".join(parts)}</svg>'
        "</figure>"
    )


def _picture(height: int, title: str, parts: Sequence[str], labels: Sequence[str], first: int) -> str:
    """The same as a file of its own: title and legend are in the drawing."""
    legend = [
        f'<g transform="translate({_LEFT} {20 + 16 * line})">{_dot(0, -4, position, "")}'
        f'<text x="10">{escape(printable(labels[position]))}</text></g>'
        for line, position in enumerate(range(first, len(labels)), 1)
    ]
    top = 16 * len(legend) + 20
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height + top}" font-size="11" '
        f'font-family="sans-serif"><style>.grid{{stroke:#ccc}}.one{{stroke:#000}}.whisker{{stroke:#000;fill:none}}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/><text x="{_LEFT}" y="16" font-weight="bold">'
        f"{escape(printable(title))}</text>{''.join(legend)}"
        f'<g transform="translate(0 {top})">{"".join(parts)}</g></svg>\n'
    )


def _grid(axis: Axis, ticks: Sequence[float], unit: str) -> Iterator[str]:
    for value in ticks:
        y = axis.at(value)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>'
        yield _text(_LEFT - 8, y + 4, unit.format(value), "end")


def _bar(axis: Axis, x: float, width: float, ratio: Estimate, colour: int, name: str) -> str:
    base, top = axis.at(1), axis.at(ratio.value)
    middle = x + width / 2
    label = f"{name}: {ratio_text(ratio)}"
    whisker = ""
    if ratio.low is not None and ratio.high is not None:
        low, high = axis.at(ratio.low), axis.at(ratio.high)
        whisker = f"M{middle:.1f} {low:.1f}V{high:.1f}M{middle - 3:.1f} {low:.1f}h6M{middle - 3:.1f} {high:.1f}h6"
    return (
        f"<g><title>{escape(printable(label))}</title>"
        f'<rect x="{x:.1f}" y="{min(base, top):.1f}" width="{width:.1f}" height="{abs(base - top):.1f}" '
        f'fill="{_colour(colour)}"/>'
        f'<path class="whisker" d="{whisker}"/></g>'
    )


def _dot(x: float, y: float, position: int, label: str) -> str:
    shape = _SHAPES[position % len(_SHAPES)]
    title = f"<title>{escape(printable(label))}</title>" if label else ""
    fill = f'fill="{_colour(position)}" fill-opacity="0.7"'
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" {fill}>{title}</circle>'
    if shape == "square":
        return f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" {fill}>{title}</rect>'
    corners = "-4 3l4-7 4 7z" if shape == "triangle" else "-4 0l4-4 4 4-4 4z"
    return f'<path d="M{x:.1f} {y:.1f}m{corners}" {fill}>{title}</path>'


def _colour(position: int) -> str:
    return COLOURS[position % len(COLOURS)]


def _one(y: float) -> str:
    return f'<path class="one" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(printable(text))}</text>'


def _slanted(x: float, y: float, text: str) -> str:
    shown = printable(text)
    place = f'transform="translate({x:.1f} {y:.1f}) rotate(-40)" text-anchor="end"'
    return f"<text {place}>{escape(short(shown, 26))}<title>{escape(shown)}</title></text>"


def short(text: str, most: int) -> str:
    """The beginning and the end of a long name, where names differ; the whole is its title."""
    return text if len(text) <= most else f"{text[: most // 2 - 1]}..{text[-(most // 2 - 1) :]}"
