"""What optimized code may take for granted: guesses about calls that have not failed too often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final

from seaofnodes.ir.ops.common import Speculation
from seaofnodes.runtime.tiers.unit import Speculate, Unit

if TYPE_CHECKING:
    from seaofnodes.passes.base import CallFeedback
    from seaofnodes.runtime.tiers.unit import UnitFeedback

MOST_FAILURES: Final = 5  # at one call; each of them may have taught its feedback one more target
_LARGEST_CALLEE: Final = 500  # bytes of bytecode; none larger is inlined
_DEPTH: Final = 4  # of calls that are looked into; nothing leaves from deeper ones


class Speculations:
    """The guesses that failed, of one unit.

    Attributes: failures: (function, number of its call) -> how often a guess there was wrong; loops: (function, offset
    of a loop) -> how often a guard before it was.
    """

    __slots__ = ("failures", "loops")

    def __init__(self) -> None:
        self.failures: Counter[tuple[int, int]] = Counter()
        self.loops: dict[int, Counter[int]] = {}

    def failed(self, speculation: Speculation) -> None:
        """A guess was wrong."""
        if speculation.loop >= 0:
            self.loops.setdefault(speculation.function_index, Counter())[speculation.loop] += 1
            return
        self.failures[speculation.function_index, speculation.site] += 1

    def may_leave(self, function: int, site: int) -> bool:
        """May a wrong guess about a call leave for baseline code, once more?"""
        return self.failures[function, site] < MOST_FAILURES

    def may_hoist(self, function: int, offset: int) -> bool:
        """May guards stand before a loop? Not once one has failed there, or some at other loops of the function."""
        failed = self.loops.get(function)
        return failed is None or (not failed[offset] and len(failed) < MOST_FAILURES)

    def wanted(self, unit: Unit, feedback: UnitFeedback, calls: Callable[[int, int], CallFeedback]) -> Speculate:
        """Tells a lifter which calls need frame states: those that guesses may replace, and direct ones of functions
        that have such calls, or call functions that do. calls: gives the feedback of a call site, which is named by its
        function and its number there.
        """
        @cache
        def guesses(function: int, depth: int) -> bool:
            """May calls in the function, or in those that it calls directly, be guessed?"""
            if function < unit.first or not unit.call_sites(function) or unit.function_size(function) > _LARGEST_CALLEE:
                return False
            if feedback.has_targets(function):
                return True
            return depth > 0 and any(guesses(callee, depth - 1) for callee in unit.callees(function))

        def speculate(function: int, site: int, callee: int) -> bool:
            if callee >= 0:
                return guesses(callee, _DEPTH)
            seen = calls(function, site)
            return any(target >= 0 for target, _ in seen.counts) and self.may_leave(function, site)

        return speculate
