"""Pausing Python's cyclic garbage collector while a compiler makes many objects that all stay alive."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TypeVar

from seaofnodes.runtime.process.native_code import PAUSES, PAUSES_COUNT, PAUSES_WAS_ON, call_without_collector

T = TypeVar("T")


def without_collector(function: Callable[[], T]) -> T:
    """Call a function without cyclic garbage collection, in any thread; afterwards it is on if it was before.

    Of calls that overlap in several threads, the last to end turns it on again.
    """
    found: T = call_without_collector(function)
    return found


def forget_others() -> None:
    """In a forked process, which has this thread only: the pauses of others are over."""
    if PAUSES.words[PAUSES_COUNT >> 3]:
        PAUSES.words[PAUSES_COUNT >> 3] = 0
        if PAUSES.words[PAUSES_WAS_ON >> 3]:
            gc.enable()
