"""A real browser, and node, for the viewer's tests: found where they are, never downloaded."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 90_000  # milliseconds: the machine may be very busy
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _which(name: str) -> str | None:
    beside = str(Path(sys.executable).parent)  # set-up may have put it there
    return shutil.which(name) or shutil.which(name, path=beside)


def chromium() -> str:
    """The path of a Chromium. Skips the test where there is none."""
    pytest.importorskip("playwright", reason="playwright, of the extra `test`, drives the browser")
    found = next(filter(None, map(_which, CHROMIUMS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine, and none could be set up")
    return found


def until(page: Any, expression: str, seconds: float = 60) -> None:
    """Wait until an expression is true in a page; whose policy forbids playwright's own way."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


def node() -> str:
    """The path of node: the machine's, or the one that playwright brings along. Skips where there is neither."""
    found = _which("node")
    if found is None:
        driver = pytest.importorskip("playwright._impl._driver", reason="no node on this machine")
        found = str(driver.compute_driver_executable()[0])
    return found
