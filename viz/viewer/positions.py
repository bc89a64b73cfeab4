"""Where Graphviz would put the nodes of the free sea: all that a compilation ever had, so that each keeps its place.

Computed once, when the page is made, as far as time allows, from the page's data. Boxes are as wide as `app/sea.js`
makes them with its usual filters (constants in their users, no frame states), and share places as in
`app/everything.js`; for any other picture, and where Graphviz is given up, the page has a layout of its own.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from seaofnodes.viz.dot import find_dot
from seaofnodes.viz.viewer.data import CREATED, REPLACED

_MOST_NODES: Final = 1200  # dot takes longer than linear time
_CHAR: Final = 6.65  # pixels, as in sea.js; so are the others
_MARGIN: Final = 22
_HEIGHT: Final = 26
_MOST_TEXT: Final = 40
_SHORT: Final = {"Word32": 3, "Word64": 3, "Float32": 3, "Float64": 3, "Reference": 3}
_FRAMES: Final = ("FrameState", "StateValues", "ObjectState", "ObjectId", "Checkpoint")
Node = list[int]  # id, operator, origin, inputs


def sea_positions(data: dict[str, Any], seconds: float, say: Callable[[str], None]) -> dict[str, Any] | None:
    """{width, height, nodes: [id, place, x of the centre, y of the top], routes: [place, place, x, y, ...] of cubic
    curves}, in pixels; None where there is no dot or there are too many nodes for it, and where it takes longer, which
    is said.
    """
    dot = find_dot()
    if dot is None:
        return None
    sea = _everything(data)
    if not 0 < len(sea.widths) <= _MOST_NODES:
        return None
    try:
        done = subprocess.run(
            [dot, "-Tplain"], input=sea.source(), capture_output=True, encoding="utf-8", timeout=seconds, check=True
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        why = f"takes more than {seconds:g} s" if isinstance(error, subprocess.TimeoutExpired) else "fails"
        say(f"{data['function']}: Graphviz {why} to place {len(sea.widths):,} nodes: the page does it")
        return None
    return _read(done.stdout, sea)


@dataclass(slots=True)
class _Sea:
    """slots: id -> place; widths: of each place in pixels; edges: between places -> attributes for dot."""

    slots: dict[int, int]
    widths: dict[int, float] = field(default_factory=dict)
    edges: dict[tuple[int, int], str] = field(default_factory=dict)

    def source(self) -> str:
        """For dot."""
        lines = ["digraph { splines=true nodesep=0.22 ranksep=0.55", 'node [shape=box fixedsize=true label=""]']
        lines += [f"{slot} [width={width / 72:.2f} height={_HEIGHT / 72:.2f}]" for slot, width in self.widths.items()]
        lines += [f"{start} -> {to} [{attributes}]" for (start, to), attributes in self.edges.items()]
        return "\n".join([*lines, "}"])


def _read(plain: str, sea: _Sea) -> dict[str, Any]:
    """What dot says, in inches from below."""
    places: dict[int, list[int]] = {}
    curves: dict[tuple[int, int], list[int]] = {}
    width = height = 0.0
    for line in plain.splitlines():
        words = line.split(" ")
        if words[0] == "graph":
            width, height = float(words[2]) * 72, float(words[3]) * 72
        elif words[0] == "node":
            places[int(words[1])] = [
                round(float(words[2]) * 72),
                round(height - float(words[3]) * 72 - _HEIGHT / 2),
            ]
        elif words[0] == "edge":
            numbers = [float(word) * 72 for word in words[4 : 4 + 2 * int(words[3])]]
            points = [round(height - number if index % 2 else number) for index, number in enumerate(numbers)]
            curves[int(words[1]), int(words[2])] = points
    nodes = [[id, slot, *places[slot]] for id, slot in sea.slots.items() if slot in places]
    routes = [[start, to, *points] for (start, to), points in curves.items()]
    return {"width": round(width), "height": round(height), "nodes": nodes, "routes": routes}


def _everything(data: dict[str, Any]) -> _Sea:
    """All nodes in all their forms. What replaced a node has its place."""
    operators = data["operators"]
    sea = _Sea(_slots(data["phases"]))
    forms = [(node, known) for phase, known in _graphs(data["phases"]) for node in phase if _shown(operators, node)]
    for node, known in forms:
        slot = sea.slots[node[0]]
        sea.widths[slot] = max(sea.widths.get(slot, 0), _width(operators, node, known))
    for node, known in forms:
        op = operators[node[1]]
        inputs = node[3:]
        controls = sum(op[3:6])  # the index of the first
        header = known.get(inputs[controls]) if op[0] in ("Phi", "EffectPhi") else node
        loop = header is not None and operators[header[1]][0] == "Loop"
        for index, child in enumerate(inputs):
            ends = sea.slots.get(child, -1), sea.slots[node[0]]
            if ends[0] not in sea.widths or ends[0] == ends[1] or not _shown(operators, known.get(child)):
                continue
            back = loop and index > 0 and not (node is not header and index == controls)
            weight = 3 if index >= controls else 1
            sea.edges.setdefault(ends, "constraint=false" if back else f"weight={weight}")
    return sea


def _slots(phases: list[dict[str, Any]]) -> dict[int, int]:
    slots: dict[int, int] = {}
    for phase in phases:
        edits = [edit for step in phase["steps"] for edit in step["edits"]]
        here = {edit[1] for edit in edits if edit[0] == CREATED and edit[1] not in slots}
        left: set[int] = set()
        for edit in edits:
            if edit[0] == REPLACED and _fresh(edit, here, slots, left):
                slots[edit[2]] = slots[edit[1]]
                left.add(edit[1])
        for id in [*(node[0] for node in phase["set"]), *sorted(here)]:
            slots.setdefault(id, id)
    return slots


def _fresh(edit: list[int], here: set[int], slots: dict[int, int], left: set[int]) -> bool:
    """Is the replacement new, and the place of what it replaces still to be had?"""
    return edit[2] in here and edit[2] not in slots and edit[1] in slots and edit[1] not in left


def _graphs(phases: list[dict[str, Any]]) -> Iterator[tuple[list[Node], dict[int, Node]]]:
    """Of each phase the nodes that are new or another, and those that did not outlive it; with all that were known."""
    known: dict[int, Node] = {}
    for phase in phases:
        made = {edit[1]: edit[1:] for step in phase["steps"] for edit in step["edits"] if edit[0] == CREATED}
        new = {node[0]: node for node in phase["set"]}
        known |= made | new
        yield [*new.values(), *(node for id, node in made.items() if id not in new)], known


def _shown(operators: list[list[Any]], node: Node | None) -> bool:
    return node is not None and not _inlined(operators, node) and operators[node[1]][0] not in _FRAMES


def _inlined(operators: list[list[Any]], node: Node) -> bool:
    """Stands in its users."""
    return str(operators[node[1]][0]).endswith("Constant") and len(node) == 3


def _width(operators: list[list[Any]], node: Node, known: dict[int, Node]) -> float:
    op = operators[node[1]]
    length = len(op[8])
    for child in node[3:]:
        if child in known and _inlined(operators, known[child]):
            length += 2 + len(", ".join(operators[known[child][1]][9]))
    type_ = 1 + _SHORT.get(op[2], len(op[2])) if op[2] else 0
    return (len(f"n{node[0]}") + min(length, _MOST_TEXT) + 1 + type_) * _CHAR + _MARGIN
