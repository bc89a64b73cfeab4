"""Graphs and schedules as SVG, laid out as the viewer lays out blocks: a card a block, a line a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Final

from seaofnodes.backend.schedule import Schedule
from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.node import Node
from seaofnodes.ir.placement import nodes_by_block
from seaofnodes.names import printable
from seaofnodes.viz.layout.blocks import block_layout
from seaofnodes.viz.layout.cards import CHAR, GUTTER, HEAD, ROW, TABLE, Card, CardEdge, Row, cards_of
from seaofnodes.viz.layout.routes import Point
from seaofnodes.viz.layout.rows import Names, graph_row, schedule_row

_GLYPHS: Final = {"value": "·", "constant": "#", "phi": "φ", "effect": "◆", "control": "■", "frame": "▽"}
_MARGIN: Final = 16
_RADIUS: Final = 8
_STYLE: Final = """
.seaofnodes { background: #f7f7f5; }
.seaofnodes text { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1c2127; }
.seaofnodes text { dominant-baseline: central; white-space: pre; }
.seaofnodes .quiet { fill: #6f7881; font-size: 11px; } .seaofnodes .end { text-anchor: end; }
.seaofnodes .title { font-family: system-ui, "Helvetica Neue", Arial, sans-serif; font-weight: 600; }
.seaofnodes .name { font-size: 10.5px; fill: #6f7881; }
.seaofnodes .block rect { fill: #ffffff; stroke: #c4c8c4; } .seaofnodes .deferred rect { stroke-dasharray: 4 3; }
.seaofnodes .loop { stroke: #8a3fb0; stroke-width: 3; }
.seaofnodes .edge path { fill: none; stroke: #7c858d; stroke-width: 1.6; } .seaofnodes polygon { fill: #7c858d; }
.seaofnodes .back path { stroke: #8a3fb0; stroke-width: 2.2; } .seaofnodes .back polygon { fill: #8a3fb0; }
.seaofnodes text.effect { fill: #a65a00; } .seaofnodes text.frame { fill: #6f6f7a; }
.seaofnodes text.value { fill: #2262ae; } .seaofnodes text.constant { fill: #3d6b52; }
.seaofnodes text.phi { fill: #7a3ea8; } .seaofnodes text.control { fill: #24292f; }
"""


def graph_to_svg(
    graph: Graph, function_name: Names = "function {}".format, schedule: Schedule | None = None
) -> str:
    """The graph in blocks. Constants stand in their users, frame states are left out, as in the viewer.

    function_name: of functions that are called, by index; schedule: of this graph, which says where nodes stand;
    without it they stand as early as they could, as in `format_graph`.
    """
    blocks, members = nodes_by_block(graph) if schedule is None else (schedule.blocks, _members(schedule))
    return _picture(graph.name, blocks, members, lambda node: graph_row(node, function_name))


def schedule_to_svg(schedule: Schedule) -> str:
    """The schedule: all nodes, in the order in which they are compiled."""
    return _picture(schedule.graph.name, schedule.blocks, _members(schedule), schedule_row)


def _members(schedule: Schedule) -> dict[Block, list[Node]]:
    return {
        block: [block.header, *block.phis, *block.nodes, *([block.control] if block.control is not None else ())]
        for block in schedule.blocks
    }


def _picture(
    name: str, blocks: Sequence[Block], members: Mapping[Block, Sequence[Node]], row: Callable[[Node], Row | None]
) -> str:
    cards, edges = cards_of(blocks, members, row)
    found = block_layout([card.size for card in cards], [(e.start, e.to, e.back, e.room) for e in edges])
    width, height = _text(found.width + 2 * _MARGIN), _text(found.height + 2 * _MARGIN)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="seaofnodes" width="{width}" height="{height}" '
        f'viewBox="{-_MARGIN} {-_MARGIN} {width} {height}">',
        f"<title>{escape(printable(name))}</title>",
        f"<style>{_STYLE}</style>",
    ]
    for edge, points in zip(edges, found.routes, strict=True):
        ends = [(cards[index], found.places[index]) for index in (edge.start, edge.to)]
        parts.append(_far(edge, *ends) if points is None else _edge(edge, points, cards[edge.start]))
    for card, (x, y) in zip(cards, found.places, strict=True):
        parts.append(_card(card, x, y))
    return "\n".join([*parts, "</svg>\n"])


def _edge(edge: CardEdge, points: Sequence[Point], start: Card) -> str:
    """Rounded at its corners; its name stands where it begins, but of a switch with many ways where it ends."""
    path = [f"M{_text(points[0][0])} {_text(points[0][1])}"]
    for before, (x, y), after in zip(points, points[1:], points[2:], strict=False):
        a, b = _toward((x, y), before), _toward((x, y), after)
        path.append(f"L{_text(a[0])} {_text(a[1])}Q{_text(x)} {_text(y)} {_text(b[0])} {_text(b[1])}")
    x, y = points[-1]
    path.append(f"V{_text(y)}")
    lines = [f'<path d="{"".join(path)}"/>', _arrow(x, y)]
    if edge.back:
        lines += [_upwards(*ends) for ends in pairwise(points)]
    if edge.label:
        at_end = not edge.back and len(start.block.successors) >= TABLE
        x, y = points[-1 if at_end else 0]
        lines.append(_named(x + 5, y - 14 if at_end else y + 9, edge.label))
    return f'<g class="edge{" back" if edge.back else ""}">{"".join(lines)}</g>'


def _far(edge: CardEdge, start: tuple[Card, Point], to: tuple[Card, Point]) -> str:
    """An edge that is cut, as there are too many long ones: it says where it leads and where it comes from."""
    (one, (x, y)), (other, (end, top)) = start, to
    x, y, end = x + one.size[0] - 20, y + one.size[1], end + other.size[0] - 20
    lines = [f'<path d="M{_text(x)} {_text(y)}v12M{_text(end)} {_text(top - 12)}v12"/>', _arrow(end, top)]
    lines += [_named(x - 10, y + 19, f"↓ {other.title}"), _named(end - 10, top - 18, one.title)]
    return f'<g class="edge{" back" if edge.back else ""}">{"".join(lines)}</g>'


def _toward(corner: Point, other: Point) -> Point:
    """A point on the way from a corner, at most a radius away."""
    (x, y), (u, v) = corner, other
    length = abs(u - x) + abs(v - y)
    share = min(_RADIUS, length / 2) / length if length else 0
    return x + (u - x) * share, y + (v - y) * share


def _arrow(x: float, y: float) -> str:
    return f'<polygon points="{_text(x)},{_text(y)} {_text(x - 4.5)},{_text(y - 9)} {_text(x + 4.5)},{_text(y - 9)}"/>'


def _upwards(start: Point, end: Point) -> str:
    (x, low), (_, high) = start, end
    if low - high < 40:
        return ""
    y = (low + high) / 2
    return f'<polygon points="{_text(x)},{_text(y - 6)} {_text(x - 5)},{_text(y + 3)} {_text(x + 5)},{_text(y + 3)}"/>'


def _named(x: float, y: float, name: str) -> str:
    return f'<text class="name" x="{_text(x)}" y="{_text(y)}">{escape(name)}</text>'


def _card(card: Card, x: float, y: float) -> str:
    width, height = card.size
    lines = [f'<rect width="{width}" height="{height}" rx="7"/>']
    if card.block.is_loop_header:
        lines.append(f'<path class="loop" d="M1.5 8V{height - 8}"/>')
    middle = HEAD // 2 + 1
    lines.append(f'<text class="title" x="12" y="{middle}">{card.title}</text>')
    if card.facts:
        lines.append(f'<text class="quiet end" x="{width - 10}" y="{middle}">{card.facts}</text>')
    for index, row in enumerate(card.rows):
        lines.append(_row(row, HEAD + index * ROW + ROW // 2, width))
    kind = "block deferred" if card.block.deferred else "block"
    return f'<g class="{kind}" transform="translate({_text(x)} {_text(y)})">{"".join(lines)}</g>'


def _row(row: Row, y: int, width: int) -> str:
    most = int((width - GUTTER - 14) / CHAR) - (4 if row.type else 0)
    text = row.text if len(row.text) <= most else row.text[: most - 1] + "…"
    lines = [
        f'<text x="22" y="{y}" class="{row.kind}" text-anchor="middle">{_GLYPHS[row.kind]}</text>',
        f'<text x="{GUTTER - 8}" y="{y}" class="quiet end">{row.head}</text>',
        f'<text x="{GUTTER}" y="{y}">{escape(text)}</text>',
    ]
    if row.type:
        lines.append(f'<text x="{width - 10}" y="{y}" class="quiet end">{escape(row.type)}</text>')
    if row.full:
        lines.insert(0, f"<title>{escape(row.full)}</title>")
    return f"<g>{''.join(lines)}</g>"


def _text(number: float) -> str:
    return f"{number:g}" if number == int(number) else f"{number:.1f}"
