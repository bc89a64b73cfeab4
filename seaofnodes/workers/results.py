"""What may come of a task instead of its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Crash:
    """The process died. reason: such as "SIGSEGV" or "exit code 1"; details: the end of what it printed."""

    kind: ClassVar = "crash"
    reason: str
    details: str = ""

    def __str__(self) -> str:
        """One line: the reason, and what was said last before Python's own report of a signal."""
        said = self.details.partition("Fatal Python error:")[0].strip().rpartition("\n")[2]
        return f"crashed: {self.reason}" + (f" ({said})" if said else "")


@dataclass(frozen=True, slots=True)
class Hang:
    """The task took longer than it may, and was stopped. stacks: where its threads were then, as Python's faulthandler
    prints that.
    """

    kind: ClassVar = "hang"
    seconds: float
    stacks: str = field(default="", compare=False)

    def __str__(self) -> str:
        from seaofnodes.passes.framework.failures import place_in_stacks

        place = place_in_stacks(self.stacks)
        return f"took more than {self.seconds:g} s" + (f", at {place}" if place else "")


@dataclass(frozen=True, slots=True)
class Raised:
    """The task raised an exception that it should not have. message: in one line; traceback: where."""

    message: str
    traceback: str = ""

    def __str__(self) -> str:
        return self.message


Failure = Crash | Hang | Raised
