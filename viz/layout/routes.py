"""Routes of bundled edges between cards: straight down through the layers, across in the channels between them, where
each net has a track. `viewer/app/routes.js` is the same in JavaScript.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from seaofnodes.viz.layout.layered import Arrangement, Cell, Chain, Net, spread

_ABOVE: Final = 17  # pixels of a channel above its tracks: names of ways stand there
_BELOW: Final = 22  # and below: arrows, and values of switches
_TRACK: Final = 8
_LEAST: Final = 44
_EDGE: Final = 14  # from a card's corner to its ports
_APART: Final = 12  # ports, and a port from the name beside another
Point = tuple[float, float]
Ports = dict[int, dict[int, int]]  # net -> card -> x


class _Crossing(NamedTuple):
    """A net in a channel. lean: to the right, if it is not negative."""

    net: int
    low: float
    high: float
    lean: float


class _Port(NamedTuple):
    net: int
    want: float
    weight: float
    room: int


def routed(
    found: Arrangement, nets: Sequence[Net]
) -> tuple[list[float], float, list[list[list[Point] | None]]]:
    """The y of each layer, the height, and of each net the points of each edge (None where there are too many
    dummies). Points are joined by vertical and horizontal lines.
    """
    cells, chains = found.cells, found.chains
    outs, ins = _ports(cells, chains, nets)
    channels = _channels(cells, chains, nets, outs, ins, len(found.rows))
    tracks: list[dict[int, int]] = [{} for _ in nets]
    counts = [_allot(channel, index, tracks) for index, channel in enumerate(channels)]
    heights = [max(_LEAST, _ABOVE + _BELOW + (count - 1) * _TRACK) for count in counts]
    tops: list[float] = []
    floors: list[float] = []  # the lower edge of the channel above a layer; the last of that below all
    y: float = heights[0] if channels[0] else 0
    for layer, row in enumerate(found.rows):
        floors.append(y)
        tops.append(y)
        y += max([cell.height for cell in row], default=0)
        if layer < len(found.rows) - 1 or channels[layer + 1]:
            y += heights[layer + 1]
    floors.append(y)
    routes: list[list[list[Point] | None]] = []
    for index, net in enumerate(nets):
        chain = chains[index]
        if chain is None:
            routes.append([None] * len(net.edges))
            continue
        across = {channel: floors[channel] - _BELOW - track * _TRACK for channel, track in tracks[index].items()}
        leaving, coming = outs[index], ins[index]
        made: list[list[Point] | None] = []
        for source, target, _ in net.edges:
            ends = cells[source], cells[target]
            made.append(_route(net.back, *ends, leaving[source], coming[target], chain, tops, across))
        routes.append(made)
    return tops, y, routes


def _route(
    back: bool,
    start: Cell,
    to: Cell,
    x: float,
    end: float,
    chain: Chain,
    tops: list[float],
    across: dict[int, float],
) -> list[Point]:
    first = chain.first
    points: list[Point] = [(x, tops[start.layer] + start.height)]
    stops: list[tuple[float, int]] = []  # x, and the channel in which to go there
    if back:
        stops.append((chain.cells[start.layer - first].x, start.layer + 1))
        stops += [(chain.cells[layer - 1 - first].x, layer) for layer in range(start.layer, to.layer, -1)]
    else:
        stops += [(chain.cells[layer - first].x, layer) for layer in range(start.layer + 1, to.layer)]
    stops.append((end, to.layer))
    for following, channel in stops:
        if following != x:
            y = across[channel]
            points += [(x, y), (following, y)]
            x = following
    points.append((end, tops[to.layer]))
    return points


def _ports(cells: list[Cell], chains: list[Chain | None], nets: Sequence[Net]) -> tuple[Ports, Ports]:
    """Of each net the x where it leaves a card, and where it comes to one, by the index of the card."""
    outs: list[list[_Port]] = [[] for _ in cells]
    ins: list[list[_Port]] = [[] for _ in cells]
    for index, net in enumerate(nets):
        chain = chains[index]
        if chain is None:
            continue
        seen: set[int] = set()
        for source, target, room in net.edges:
            start, to = cells[source], cells[target]
            if source in seen:
                continue
            seen.add(source)
            want, weight = to.x, 1
            if net.back:
                want, weight = chain.cells[start.layer - chain.first].x, 4
            elif net.fan:
                want, weight = start.x, 4
            elif to.layer > start.layer + 1:
                want, weight = chain.cells[start.layer + 1 - chain.first].x, 4
            outs[source].append(_Port(index, want, weight, 0 if net.fan else room))
    leaving = _settled(outs, cells)
    for index, net in enumerate(nets):
        chain = chains[index]
        if chain is None:
            continue
        sums: dict[int, list[float]] = {}
        rooms: dict[int, int] = {}
        for source, target, room in net.edges:
            start, to = cells[source], cells[target]
            rooms.setdefault(target, room if net.fan else 0)
            if net.back:
                near, x = 4, chain.cells[0].x
            elif to.layer > start.layer + 1:
                near, x = 4, chain.cells[to.layer - 1 - chain.first].x
            else:
                near, x = 1, leaving[index][source]
            total = sums.setdefault(target, [0, 0])
            total[0] += near * x
            total[1] += near
        for target, (total_x, mass) in sums.items():
            ins[target].append(_Port(index, total_x / mass, mass, rooms[target]))
    return leaving, _settled(ins, cells)


def _settled(lists: list[list[_Port]], cells: list[Cell]) -> Ports:
    """Ports in the order of what they lead to, close to that; `room` is for the name beside one."""
    found: Ports = {}
    for index, ports in enumerate(lists):
        if not ports:
            continue
        ports.sort(key=lambda port: (port.want, port.net))
        cell = cells[index]
        low, high = cell.x - cell.width / 2 + _EDGE, cell.x + cell.width / 2 - _EDGE
        offsets: list[float] = []
        at = 0
        for port in ports:
            offsets.append(at)
            at += _APART + port.room
        high -= ports[-1].room
        last = offsets[-1]
        if last > high - low:
            offsets = [(offset * max(0, high - low)) / last for offset in offsets]
        wants, weights = [port.want for port in ports], [port.weight for port in ports]
        places = spread(wants, weights, offsets, low, max(low, high - offsets[-1]))
        for port, place in zip(ports, places, strict=True):
            found.setdefault(port.net, {})[index] = math.floor(place + 0.5)
    return found


def _channels(
    cells: list[Cell], chains: list[Chain | None], nets: Sequence[Net], outs: Ports, ins: Ports, depth: int
) -> list[list[_Crossing]]:
    """What crosses each channel, the first being above the first layer."""
    channels: list[list[_Crossing]] = [[] for _ in range(depth + 1)]
    for index, net in enumerate(nets):
        chain = chains[index]
        if chain is None:
            continue
        pins: dict[int, tuple[list[float], list[float]]] = {}
        turns: set[int] = set()
        leaving, coming = outs[index], ins[index]
        for source, target, _ in net.edges:
            down, up = cells[source].layer + 1, cells[target].layer
            pins.setdefault(down, ([], []))[0].append(leaving[source])
            pins.setdefault(up, ([], []))[1].append(coming[target])
            if net.back:
                turns |= {down, up}
        for cell in chain.cells:
            pins.setdefault(cell.layer + 1, ([], []))[0].append(cell.x)
            pins.setdefault(cell.layer, ([], []))[1].append(cell.x)
        for channel, (above, below) in pins.items():
            low, high = min(*above, *below), max(*above, *below)
            if low < high or channel in turns:
                lean = 1 if net.back else _mean(below) - _mean(above)
                channels[channel].append(_Crossing(index, low, high, lean))
    return channels


def _mean(values: list[float]) -> float:
    total: float = 0
    for value in values:
        total += value
    return total / len(values) if values else 0


def _allot(channel: list[_Crossing], index: int, tracks: list[dict[int, int]]) -> int:
    """Gives each net that crosses a channel a track, counted from below, so that few cross; how many there are."""
    right = sorted((one for one in channel if one.lean >= 0), key=lambda one: (one.low, one.high, one.net))
    left = sorted((one for one in channel if one.lean < 0), key=lambda one: (-one.high, -one.low, one.net))
    taken: list[list[tuple[float, float]]] = []
    for net, low, high, _ in [*right, *left]:
        track = 0
        while track < len(taken) and any(
            start < high + _TRACK and end > low - _TRACK for start, end in taken[track]
        ):
            track += 1
        if track == len(taken):
            taken.append([])
        taken[track].append((low, high))
        tracks[net][index] = track
    return len(taken)
