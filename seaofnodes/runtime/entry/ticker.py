"""A thread that makes running code look up now and then: for signals, interrupts, time limits. It also stops work in
Python that is over (stopping.py).

Compiled code runs without Python's lock, so Python cannot deliver a signal to it. Every few milliseconds the ticker
raises the stack limit of each engine that runs some: the next poll goes to its slow path, into Python, which runs its
handlers of signals first. When nothing has run for a while the thread ends; the next call starts it again.
"""

from __future__ import annotations

import _thread
import atexit
import ctypes
import sys
import time
from contextlib import suppress
from typing import Final

from seaofnodes.backend.layout import CONTEXT_ENTRY_FRAME, CONTEXT_STACK_LIMIT
from seaofnodes.runtime.code.space import SPACES
from seaofnodes.runtime.entry.context import ALL_ONES, CONTEXT_BEGIN
from seaofnodes.runtime.process.stopping import WORKS

_INTERVAL: Final = 0.02  # seconds
_SHORTEST: Final = 0.001
_PATIENCE: Final = 5.0
_IDLE: Final = 50  # turns without such after which the thread ends


def _load_what_threads_end_with() -> None:
    """The C library loads it when the first thread ends, and aborts when no file can be opened then."""
    with suppress(OSError):
        ctypes.CDLL("libgcc_s.so.1")


class Ticker:
    """There is one, TICKER."""

    def __init__(self) -> None:
        self._interval = _INTERVAL
        self._thread: object | None = None  # its own mark, while there is one
        self._started: list[bool] = [True]  # of the last one: has something in it once the thread has begun
        self._is_over = False

    def watch(self, limit: float | None) -> bool:
        """An engine begins to run code, within so many seconds if not None; False if no thread can be had."""
        if limit is not None:  # a call may run over its limit by a twentieth of it
            self._interval = max(min(self._interval, limit / 20), _SHORTEST)
        if self._thread is None:
            if self._is_over or sys.is_finalizing():  # a thread would end before it begins
                return False
            mark: list[bool] = []
            self._started = mark
            try:  # not threading.Thread, which waits until its thread has begun
                _thread.start_new_thread(self._run, (mark,))
            except RuntimeError:
                mark.append(False)
                return False
            self._thread = mark
        return True

    def forget(self) -> None:
        """In a forked process: the thread is the parent's."""
        self._thread = None
        self._started = [True]

    def end(self) -> None:
        """Python is about to end: it frees what a thread needs that has not begun yet, so that this would crash."""
        self._is_over = True
        end = time.monotonic() + _PATIENCE
        while not self._started and time.monotonic() < end:
            time.sleep(_SHORTEST)

    def _run(self, mark: list[bool]) -> None:
        mark.append(True)
        try:
            self._tick(mark)
        finally:
            if self._thread is mark:
                self._thread = None

    def _tick(self, mark: object) -> None:
        idle = 0
        while idle < _IDLE:
            time.sleep(self._interval)
            try:
                idle = 0 if self._look() else idle + 1
                if idle == _IDLE and self._leave(mark):
                    idle = 0
            except MemoryError:
                idle = 0

    def _look(self) -> bool:
        """Is there anything to look after?"""
        return self._raise_limits() | WORKS.stop_what_is_over()

    def _leave(self, mark: object) -> bool:
        """Let calls that begin from now on start another thread; has one begun just before?"""
        if self._thread is mark:
            self._thread = None
            self._interval = _INTERVAL
        for space in SPACES.all():  # not before: what calls then would take this thread for one that stays
            space.store_word(space.context + CONTEXT_BEGIN, 1)
        return self._look()

    def _raise_limits(self) -> bool:
        """Make engines that run code poll; are there any?"""
        found = False
        for space in SPACES.all():
            if space.load_word(space.context + CONTEXT_ENTRY_FRAME):
                space.store_word(space.context + CONTEXT_STACK_LIMIT, ALL_ONES)
                found = True
        return found


_load_what_threads_end_with()
TICKER: Final = Ticker()
atexit.register(TICKER.end)
