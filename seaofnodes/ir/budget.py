"""What compiling one function may cost: counted in steps, so that the answer does not depend on the machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.errors import UnsupportedError

MOST_STEPS: Final = 4_000_000  # a step is two or three microseconds; the largest function of SQLite takes 1,350,000
STEPS_A_NODE: Final = 60  # all passes and the backend together, at least


class Budget:
    """Counts the steps of one compilation. A graph carries it to whoever works on it.

    Attributes: name: of the function; left: steps.
    """

    __slots__ = ("_check", "left", "name")

    def __init__(self, name: str, steps: int = MOST_STEPS, check: Callable[[], None] | None = None) -> None:
        """check: called now and then; what it raises ends the compilation."""
        self.name = name
        self.left = steps
        self._check = check

    def spend(self, steps: int) -> None:
        """Raises UnsupportedError when the budget is used up."""
        if self._check is not None:
            self._check()
        self.left -= steps
        if self.left < 0:
            raise self.exceeded()

    def require(self, steps: int) -> None:
        """Raises UnsupportedError, before the work begins, if it would use the budget up."""
        if steps > self.left:
            raise self.exceeded()

    def exceeded(self) -> UnsupportedError:
        return UnsupportedError(f"function {self.name} is too large to be optimized")
