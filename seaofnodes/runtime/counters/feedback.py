"""Feedback: what machine code counted in an instance's data, as Python reads it."""

from __future__ import annotations

import ctypes
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaofnodes.backend.layout import (
    FEEDBACK_BUDGET,
    FEEDBACK_COUNT,
    FEEDBACK_ENTRY,
    FEEDBACK_HEADER,
    FEEDBACK_INVOCATIONS,
    FEEDBACK_TARGET,
    MEGAMORPHIC,
    POLYMORPHIC,
    POLYMORPHIC_BLOCK,
    POLYMORPHIC_TARGETS,
)
from seaofnodes.runtime.process.native import NativeBuffer

if TYPE_CHECKING:
    from seaofnodes.passes.base import CallFeedback

_LOW = 0xFFFFFFFF
assert FEEDBACK_BUDGET == 0 and FEEDBACK_INVOCATIONS == 4  # one word has both


@dataclass(frozen=True, slots=True)
class FeedbackLayout:
    """Where the feedback of a unit's own functions is in its instances' data: offsets.

    Attributes: first: index of the first own function; cells: of each own function, a header, then an entry a call
    site; call_sites: how many each has; records: of the function records, ascending; arena: of the polymorphic blocks,
    one for each call site; end: behind them.
    """

    first: int
    cells: tuple[int, ...]
    call_sites: tuple[int, ...]
    records: tuple[int, ...]
    arena: int
    end: int


def lay_out_feedback(first: int, call_sites: Sequence[int], records: Sequence[int], at: int) -> FeedbackLayout:
    """Lay feedback out from an offset on; first, call_sites, records: as in FeedbackLayout."""
    cells = []
    for sites in call_sites:
        cells.append(at)
        at += FEEDBACK_HEADER + FEEDBACK_ENTRY * sites
    end = at + POLYMORPHIC_BLOCK * sum(call_sites)
    return FeedbackLayout(first, tuple(cells), tuple(call_sites), tuple(records), at, end)


class Feedback:
    """The feedback vectors inside an instance's data; functions by their index in the whole index space.

    Machine code may change a count while it is read: a count is a hint.
    """

    __slots__ = ("_address", "_first", "_layout", "_words")

    def __init__(self, layout: FeedbackLayout, words: memoryview, address: int) -> None:
        """words: the instance's data, which starts at that address."""
        self._layout = layout
        self._words = words
        self._address = address
        self._first = layout.first

    @classmethod
    def pretended(cls, layout: FeedbackLayout, calls: int = 1000) -> Feedback:
        """As if every function had been called and every call site been reached so often, in no instance's data."""
        buffer = NativeBuffer(layout.end)
        found = cls(layout, buffer.words, buffer.address)
        for own, at in enumerate(layout.cells):
            found._words[at >> 3] = calls << 32
            for site in range(layout.call_sites[own]):
                found._words[(found._entry(own + layout.first, site) + FEEDBACK_COUNT) >> 3] = calls
        return found

    def invocations(self, function: int) -> int:
        """How often an own function was called in baseline code; wraps at 2**32."""
        return self._words[self._layout.cells[function - self._first] >> 3] >> 32

    def calls(self, function: int, site: int) -> int:
        """How often a call site was reached; sites count from 0, in bytecode order."""
        return self._words[(self._entry(function, site) + FEEDBACK_COUNT) >> 3]

    def call(self, function: int, site: int) -> CallFeedback:
        """What a call site has seen: of a direct call the number of calls, of an indirect one the targets too.

        A target is the index of an own function of this instance, or -1 for any other.
        """
        from seaofnodes.passes.base import CallFeedback

        at = self._entry(function, site) >> 3
        target, total = self._words[at + (FEEDBACK_TARGET >> 3)], self._words[at + (FEEDBACK_COUNT >> 3)]
        if target == MEGAMORPHIC or not total:
            return CallFeedback(megamorphic=target == MEGAMORPHIC, calls=total)
        if not target & POLYMORPHIC:
            return CallFeedback(((self._function_of(target), total),), calls=total)
        block = target - POLYMORPHIC - self._address >> 3
        found: list[tuple[int, int]] = []
        for i in range(block, block + 2 * POLYMORPHIC_TARGETS, 2):
            record, count = self._words[i], self._words[i + 1]
            if record:
                found.append((self._function_of(record), count))
        found.sort(key=lambda entry: -entry[1])
        return CallFeedback(tuple(found), calls=total)

    def has_targets(self, function: int) -> bool:
        """Has an indirect call of an own function seen targets, and not too many?"""
        first = self._entry(function, 0) + FEEDBACK_TARGET >> 3
        words = self._words
        size = FEEDBACK_ENTRY >> 3
        count = self._layout.call_sites[function - self._first]
        return any(words[at] > MEGAMORPHIC for at in range(first, first + count * size, size))

    def _function_of(self, record: int) -> int:
        """Index of the own function with the record at that address, or -1."""
        records = self._layout.records
        own = bisect_left(records, record - self._address)
        return own + self._first if own < len(records) and records[own] == record - self._address else -1

    def set_budget(self, function: int, budget: int) -> None:
        """What a function may spend until it asks for better code, below 2**31."""
        at = self._layout.cells[function - self._first] >> 3
        self._words[at] = self._words[at] & ~_LOW | budget

    def use_up_budget(self, function: int) -> None:
        """Have a function ask for better code soon; also while it runs, but then it may miss that."""
        ctypes.c_int32.from_address(self._address + self._layout.cells[function - self._first]).value = 0

    def set_budgets(self, budgets: Sequence[int]) -> None:
        """The same for all own functions; sets the numbers of invocations to zero."""
        for at, budget in zip(self._layout.cells, budgets, strict=True):
            self._words[at >> 3] = budget

    def forget(self) -> None:
        """Make all call sites uninitialized again. For tools: what polymorphic ones took of the arena stays taken."""
        size = FEEDBACK_ENTRY >> 3
        for own in range(len(self._layout.cells)):
            first = self._entry(own + self._first, 0) >> 3
            for at in range(first, first + self._layout.call_sites[own] * size):
                self._words[at] = 0

    def _entry(self, function: int, site: int) -> int:
        return self._layout.cells[function - self._first] + FEEDBACK_HEADER + FEEDBACK_ENTRY * site
