"""15,000 nodes stay usable: time to the first picture, to switch phases, to select, to go a step on.

The best of several tries counts, since the machine may be busy with something else, and slow machines get more time, by
what sorting takes there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import seaofnodes
from tests.viz import browser

TRIES = 4
PATIENCE = 2  # times as long: what shares the machine slows the browser more than it slows the sorting
PAUSE = 3.0  # seconds between them
LIMITS = {"first": 1.0, "switch": 0.3, "select": 0.1, "step": 0.1}  # seconds
SORTING = 0.02  # seconds that the sorting takes on the machine that the limits are for

SORT = """() => {
  const times = [];
  for (let k = 0; k < 5; k++) {
    const start = performance.now(), found = [];
    for (let i = 0; i < 100000; i++) found.push({ key: (i * 7919) % 100003, text: String(i) });
    found.sort((a, b) => a.key - b.key);
    times.push((performance.now() - start) / 1e3);
  }
  return Math.min(...times);
}"""

MEASURE = """async () => {
  const { app } = seaofnodes;
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const time = async (what) => {
    const start = performance.now();
    what();
    await app.scenesReady;
    await frame();
    return (performance.now() - start) / 1e3;
  };
  const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
  const found = {};
  for (const view of ["blocks", "near", "sea"]) {
    app.set({ view });
    await app.scenesReady;
    const switches = [], selects = [], ids = [...app.graph.live];
    for (const phase of app.compilation.phases) if (phase.changed) switches.push(await time(() => app.set({ phase: phase.index })));
    for (let k = 0; k < 7; k++) selects.push(await time(() => app.select(ids[Math.floor(ids.length * k / 7)])));
    const long = app.compilation.phases.reduce((a, b) => (b.steps.length > a.steps.length ? b : a)), steps = [];
    app.set({ phase: long.index, step: 0 });
    await app.scenesReady;
    for (let step = 1; step < 10; step++) steps.push(await time(() => app.set({ phase: long.index, step })));
    found[view] = [median(switches), median(selects), median(steps)];
  }
  return found;
}"""  # noqa: E501


def program(size: int) -> str:
    """Straight lines, branches and loops."""
    body = []
    for i in range(size):
        a, b, c = i % 4, (i + 1) % 4, (i + 2) % 4
        body.append(
            f"(local.set {a} (i32.add (i32.mul (local.get {b}) (i32.const {i + 3}))"
            f" (i32.load offset={4 * i} (local.get {c}))))"
        )
        if i % 5 == 0:
            body.append(
                f"(if (i32.lt_s (local.get 0) (i32.const {i}))"
                " (then (i32.store (local.get 1) (i32.xor (local.get 2) (local.get 3)))))"
            )
        if i % 20 == 0:
            body.append(
                "(loop (i32.store (local.get 2) (i32.add (i32.load (local.get 2)) (local.get 3)))"
                " (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))"
            )
    return f"(module (memory 1) (func (param i32 i32 i32 i32) (result i32) {' '.join(body)} (local.get 0)))"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    browser.chromium()  # first: compiling takes seconds
    from tests.support import wat

    engine = seaofnodes.Engine(tier="baseline")
    compilation = engine.compile(engine.load(wat(program(2500))), 0, pipeline="poll-splitting,simplify,gvn,dead-code")
    assert compilation.phases[-1].record.nodes_after > 15_000
    target = tmp_path_factory.mktemp("page") / "large.html"
    compilation.to_html(target)
    assert target.stat().st_size < 5_000_000
    return target


@pytest.mark.alone
@pytest.mark.timeout(400)
def test_times(file: Path, record_property: Callable[[str, Any], None]) -> None:
    from playwright.sync_api import sync_playwright

    best = dict.fromkeys(LIMITS, 99.0)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser.chromium(), args=["--no-sandbox", "--disable-gpu"])
        for _ in range(TRIES):
            page = started.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(browser.PATIENCE)
            page.goto(f"file://{file}")
            page.wait_for_selector("html[data-ready]")
            assert page.evaluate("seaofnodes.app.state.view") == "near", "large graphs open in a neighbourhood"
            first = page.evaluate("Number(document.documentElement.dataset.ready)") / 1e3
            found = page.evaluate(MEASURE)
            slow = max(1.0, page.evaluate(SORT) / SORTING)
            worst = [max(column) / slow for column in zip(*found.values(), strict=True)]
            times = dict(zip(LIMITS, [first / slow, *worst], strict=True))
            best = {key: min(value, times[key]) for key, value in best.items()}
            page.close()
            if all(best[key] < PATIENCE * limit for key, limit in LIMITS.items()):
                break
            time.sleep(PAUSE)
        started.close()
    record_property("seconds", best)
    assert all(best[key] < PATIENCE * limit for key, limit in LIMITS.items()), best
