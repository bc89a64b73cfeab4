"""Exceptions that machine code catches."""

from __future__ import annotations

import pytest

from seaofnodes.engine import Engine


@pytest.mark.parametrize("options", [{}, {"tier": "baseline"}, {"jitless": True}], ids=str)
def test_the_context_after_a_catch(options: dict[str, object]) -> None:
    text = """
        const found = [];
        function show(call) {
            let result;
            try { result = call(); } catch (error) { result = (() => error)(); }
            found.push(result);
        }
        for (let i = 0; i < 6; i++) show(() => { if (i & 1) throw i; return -i; });
        found.join();
    """
    assert Engine(**options).load_javascript(text).result == "0,1,-2,3,-4,5"  # type: ignore[arg-type]
