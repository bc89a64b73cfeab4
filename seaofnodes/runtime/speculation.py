"""What optimized code may take for granted: guesses about calls that have not failed too often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from seaofnodes.ir.ops.common import Speculation
from seaofnodes.passes.base import CallFeedback
from seaofnodes.wasm.lift_instance import Speculate
from seaofnodes.wasm.module import Module

MOST_FAILURES: Final = 5  # at one call; each of them may have taught its feedback one more target
_LARGEST_CALLEE: Final = 500  # bytes of bytecode; none larger is inlined


class Speculations:
    """The guesses that failed, of one module.

    Attributes: failures: (function, number of its call) -> how often a guess there was wrong.
    """

    __slots__ = ("failures",)

    def __init__(self) -> None:
        self.failures: Counter[tuple[int, int]] = Counter()

    def failed(self, speculation: Speculation) -> None:
        """A guess was wrong."""
        self.failures[speculation.function_index, speculation.site] += 1

    def may_leave(self, function: int, site: int) -> bool:
        """May a wrong guess about a call leave for baseline code, once more?"""
        return self.failures[function, site] < MOST_FAILURES

    def wanted(self, module: Module, feedback: Callable[[int, int], CallFeedback]) -> Speculate:
        """Tells the lifter which calls need frame states: those that guesses may replace, and direct ones whose callees
        may have such calls.
        """
        first = module.imported_functions

        def speculate(function: int, site: int, callee: int) -> bool:
            if callee < 0:
                seen = feedback(function, site)
                return bool(seen.counts) and self.may_leave(function, site)
            if callee < first or not module.call_sites[callee - first]:
                return False
            body = module.code[callee - first]
            if body.size > _LARGEST_CALLEE:
                return False
            return any(feedback(callee, inner).total for inner in range(module.call_sites[callee - first]))

        return speculate
