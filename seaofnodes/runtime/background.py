"""Optimizing on a thread of its own, while baseline code runs on."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

Job = Callable[[], None]

_SWITCH_INTERVAL: Final = 50e-6  # seconds


class BackgroundCompiler:
    """Runs jobs one after the other on a thread that lives as long as there are some.

    A job keeps alive what it needs, the thread keeps nothing else: an engine can go while another's job runs. When the
    main thread ends, what has not begun is dropped.
    """

    __slots__ = ("__weakref__", "_changed", "_failure", "_jobs", "_thread")

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def submit(self, job: Job) -> None:
        """Have a job done; jobs begin in the order in which they come."""
        with self._changed:
            self._jobs.append(job)
            if self._thread is None or not self._thread.is_alive():  # a forked process has no threads
                self._thread = threading.Thread(target=self._run, name="seaofnodes-compiler")
                self._thread.start()

    @property
    def busy(self) -> bool:
        """Is a job being done, or waiting?"""
        return self._thread is not None and self._thread.is_alive()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until everything is done, at most so long; tells whether it is. Raises what a job raised."""
        with self._changed:
            done = self._changed.wait_for(lambda: not self.busy, seconds)
        self.check()
        return done

    def check(self) -> None:
        """Raise what a job raised since the last time."""
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _run(self) -> None:
        with _switching_soon():
            while (job := self._next()) is not None:
                try:
                    job()
                except BaseException as error:  # it rises in the thread that uses the engine
                    self._failure = error
                del job

    def _next(self) -> Job | None:
        with self._changed:
            if not threading.main_thread().is_alive():
                self._jobs.clear()
            if self._jobs:
                return self._jobs.popleft()
            self._thread = None  # under the lock: who comes now starts another
            self._changed.notify_all()
            return None


class _SwitchInterval:
    """Python's switch interval belongs to the process, so its users are counted there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._usual = 0.0

    def enter(self) -> None:
        with self._lock:
            if self._users == 0:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(min(self._usual, _SWITCH_INTERVAL))
            self._users += 1

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                sys.setswitchinterval(self._usual)


_interval = _SwitchInterval()


@contextmanager
def _switching_soon() -> Iterator[None]:
    """Inside, a thread that wants into Python (a host call) gets there soon, instead of in 5 ms."""
    _interval.enter()
    try:
        yield
    finally:
        _interval.leave()
