"""Pools of workers, and those on this machine: in this process, or in processes of their own."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from multiprocessing.connection import wait
from typing import Any, Final, NamedTuple, Protocol

from seaofnodes.workers.process import Process
from seaofnodes.workers.results import Hang
from seaofnodes.workers.worker import READY, raised

_TASKS_PER_PROCESS: Final = 400  # then it is replaced: what leaks is bounded
_LONGEST_WAIT: Final = 3600.0  # seconds; the system's calls take no infinity


class Task(NamedTuple):
    """Something to do. key: for the caller; function: of a module, sent by name; arguments: sent by pickling."""

    key: Any
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


class Pool(Protocol):
    """Runs tasks somewhere."""

    def run(self, tasks: Iterable[Task | None]) -> Iterator[tuple[Any, Any]]:
        """(key, result) as they come; a result may be a Failure: Crash, Hang or Raised.

        Tasks are taken when there is room. None says that there is nothing now; the next result may change that.
        """

    def close(self) -> None:
        """Stop all workers; what is under way is given up."""


def nothing() -> None:
    """What workers do to prepare themselves if there is nothing to do."""


class InProcess:
    """Runs tasks here, one after the other. A crash is a crash of this process, and there is no time limit."""

    def run(self, tasks: Iterable[Task | None]) -> Iterator[tuple[Any, Any]]:
        """See Pool."""
        for task in iter(partial(next, iter(tasks), None), None):
            try:
                result = task.function(*task.arguments)
            except Exception as error:
                result = raised(error)
            yield task.key, result

    def close(self) -> None:
        """Nothing is under way."""


class LocalPool:
    """Processes on this machine, which stay; those that crash or hang are replaced.

    seconds: that a task may take; fork: each task in a process of its own; prepare: is called in each process before
    its first task's clock runs, and before it forks.
    """

    def __init__(
        self, jobs: int, *, seconds: float, fork: bool = False, prepare: Callable[[], object] = nothing
    ) -> None:
        self.jobs = jobs
        self.seconds = seconds
        self.fork = fork
        self.prepare = prepare
        self._idle: list[Process] = []
        self._busy: list[Process] = []

    def run(self, tasks: Iterable[Task | None]) -> Iterator[tuple[Any, Any]]:
        """See Pool. When the caller stops early, what runs is finished, and forgotten."""
        take = partial(next, iter(tasks), None)
        try:
            while True:
                while len(self._busy) < self.jobs and (task := take()) is not None:
                    self._start(task)
                if len(self._busy) < self.jobs and all(process.forgotten for process in self._busy):
                    return
                yield from self._collect()
        finally:
            for process in self._busy:
                process.forgotten = True

    def _start(self, task: Task) -> None:
        message = pickle.dumps((self.prepare, task.function, task.arguments))
        while self._idle and self._idle[-1].exited:
            self._idle.pop().stop()
        process = self._idle.pop() if self._idle else Process(self.fork)
        process.start(task.key, message, self.seconds)
        self._busy.append(process)

    def _collect(self) -> list[tuple[Any, Any]]:
        """Wait for something to happen."""
        left = min(process.deadline for process in self._busy) - time.monotonic()
        ready = wait([process.connection for process in self._busy], min(max(left, 0), _LONGEST_WAIT))
        now = time.monotonic()
        found = []
        for process in list(self._busy):
            if process.connection in ready:
                result = process.receive()
                if result is READY:
                    process.deadline = now + self.seconds
                    continue
            elif process.deadline <= now:
                result = Hang(self.seconds, process.stacks())
                process.alive = False
            else:
                continue
            self._busy.remove(process)
            if process.alive and process.tasks < _TASKS_PER_PROCESS:
                self._idle.append(process)
            else:
                process.stop()
            if not process.forgotten:
                found.append((process.key, result))
        return found

    def kill(self) -> None:
        """End the processes that are at work: their tasks have crashed. Any thread may."""
        for process in tuple(self._busy):
            process.kill()

    def close(self) -> None:
        """Stop all workers; what is under way is given up."""
        for process in (*self._idle, *self._busy):
            process.stop()
        self._idle.clear()
        self._busy.clear()
