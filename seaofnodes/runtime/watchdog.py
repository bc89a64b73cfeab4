"""Time limits: a thread that interrupts an engine whose outermost call takes too long."""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seaofnodes.runtime.state import EngineState


class Watchdog:
    """Watches one engine. The thread starts with the first call and ends with the engine.

    It looks at the clock, not at calls: starting and stopping one costs a call almost nothing. So a call may run
    over its limit by a twentieth of it.
    """

    __slots__ = ("_engine", "_stop", "_thread", "deadline", "limit")

    def __init__(self, engine: EngineState, limit: float) -> None:
        self.limit = limit
        self.deadline = 0.0  # 0: nothing runs
        self._stop = threading.Event()
        self._engine = weakref.ref(engine, lambda _: self._stop.set())
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """An outermost call begins."""
        self.deadline = time.monotonic() + self.limit
        if self._thread is None or not self._thread.is_alive():  # a forked process has no threads
            self._thread = threading.Thread(target=self._run, name="seaofnodes-time-limit", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """It ended."""
        self.deadline = 0.0

    @property
    def expired(self) -> bool:
        """Has the running call used up its time?"""
        return 0 < self.deadline <= time.monotonic()

    def _run(self) -> None:
        step = min(max(self.limit / 20, 0.001), 1.0)
        while not self._stop.wait(step):
            if self.expired:
                engine = self._engine()
                if engine is not None:
                    engine.raise_stack_limit()
