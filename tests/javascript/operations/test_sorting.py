"""Sorting with a comparison in Python."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given, strategies as st

from seaofnodes.javascript.operations.sorting import stable_sort

_DEEP = """
from seaofnodes.engine import Engine
text = "let r; function f() { return [2, 1].sort(f); } try { f(); } catch (e) { r = e.name; } r"
print(Engine(jitless=True).load_javascript(text).result)
"""


@given(st.lists(st.integers(0, 99)))
def test_sorted_and_stable(values: list[int]) -> None:
    found = list(values)
    stable_sort(found, lambda a, b: a // 10 - b // 10)
    assert found == sorted(values, key=lambda value: value // 10)


def test_functions_that_sort_may_call_each_other() -> None:
    found = subprocess.run([sys.executable, "-c", _DEEP], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "RangeError\n")
