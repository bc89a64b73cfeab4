"""What the viewer's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

import seaofnodes
from seaofnodes.viz.compilation import Compilation
from tests.viz import browser


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
