"""A layered layout (Sugiyama). Edges are bundled: those of a net share one dummy a layer. A few median sweeps from a
given order, coordinates by isotonic regression, which keeps the order and the distances and is linear, and dummies of a
net in line where there is room. `viewer/app/layered.js` is the same in JavaScript.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_SWEEPS: Final = 5
_ROUNDS: Final = 10
_LINES_APART: Final = 10  # pixels
_MOST_DUMMIES: Final = 40_000


class Cell:
    """A card, or a dummy of a net (net >= 0) in one layer. x: centre; beside: what a dummy wants to stand next to."""

    __slots__ = (
        "beside",
        "down",
        "height",
        "hint",
        "layer",
        "median",
        "net",
        "offset",
        "order",
        "up",
        "width",
        "x",
    )

    def __init__(self, width: int, height: int, layer: int, hint: float, net: int) -> None:
        self.width = width
        self.height = height
        self.layer = layer
        self.hint = hint
        self.net = net
        self.up: list[Cell] = []
        self.down: list[Cell] = []
        self.beside: Cell | None = None
        self.order = 0
        self.median: float = 0
        self.x: float = 0
        self.offset: float = 0


@dataclass(slots=True)
class Net:
    """Edges that are bundled: (from, to, pixels for the name). back: up to one loop header; fan: from one block."""

    back: bool
    fan: bool
    edges: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Chain:
    """The dummies of a net, in a layer each from `first` on."""

    first: int
    cells: list[Cell]


@dataclass(slots=True)
class Arrangement:
    """cells: of the items; rows: all cells of each layer in order; chains: of each net, None if it were too long."""

    cells: list[Cell]
    rows: list[list[Cell]]
    chains: list[Chain | None]
    width: float


def arranged(sizes: Sequence[tuple[int, int]], nets: Sequence[Net], layers: Sequence[int], gap: int) -> Arrangement:
    """Items, whose order to begin with is that of their indices, side by side in their layers."""
    cells = [Cell(width, height, layers[index], index, -1) for index, (width, height) in enumerate(sizes)]
    rows: list[list[Cell]] = [[] for _ in range(max(layers, default=0) + 1)]
    for cell in cells:
        rows[cell.layer].append(cell)
    chains = _dummies(cells, rows, nets)
    for row in rows:
        row.sort(key=lambda cell: cell.hint)
        _number(row)
    for sweep in range(_SWEEPS):
        _reorder(rows, sweep % 2 == 0)
    width = _coordinates(rows, gap)
    for cell in cells:
        cell.x = math.floor(cell.x + 0.5)
    for chain in chains:
        if chain is not None:
            _straighten(chain.cells, rows, gap, width)
    return Arrangement(cells, rows, chains, width)


def _dummies(cells: list[Cell], rows: list[list[Cell]], nets: Sequence[Net]) -> list[Chain | None]:
    """Short nets come first, while there are not too many dummies."""
    spans = []
    for net in nets:
        start, to = [cells[edge[0]].layer for edge in net.edges], [cells[edge[1]].layer for edge in net.edges]
        spans.append((min(to), max(start)) if net.back else (min(start) + 1, max(to) - 1))
    chains: list[Chain | None] = [None] * len(nets)
    left = _MOST_DUMMIES
    for index in sorted(range(len(nets)), key=lambda index: spans[index][1] - spans[index][0]):
        first, last = spans[index]
        left -= max(0, last - first + 1)
        if left < 0:
            break
        chains[index] = _chain(nets[index], index, first, last, cells, rows)
    return chains


def _chain(net: Net, index: int, first: int, last: int, cells: list[Cell], rows: list[list[Cell]]) -> Chain:
    made: list[Cell] = []
    if net.back:
        start = end = max(cells[edge[0]].hint + 0.5 for edge in net.edges)
    else:
        start = min(cells[edge[0]].hint for edge in net.edges)
        end = max(cells[edge[1]].hint for edge in net.edges)
    for layer in range(first, last + 1):
        share = (layer - first + 1) / (last - first + 2)
        cell = Cell(0, 0, layer, start * (1 - share) + end * share, index)
        if made:
            _link(made[-1], cell)
        made.append(cell)
        rows[layer].append(cell)
    if net.back:
        made[0].beside = cells[net.edges[0][1]]
        made[-1].beside = next(cells[edge[0]] for edge in net.edges if cells[edge[0]].layer == last)
        return Chain(first, made)
    above: set[int] = set()
    below: set[int] = set()
    for source, target, _ in net.edges:
        one, other = cells[source], cells[target]
        if other.layer == one.layer + 1:
            _link(one, other)
            continue
        if source not in above:
            _link(one, made[one.layer + 1 - first])
        if target not in below:
            _link(made[other.layer - 1 - first], other)
        above.add(source)
        below.add(target)
    return Chain(first, made)


def _link(above: Cell, below: Cell) -> None:
    above.down.append(below)
    below.up.append(above)


def _number(row: list[Cell]) -> None:
    for order, cell in enumerate(row):
        cell.order = order


def _by_median(cell: Cell) -> tuple[float, int]:
    return cell.median, cell.order


def _reorder(rows: list[list[Cell]], downwards: bool) -> None:
    for row in rows if downwards else reversed(rows):
        for cell in row:
            cell.median = _median(cell.up if downwards else cell.down, cell.order)
        for cell in row:
            beside = cell.beside
            if beside is not None and beside.layer == cell.layer and not (cell.up if downwards else cell.down):
                cell.median = beside.median + 0.01
        row.sort(key=_by_median)
        _number(row)


def _median(cells: list[Cell], otherwise: int) -> float:
    if len(cells) < 2:
        return cells[0].order if cells else otherwise
    orders = sorted([cell.order for cell in cells])
    middle = len(orders) >> 1
    return orders[middle] if len(orders) % 2 else (orders[middle - 1] + orders[middle]) / 2


def _apart(a: Cell, b: Cell, gap: int) -> float:
    return (a.width + b.width) / 2 + (_LINES_APART if a.net >= 0 and b.net >= 0 else gap)


def _coordinates(rows: list[list[Cell]], gap: int) -> float:
    """Gives the width: that of the widest layer when it is packed."""
    width: float = 0
    for row in rows:
        for index, cell in enumerate(row):
            cell.offset = row[index - 1].offset + _apart(row[index - 1], cell, gap) if index else 0
            cell.x = cell.offset + row[0].width / 2
        if row:
            width = max(width, row[-1].x + row[-1].width / 2)
    for row in rows:  # begin in the middle
        if row:
            move = (width - row[-1].x - row[-1].width / 2) / 2
            for cell in row:
                cell.x += move
    for turn in range(_ROUNDS):
        down = turn % 2 == 0
        side = 0 if turn == _ROUNDS - 1 else -1 if down else 1
        for row in rows if down else reversed(rows):
            if row:
                _settle(row, width, side, gap)
    return width


def _settle(row: list[Cell], width: float, side: int, gap: int) -> None:
    """Moves the cells of a row to where those above (-1), below (1) or both (0) want them."""
    places, weights, offsets = [], [], []
    for cell in row:
        total: float = 0
        weight: float = 0
        own = cell.net < 0
        for others in (cell.up if side <= 0 else (), cell.down if side >= 0 else ()):
            for other in others:
                share = (1 if own else 2) if other.net < 0 else 2 if own else 8  # long edges want to be straight
                total += share * other.x
                weight += share
        if cell.beside is not None:
            total += cell.beside.x + _apart(cell.beside, cell, gap)
            weight += 1
        places.append(total / weight if weight else cell.x)
        weights.append(weight or 0.2)
        offsets.append(cell.offset)
    last = row[-1]
    found = spread(places, weights, offsets, row[0].width / 2, width - last.width / 2 - last.offset)
    for cell, x in zip(row, found, strict=True):
        cell.x = x


def spread(
    places: Sequence[float], weights: Sequence[float], offsets: Sequence[float], low: float, high: float
) -> list[float]:
    """Numbers next to `places` that are as far apart as `offsets` and, less these, between low and high: least squares,
    by pooling adjacent violators.
    """
    sums: list[float] = []
    masses: list[float] = []
    ends: list[int] = []
    for index, mass in enumerate(weights):
        total = (places[index] - offsets[index]) * mass
        while sums and sums[-1] / masses[-1] > total / mass:
            total += sums.pop()
            mass += masses.pop()
            ends.pop()
        sums.append(total)
        masses.append(mass)
        ends.append(index + 1)
    found: list[float] = []
    for total, mass, end in zip(sums, masses, ends, strict=True):
        place = max(low, min(high, total / mass))
        found.extend(place + offset for offset in offsets[len(found) : end])
    return found


def _straighten(chain: list[Cell], rows: list[list[Cell]], gap: int, width: float) -> None:
    """Puts dummies of a net below each other, as far down as there is a place that is free in all layers."""
    run: list[Cell] = []
    low: float = 0
    high: float = 0
    total: float = 0

    def place() -> None:
        x = math.floor(max(low, min(high, total / len(run))) + 0.5)
        for cell in run:
            cell.x = x

    for cell in chain:
        row = rows[cell.layer]
        least: float = 0
        most = width
        if cell.order > 0:
            left = row[cell.order - 1]
            least = math.ceil(left.x + _apart(left, cell, gap))
        if cell.order + 1 < len(row):
            right = row[cell.order + 1]
            most = math.floor(right.x - _apart(cell, right, gap))
        if run and max(low, least) <= min(high, most):
            low = max(low, least)
            high = min(high, most)
        else:
            if run:
                place()
            run = []
            low, high, total = least, most, 0
        run.append(cell)
        total += cell.x
    if run:
        place()
