"""Where code, data and stack lie, drawn by chance.

What lies where decides about conflicts in caches and branch predictors, and so about times, as much as many a pass
does; and it changes with everything that shifts code. Drawn anew again and again it is noise that averages out, and
not an advantage of one of those that are compared (Curtsinger and Berger, "Stabilizer: statistically sound performance
evaluation", 2013).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, TypeVar

from seaofnodes.engine import Engine
from seaofnodes.runtime.code.space import LINE

T = TypeVar("T")

PAGE: Final = 4096  # bytes that shifts are drawn from: what is farther away changes no index of a cache line
CODE_STEP: Final = 16  # bytes: loops in code are aligned to that
DEPTHS: Final = 16  # of C frames below the call; one takes a few hundred bytes of stack


class Placement:
    """A place for one engine's code and data: each function, and each instance, gets a shift of its own.

    Attributes: depth: of the stack, in C frames.
    """

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.depth = draw.randrange(DEPTHS)

    def apply(self, engine: Engine) -> Engine:
        """Have code and instances that the engine gets from now on placed; returns the engine."""
        space = engine.runtime.space
        space.code_gap, space.data_gap = self._code_gap, self._data_gap
        return engine

    def _code_gap(self) -> int:
        return CODE_STEP * self._draw.randrange(PAGE // CODE_STEP)

    def _data_gap(self) -> int:
        return LINE * self._draw.randrange(PAGE // LINE)

    def call(self, function: Callable[[], T]) -> T:
        """Call a function with the stack as deep as was drawn."""
        return deeper(self.depth, function)


def deeper(depth: int, function: Callable[[], T]) -> T:
    """Call a function below so many frames of C: a Python function that Python calls itself takes no C stack."""
    if depth == 0:
        return function()
    return next(map(deeper, (depth - 1,), (function,)))
