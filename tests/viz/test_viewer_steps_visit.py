"""Visits to steps in a real browser: whatever a step changed is in the window, in every view, for all steps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import seaofnodes
from seaofnodes.viz.compilation import Compilation
from seaofnodes.viz.viewer.data import compilation_data
from tests.viz import browser
from tests.viz.test_viewer_scale import program
from tests.viz.visiting import Visit, lines

VIEWS = ("blocks", "sea", "near", "schedule")
STEP, SEARCH, SWITCH = 0.1, 0.1, 0.3  # seconds, on a quiet machine
PATIENCE = 12  # times as long, on a busy one

#: Quicksort, whose calls of itself are inlined; a helper that is inlined twice.
SORT = """(module (memory 64)
  (func $sort (export "sort") (param $low i32) (param $high i32)
    (local $i i32) (local $j i32) (local $pivot i32) (local $x i32)
    (if (i32.ge_s (local.get $low) (local.get $high)) (then (return)))
    (local.set $i (i32.sub (local.get $low) (i32.const 4)))
    (local.set $j (i32.add (local.get $high) (i32.const 4)))
    (local.set $pivot (i32.load (i32.and (i32.shr_u (i32.add (local.get $low) (local.get $high)) (i32.const 1))
      (i32.const -4))))
    (block $split
      (loop $swap
        (loop $left
          (local.set $i (i32.add (local.get $i) (i32.const 4)))
          (br_if $left (i32.lt_s (i32.load (local.get $i)) (local.get $pivot))))
        (loop $right
          (local.set $j (i32.sub (local.get $j) (i32.const 4)))
          (br_if $right (i32.gt_s (i32.load (local.get $j)) (local.get $pivot))))
        (br_if $split (i32.ge_s (local.get $i) (local.get $j)))
        (local.set $x (i32.load (local.get $i)))
        (i32.store (local.get $i) (i32.load (local.get $j)))
        (i32.store (local.get $j) (local.get $x))
        (br $swap)))
    (call $sort (local.get $low) (local.get $j))
    (call $sort (i32.add (local.get $j) (i32.const 4)) (local.get $high)))
  (func (export "run") (param $n i32) (local $i i32)
    (loop $fill
      (i32.store (i32.mul (local.get $i) (i32.const 4)) (i32.mul (local.get $i) (i32.const 0x9e3779b1)))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (call $sort (i32.const 0) (i32.mul (local.get $n) (i32.const 4)))))"""

#: For each step of a view: is something of what it changed in the window, and all, if there is room for all of it? What
#: a step changed is computed here anew, from the graphs.
ALL_STEPS = """async ([view, most]) => {
  const { app } = seaofnodes, { compilation } = app;
  app.set({ view, phase: 0, step: -1, node: -1, query: "" });
  const found = { steps: 0, alone: 0, missed: [], seconds: [] };
  const steps = compilation.phases.flatMap((phase) => phase.steps.map((_, step) => [phase.index, step]));
  const every = Math.max(1, Math.ceil(steps.length / most));
  for (const [index, [phase, step]] of steps.entries()) {
    if (index % every) continue;
    const start = performance.now();
    app.set({ phase, step });
    await app.scenesReady;
    found.seconds.push((performance.now() - start) / 1e3);
    found.steps++;
    const before = compilation.graphAfterStep(phase, step - 1), after = compilation.graphAfterStep(phase, step);
    const text = (graph, id) => graph.live.has(id) && graph.get(id) ? `${graph.get(id).op.text} ${graph.get(id).inputs}` : "";
    const changed = [...after.live].filter((id) => text(before, id) !== text(after, id));
    const [shown] = app.views, { place } = shown.scene;
    const box = (id) => shown.extent(id);
    const area = shown.view();
    const inside = ({ x, y, width, height }) => x + Math.min(width, 60) > area.x && x < area.x + area.width && y >= area.y && y + height <= area.y + area.height;
    const boxes = changed.filter((id) => place.has(id)).map(box);
    if (!boxes.length) { // what stands for it
      found.alone++;
      const near = [...shown.look.near].filter((id) => place.has(id)).map(box);
      if (!near.some(inside)) found.missed.push([phase, step, "nothing stands for it"]);
      continue;
    }
    const reach = (low, high) => Math.max(...boxes.map(high)) - Math.min(...boxes.map(low));
    const fits = reach((one) => one.x, (one) => one.x + one.width) < shown.width - 80 && reach((one) => one.y, (one) => one.y + one.height) < shown.height - 80;
    if (fits ? !boxes.every(inside) : !boxes.some(inside)) found.missed.push([phase, step, `${boxes.filter(inside).length} of ${boxes.length}`]);
  }
  return found;
}"""  # noqa: E501


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    path = browser.chromium()
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-ipc-flooding-protection"]  # all steps, one after the other
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="module")
def sort() -> Compilation:
    from tests.support import wat

    engine = seaofnodes.Engine(tier="baseline")
    instance = engine.instantiate(wat(SORT))
    instance.exports["run"](50)
    return engine.compile(instance, "sort", pipeline="default")


@pytest.fixture
def visit(chromium: Any, sort: Compilation, tmp_path: Path, root: Path) -> Iterator[Visit]:
    target = tmp_path / "sort.html"
    sort.to_html(target)
    found = Visit(chromium, target, root)
    yield found
    found.end()


def total(compilation: Compilation) -> int:
    return sum(len(phase["steps"]) for phase in compilation_data(compilation)["phases"])


@pytest.mark.timeout(400)
def test_what_a_step_changed_is_in_the_window(visit: Visit, sort: Compilation) -> None:
    visit.open()
    for view in VIEWS:
        found = visit.page.evaluate(ALL_STEPS, [view, 10_000])
        assert found["steps"] == total(sort) > 60
        assert not found["missed"], view
        assert sorted(found["seconds"])[len(found["seconds"]) // 2] < STEP * PATIENCE
        inlined = visit.run("app.compilation.phases.findIndex((phase) => phase.name === 'inline')")
        visit.page.evaluate(f"seaofnodes.app.set({{ phase: {inlined}, step: 1 }})")
        visit.picture(f"step-{view}")


@pytest.mark.alone
@pytest.mark.timeout(900)
def test_in_a_large_function(chromium: Any, tmp_path: Path, root: Path) -> None:
    from tests.support import wat

    engine = seaofnodes.Engine(tier="baseline")
    compilation = engine.compile(engine.load(wat(program(1700))), 0, pipeline="poll-splitting,simplify,gvn,dead-code")
    target = tmp_path / "large.html"
    compilation.to_html(target)
    visit = Visit(chromium, target, root)
    visit.open()
    for view in ("blocks", "near", "schedule"):
        found = visit.page.evaluate(ALL_STEPS, [view, 60])
        assert found["steps"] >= 40 and not found["missed"], view
        assert sorted(found["seconds"])[len(found["seconds"]) // 2] < STEP * PATIENCE
        visit.picture(f"step-large-{view}")
    visit.page.evaluate("seaofnodes.app.set({ phase: seaofnodes.app.compilation.last, view: 'near' })")
    for query in ("int32add", "#7", "/^Int32(Add|Mul)/", "code:imul"):
        start = "const start = performance.now()"
        end = "(performance.now() - start) / 1e3"
        text = f"() => {{ {start}; seaofnodes.app.set({{ query: '{query}' }}); return {end}; }}"
        assert min(visit.page.evaluate(text) for _ in range(3)) < SEARCH * PATIENCE, query
        assert visit.run("app.found.length") > 0
    visit.end()


def test_before_and_after_by_one_key(visit: Visit) -> None:
    page = visit.open("#view=blocks")
    phase = visit.run("app.compilation.phases.findIndex((phase) => phase.name === 'poll-splitting')")
    page.evaluate(f"seaofnodes.app.set({{ phase: {phase}, step: 0 }})")
    visit.drawn()
    poll = visit.run("app.steps.shown.node")
    marks = "[...app.views[0].look.marks].map(([id, mark]) => mark)"
    assert "added" in visit.run(marks) and "removed" not in visit.run(marks)
    assert not visit.run(f"app.views[0].scene.place.has({poll})")
    visit.keys("b")
    visit.drawn()
    assert visit.run(f"app.views[0].scene.place.has({poll})") and "before=1" in visit.link()
    assert "removed" in visit.run(marks) and "added" not in visit.run(marks)
    assert page.get_attribute('[data-moment="before"]', "aria-pressed") == "true"
    visit.picture("step-before")
    visit.keys("b")
    assert visit.state()["before"] is False
    visit.keys("b", ".")
    assert visit.state()["step"] == 1 and visit.state()["before"] is False, "a step is shown as it left the graph"


def test_steps_of_a_rule(visit: Visit) -> None:
    page = visit.open("#phase=99")
    rule = page.locator("#inspector button.rule", has_text="add_constants_32")
    told = int(rule.locator("xpath=..").inner_text().split(" × ")[0])
    rule.click()
    assert told > 20 and page.inner_text(".filter .count") == str(told)
    assert visit.page.evaluate("seaofnodes.page.phases.rows.filter((row) => row.kind === 'step').length") == told
    listed = lines(visit, "Phases and steps", ".step")
    assert listed and all("add_constants_32" in line for line in listed)
    visit.keys(".")
    first = visit.state()
    visit.keys(",")
    assert visit.run("app.steps.shown.rule") == "add_constants_32" and visit.state()["phase"] > first["phase"], "round"
    visit.keys("Escape")  # from what is selected: nothing; the list is all again
    assert visit.state()["steps"] == ""
    visit.keys("r")
    page.keyboard.type("inlined")
    assert page.inner_text(".filter .count") == "2"
    page.keyboard.press("Enter")
    assert visit.run("app.steps.shown.rule") == "inline"
    first = visit.state()["step"]
    page.keyboard.press("Enter")
    assert visit.state()["step"] == first + 1
    text = page.inner_text("#inspector section.step")
    assert "inlined sort" in text and "size=" in text
    page.keyboard.press("Enter")
    assert visit.state()["step"] == first, "from the last one to the first"
    visit.picture("steps-filtered")


def test_a_steps_text_has_values_and_bindings(visit: Visit) -> None:
    page = visit.open("#steps=rule%3Aadd_constants_32")
    page.locator('[aria-label="Phases and steps"] .line.step').first.click()
    bound = page.inner_text("dl.bound").split()
    assert bound[0] == "x" and "C" in bound and bound[bound.index("C") + 1].startswith("#")
    text = page.inner_text("#inspector section.step .edit")
    assert "Int32Add(n" in text and ", #" in text
    assert not visit.run("app.searched.error")


def test_an_inlined_call_says_so(visit: Visit) -> None:
    page = visit.open("#steps=rule%3Ainline&tab=remarks")
    page.locator('[aria-label="Phases and steps"] .line.step').first.click()
    call = visit.run("app.steps.shown.node")
    page.locator(f'#inspector section.step button[data-node="{call}"]').first.click()
    life = page.locator("ol.life li").all_inner_texts()
    assert any("inlined sort" in line and "inline" in line for line in life)
    assert not any("nothing used it" in line for line in life)
    page.evaluate("seaofnodes.app.set({ phase: seaofnodes.app.compilation.last, node: -1 })")
    page.locator('[aria-label="Remarks"] .line', has_text="inlined sort").first.click()
    assert visit.state()["node"] == call and visit.run(f"app.graph.live.has({call})"), "where it still was"


def test_search_finds_what_is_gone(visit: Visit) -> None:
    page = visit.open("#phase=99&view=blocks")
    visit.keys("/")
    page.keyboard.type("op:call in:/./")
    page.fill("#search", "op:StackCheck[loop]")
    assert visit.run("app.found") == [] and len(visit.run("app.searched.gone")) >= 3
    page.press("#search", "Enter")
    node = visit.state()["node"]
    assert visit.run(f"app.graph.live.has({node})")
    page.press("#search", "Enter")
    assert visit.state()["node"] > node and visit.run("app.graph.live.has(app.state.node)")
    page.fill("#search", "#-4")
    constant = visit.run("app.found")[0]
    assert not visit.run(f"app.views[0].scene.place.has({constant})")
    rows = "app.views[0].scene.cards.flatMap((card) => card.rows)"
    assert visit.run(f"{rows}.filter((row) => row.constants.some(([id]) => id === {constant})).length") >= 1
    visit.picture("search-constant")
    page.fill("#search", "/(/")
    assert page.inner_text("#found") == "?" and "expression" in page.inner_text("#status")


def test_back_leads_to_what_was_selected(visit: Visit) -> None:
    page = visit.open("#phase=0&view=blocks")
    ids = visit.run("[...app.graph.live].filter((id) => app.graph.get(id).op.name === 'Load')")
    for node in ids[:2]:
        page.evaluate(f"seaofnodes.app.select({node})")
    visit.keys("2", "]")
    visit.run("app.address.flush()")  # entries of the history are written after the picture
    page.go_back()
    browser.until(page, "seaofnodes.app.state.phase === 0")
    assert visit.state()["view"] == "sea" and visit.state()["node"] == ids[1]
    page.go_back()
    browser.until(page, "seaofnodes.app.state.view === 'blocks'")
    visit.keys("Backspace")
    browser.until(page, f"seaofnodes.app.state.node === {ids[0]}")
    page.go_forward()
    browser.until(page, f"seaofnodes.app.state.node === {ids[1]}")


def test_what_waits_is_not_written_over_another_entry(visit: Visit) -> None:
    """The event that tells of another address comes later than timers that are due."""
    page = visit.open("#phase=0&view=blocks")
    visit.run("app.set({ phase: 1 })")
    visit.run("app.address.flush()")
    waiting = page.evaluate("""() => {
      const { address } = seaofnodes.app;
      const told = new Promise((done) => addEventListener("popstate", () => done(address.waiting), { once: true }));
      Object.assign(address, { waiting: location.hash + "&query=x", last: performance.now() });
      history.back();
      return told;
    }""")
    browser.until(page, "seaofnodes.app.state.phase === 0")
    assert waiting is None and visit.run("app.state.query") == ""


def test_copies_of_a_function_are_told_apart(visit: Visit) -> None:
    page = visit.open("#phase=99")
    sites = page.locator('[aria-label="call site"] option').all_inner_texts()
    assert sites[0] == "all 3 copies" and sites[1] == "compiled by itself"
    assert [site.split(" of ")[-1] for site in sites[2:]] == ["sort", "sort"] and len(set(sites)) == 4
    page.evaluate("seaofnodes.app.set({ phase: 1, node: -1 })")
    page.locator('[aria-label="Bytecode"] .line', has_text="i32.ge_s").first.click()
    everywhere = visit.run("app.related.nodes.size")
    counts = []
    for value in ("-1", "0", "1"):
        page.select_option('[aria-label="call site"]', value)
        assert visit.state()["at"]["inlining"] == int(value)
        counts.append(visit.run("app.related.nodes.size"))
    assert everywhere == sum(counts) and min(counts) >= 1
    visit.picture("call-sites")


def test_times(visit: Visit) -> None:
    """Of the small function: how long until the picture is another."""
    page = visit.open("#view=blocks")
    last = visit.run("app.compilation.last")
    started = time.monotonic()
    for phase in range(last + 1):
        page.evaluate(f"seaofnodes.app.set({{ phase: {phase} }})")
        page.evaluate("seaofnodes.app.scenesReady")
    assert (time.monotonic() - started) / (last + 1) < SWITCH * PATIENCE
