"""Feedback: what machine code counted in an instance, as Python reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaofnodes.backend.layout import (
    FEEDBACK_BUDGET,
    FEEDBACK_COUNT,
    FEEDBACK_ENTRY,
    FEEDBACK_HEADER,
    FEEDBACK_INVOCATIONS,
    InstanceLayout,
)

if TYPE_CHECKING:
    from seaofnodes.wasm.module import Module

_LOW = 0xFFFFFFFF
assert FEEDBACK_BUDGET == 0 and FEEDBACK_INVOCATIONS == 4  # one word has both


class Feedback:
    """The feedback vectors inside an instance's data; functions by their index in the whole index space.

    Machine code may change a count while it is read: a count is a hint.
    """

    __slots__ = ("_first", "_layout", "_module", "_words")

    def __init__(self, module: Module, layout: InstanceLayout, words: memoryview) -> None:
        self._module = module
        self._layout = layout
        self._words = words
        self._first = module.imported_functions

    def invocations(self, function: int) -> int:
        """How often an own function was called in baseline code; wraps at 2**32."""
        return self._words[self._layout.feedback[function - self._first] >> 3] >> 32

    def calls(self, function: int, site: int) -> int:
        """How often a call site was reached; sites count from 0, in bytecode order."""
        return self._words[(self._entry(function, site) + FEEDBACK_COUNT) >> 3]

    def set_budget(self, function: int, budget: int) -> None:
        """What a function may spend until it asks for better code, below 2**31."""
        at = self._layout.feedback[function - self._first] >> 3
        self._words[at] = self._words[at] & ~_LOW | budget

    def set_budgets(self, budget: int) -> None:
        """The same for all functions; sets the numbers of invocations to zero."""
        for at in self._layout.feedback:
            self._words[at >> 3] = budget

    def pretend(self, calls: int) -> None:
        """Fill in as if every function had been called and every call site been reached so often."""
        for own, at in enumerate(self._layout.feedback):
            self._words[at >> 3] = self._words[at >> 3] & _LOW | calls << 32
            for site in range(self._module.call_sites[own]):
                self._words[(self._entry(own + self._first, site) + FEEDBACK_COUNT) >> 3] = calls

    def _entry(self, function: int, site: int) -> int:
        return self._layout.feedback[function - self._first] + FEEDBACK_HEADER + FEEDBACK_ENTRY * site
