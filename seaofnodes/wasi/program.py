"""What the calls work on: what a program was given, its descriptors and its memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

from seaofnodes.errors import Error
from seaofnodes.wasi.descriptors import Table
from seaofnodes.wasi.errno import INVAL, WasiError
from seaofnodes.wasi.memory import ProgramMemory
from seaofnodes.wasi.waiting import Patience

_CLOCKS: Final = (
    time.CLOCK_REALTIME,
    time.CLOCK_MONOTONIC,
    time.CLOCK_PROCESS_CPUTIME_ID,
    time.CLOCK_THREAD_CPUTIME_ID,
)


@dataclass(slots=True)
class Program:
    """Attributes: arguments: the program's name first; environment: as NAME=value; table: of descriptors; patience: how
    calls wait.
    """

    arguments: list[bytes]
    environment: list[bytes]
    table: Table
    patience: Patience = field(default_factory=Patience)
    _memory: ProgramMemory | None = None

    @property
    def memory(self) -> ProgramMemory:
        """Raises Error before it is known."""
        if self._memory is None:
            raise Error("the program calls WASI before its memory is known: give its instance to `bind` or `run`")
        return self._memory

    def bind(self, memory: ProgramMemory, patience: Patience) -> None:
        """Its instance is there."""
        self._memory = memory
        self.patience = patience

    def now(self, number: int) -> int:
        """A clock, in nanoseconds. Raises WasiError(INVAL)."""
        return max(time.clock_gettime_ns(_clock(number)), 0)

    def resolution(self, number: int) -> int:
        """Of a clock, in nanoseconds. Raises WasiError(INVAL)."""
        return max(int(time.clock_getres(_clock(number)) * 1e9), 1)


def _clock(number: int) -> int:
    """The system's clock of that number."""
    if number >= len(_CLOCKS):
        raise WasiError(INVAL)
    return _CLOCKS[number]
