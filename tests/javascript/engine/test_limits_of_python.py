"""What running JavaScript leaves as it was in Python."""

from __future__ import annotations

import sys

import pytest

from seaofnodes.engine import Engine
from seaofnodes.errors import JavaScriptError


def test_the_limit_of_recursion_is_as_before() -> None:
    before = sys.getrecursionlimit()
    engine = Engine()
    program = engine.load_javascript("function deep(n) { return n ? deep(n - 1) : 0; } deep(2000)")
    assert sys.getrecursionlimit() == before
    with pytest.raises(JavaScriptError, match="Maximum call stack"):
        program.call("deep", 10**9)
    assert sys.getrecursionlimit() == before
