"""Visits to large and deep functions in a real browser: what is selected is in sight, pictures stay in one piece."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import seaofnodes
from tests.support import wat
from tests.viz import browser
from tests.viz.visiting import Visit, lines

DEPTH = 281
PLACED = "app.views[0].scene.boxes.map(({ id, x, y, width, height }) => [id, x, y, width, height])"


def deep() -> str:
    """Blocks in blocks, each of which may be left."""
    body = "(local.set 1 (i32.add (local.get 1) (i32.const 1)))"
    for level in range(DEPTH):
        body = f"(block (br_if 0 (i32.eq (local.get 0) (i32.const {level}))) {body})"
    return f"(module (func (param i32 i32) (result i32) {body} (local.get 1)))"


def wide() -> str:
    """A loop around a switch with many arms, some of which leave it early."""
    arms = 160
    body = f"(br_table {' '.join(f'$a{arm}' for arm in range(arms))} (local.get 0))"
    for arm in range(arms):
        work = f"(i32.store (local.get 1) (i32.add (i32.load (local.get 1)) (i32.const {arm})))"
        leave = f"(br_if $out (i32.eq (i32.load (local.get 1)) (i32.const {arm * 7})))"
        follow = ("(br $next)", "(br $out)", f"(if (local.get 1) (then {work})) (br $next)")[arm % 3]
        body = f"(block $a{arm} {body}) {work} {leave} {follow}"
    again = "(br_if $loop (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))"
    return f"""(module (memory 1) (func (param i32 i32) (result i32)
      (block $out (loop $loop (block $next {body}) {again})) (i32.load (local.get 1))))"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    browser.chromium()  # first: compiling takes seconds
    folder = tmp_path_factory.mktemp("pages")
    engine = seaofnodes.Engine(tier="baseline")
    for name, text in (("deep", deep()), ("wide", wide())):
        engine.compile(engine.load(wat(text)), 0, pipeline="simplify,gvn").to_html(folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in ("deep", "wide")}


@pytest.fixture
def large(chromium: Any, pages: dict[str, Path], root: Path) -> Iterator[Any]:
    visits: list[Visit] = []

    def begin(name: str) -> Visit:
        visits.append(Visit(chromium, pages[name], root))
        return visits[-1]

    yield begin
    for found in visits:
        found.end()


def inside(visit: Visit, selector: str) -> list[bool]:
    """Is the text of each such element in the window of its list?"""
    found: list[bool] = visit.page.eval_on_selector_all(
        selector,
        """(found) => found.map((element) => {
          const box = element.getBoundingClientRect(), list = element.closest(".list").getBoundingClientRect();
          const across = box.left >= list.left && box.left + 40 <= list.right;
          return across && box.top >= list.top && box.bottom <= list.bottom;
        })""",
    )
    return found


def test_what_is_nested_deep_is_in_sight(large: Any) -> None:
    visit = large("deep")
    page = visit.open("#view=blocks")
    bytecodes = visit.run("app.compilation.data.functions[0].lines")
    depths = [line[1] for line in bytecodes]
    assert max(depths) >= DEPTH - 1
    for index in (0, depths.index(max(depths)), depths.index(20), len(depths) - 1, depths.index(max(depths)) + 1):
        offset = bytecodes[index][0]
        page.evaluate(f"seaofnodes.app.set({{ at: {{ function: 0, offset: {offset} }}, node: -1 }})")
        visit.drawn()
        word = '[aria-label="Bytecode"] .line.selected .word'
        assert inside(visit, word) == [True], f"line {index}, {depths[index]} deep"
        assert page.inner_text('[aria-label="Bytecode"] .line.selected .depth') == str(depths[index])
    deepest = bytecodes[depths.index(max(depths))][0]
    page.evaluate(f"seaofnodes.app.set({{ at: {{ function: 0, offset: {deepest} }} }})")
    visit.picture("bytecode-deep")
    shown = lines(visit, "Bytecode")
    assert len(shown) > 8 and page.eval_on_selector('[aria-label="Bytecode"]', "(list) => list.scrollWidth") < 1200


def test_fit_shows_all_blocks(large: Any) -> None:
    visit = large("wide")
    visit.open("#view=blocks")
    visit.drawn()
    visit.picture("blocks-wide")
    visit.keys("0")
    visit.picture("blocks-wide-fit")
    seen, width, height = visit.run("[app.views[0].view(), app.views[0].scene.width, app.views[0].scene.height]")
    assert seen["x"] <= 0 and seen["y"] <= 0
    assert seen["x"] + seen["width"] >= width and seen["y"] + seen["height"] >= height
    area = visit.run("app.views[0].scene.cards.reduce((sum, card) => sum + card.width * card.height, 0)")
    assert area > 0.03 * width * height
    shown = "[...app.graph.live].filter((id, index) => index % 40 === 0 && app.views[0].scene.place.has(id))"
    for node in visit.run(shown):
        visit.page.evaluate(f"seaofnodes.app.select({node})")
        visit.drawn()
        at, seen = visit.run(f"[app.views[0].centre({node}), app.views[0].view()]")
        assert seen["x"] <= at["x"] <= seen["x"] + seen["width"] and seen["y"] <= at["y"] <= seen["y"] + seen["height"]


def test_a_switch_is_a_table(large: Any) -> None:
    visit = large("wide")
    visit.open("#view=blocks&phase=0")
    visit.drawn()
    arms = visit.run("[...app.graph.live].filter((id) => app.graph.get(id).op.name === 'IfValue')")
    assert len(arms) > 100
    ways = "(card) => card.rows.filter((row) => row.inputs.includes('→')).length"
    table = visit.run(f"app.views[0].scene.cards.find((card) => ({ways})(card) > 100)")
    assert table["rows"][-1]["op"] == "default"
    for arm in (arms[0], arms[-1]):
        visit.page.evaluate(f"seaofnodes.app.select({arm})")
        visit.drawn()
        assert visit.run(f"app.views[0].scene.place.has({arm})")
    visit.picture("switch")


def test_ways_back_have_their_colour_and_arrows(visit: Visit) -> None:
    visit.open("#view=blocks&phase=0")
    visit.drawn()
    edges = visit.run("app.views[0].scene.edges.map(({ back, points }) => [back, points])")
    back = [points for is_back, points in edges if is_back]
    assert len(back) == 1
    for is_back, points in edges:
        assert (points[-1][1] < points[0][1]) == is_back, "only a way back leads up"
    colour = visit.run("app.views[0].theme.back")
    text = visit.run("app.views[0].svg()")
    lines_of, arrows = (text.count(f'{what}="{colour}"') for what in ("stroke", "fill"))
    assert lines_of == 1 and arrows >= 2, "a line, its end, and on the way"
    assert visit.run("app.views[0].theme.flow") != colour


def test_a_neighbourhood_has_inputs_above_and_users_below(visit: Visit) -> None:
    for phase in (0, 99):
        visit.open(f"#phase={phase}&view=near&depth=2")
        for node in visit.run("[...app.graph.live].filter((id) => app.graph.get(id).inputs.length)"):
            visit.page.evaluate(f"seaofnodes.app.select({node})")
            visit.drawn()
            places = {box[0]: box for box in visit.run(PLACED)}
            inputs = visit.run(f"app.graph.get({node}).inputs")
            users = visit.run(f"(app.graph.uses.get({node}) ?? []).map(([user]) => user)")
            if node not in places:
                continue
            layers = sorted({box[2] for box in places.values()})
            here = layers.index(places[node][2])
            above = [found for found in dict.fromkeys(inputs) if found in places and found != node][:14]
            assert all(layers.index(places[found][2]) == here - 1 for found in above)
            assert [places[found][1] for found in above] == sorted(places[found][1] for found in above)
            below = [found for found in dict.fromkeys(users) if found in places and found not in (*above, node)][:14]
            assert all(layers.index(places[found][2]) == here + 1 for found in below)
    visit.picture("neighbourhood")


@pytest.mark.parametrize("hide", ["constants+frames+dead", "dead"])
def test_the_sea_keeps_its_places(visit: Visit, hide: str) -> None:
    """From phase to phase, and within one; as Graphviz places nodes, if it is there, and as the page does."""
    visit.open(f"#phase=0&view=sea&hide={hide.replace('+', '%2B')}")
    centres: dict[int, tuple[float, float]] = {}
    pictures = {0: "first", visit.run("app.compilation.last"): "last"}
    moments = [(phase, -1) for phase in range(visit.run("app.compilation.last") + 1)]
    steps = visit.run("app.compilation.phases.map((phase) => phase.steps.length)")
    moments += [(phase, step) for phase, count in enumerate(steps) if phase for step in range(min(count, 3))]
    for phase, step in sorted(moments):
        visit.page.evaluate(f"seaofnodes.app.set({{ phase: {phase}, step: {step} }})")
        visit.drawn()
        boxes = visit.run(PLACED)
        for (_, x, y, width, _), (_, next_x, next_y, _, _) in pairwise(sorted(boxes, key=lambda box: (box[2], box[1]))):
            assert y != next_y or x + width <= next_x
        for id, x, y, width, _ in boxes:
            place = centres.setdefault(id, (x + width / 2, y))
            assert abs(place[0] - x - width / 2) <= 1 and place[1] == y, f"n{id} in phase {phase}"
        if step < 0 and phase in pictures:
            visit.picture(f"sea-{pictures[phase]}-{'drawn' if hide.startswith('constants') else 'all'}")
    assert len(centres) > 100


def test_a_diff_as_one_graph_is_a_sea_of_its_own(visit: Visit) -> None:
    """Places of both compilations' nodes are known to neither."""
    visit.open("#phase=99&view=sea&against=1.3")
    visit.keys("m")
    visit.drawn()
    boxes, gone = visit.run(f"[{PLACED}, app.diff.removed.length]")
    assert gone > 5 and len(boxes) > 100
    for (_, x, y, width, _), (_, next_x, next_y, _, _) in pairwise(sorted(boxes, key=lambda box: (box[2], box[1]))):
        assert y != next_y or x + width <= next_x
    heights = sorted(y for _, _, y, _, _ in boxes)
    assert heights[-1] < 6000, "nothing stands in a heap below"
    visit.picture("sea-merged")


def test_pictures_change_over_unless_motion_is_unwanted(visit: Visit) -> None:
    page = visit.open("#phase=0&view=sea")
    visit.drawn()
    again = "seaofnodes.app.set({ phase: seaofnodes.app.state.phase ? 0 : seaofnodes.app.compilation.last })"
    page.evaluate(again)
    assert page.evaluate("seaofnodes.app.views[0].transition !== null")
    browser.until(page, "seaofnodes.app.views[0].transition === null")
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(again)
    assert page.evaluate("seaofnodes.app.views[0].transition === null")
