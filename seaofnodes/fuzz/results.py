"""What may come of a task instead of its result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

READY: Final = "ready"  # what a worker says when it has started


@dataclass(frozen=True, slots=True)
class Crash:
    """The process died. reason: such as "SIGSEGV"; details: the end of its standard error."""

    reason: str
    details: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """The task raised an exception that it should not have."""

    message: str


class Hang(NamedTuple):
    """A task took longer than it may."""

    seconds: float
