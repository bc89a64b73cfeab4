"""A visit to the demo's page: a real browser, from disk, without a network. Pictures of it are kept in out/viewer/."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from seaofnodes.viz.dot import find_dot
from tests.viz import browser
from tests.viz.visiting import Visit, lines


def test_it_opens_with_a_picture(visit: Visit) -> None:
    page = visit.open()
    assert page.title() == "digit_sum"
    assert "digit_sum" in page.inner_text("#title") and "lift" in lines(visit, "Phases and steps")[0]
    visit.picture("blocks")
    pixels = "document.querySelector('.place canvas').getContext('2d').getImageData(0, 0, 600, 600).data.buffer"
    assert page.evaluate(f"new Set(new Uint32Array({pixels})).size") > 20


def test_a_bytecode_leads_to_nodes_and_instructions(visit: Visit) -> None:
    page = visit.open()
    page.locator('[aria-label="Bytecode"] .line', has_text="i32.div_u").click()
    assert visit.state()["at"]["offset"] == 0x7A
    nodes = visit.run("[...app.related.nodes].map((id) => app.graph.get(id).op.name)")
    assert "Int64Mul" in nodes and "Word64Shr" in nodes
    marked = lines(visit, "Machine code", ".selected")
    assert marked and any("imul" in line for line in marked)
    assert "nodes here" in page.inner_text("#inspector")
    visit.picture("bytecode")
    page.locator("#inspector button.node", has_text=re.compile("^n")).first.click()  # and on to one of them
    assert visit.state()["node"] >= 0 and "Life" in page.inner_text("#inspector")
    assert lines(visit, "Bytecode", ".selected")[0].split() == ["0x7a", "i32.div_u"]


def test_an_instruction_leads_to_its_node(visit: Visit) -> None:
    page = visit.open()
    page.locator('[aria-label="Machine code"] .line', has_text="imul").first.click()
    node = visit.state()["node"]
    assert visit.run(f"app.graph.get({node}).op.name") == "Int64Mul"
    assert lines(visit, "Bytecode", ".selected")[0].split()[1] == "i32.div_u"


def test_registers_in_the_code_lead_to_what_they_hold(visit: Visit) -> None:
    page = visit.open()
    links = page.locator('[aria-label="Machine code"] .line .rest .go')
    names = {link.inner_text(): link.get_attribute("data-go") for link in links.all()}
    assert any(name.startswith("e") and wide == f"r{name[1:]}" for name, wide in names.items())
    name, wide = next(found for found in names.items() if found[0].startswith("e"))
    links.filter(has_text=re.compile(f"^{name}$")).first.click()
    assert visit.state()["value"] == wide
    assert page.locator('[aria-label="Machine code"] .registers i.mine').count() > 0, "where it holds a value"


def test_a_click_in_the_graph_selects_and_tells_the_life(visit: Visit) -> None:
    page = visit.open("#phase=0&view=blocks")
    node = visit.run("[...app.graph.live].find((id) => app.graph.get(id).op.name === 'Uint32Div')")
    visit.drawn()
    place = "((v, c) => ({ x: (c.x - v.x) * v.scale, y: (c.y - v.y) * v.scale }))"
    at = visit.run(f"{place}(app.views[0], app.views[0].centre({node}))")
    page.locator(".place canvas").click(position=at)
    assert visit.state()["node"] == node
    life = page.locator("ol.life li").all_inner_texts()
    assert life[0].startswith("lift created for bytecode") and len(life) >= 2


def test_steps_of_a_phase(visit: Visit) -> None:
    page = visit.open()
    page.locator('[aria-label="Phases and steps"] .phase', has_text="strength-reduction").locator(".twist").click()
    steps = page.locator('[aria-label="Phases and steps"] .line.step')
    assert steps.count() == 3
    steps.nth(0).click()
    assert visit.state()["step"] == 0
    text = page.inner_text("#inspector section.step")
    assert "divide-by-constant" in text and "− n20 = Uint32Div" in text and "+ n38 = Int64Mul" in text
    before = visit.run("app.graph.live.size")
    page.click('button[aria-label="next step"]')
    page.click('button[aria-label="next step"]')
    assert visit.state()["step"] == 2 and visit.run("app.graph.live.size") != before
    text = page.inner_text("#inspector section.step")
    assert "mul_by_scaled_three_five_nine_32" in text and "→ Word32Shl" in text
    page.locator("#inspector summary").click()
    assert "@rule(" in page.inner_text("#inspector details pre")
    visit.picture("step")


def test_unchanged_phases_are_folded(visit: Visit) -> None:
    page = visit.open()
    folded = page.locator('[aria-label="Phases and steps"] .line.fold')
    shown = page.locator('[aria-label="Phases and steps"] .line.phase').count()
    assert folded.count() >= 1 and "changed nothing" in folded.first.inner_text()
    folded.first.click()
    assert page.locator('[aria-label="Phases and steps"] .line.phase').count() > shown


def test_the_back_end_is_part_of_the_timeline(visit: Visit) -> None:
    page = visit.open("#phase=0")
    stages = page.locator('[aria-label="Phases and steps"] .line.stage')
    assert [text.split()[0] for text in stages.all_inner_texts()] == ["schedule", "select", "allocate", "emit"]
    stages.first.click()
    assert (visit.state()["view"], visit.state()["tab"]) == ("schedule", "schedule")
    rows = lines(visit, "Schedule")
    assert rows[0].startswith("B0") and rows[1].split() == ["n0", "Start()"]


def test_search(visit: Visit) -> None:
    page = visit.open()
    visit.keys("/")
    page.keyboard.type("rule:divide op:mul")
    found = visit.run("app.found")
    gone = visit.run("app.searched.gone")
    assert found and gone and page.inner_text("#found") == f"{len(found)} + {len(gone)}"
    for node in (*found, *gone, found[0]):
        page.keyboard.press("Enter")
        assert visit.state()["node"] == node and visit.run(f"app.graph.live.has({node})")


def test_a_diff_of_two_phases(visit: Visit) -> None:
    page = visit.open("#phase=0&view=blocks")
    unrolled = visit.run("app.compilation.phases.findIndex((phase) => phase.name === 'loop-unrolling')")
    page.select_option("#against", f"0.{unrolled - 1}")
    page.locator('[aria-label="Phases and steps"] .phase', has_text="loop-unrolling").click()
    assert page.locator(".place canvas").count() == 2
    matched, added, changed = visit.run("[app.diff.matched.length, app.diff.added.length, app.diff.changed.length]")
    assert matched > 20 and added > 50 and changed >= 1
    rows = lines(visit, "What changed")
    assert rows[0].endswith("nodes are the same") and any("unroll of n" in row for row in rows)
    visit.picture("diff-phases")


def test_a_diff_of_two_pipelines_names_the_rule(visit: Visit) -> None:
    visit.open("#phase=99&view=blocks&against=1.3&tab=changes")
    rows = "\n".join(lines(visit, "What changed"))
    assert "rules that fired, left and right" in rows and re.search(r"divide-by-constant\s+0 : 2", rows)
    removed = visit.run("app.diff.removed.map((id) => app.diff.before.get(id).op.name)")
    assert {"Uint32Div", "Uint32Mod"} <= set(removed)
    text = "seaofnodes.page.tables.changes.rows.map((row) => `${row.text}: ${row.beside}`)"
    told = "\n".join(visit.page.evaluate(text))
    assert re.search(r"= Uint32Div\(.*\): by n\d+, divide-by-constant", told), "which rule took a lifted node away"
    assert re.search(r"n17 = Int32Add\(n13, n47\): divide-by-constant, was", told), "and which changed one"
    name = "app.diff.{}.get({}).op.name".format
    assert visit.run(f"[...app.diff.pairs].filter(([a, b]) => {name('before', 'a')} !== {name('after', 'b')})") == []
    visit.picture("diff-pipelines")
    assert visit.run("app.views[0].scale === app.views[1].scale && app.views[0].y === app.views[1].y")


def test_a_diff_with_a_phase_that_changed_nothing(visit: Visit) -> None:
    page = visit.open("#phase=17")
    same = visit.run("app.compilation.phases.findLastIndex((phase) => !phase.changed && phase.index < 17)")
    page.evaluate(f"seaofnodes.app.compare({{ compilation: 0, phase: {same} }})")
    assert page.eval_on_selector("#against", "(list) => list.selectedOptions.length") == 1
    assert page.locator(".graph > .title").first.inner_text() == visit.run(f"app.compilation.phases[{same}].name")


def test_numbers_beside_boxes_have_room(visit: Visit) -> None:
    visit.open("#phase=99&node=17&view=near")
    visit.drawn()
    boxes = visit.run("app.views[0].scene.boxes.map((box) => [box.y, box.x, box.width, box.more])")
    beside = [(a, b) for a, b in pairwise(sorted(boxes)) if a[0] == b[0] and a[3]]
    assert beside
    for (_, x, width, more), (_, next_x, _, _) in beside:
        assert x + width + 5 + 6 * len(f"+{more}") <= next_x


def test_hiding_kinds(visit: Visit) -> None:
    page = visit.open("#view=sea")
    visit.drawn()
    shown = visit.run("app.views[0].scene.boxes.map((box) => box.category)")
    assert "constant" not in shown
    page.uncheck('[data-filter="constants"]')
    visit.drawn()
    assert "constant" in visit.run("app.views[0].scene.boxes.map((box) => box.category)")
    assert "hide=frames%2Bdead" in visit.link()


def test_graphviz_places_the_sea_or_the_page_does(visit: Visit) -> None:
    """Either way nothing lies on anything else."""
    visit.open("#phase=0&view=sea")
    drawn = visit.run("app.compilation.data.positions?.nodes.length ?? 0")
    assert (drawn > 100) == (find_dot() is not None)
    for link in ("#phase=0&view=sea", "#phase=99&view=sea", "#phase=0&view=sea&hide=nothing"):
        visit.open(link)
        visit.drawn()
        boxes = visit.run("app.views[0].scene.boxes.map(({ x, y, width, height }) => [x, y, width, height])")
        assert len(boxes) > 10
        for index, (x, y, width, height) in enumerate(boxes):
            for left, top, wide, high in boxes[:index]:
                assert x + width <= left or left + wide <= x or y + height <= top or top + high <= y


def test_views(visit: Visit) -> None:
    visit.open("#node=17")
    for key, view in (("2", "sea"), ("3", "near"), ("4", "schedule"), ("1", "blocks")):
        visit.keys(key)
        visit.drawn()
        assert visit.state()["view"] == view and visit.run("app.views[0].scene.place.has(17)")
        visit.picture(f"view-{view}")
    visit.keys("3")
    visit.drawn()
    small = visit.run("app.views[0].scene.boxes.length")
    visit.keys(">")
    visit.drawn()
    assert visit.run("app.views[0].scene.boxes.length") > small


def test_a_deep_link(visit: Visit) -> None:
    page = visit.open("#phase=0&node=17&view=near&depth=1&hide=dead&tab=schedule&find=op:Add")
    link = page.url
    state = visit.state()
    assert (state["phase"], state["node"], state["view"], state["depth"]) == (0, 17, "near", 1)
    assert state["filters"] == {"constants": False, "frames": False, "dead": True}
    assert page.inner_text('#tabs [aria-selected="true"]') == "Schedule"
    visit.keys("[", "]", "2")
    visit.open("#" + link.partition("#")[2])
    assert visit.state() == state
    page.evaluate("location.hash = 'phase=2&view=blocks'")  # somebody edits the address
    browser.until(page, "seaofnodes.app.state.phase === 2")
    visit.open("#phase=9999&node=banana&view=%&at=7.0xzz")
    assert visit.state()["view"] == "blocks"


def test_by_keyboard_alone(visit: Visit) -> None:
    page = visit.open("#phase=0")
    visit.keys("]")
    assert visit.run("app.compilation.phases[app.state.phase].changed") and visit.state()["phase"] == 1
    visit.keys(".", ".")
    assert visit.state()["step"] >= 0
    visit.keys("Escape", "[")
    assert visit.state()["phase"] == 0 and visit.state()["step"] == -1
    page.locator(".place canvas").focus()
    visit.keys("ArrowDown", "ArrowDown", "ArrowDown")
    selected = visit.state()["node"]
    assert selected >= 0
    visit.keys("i")
    assert visit.state()["node"] in visit.run(f"app.graph.get({selected}).inputs")
    visit.keys("Backspace")
    browser.until(page, f"seaofnodes.app.state.node === {selected}")
    visit.keys("D")
    assert visit.state()["against"] == {"compilation": 1, "phase": 0}
    page.locator(".place canvas").first.focus()
    visit.keys("D", "7")
    assert visit.state()["against"] is None and visit.state()["tab"] == "instructions"
    visit.keys("?")
    assert page.locator("dialog[open]").count() == 1
    visit.picture("keys")
    visit.keys("Escape")
    assert page.locator("dialog[open]").count() == 0
    reached = set()
    for _ in range(60):  # Tab comes to every pane
        visit.keys("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.id"))
    assert {"Phases and steps", "Bytecode", "Graph", "Instructions after register allocation"} <= reached
    page.locator('[aria-label="Phases and steps"]').focus()
    visit.keys("Home", "ArrowDown", "ArrowRight")
    assert page.locator('[aria-label="Phases and steps"] .line.step').count() >= 1


def test_pictures_are_saved(visit: Visit, tmp_path: Path) -> None:
    page = visit.open("#view=sea")
    visit.drawn()
    for key, start in (("s", b"<svg"), ("S", b"\x89PNG")):
        with page.expect_download() as download:
            visit.keys(key)
        target = tmp_path / download.value.suggested_filename
        download.value.save_as(target)
        data = target.read_bytes()
        assert data.startswith(start)
        if key == "s":
            assert data.count(b"stroke-dasharray") > 2 and b"n17" in data


def test_dark_and_light(visit: Visit) -> None:
    page = visit.open()
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    visit.keys("t", "t")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark" and page.evaluate(background) != light
    visit.picture("dark")


def test_it_prints(visit: Visit) -> None:
    page = visit.open()
    assert page.pdf(landscape=True).startswith(b"%PDF")


@pytest.mark.parametrize("seed", range(2))
def test_whatever_one_does_there_is_no_error(visit: Visit, seed: int) -> None:
    """Random keys and clicks; the visit's end asserts that the console is empty."""
    page, choose = visit.open(), random.Random(seed)
    keys = [*"[]{},.bodDmfrnNiuc1234<>xkze+-056789t?/a", "Backspace", "Escape", "Enter", "Tab", "Home", "PageDown"]
    keys += ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]
    for _ in range(120):
        if choose.random() < 0.25:
            page.mouse.click(choose.randrange(1440), choose.randrange(900))
        else:
            visit.keys(choose.choice(keys))
    visit.drawn()


def test_the_demo_leaves_a_page(root: Path, tmp_path: Path) -> None:
    """By the command that the demo uses."""
    target = tmp_path / "page.html"
    command = [sys.executable, "-m", "seaofnodes.cli.main", "compile", "examples/digits.wat", "-f", "digit_sum"]
    feedback = ["--invoke", "run", "--arg", "2000"]
    options = ["--emit", "html", "--against", "inline,simplify,gvn", "-o", str(target)]
    subprocess.run([*command, *feedback, *options], cwd=root, check=True, timeout=60)
    text = target.read_text()
    assert text.startswith("<!DOCTYPE html>") and not re.search(r"(src|href)=[\"']?https?:", text)
    assert '"html": "out/digit_sum.html"' in (root / "tools" / "demo.py").read_text()
