"""Names in the viewer: blocks have one number everywhere, operators one label, and what is named can be gone to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import seaofnodes
from seaofnodes.ir.text import format_graph
from seaofnodes.viz.compilation import Compilation
from seaofnodes.viz.layout.svg import schedule_to_svg
from seaofnodes.viz.schedule import format_schedule
from seaofnodes.viz.turbolizer import to_turbolizer
from tests.viz.visiting import Visit, lines

VALUES = range(5, 25)  # more than there are registers
TURN = "".join(f"(local.set {k} (i32.add (local.get {k}) (i32.load offset={4 * k} (local.get 3))))" for k in VALUES)
TEXT = f"""(module (memory 1) (func (export "twist") (param i32 i32) (result i32)
  (local f64 i32 i32{" i32" * len(VALUES)})
  (local.set 2 (f64.mul (f64.load offset=40 (local.get 0)) (f64.const 1.5)))
  block $d block $c block $b block $a
    (br_table $a $b $c $d (local.get 0))
  end (return (i32.div_s (local.get 1) (local.get 0)))
  end (loop $l {TURN}
    (local.set 3 (i32.add (local.get 3) (i32.const 4)))
    (br_if $l (i32.lt_u (local.get 3) (local.get 1))))
    {"".join(f"(local.set 4 (i32.xor (local.get 4) (local.get {k})))" for k in VALUES)}
    (return (local.get 4))
  end (return (i32.trunc_sat_f64_s (local.get 2)))
  end (local.get 1)))"""


@pytest.fixture(scope="module")
def twist() -> Compilation:
    engine = seaofnodes.Engine()
    return engine.compile(engine.load(TEXT.encode()), 0)


@pytest.fixture(scope="module")
def twisted(twist: Compilation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("twist") / "twist.html"
    twist.to_html(target)
    return target


@pytest.fixture
def twisting(chromium: Any, twisted: Path, root: Path) -> Iterator[Visit]:
    found = Visit(chromium, twisted, root)
    yield found
    found.end()


def in_text(text: str, pattern: str) -> dict[int, int]:
    """By number of a block, in a listing: its header, which is the first node after the head."""
    return {int(number): int(header) for number, header in re.findall(pattern, text)}


def in_cards(visit: Visit, link: str) -> dict[int, int]:
    visit.open(link)
    visit.drawn()
    cards = visit.run("app.views[0].scene.cards.filter((card) => card.block).map((card) => [card.title, card.header])")
    return {int(title[1:]): header for title, header in cards}


def test_a_block_has_one_number(visit: Visit, digit_sum: list[Compilation]) -> None:
    made = digit_sum[0]
    schedule = {block.index: block.header.id for block in made.backend.schedule.blocks}
    assert len(schedule) > 10
    assert in_cards(visit, "#phase=99&view=blocks") == schedule, "this one had an order of its own"
    assert in_cards(visit, "#phase=99&view=schedule") == schedule
    assert in_text(format_graph(made.graph), r"(?m)^B(\d+):.*\n  n(\d+) =") == schedule
    assert in_text(made.schedule(), r"--- BLOCK B(\d+) .*---\n  (\d+):") == schedule
    turbolizer = to_turbolizer(made)["phases"]
    assert in_text(turbolizer[-4]["data"], r"--- BLOCK B(\d+) .*---\n  (\d+):") == schedule
    assert {block["id"] for block in turbolizer[-2]["blocks"]} == set(schedule)
    with_code = {int(line[1:-1]) for line in re.findall(r"(?m)^B\d+:", made.listing())}
    assert with_code <= set(schedule) and len(with_code) > 5
    rows = visit.run("(seaofnodes.page.tables.instructions.update(), seaofnodes.page.tables.instructions.rows)")
    assert {int(row["label"][1:]): row["node"] for row in rows if "label" in row} == schedule
    rows = visit.run("(seaofnodes.page.tables.schedule.update(), seaofnodes.page.tables.schedule.rows)")
    heads = [(row, after) for row, after in pairwise(rows) if row["node"] < 0]
    assert {row["block"]["index"]: after["node"] for row, after in heads} == schedule
    visit.open(f"#phase=99&node={schedule[3]}")
    assert re.search(r"begins\s+B3", visit.page.inner_text("#inspector"))


def test_a_block_keeps_its_number_from_phase_to_phase(visit: Visit, digit_sum: list[Compilation]) -> None:
    schedule = {block.index: block.header.id for block in digit_sum[0].backend.schedule.blocks}
    seen: dict[int, int] = {}
    for phase in visit_phases(visit):
        for number, header in in_cards(visit, f"#phase={phase}&view=blocks").items():
            assert seen.setdefault(number, header) == header
            assert (number in schedule) == (header in schedule.values()), "gone by then: a number beyond"
    assert schedule.items() <= seen.items()


def visit_phases(visit: Visit) -> list[int]:
    visit.open()
    found: list[int] = visit.run("app.compilation.phases.filter((phase) => phase.changed).map((phase) => phase.index)")
    return found


def test_labels_are_the_same_everywhere(twisting: Visit, twist: Compilation) -> None:
    page = twisting.open("#phase=0&view=blocks&hide=nothing")
    twisting.drawn()
    rows = twisting.run("app.views[0].scene.cards.flatMap((card) => card.rows.map((row) => row.op))")
    load = "Load[Float64, Float64, memory=0, offset=40]"
    for label in (load, "Float64Constant[1.5]", "IfValue[2]", "Parameter[index=1, Word32]"):
        assert label in rows
        assert any(node["label"] == label for node in to_turbolizer(twist)["phases"][0]["data"]["nodes"])
    assert any(row.startswith("TrapIf[integer ") for row in rows)
    assert f"{load}(" in twist.schedule()
    load = twisting.run("[...app.graph.live].find((id) => app.graph.get(id).op.label.includes('offset=40'))")
    page.evaluate(f"seaofnodes.app.select({load})")
    assert "offset=40" in page.inner_text("#inspector h2") and "offset=40" in page.inner_text("#status")
    twisting.open("#phase=0&view=blocks")
    twisting.drawn()
    inputs = twisting.run("app.views[0].scene.cards.flatMap((card) => card.rows.map((row) => row.inputs)).join()")
    assert "#1.5" in inputs and "3ff8" not in inputs, "it stands in its users as a number"


NAMES_OF_WAYS = """(() => {
  const { edges, cards } = app.views[0].scene;
  return [...edges.map((edge) => edge.label), ...cards.flatMap((card) => card.rows.map((row) => row.op))];
})()"""


def test_switch_edges_have_their_values(twisting: Visit) -> None:
    twisting.open("#phase=0&view=blocks")
    twisting.drawn()
    assert {"0", "1", "2", "default"} <= set(twisting.run(NAMES_OF_WAYS)), "at their edges, or in a table"
    twisting.picture("switch")


def test_code_is_not_cut(twisting: Visit) -> None:
    page = twisting.open("#tab=code")
    trap = page.locator('[aria-label="Machine code"] .line', has_text="⚑").first
    for part in (trap.locator(".trap"), trap.locator(".made")):
        inside, pane = part.bounding_box(), page.locator("#panel-code").bounding_box()
        assert inside and pane
        assert pane["x"] <= inside["x"] and inside["x"] + inside["width"] <= pane["x"] + pane["width"]
    assert "may trap" in (trap.locator(".trap").get_attribute("title") or "")
    whole = "[...document.querySelectorAll('#panel-code .text')].every((one) => one.scrollWidth <= one.clientWidth + 1)"
    assert page.evaluate(whole), "a list that is too narrow can be scrolled; its text has no dots"
    twisting.picture("code")


def test_slots_have_columns_beside_the_registers(twisting: Visit) -> None:
    page = twisting.open("#tab=code")
    slots = {location for *_, location in twisting.run("app.compilation.data.ranges") if location.startswith("slot ")}
    assert len(slots) >= 4, "it has more values than registers"
    columns = page.locator("#panel-code div.registers").get_attribute("aria-label") or ""
    assert all(slot in columns for slot in slots) and "rax" in columns
    page.evaluate("""(() => {
      const { code } = seaofnodes.page.tables, lines = seaofnodes.app.compilation.data.code;
      code.list.reveal(code.rows.findIndex((row) => lines[row.line][2].includes("[rbp-")));
    })()""")
    line = page.locator('[aria-label="Machine code"] .line .go', has_text="[rbp-").first
    line.click()
    value = twisting.state()["value"]
    assert value.startswith("slot ")
    page.evaluate(f"""(() => {{
      const {{ code }} = seaofnodes.page.tables, lines = seaofnodes.app.compilation.data.code;
      const holds = (row) => code.live.get(lines[row.line][7])?.some((one) => one.location === "{value}");
      code.list.reveal(code.rows.findIndex(holds));
    }})()""")
    assert page.locator(f'[aria-label="Machine code"] i.mine[data-place="{value}"]').count() >= 1
    twisting.open(twisting.link())
    assert twisting.state()["value"] == value


def test_jumps_lead_to_their_targets(twisting: Visit) -> None:
    page = twisting.open("#tab=code")
    listing = page.locator('[aria-label="Machine code"]')
    texts = twisting.run("app.compilation.data.code.map((line) => [line[2], line[3]])")
    labels = {label for _, label in texts}
    jumps = [text.split()[1] for text, _ in texts if re.match(r"j\w+ (B\d+|L[0-9a-f]+|0x)", text)]
    assert jumps and set(jumps) <= labels, "each has a label"
    for kind in ("B", "L"):
        target = next(name for name in jumps if name[0] == kind)
        listing.focus()
        page.keyboard.press("Home")
        go = listing.locator(".text .go", has_text=re.compile(f"^{target}$")).first
        go.click()
        selected = lines(twisting, "Machine code", ".label.selected")
        assert selected == [target]


def test_operands_lead_to_what_they_name(twisting: Visit) -> None:
    page = twisting.open("#tab=instructions")
    table = page.locator('[aria-label="Instructions after register allocation"]')
    register = table.locator(".go", has_text=re.compile(r"^v\d+$")).first
    name = register.inner_text()
    register.click()
    state = twisting.state()
    assert state["value"] == name
    assert state["node"] == twisting.run(f"app.compilation.names.nodeOf({name[1:]})")
    assert table.locator(".go.mine", has_text=re.compile(f"^{name}$")).count() >= 1
    assert name in page.inner_text("#inspector")
    page.click('[data-tab="schedule"]')
    schedule = page.locator('[aria-label="Schedule"]')
    schedule.focus()
    page.keyboard.press("Home")
    block = schedule.locator(".line.label .beside .go").first
    name = block.inner_text()
    block.click()
    assert twisting.state()["node"] == twisting.run(f"app.compilation.names.header({name[1:]})")
    link = schedule.locator(".text .go", has_text=re.compile(r"^n\d+$")).first
    node = int(link.inner_text()[1:])
    link.click()
    assert twisting.state()["node"] == node


def test_links_in_a_line_by_keyboard(twisting: Visit) -> None:
    page = twisting.open("#tab=schedule")
    schedule = page.locator('[aria-label="Schedule"]')
    schedule.focus()
    twisting.keys("Home", "ArrowRight", "ArrowRight")
    at = schedule.locator(".go.at")
    assert at.count() == 1
    name = at.inner_text()
    twisting.keys("Enter")
    assert name.startswith("B")
    assert twisting.state()["node"] == twisting.run(f"app.compilation.names.header({name[1:]})")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Schedule"


def test_times_are_called_traced(visit: Visit) -> None:
    page = visit.open()
    assert "ms, traced" in page.inner_text("#phases-head")
    times = page.locator("#inspector dt", has_text="time")
    assert times.count() == 2 and all("traced" in text for text in times.all_inner_texts())


def test_ways_of_a_switch_in_the_picture_of_a_schedule(twist: Compilation) -> None:
    picture = schedule_to_svg(twist.backend.schedule)
    assert all(re.search(rf">{label}( → B\d+)?<", picture) for label in ("0", "1", "2", "default"))
    assert "Switch" in format_schedule(twist.backend.schedule)
