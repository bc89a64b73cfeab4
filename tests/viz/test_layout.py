"""Blocks are laid out alike in Python and in JavaScript; nothing overlaps, and large functions stay in one picture."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import seaofnodes
from seaofnodes.errors import UnsupportedFeatureError
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.placement import nodes_by_block
from seaofnodes.ir.records.snapshot import snapshot
from seaofnodes.viz.layout.blocks import Layout, block_layout
from seaofnodes.viz.layout.cards import cards_of
from seaofnodes.viz.layout.rows import graph_row
from seaofnodes.viz.viewer import data
from seaofnodes.wasm.engine.unit import ModuleUnit
from tests.programs.recipes import LUA, SHELF, SQLITE
from tests.programs.toolchain import Unavailable
from tests.support import wat

LARGE = 20  # functions
COVERED = 0.03  # of the scene, at least
Edge = tuple[int, int, bool, int]


def unit_of(source: Path | bytes) -> ModuleUnit:
    engine = seaofnodes.Engine(tier="baseline")
    return ModuleUnit(engine.store, engine.load(source))


def lifted(unit: ModuleUnit, index: int) -> Graph:
    graph = unit.lift(index, -1, frame_states=False, checkpoints=False, speculate=None)
    graph.trim()
    return graph


def page_data(graph: Graph, unit: ModuleUnit) -> dict[str, Any]:
    """As much as the viewer's blocks need."""
    tables = data._Tables(unit)
    nodes = [tables.node(node) for node in snapshot(graph).nodes]
    phase = {"name": "lift", "nodes": len(nodes), "seconds": 0, "set": nodes, "gone": [], "steps": []}
    return {"operators": tables.operators, "origins": tables.origins, "phases": [phase], "schedule": []}


def drawn(node: str, root: Path, given: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the viewer makes of data, or of what a layout is made from."""
    command = [node, str(root / "tests" / "viz" / "app" / "scenes.mjs")]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def work_of(graph: Graph) -> tuple[list[tuple[int, int]], list[Edge]]:
    blocks, members = nodes_by_block(graph)
    cards, edges = cards_of(blocks, members, lambda node: graph_row(node, str))
    return [card.size for card in cards], [(edge.start, edge.to, edge.back, edge.room) for edge in edges]


def plain(layout: Layout) -> dict[str, Any]:
    routes = [None if route is None else [list(point) for point in route] for route in layout.routes]
    places = [list(place) for place in layout.places]
    return {"places": places, "routes": routes, "width": layout.width, "height": layout.height}


def overlapping(boxes: Sequence[Sequence[float]]) -> list[tuple[Sequence[float], Sequence[float]]]:
    """Pairs of boxes (left, top, width, height) that have a part in common."""
    found, open_ones = [], []
    for box in sorted(boxes, key=lambda box: box[1]):
        open_ones = [other for other in open_ones if other[1] + other[3] > box[1]]
        found += [(box, a) for a in open_ones if a[0] < box[0] + box[2] and box[0] < a[0] + a[2]]
        open_ones.append(box)
    return found


def crossings(points: Sequence[Sequence[float]], boxes: Sequence[Sequence[float]]) -> int:
    """How often a line of vertical and horizontal pieces leads through the inside of a box."""
    count = 0
    for (x0, y0), (x1, y1) in pairwise(points):
        assert x0 == x1 or y0 == y1
        left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        for x, y, width, height in boxes:
            count += left < x + width and right > x and top < y + height and bottom > y
    return count


@pytest.fixture(scope="module")
def large() -> list[tuple[ModuleUnit, Graph]]:
    """The largest functions of real programs."""
    sized, reasons = [], []
    for program in (SHELF, LUA, SQLITE):
        try:
            unit = unit_of(program.build())
        except Unavailable as reason:
            reasons.append(str(reason))
            continue
        indices = range(unit.module.imported_functions, len(unit.module.functions))
        sized += [(unit.function_size(index), unit, index) for index in indices]
    if len(sized) < LARGE:
        pytest.skip("; ".join(reasons))
    sized.sort(key=lambda found: (-found[0], found[2]))
    return [(unit, lifted(unit, index)) for _, unit, index in sized[:LARGE]]


@pytest.mark.timeout(400)  # the programs are compiled first
def test_large_functions(large: list[tuple[ModuleUnit, Graph]], node: str, root: Path) -> None:
    scenes = drawn(node, root, [page_data(graph, unit) for unit, graph in large])
    for (_, graph), scene in zip(large, scenes, strict=True):
        boxes = [[card[key] for key in ("x", "y", "width", "height")] for card in scene["cards"]]
        area = sum(width * height for _, _, width, height in boxes)
        name = f"{graph.name}: {len(boxes)} cards on {scene['width']} x {scene['height']} pixels"
        assert area >= COVERED * scene["width"] * scene["height"], name
        assert not overlapping(boxes), name
        names = [[e["named"][key] for key in ("x", "y", "width", "height")] for e in scene["edges"] if e["label"]]
        assert names and not set(map(tuple, boxes)) & {tuple(b) for pair in overlapping(boxes + names) for b in pair}
        for edge in scene["edges"]:
            assert not edge["far"] and not crossings(edge["points"], boxes), name
            (_, start), (_, end) = edge["points"][0], edge["points"][-1]
            assert (end < start) == edge["back"] or edge["from"] == edge["to"], "a way back leads up, others down"
            assert edge["points"][-2][1] < end, "and comes from above"


@pytest.mark.timeout(400)
def test_large_functions_are_the_same_in_python(large: list[tuple[ModuleUnit, Graph]], node: str, root: Path) -> None:
    works = [work_of(graph) for _, graph in large]
    given = [{"kind": "blocks", "sizes": sizes, "edges": edges} for sizes, edges in works]
    for (sizes, edges), found in zip(works, drawn(node, root, given), strict=True):
        assert plain(block_layout(sizes, edges)) == found["layout"]


def shapes(seed: int) -> tuple[list[tuple[int, int]], list[Edge]]:
    """Control flow as of programs, and sometimes as of none."""
    choose = random.Random(seed)
    count = choose.randrange(1, 120)
    sizes = [(choose.randrange(150, 500), choose.randrange(30, 400)) for _ in range(count)]
    edges: dict[tuple[int, int], Edge] = {}
    for block in range(1, count):
        start = max(0, block - 1 - int(choose.expovariate(0.5)))
        edges[start, block] = (start, block, False, choose.choice((0, 0, 24, 29)))
    for _ in range(choose.randrange(count)):
        start, to = choose.randrange(count), choose.randrange(count)
        if choose.random() < 0.8:
            to = min(count - 1, start + 1 + int(choose.expovariate(0.2)))
        back = to <= start
        edges[start, to] = (start, to, back, 24)
    if count > 20:  # a switch, an early exit
        edges |= {(3, to): (3, to, False, 40) for to in range(4, choose.randrange(5, count))}
        edges |= {(start, count - 1): (start, count - 1, False, 29) for start in range(0, count - 1, 2)}
    return sizes, sorted(edges.values())


def test_any_shapes_are_the_same_in_python(node: str, root: Path) -> None:
    works = [shapes(seed) for seed in range(60)]
    works.append(([], []))
    far = 260  # blocks, each of which may go to one of its own far below: too many dummies
    works.append(([(200, 50)] * (2 * far), [(a, a + 1, False, 0) for a in range(2 * far - 1)]))
    works[-1][1].extend((a, 2 * far - 1 - a, False, 29) for a in range(far - 1))
    given = [{"kind": "blocks", "sizes": sizes, "edges": edges} for sizes, edges in works]
    for (sizes, edges), found in zip(works, drawn(node, root, given), strict=True):
        made = plain(block_layout(sizes, edges))
        assert made == found["layout"]
        boxes = [[*place, *size] for place, size in zip(made["places"], sizes, strict=True)]
        assert not overlapping(boxes)
        for route in made["routes"]:
            assert route is None or not crossings(route, boxes)
    assert None in made["routes"] and any(made["routes"]), "long edges are cut, short ones are not"


SWITCH = """(module (func (param i32) (result i32)
  (block $c (block $b (block $a (br_table $a $b $a $a $c $b (local.get 0)))
  (return (i32.mul (local.get 0) (i32.const 7)))) (return (i32.const 2))) (i32.const 3)))"""


def test_a_switch_is_a_table(node: str, root: Path) -> None:
    unit = unit_of(wat(SWITCH))
    graph = lifted(unit, 0)
    [scene] = drawn(node, root, [page_data(graph, unit)])
    blocks, members = nodes_by_block(graph)
    cards, edges = cards_of(blocks, members, lambda node: graph_row(node, str))
    arms = {n.id for block in blocks for n in members[block] if n.op.name in ("IfValue", "IfDefault")}
    assert len(arms) == 5 and len(cards) == len(scene["cards"]) < len(blocks)
    assert arms <= set(scene["placed"]), "each way can be found, though it has no card"
    [table] = [card for card in scene["cards"] if any("→" in line for line in card["lines"])]
    assert len([line for line in table["lines"] if "→" in line]) == 5
    labels = {edge["label"] for edge in scene["edges"]} - {""}
    assert labels == {"0, 2–3", "4", "default"}
    assert labels == {edge.label for edge in edges} - {""}


def test_small_modules_are_the_same_in_python(node: str, root: Path) -> None:
    """Of what is in the repository and beside it, by what the viewer's own cards are."""
    files = [*(root / "examples").glob("*.wat"), *sorted((root.parent / "shared" / "bench" / "kernels").glob("*.wat"))]
    files += sorted((root.parent / "shared" / "fuzz").glob("*.wasm"))
    found: list[dict[str, Any]] = []
    for file in files:
        try:
            unit = unit_of(file)
        except UnsupportedFeatureError:
            continue
        indices = range(unit.module.imported_functions, len(unit.module.functions))
        found += [page_data(lifted(unit, index), unit) for index in indices]
    assert len(found) > 3
    for scene in drawn(node, root, found):
        sizes = [(width, height) for width, height in scene["work"]["sizes"]]
        edges = [(start, to, back, room) for start, to, back, room in scene["work"]["edges"]]
        assert plain(block_layout(sizes, edges)) == scene["layout"]
        assert not overlapping([[card[key] for key in ("x", "y", "width", "height")] for card in scene["cards"]])
