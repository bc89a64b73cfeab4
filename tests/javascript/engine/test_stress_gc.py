"""Programs while garbage is collected at every allocation."""

from __future__ import annotations

import pytest

from seaofnodes.engine import Engine


@pytest.mark.parametrize(
    "text",
    [
        # The object that has the name is made after the code was prepared that reads it.
        "function f(x) { return x === 1 || Math.hypot(3, 4); } f(1); f(2);",
        # The only object with the name is gone when the literal is evaluated again.
        "function f() { return {rareName: 5}.rareName; } f(); f();",
    ],
)
def test_names_of_the_source_live_as_long_as_it(text: str) -> None:
    assert Engine(stress_gc=True).load_javascript(text).result == 5
