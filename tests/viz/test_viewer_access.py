"""The viewer for everybody: axe-core finds nothing in light and dark, the keys never lose their place, and windows of
all sizes and paper can be read.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import pytest

from tests.viz.visiting import Visit

LINKS = {
    "plain": "",
    "a node, and the schedule": "#phase=0&node=17&view=blocks&tab=schedule",
    "a step, and what changed": "#phase=STEPS&step=0&tab=changes",
    "instructions and a value": "#phase=99&view=near&node=17&tab=instructions&value=v1",
    "a search, and remarks": "#view=sea&find=Add&tab=remarks",
    "side by side": "#phase=99&against=1.3&tab=code",
    "one graph": "#phase=99&against=1.3&merged=1&tab=changes&node=17",
}
STEPS = "app.compilation.phases.findIndex((phase) => phase.steps.length > 2)"  # a phase that has some


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core as text."""
    package = pytest.importorskip("axe_playwright_python", reason="axe-core, of the extra `test`")
    return files(package).joinpath("axe.min.js").read_text(encoding="utf-8")


def violations(page: Any, axe: str) -> list[str]:
    """What axe-core has to say of a page as it is now: rule, and elements."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(visit: Visit, axe: str, theme: str) -> None:
    found = {}
    visit.open()
    stepped = str(visit.run(STEPS))
    for name, link in LINKS.items():
        page = visit.open(link.replace("STEPS", stepped))
        assert ("step=0" in link) == (visit.run("app.state.step") == 0)
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'; seaofnodes.page._retheme()")
        visit.drawn()
        found[name] = violations(page, axe)
    visit.keys("?")
    found["keys"] = violations(page, axe)
    assert {name: list(dict.fromkeys(one))[:8] for name, one in found.items() if one} == {}


def test_all_controls_have_names(visit: Visit) -> None:
    page = visit.open("#phase=99&view=near&node=17&against=1.3")
    nameless = page.evaluate("""(() => {
      const controls = [...document.querySelectorAll("button, input, select, [tabindex='0']")];
      const name = (one) => one.getAttribute("aria-label") ?? (one.labels?.[0]?.textContent || one.textContent);
      return controls.filter((one) => one.checkVisibility() && !/[\\w?]/.test(name(one))).map((one) => one.outerHTML);
    })()""")
    assert nameless == []


FOCUSED = "document.activeElement.getAttribute('aria-label')"


def test_the_focus_is_never_lost(visit: Visit) -> None:
    page = visit.open("#phase=99&node=17")
    body = "document.activeElement === document.body"
    page.locator("#inspector button.node").first.focus()
    for _ in range(4):  # each goes to another node, and draws the pane anew
        visit.keys("Enter")
        assert not page.evaluate(body)
        assert page.evaluate("document.activeElement.closest('#inspector') !== null")
    visit.keys("1")
    visit.run(f"app.set({{ phase: {STEPS}, step: 0 }})")
    page.locator('button[aria-label="next step"]').focus()
    visit.keys("Enter")
    assert page.evaluate(FOCUSED) == "next step"
    page.locator('[aria-label="Functions"] button').last.focus()
    visit.keys("Enter")
    assert not page.evaluate(body)
    page.locator("#search").focus()
    visit.keys("Escape")
    assert not page.evaluate(body)
    visit.keys("D")
    page.locator(".place canvas").first.focus()
    visit.keys("D")
    assert page.evaluate("document.activeElement.tagName") == "CANVAS", "of the side that is left"
    for key in ("5", "6", "7", "8", "9", "5"):
        page.locator("#panels .panel:not([hidden]) [role=listbox]").focus()
        visit.keys(key)
        assert page.evaluate("document.activeElement.getAttribute('role')") == "listbox"
    visit.keys("?", "Escape")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "listbox"


def test_lists_say_which_line_the_keys_are_at(visit: Visit) -> None:
    page = visit.open("#tab=schedule")
    for label in ("Phases and steps", "Bytecode", "Schedule"):
        page.locator(f'[aria-label="{label}"]').focus()
        visit.keys("Home", "ArrowDown", "ArrowDown")
        active = page.evaluate(
            """(label) => {
              const list = document.querySelector(`[aria-label="${label}"]`);
              const line = document.getElementById(list.getAttribute("aria-activedescendant"));
              const place = line.getAttribute("aria-posinset");
              return [line.getAttribute("role"), list.contains(line), place, line.textContent];
            }""",
            label,
        )
        assert active[:2] == ["option", True] and int(active[2]) >= 2 and active[3].strip()
        assert page.evaluate("document.activeElement.getAttribute('role')") == "listbox"


def test_the_keys_stay_where_they_are_in_a_list(visit: Visit) -> None:
    """Of two instructions for one node, the second is reached, too."""
    page = visit.open("#tab=code")
    page.locator('[aria-label="Machine code"]').focus()
    visit.keys("Home")
    reached = []
    for _ in range(60):
        visit.keys("ArrowDown")
        reached.append(page.evaluate("seaofnodes.page.tables.code.list.active"))
    assert reached == sorted(set(reached)), "each line once"


@pytest.mark.parametrize(("width", "height"), [(800, 600), (1100, 800), (1920, 1080), (3840, 2160)])
def test_windows_of_all_sizes(visit: Visit, width: int, height: int) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": height})
    visit.open("#phase=99&node=17&against=1.3")
    visit.drawn()
    box = "((name) => { const { left, right, top, bottom } = document.querySelector(name).getBoundingClientRect(); "
    box += "return [left, right, top, bottom]; })"
    for name in ("header", "#left", "#centre", "#right", "#inspector", "#panels", "footer", "#actions", "#search"):
        left, right, top, bottom = page.evaluate(f"{box}('{name}')")
        assert 0 <= left < right <= width and 0 <= top < bottom <= height, name
    left, right, *_ = page.evaluate(f"{box}('#centre')")
    assert right - left >= 0.36 * width, "the graph has room"
    text = page.evaluate("getComputedStyle(document.querySelector('#inspector')).width")
    assert float(text.removesuffix("px")) >= (240 if width < 1000 else 330)
    buttons = page.locator("header button, header select")
    for index in range(buttons.count()):
        found = buttons.nth(index).bounding_box()
        if found:
            assert found["x"] >= 0 and found["x"] + found["width"] <= width
    visit.picture(f"window-{width}")


def test_bars_resize_panes_and_say_so(visit: Visit) -> None:
    page = visit.open()
    bar = page.locator('[aria-label="resize right panes"]')
    width = "document.querySelector('#right').getBoundingClientRect().width"
    before = page.evaluate(width)
    bar.focus()
    visit.keys("ArrowLeft", "ArrowLeft")
    assert page.evaluate(width) == pytest.approx(before + 40, abs=1)
    assert bar.get_attribute("aria-valuenow") == str(round(page.evaluate(width)))


def test_the_theme_is_remembered(visit: Visit) -> None:
    page = visit.open()
    visit.keys("t", "t")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    visit.open()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    visit.keys("t")
    visit.open()
    assert page.evaluate("document.documentElement.dataset.theme ?? 'auto'") == "auto"
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })")
    visit.open()  # a browser that keeps nothing for pages from disk
    visit.keys("t")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_a_printed_page_can_be_read(visit: Visit) -> None:
    page = visit.open("#phase=99&node=17&tab=code")
    visit.keys("t", "t")  # dark, on white paper
    visit.drawn()
    pdf = page.pdf(format="A4", landscape=False)
    assert pdf.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 2
    page.emulate_media(media="print")
    print_ = page.locator("#print")
    text = print_.inner_text()
    assert "digit_sum" in text and "Life" in text and re.search(r"imul .*; n\d+ @0x7a", text)
    scales = "[...document.querySelectorAll('#print img')].map((one) => one.clientWidth / one.naturalWidth)"
    assert min(page.evaluate(scales)) > 0.5, "letters of the picture are large enough"
    colour = page.evaluate("getComputedStyle(document.querySelector('#print .added, #print dd')).color")
    assert colour == "rgb(0, 0, 0)"
    visit.page.screenshot(path=visit.root / "out" / "viewer" / "printed.png", full_page=True)
