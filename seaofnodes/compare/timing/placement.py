"""Where code, data and stack lie, drawn by chance.

What lies where decides about conflicts in caches and branch predictors, and so about times, as much as many a pass
does; and it changes with everything that shifts code. Drawn anew again and again it is noise that averages out, and
not an advantage of one of those that are compared (Curtsinger and Berger, "Stabilizer: statistically sound performance
evaluation", 2013).

All code and all data start at a cache line, as they do in every engine; which line of a page that is gets drawn. Where
a loop lies within its function does not: that is part of the code that a pipeline makes.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, TypeVar

from seaofnodes.engine import Engine
from seaofnodes.runtime.code.space import LINE

T = TypeVar("T")

PAGE: Final = 4096  # bytes that shifts are drawn from: what is farther away changes no index of a cache line
DEPTHS: Final = 16  # of C frames below the call; one takes a few hundred bytes of stack


class Placement:
    """A place for one engine's code and data: functions, instances and entry slots get a shift of their own.

    Attributes: depth: of the stack, in C frames.
    """

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.depth = draw.randrange(DEPTHS)

    def apply(self, engine: Engine) -> Engine:
        """Have code and instances that the engine gets from now on placed; returns the engine."""
        space = engine.runtime.space
        space.allocate_words(self._gap() // 8)  # before the entry slots of a program
        space.code_gap = space.data_gap = self._gap
        return engine

    def _gap(self) -> int:
        """Bytes."""
        return LINE * self._draw.randrange(PAGE // LINE)

    def call(self, function: Callable[[], T]) -> T:
        """Call a function with the stack as deep as was drawn."""
        return deeper(self.depth, function)


def deeper(depth: int, function: Callable[[], T]) -> T:
    """Call a function below so many frames of C: a Python function that Python calls itself takes no C stack."""
    if depth == 0:
        return function()
    return next(map(lambda below: deeper(below, function), (depth - 1,)))  # noqa: C417 - it is map that takes the stack
