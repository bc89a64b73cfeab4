"""The layout of blocks: layers, order, columns and routes; it depends on sizes and edges alone.

`viewer/app/blocklayout.js` is the same in JavaScript: there it lays out what nobody can know when the page is made
(steps, filters, other compilations); here it draws pictures where there is no JavaScript. A test compares the two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from seaofnodes.viz.layout.layered import Net, arranged
from seaofnodes.viz.layout.layers import block_layers
from seaofnodes.viz.layout.routes import Point, routed

_GAP: Final = 36  # pixels between cards of a layer
_NARROW: Final = 2400  # pixels that the rows of a switch's arms may always take
_SHAPE: Final = 1.8  # and this times the side of a square with the area of all cards
FAN: Final = 4  # edges of one block from which on they leave it together


@dataclass(frozen=True, slots=True)
class Layout:
    """places: left and top of each card; routes: points of each edge, or None; all in pixels."""

    places: Sequence[Point]
    routes: Sequence[list[Point] | None]
    width: float
    height: float


def block_layout(sizes: Sequence[tuple[int, int]], edges: Sequence[tuple[int, int, bool, int]]) -> Layout:
    """sizes: width and height of the cards, in reverse post order; edges: from, to, is it one back to a loop?, pixels
    for its name.
    """
    fans = [0] * len(sizes)
    for start, _, back, _ in edges:
        if not back:
            fans[start] += 1
    wide = [index for index, count in enumerate(fans) if count >= FAN]
    forward = [(start, to) for start, to, back, _ in edges if not back]
    backward = [(start, to) for start, to, back, _ in edges if back]
    limit = max(_NARROW, _SHAPE * math.sqrt(sum(width * height for width, height in sizes)))
    layers = block_layers([width for width, _ in sizes], forward, backward, wide, limit)
    nets, net_of = _bundles(edges, fans, layers)
    arrangement = arranged(sizes, nets, layers, _GAP)
    tops, height, routes = routed(arrangement, nets)
    cells = arrangement.cells
    places = [(math.floor(cells[index].x - size[0] / 2), tops[layers[index]]) for index, size in enumerate(sizes)]
    taken = [iter(found) for found in routes]
    return Layout(places, [next(taken[net]) for net in net_of], arrangement.width, height)


def _bundles(
    edges: Sequence[tuple[int, int, bool, int]], fans: Sequence[int], layers: Sequence[int]
) -> tuple[list[Net], list[int]]:
    """Nets: of edges to one block, of all edges of a block with many, and of those back to a loop, which lead up."""
    nets: list[Net] = []
    known: dict[tuple[str, int], int] = {}
    net_of = []
    for start, to, _, room in edges:
        back = layers[start] >= layers[to]
        fan = not back and fans[start] >= FAN
        key = ("back", to) if back else ("from", start) if fan else ("to", to)
        if key not in known:
            known[key] = len(nets)
            nets.append(Net(back, fan))
        nets[known[key]].edges.append((start, to, room))
        net_of.append(known[key])
    return nets, net_of
