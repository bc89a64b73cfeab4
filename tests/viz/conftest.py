"""What the viewer's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import seaofnodes
from seaofnodes.viz.compilation import Compilation
from tests.viz import browser
from tests.viz.visiting import Visit


@pytest.fixture(scope="session")
def node() -> str:
    """The path of node."""
    return browser.node()


@pytest.fixture(scope="session")
def digit_sum(root: Path) -> list[Compilation]:
    """The example, with feedback, by two pipelines."""
    engine = seaofnodes.Engine(tier="baseline")
    instance = engine.instantiate(root / "examples" / "digits.wat")
    instance.exports["run"](2000)
    return [engine.compile(instance, "digit_sum", pipeline=pipeline) for pipeline in ("default", "inline,simplify,gvn")]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    path = browser.chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def file(digit_sum: list[Compilation], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page that `make demo` leaves."""
    target = tmp_path_factory.mktemp("page") / "digit_sum.html"
    digit_sum[0].to_html(target, *digit_sum[1:])
    return target


@pytest.fixture
def visit(chromium: Any, file: Path, root: Path) -> Iterator[Visit]:
    found = Visit(chromium, file, root)
    yield found
    found.end()
