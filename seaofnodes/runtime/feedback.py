"""Feedback: what machine code counted in an instance, as Python reads it."""

from __future__ import annotations

import ctypes
from bisect import bisect_left
from collections.abc import Sequence
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
    POLYMORPHIC_TARGETS,
    InstanceLayout,
)
from seaofnodes.passes.base import CallFeedback

if TYPE_CHECKING:
    from seaofnodes.wasm.module import Module

_LOW = 0xFFFFFFFF
assert FEEDBACK_BUDGET == 0 and FEEDBACK_INVOCATIONS == 4  # one word has both


class Feedback:
    """The feedback vectors inside an instance's data; functions by their index in the whole index space.

    Machine code may change a count while it is read: a count is a hint.
    """

    __slots__ = ("_address", "_first", "_layout", "_module", "_words")

    def __init__(self, module: Module, layout: InstanceLayout, words: memoryview, address: int) -> None:
        self._module = module
        self._layout = layout
        self._words = words
        self._address = address
        self._first = module.imported_functions

    def invocations(self, function: int) -> int:
        """How often an own function was called in baseline code; wraps at 2**32."""
        return self._words[self._layout.feedback[function - self._first] >> 3] >> 32

    def calls(self, function: int, site: int) -> int:
        """How often a call site was reached; sites count from 0, in bytecode order."""
        return self._words[(self._entry(function, site) + FEEDBACK_COUNT) >> 3]

    def call(self, function: int, site: int) -> CallFeedback:
        """What a call site has seen: of a direct call the number of calls, of an indirect one the targets too.

        A target is the index of an own function of this instance, or -1 for any other.
        """
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
        count = self._module.call_sites[function - self._first]
        return any(words[at] > MEGAMORPHIC for at in range(first, first + count * size, size))

    def _function_of(self, record: int) -> int:
        """Index of the own function with the record at that address, or -1."""
        records = self._layout.records
        own = bisect_left(records, record - self._address)
        return own + self._first if own < len(records) and records[own] == record - self._address else -1

    def set_budget(self, function: int, budget: int) -> None:
        """What a function may spend until it asks for better code, below 2**31."""
        at = self._layout.feedback[function - self._first] >> 3
        self._words[at] = self._words[at] & ~_LOW | budget

    def use_up_budget(self, function: int) -> None:
        """Have a function ask for better code soon; also while it runs, but then it may miss that."""
        ctypes.c_int32.from_address(self._address + self._layout.feedback[function - self._first]).value = 0

    def set_budgets(self, budgets: Sequence[int]) -> None:
        """The same for all own functions; sets the numbers of invocations to zero."""
        for at, budget in zip(self._layout.feedback, budgets, strict=True):
            self._words[at >> 3] = budget

    def pretend(self, calls: int) -> None:
        """Fill in as if every function had been called and every call site been reached so often."""
        for own, at in enumerate(self._layout.feedback):
            self._words[at >> 3] = self._words[at >> 3] & _LOW | calls << 32
            for site in range(self._module.call_sites[own]):
                self._words[(self._entry(own + self._first, site) + FEEDBACK_COUNT) >> 3] = calls

    def forget(self) -> None:
        """Make all call sites uninitialized again. For tools: what polymorphic ones took of the arena stays taken."""
        size = FEEDBACK_ENTRY >> 3
        for own in range(len(self._layout.feedback)):
            first = self._entry(own + self._first, 0) >> 3
            for at in range(first, first + self._module.call_sites[own] * size):
                self._words[at] = 0

    def _entry(self, function: int, site: int) -> int:
        return self._layout.feedback[function - self._first] + FEEDBACK_HEADER + FEEDBACK_ENTRY * site
