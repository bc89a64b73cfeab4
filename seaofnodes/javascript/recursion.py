"""Python's limit of calls within calls, for what nests as deep as a program says."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def room_for_calls(needed: int) -> Iterator[None]:
    """There may be so many calls within calls inside. It is not for good: C code that calls itself counts on the usual
    limit.
    """
    before = sys.getrecursionlimit()
    if needed <= before:
        yield
        return
    sys.setrecursionlimit(needed)
    try:
        yield
    finally:
        if sys.getrecursionlimit() == needed:  # else another thread needs more
            sys.setrecursionlimit(before)
