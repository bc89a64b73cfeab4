"""A diff in the viewer: two sides that move together, one graph of both, machine code side by side, and a summary."""

from __future__ import annotations

import re

from tests.viz.visiting import Visit, lines


def open_both(visit: Visit, more: str = "") -> None:
    """The last phases of both pipelines."""
    page = visit.open("#phase=99&view=blocks")
    last = page.evaluate("seaofnodes.app.compilations[1].last")
    visit.open(f"#phase=99&view=blocks&against=1.{last}{more}")
    visit.drawn()


def test_two_keys(visit: Visit) -> None:
    visit.open("#phase=0")
    visit.keys("d")
    assert visit.state()["against"] is None and "no phase before" in visit.page.inner_text("#status")
    visit.keys("]", "d")
    state = visit.state()
    assert state["against"] == {"compilation": 0, "phase": 0} and state["phase"] == 1
    visit.keys("D")  # from one to the other at once
    state = visit.state()
    inline = visit.run("app.compilations[1].phases.findIndex((phase) => phase.name === 'inline')")
    assert state["against"] == {"compilation": 1, "phase": inline}, "the phase of the same name"
    visit.keys("D")
    assert visit.state()["against"] is None
    visit.open("#phase=99")
    visit.keys("D")
    assert visit.state()["against"] == {"compilation": 1, "phase": visit.run("app.compilations[1].last")}


def test_both_sides_move_together(visit: Visit) -> None:
    open_both(visit, "&node=17")
    apart = """(() => {
      const [left, right] = app.views, id = right.linkedBy ?? 17, a = left.centre(app.leftOf(id)), b = right.centre(id);
      const by = (axis) => Math.abs((a[axis] - left[axis]) - (b[axis] - right[axis]));
      return [by("y"), by("x"), left.scale / right.scale];
    })()"""
    canvases = visit.page.locator(".place canvas")
    for side, (dx, dy) in ((1, (40, 160)), (0, (-30, -90)), (1, (0, 300))):
        canvases.nth(side).hover()
        visit.page.mouse.wheel(dx, dy)
        visit.drawn()
        y, x, scale = visit.run(apart)
        assert y < 1 and x < 1 and scale == 1
    before = visit.run("app.views[0].scale")
    canvases.nth(0).focus()
    visit.keys("+")
    visit.drawn()
    assert visit.run("app.views[0].scale === app.views[1].scale") and visit.run("app.views[1].scale") > before
    visit.keys("ArrowDown")  # selection is linked, too
    node = visit.state()["node"]
    assert visit.run(f"app.views[0].look.selected.has(app.leftOf({node})) && app.views[1].look.selected.has({node})")


def test_a_node_that_only_the_left_side_has(visit: Visit) -> None:
    open_both(visit)
    node = visit.run("app.diff.removed.find((id) => app.diff.before.get(id).op.name === 'Uint32Div')")
    place = "((v, c) => ({ x: (c.x - v.x) * v.scale, y: (c.y - v.y) * v.scale }))"
    at = visit.run(f"{place}(app.views[0], app.views[0].centre({node}))")
    visit.page.locator(".place canvas").first.click(position=at)
    text = visit.page.inner_text("#inspector")
    assert "Uint32Div" in text and "Only left" in text, "it showed what has the same number on the right"
    assert visit.run(f"app.views[0].look.selected.has({node})")


def test_a_side_has_all_of_the_window(visit: Visit) -> None:
    open_both(visit)
    size = "[...document.querySelectorAll('.place canvas')].map((canvas) => canvas.getBoundingClientRect().width)"
    visit.page.locator(".place canvas").last.focus()
    visit.keys("f")
    left, right = visit.page.evaluate(size)
    assert left == 0 and right > 1400
    visit.keys("f")
    left, right = visit.page.evaluate(size)
    assert left > 1400 and right == 0 and visit.page.evaluate("document.activeElement.tagName") == "CANVAS"
    visit.picture("diff-left-alone")
    visit.keys("f")
    assert min(visit.page.evaluate(size)) > 200
    visit.page.locator('[aria-label="Machine code of both"]').focus()
    visit.keys("f")
    assert visit.page.evaluate("document.querySelector('#right').getBoundingClientRect().width") > 1400
    visit.keys("f")


def test_one_graph(visit: Visit) -> None:
    open_both(visit)
    visit.keys("m")
    visit.drawn()
    assert visit.page.locator(".place canvas").count() == 1
    marks = dict(visit.run("[...app.views[0].look.marks]"))
    assert set(marks.values()) == {"added", "removed", "changed"}
    text = visit.run("app.views[0].svg()")
    for sign in "+−~":
        assert f">{sign}<" in text, "not by colour alone"
    assert "Uint32Div" in text and "Int64Mul" in text and "n20&#39;" in text.replace("'", "&#39;")
    shown = visit.run("[...app.views[0].scene.place.keys()]")
    removed = visit.run("app.diff.removed.map((id) => app.diff.merged.get(app.rightOf(id)))")
    hidden = ("frame", "constant")
    expected = {node["id"] for node in removed if node["op"]["category"] not in hidden and node["op"]["name"] != "End"}
    assert expected <= set(shown), "nothing is missing"
    visit.picture("diff-merged")
    for view in ("2", "3"):
        visit.keys(view)
        visit.drawn()
        assert visit.run("app.views[0].scene.boxes.length") > 10
    visit.open(visit.link())
    assert visit.state()["merged"] and visit.page.locator(".place canvas").count() == 1
    visit.keys("m")
    assert visit.page.locator(".place canvas").count() == 2


def test_one_graph_of_two_phases(visit: Visit) -> None:
    visit.open("#phase=0&view=blocks")
    unrolled = visit.run("app.compilation.phases.findIndex((phase) => phase.name === 'loop-unrolling')")
    for phase in range(unrolled + 2):
        visit.open(f"#phase={phase + 1}&view=blocks&against=0.{phase}&merged=1")
        visit.drawn()
        shown = visit.run("[...app.views[0].scene.place.keys()].length")
        cards = visit.run("app.views[0].scene.cards.map(({ x, y, width, height }) => [x, y, width, height])")
        assert shown > 10
        for index, (x, y, width, height) in enumerate(cards):
            for left, top, wide, high in cards[:index]:
                assert x + width <= left or left + wide <= x or y + height <= top or top + high <= y


def test_machine_code_side_by_side(visit: Visit) -> None:
    open_both(visit, "&tab=code")
    read = "({ left, right, kind }) => [left?.text, right?.text, left?.node, right?.node, kind]"
    rows = visit.page.evaluate(f"seaofnodes.page.tables.both.rows.map({read})")
    codes = [visit.run(f"app.compilations[{side}].data.code.length") for side in (1, 0)]
    instructions = [[row for row in rows if row[side] and not row[side].endswith(":")] for side in (0, 1)]
    assert [len(found) for found in instructions] == codes, "all of both"
    assert {row[4] for row in rows} == {"same", "changed", "removed", "added"}
    assert any(row[0] is not None and row[0].startswith("div") and row[1] is None for row in rows)
    pairs = visit.page.evaluate("[...seaofnodes.page.tables.both.pairs]")
    same = sum(1 for row in rows if row[0] and row[1] and row[2:4] in [list(pair) for pair in pairs])
    assert same > 10, "instructions of the same node stand in one row"
    assert "instructions on both sides" in visit.page.inner_text("#panel-both .facts")
    row = visit.page.locator('[aria-label="Machine code of both"] .line .half:last-child .made .go').first
    node = int(row.inner_text()[1:])
    row.click()
    assert visit.state()["node"] == node
    visit.page.locator('[aria-label="Machine code of both"]').focus()
    visit.keys("f")
    visit.picture("diff-code")
    visit.keys("f")


def test_a_summary(visit: Visit) -> None:
    open_both(visit)
    table = {}
    for line in visit.page.locator("#inspector .compared tbody tr").all_inner_texts():
        name, left, right, *_ = line.split("\t")
        table[name] = (left, right)
    sizes = visit.run("[app.compilations[1].data.codeSize, app.compilations[0].data.codeSize]")
    assert table["bytes of code"] == tuple(f"{size:,}" for size in sizes)
    assert table["divide-by-constant"] == ("0", "2")
    assert {"nodes", "instructions", "ms, traced", "rules fired"} <= set(table)
    visit.picture("diff-summary")
    visit.open("#phase=17&against=0.16&tab=changes")
    assert "left" in visit.page.inner_text("#inspector .compared").lower()
    rows = lines(visit, "What changed")
    assert re.search(r"\d+ nodes are the same", rows[0])
