"""Blocks as cards with a line a node, and the edges between them, as `viewer/app/cards.js` makes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.node import Node
from seaofnodes.viz.schedule import way_name

ROW: Final = 18  # pixels, as in cards.js; so are the others
HEAD: Final = 24
CHAR: Final = 7.23
GUTTER: Final = 76
MOST_CHARS: Final = 64
CHARS_STEP: Final = 8
TABLE: Final = 4  # ways of a switch from which on they are a table
_PAD: Final = 6
_MOST_LABEL: Final = 14
_LABEL_CHAR: Final = 5.8


@dataclass(frozen=True, slots=True)
class Row:
    """A line. kind: value, effect, control, frame, phi or constant; full: the whole node, as text."""

    kind: str
    head: str
    text: str
    type: str
    full: str


@dataclass(frozen=True, slots=True)
class Card:
    """A block, and lines for those arms of its switch that only jump."""

    block: Block
    rows: list[Row]
    facts: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        longest = max((len(row.text) + 5 for row in self.rows), default=0)
        chars = max(len(self.title) + len(self.facts) + 6, longest)
        chars = min(-(-chars // CHARS_STEP) * CHARS_STEP, MOST_CHARS)
        width = math.floor(GUTTER + chars * CHAR + 14 + 0.5)
        return width, HEAD + len(self.rows) * ROW + _PAD

    @property
    def title(self) -> str:
        return f"B{self.block.index}"


@dataclass(frozen=True, slots=True)
class CardEdge:
    """From and to: indices of cards; back: to a loop header; label: which way of a branch, "" if there is one only."""

    start: int
    to: int
    back: bool
    label: str

    @property
    def room(self) -> int:
        """Pixels for the label."""
        return math.ceil(len(self.label) * _LABEL_CHAR)


def cards_of(
    blocks: Sequence[Block], members: Mapping[Block, Sequence[Node]], row: Callable[[Node], Row | None]
) -> tuple[list[Card], list[CardEdge]]:
    """Cards and edges. row: gives a node's line, or None where it has none."""
    jumps = {
        arm: block for block in blocks if is_table(block) for arm in block.successors if _only_jumps(arm, members[arm])
    }
    shown = [block for block in blocks if block not in jumps]
    cards = []
    for block in shown:
        rows = [made for node in members[block] if (made := row(node)) is not None]
        if is_table(block):
            rows += [_case(arm, jumps) for arm in block.successors]
        cards.append(Card(block, rows, _facts(block)))
    numbers = {block: index for index, block in enumerate(shown)}
    for arm, block in jumps.items():
        numbers[arm] = numbers[block]
    return cards, [edge for block in shown for edge in _edges(block, numbers, jumps)]


def is_table(block: Block) -> bool:
    """Does it end in a switch with so many ways that a table says it better?"""
    control = block.control
    return len(block.successors) >= TABLE and control is not None and control.op.is_switch


def _only_jumps(arm: Block, nodes: Sequence[Node]) -> bool:
    return len(nodes) == len(arm.successors) == len(arm.predecessors) == 1


def _case(arm: Block, jumps: Mapping[Block, Block]) -> Row:
    on = f"B{arm.index}, to B{arm.successors[0].index}" if arm in jumps else f"B{arm.index}"
    return Row("control", f"n{arm.header.id}", f"{way_name(arm)} → {on}", "", "")


def _facts(block: Block) -> str:
    facts = []
    if block.is_loop_header:
        facts.append(f"loop, depth {block.loop_depth}")
    elif block.loop_depth:
        facts.append(f"depth {block.loop_depth}")
    if block.deferred:
        facts.append("deferred")
    return ", ".join(facts)


def _edges(block: Block, numbers: Mapping[Block, int], jumps: Mapping[Block, Block]) -> list[CardEdge]:
    ways: dict[tuple[int, bool], list[str]] = {}
    for arm in block.successors:
        target = arm.successors[0] if jumps.get(arm) is block else arm
        ways.setdefault((numbers[target], target.index <= block.index), []).append(way_name(arm))
    many = len(block.successors) > 1
    return [CardEdge(numbers[block], to, back, _shortly(names) if many else "") for (to, back), names in ways.items()]


def _shortly(ways: Sequence[str]) -> str:
    """Values in few words: `0–3, 7, default`."""
    parts: list[str] = []
    first = last = None
    for way in ways:
        value = int(way) if way.lstrip("-").isdecimal() else None
        if value is not None and last is not None and value == last + 1:
            parts[-1] = f"{first}–{value}"
        else:
            parts.append(way)
            first = value
        last = value
    text = ", ".join(parts)
    return text if len(text) <= _MOST_LABEL else text[: _MOST_LABEL - 1] + "…"
