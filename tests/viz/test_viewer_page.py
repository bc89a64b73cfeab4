"""The viewer's file: needs nothing else, is small, and does what it says whatever a module calls its functions."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import seaofnodes
from seaofnodes.errors import Error
from seaofnodes.viz.compilation import Compilation
from seaofnodes.viz.dot import find_dot
from seaofnodes.viz.viewer.bundle import bundle
from seaofnodes.viz.viewer.page import page
from tests.viz import browser, hostile


def data_of(text: str) -> dict[str, Any]:
    """The data in a page."""
    (packed,) = re.findall(r'id="data">\n(.*?)\n</script>', text, re.DOTALL)
    found: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed)))
    return found


@pytest.fixture(scope="module")
def compilations() -> list[Compilation]:
    """Of all functions of a hostile module, with feedback."""
    engine = seaofnodes.Engine(tier="baseline")
    instance = engine.instantiate(engine.load(hostile.module()))
    for name in hostile.NAMES:
        instance.exports[name](9)
    return [engine.compile(instance, name) for name in hostile.NAMES]


def test_a_page_needs_nothing_else(digit_sum: list[Compilation]) -> None:
    text = page(digit_sum)
    assert not re.search(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", text)
    assert "default-src 'none'" in text and "connect-src" not in text
    assert len(data_of(text)["compilations"]) == 2


def test_hostile_names_stay_inside_the_data(compilations: list[Compilation]) -> None:
    for compilation in compilations:
        text = page([compilation])
        assert text.count("<script") == 3 and text.count("</script>") == 3
        assert "hacked" not in text.replace(re.findall(r"<title>(.*?)</title>", text)[0], "")
        title = re.findall(r"<title>(.*?)</title>", text, re.DOTALL)[0]
        assert "<" not in title and len(title) < 2000
        shown = json.dumps(data_of(text), ensure_ascii=False)
        assert not hostile.HARMFUL.search(shown)


@pytest.mark.timeout(400)
def test_hostile_names_do_no_harm_to_a_browser(compilations: list[Compilation], tmp_path: Path) -> None:
    path = browser.chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        opened = started.new_page(viewport={"width": 1200, "height": 800})
        opened.set_default_timeout(browser.PATIENCE)
        problems: list[str] = []
        opened.on("console", lambda message: problems.append(message.text))
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.on("dialog", lambda dialog: problems.append(dialog.message))
        for index, compilation in enumerate(compilations):
            target = tmp_path / f"{index}.html"
            compilation.to_html(target)
            opened.goto(f"file://{target}#node=3&find=%3Cimg%20src%3Dx%20onerror%3Dhacked%3D1%3E")
            opened.wait_for_selector("html[data-ready]")
            for key in "98765234?":
                opened.keyboard.press(key)
            assert opened.evaluate("typeof hacked") == "undefined"
            assert opened.locator("img, plaintext, body b b").count() == 0
            assert opened.evaluate("document.documentElement.scrollWidth") <= 1200
        started.close()
    assert not problems


def test_a_page_of_a_large_function_is_small(wat: Callable[[str], bytes]) -> None:
    """2,000 nodes, and 30 phases or about that: less than 5 MB."""
    lines = [f"(local.set {i % 4} (i32.add (i32.mul (local.get {(i + 1) % 4}) (i32.const {i + 3})) (i32.load offset={4 * i} (local.get {(i + 2) % 4}))))" for i in range(450)]  # noqa: E501
    engine = seaofnodes.Engine(tier="baseline")
    text = f"(module (memory 1) (func (param i32 i32 i32 i32) (result i32) {' '.join(lines)} (local.get 0)))"
    compilation = engine.compile(engine.load(wat(text)), 0)
    assert compilation.phases[0].record.nodes_after > 1500 and len(compilation.phases) > 20
    assert len(page([compilation])) < 1_000_000


def a_dot(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A command in the place of Graphviz's."""
    (folder / "dot").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")


@pytest.mark.parametrize(
    ("script", "seconds", "why"),
    [("exec sleep 20", 0.2, "takes more than 0.2 s"), ("echo warning >&2; echo warning >&2; exit 3", 60, "fails")],
)
def test_graphviz_is_given_up_with_one_line(
    digit_sum: list[Compilation],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    script: str,
    seconds: float,
    why: str,
) -> None:
    """What it says itself is not passed on; the page is made all the same."""
    a_dot(tmp_path, monkeypatch, script)
    said: list[str] = []
    text = page(digit_sum[:1], draw_seconds=seconds, say=said.append)
    assert len(said) == 1 and why in said[0] and said[0].startswith("digit_sum: Graphviz ")
    assert data_of(text)["compilations"][0]["positions"] is None
    assert capfd.readouterr() == ("", "")


def test_graphviz_places_all_nodes_once(digit_sum: list[Compilation]) -> None:
    """Each node of any phase that is shown has a place; what replaced another has its place."""
    if find_dot() is None:
        pytest.skip("Graphviz's dot is missing")
    [found] = data_of(page(digit_sum[:1], draw_seconds=100))["compilations"]
    places = {id: (place, x, y) for id, place, x, y in found["positions"]["nodes"]}
    shown = {
        node.id
        for phase in digit_sum[0].phases
        for node in phase.graph.nodes
        if not (node.op.is_constant or node.op.is_frame_state or node.op.is_state_values or node.op.is_checkpoint)
    }
    assert shown <= places.keys() and len(set(places.values())) < len(places)
    at = {place: (x, y) for place, x, y in places.values()}
    assert all(at[place] == (x, y) for place, x, y in places.values()) and len(set(at.values())) == len(at)
    for start, to, *points in found["positions"]["routes"]:
        assert start in at and to in at and len(points) % 6 == 2


def bundled(folder: Path, **texts: str) -> str:
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text)
    return bundle("main.js", folder)


def test_modules_become_one_script(tmp_path: Path) -> None:
    made = bundled(tmp_path, main='import { a } from "./b.js";\nlet c = a;\n', b="export const a = 1;\n")
    assert made == "// b.js\nconst a = 1;\n// main.js\nlet c = a;\n"


@pytest.mark.parametrize(
    ("main", "other", "said"),
    [
        ('import { a } from "./b.js";\nconst x = 1;\n', "const x = 2;\nexport const a = 1;\n", "x is declared in b"),
        ('import { a } from "./b.js";\n', 'import { y } from "./main.js";\nexport const a = 1;\n', "import each other"),
        ('import * as b from "./b.js";\n', "", "cannot bundle"),
        ("export default 1;\n", "", "cannot bundle"),
        ('import { a as c } from "./b.js";\n', "export const a = 1;\n", "cannot bundle"),
        ("const a = 1, b = 2;\n", "", "one name"),
    ],
)
def test_what_cannot_be_one_script_is_an_error(tmp_path: Path, main: str, other: str, said: str) -> None:
    with pytest.raises(Error, match=said):
        bundled(tmp_path, main=main, b=other)
