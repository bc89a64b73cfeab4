"""Optimizing on a thread of its own, while baseline code runs on."""

from __future__ import annotations

import heapq
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

Job = Callable[[], None]

_SWITCH_INTERVAL: Final = 50e-6  # seconds


class Unwanted(BaseException):
    """Ends a job whose result nobody will use."""


class _CompilerThread(threading.Thread):
    """A compiler's thread."""


def stop_if_unwanted() -> None:
    """For jobs, now and then: raises Unwanted once the program ends."""
    if isinstance(threading.current_thread(), _CompilerThread) and not threading.main_thread().is_alive():
        raise Unwanted


class BackgroundCompiler:
    """Runs jobs, the smallest of those that wait first, on a thread that lives as long as there are some.

    A job keeps alive what it needs, the thread keeps nothing else: an engine can go while another's job runs. When the
    main thread ends, what has not begun is dropped, and what has begun ends where it calls `stop_if_unwanted`.
    """

    __slots__ = ("__weakref__", "_changed", "_failure", "_jobs", "_submitted", "_thread")

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._jobs: list[tuple[int, int, Job]] = []  # a heap
        self._submitted = 0
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def submit(self, job: Job, size: int = 0) -> None:
        """Have a job done; of equally large ones the first to come is the first to begin."""
        with self._changed:
            self._submitted += 1
            heapq.heappush(self._jobs, (size, self._submitted, job))
            if self._thread is None or not self._thread.is_alive():  # a forked process has no threads
                self._thread = _CompilerThread(target=self._run, name="seaofnodes-compiler")
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
                except Unwanted:
                    pass
                except BaseException as error:  # it rises in the thread that uses the engine
                    self._failure = error
                del job

    def _next(self) -> Job | None:
        with self._changed:
            if not threading.main_thread().is_alive():
                self._jobs.clear()
            if self._jobs:
                return heapq.heappop(self._jobs)[2]
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
