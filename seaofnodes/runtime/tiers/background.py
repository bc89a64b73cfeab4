"""Optimizing on a thread of its own, while baseline code runs on."""

from __future__ import annotations

import heapq
import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from seaofnodes.runtime.entry.stoppable import stoppable
from seaofnodes.runtime.process.exclusion import Waiting
from seaofnodes.runtime.process.stopping import Stopped

if TYPE_CHECKING:
    from seaofnodes.passes.framework.failures import Culprit

Job = Callable[[], None]

_SWITCH_INTERVAL: Final = 50e-6  # seconds


class Unwanted(BaseException):
    """Ends a job whose result will not be used."""


class _CompilerThread(threading.Thread):
    """A compiler's thread."""


def is_compiler_thread() -> bool:
    """Is this a compiler's thread?"""
    return isinstance(threading.current_thread(), _CompilerThread)


def stop_if_unwanted() -> None:
    """For jobs, now and then: raises Unwanted once the program ends."""
    if is_compiler_thread() and _program_ends():
        raise Unwanted


def _program_ends() -> bool:
    return not threading.main_thread().is_alive()


class BackgroundCompiler:
    """Runs jobs, the smallest of those that wait first, on a thread that lives as long as there are some.

    A job keeps alive what it needs, the thread keeps nothing else: an engine can go while another's job runs. When the
    main thread ends, what has not begun is dropped, and what has begun is stopped, wherever it is. There is
    no lock that an interrupt could leave taken: each step is one of Python's atomic ones.
    """

    __slots__ = ("__weakref__", "_failure", "_jobs", "_numbers", "_thread")

    def __init__(self) -> None:
        self._jobs: list[tuple[int, int, Job]] = []  # a heap
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def submit(self, job: Job, size: int = 0) -> None:
        """Have a job done; of equally large ones the first to come is the first to begin.

        Raises RuntimeError when there can be no thread; then no job is done that waits. When the program ends, nothing
        is done.
        """
        if not threading.main_thread().is_alive():
            return
        heapq.heappush(self._jobs, (size, next(self._numbers), job))
        if not self.busy:  # of a forked process, too, which has no threads
            thread = self._thread = _CompilerThread(target=self._run, name="seaofnodes-compiler")
            try:
                thread.start()
            except RuntimeError:
                self._jobs.clear()
                raise

    @property
    def busy(self) -> bool:
        """Is a job being done, or waiting?"""
        return self._thread is not None and self._thread.is_alive()

    @property
    def culprit(self) -> Culprit | None:
        """The pass that is running now, if one is, and where."""
        from seaofnodes.passes.framework.failures import culprit_of_thread

        return None if self._thread is None else culprit_of_thread(self._thread.ident)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until everything is done, at most so long; tells whether it is. Raises what a job raised."""
        deadline = None if seconds is None else time.monotonic() + seconds
        waiting = Waiting()
        while self.busy:
            if deadline is not None and time.monotonic() >= deadline:
                return False
            waiting.wait()
        self.check()
        return True

    def check(self) -> None:
        """Raise what a job raised since the last time."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def forget(self) -> None:
        """Drop what waits; the thread is that of another process."""
        self._jobs.clear()
        self._thread = None

    def _run(self) -> None:
        with _switching_soon():
            while (job := self._next()) is not None:
                try:
                    stoppable(job, _program_ends)
                except (Unwanted, Stopped):
                    pass
                except BaseException as error:  # it rises in the thread that uses the engine
                    self._failure = error
                del job

    def _next(self) -> Job | None:
        me = threading.current_thread()
        while True:
            if not threading.main_thread().is_alive():
                self._jobs.clear()
            try:
                return heapq.heappop(self._jobs)[2]
            except IndexError:
                if self._thread is me:
                    self._thread = None  # who comes now starts another
            if not self._jobs or self._thread is not None:
                return None
            self._thread = me  # one came just before


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
