"""Worker processes that may crash or hang: then it is known what they were doing, and others take their place."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, Protocol

import seaofnodes
from seaofnodes.fuzz.results import READY, Crash, Hang
from seaofnodes.fuzz.worker import reason_of

_DETAILS: Final = 4000  # characters of a dead worker's last words
_START_SECONDS: Final = 120.0  # for a worker to import what it needs
_TASKS_PER_WORKER: Final = 400  # then it is replaced: what leaks is bounded


class Task(NamedTuple):
    """Something for a worker: a function of tasks.py by name, and its arguments. key: for the caller."""

    key: Any
    name: str
    arguments: tuple[Any, ...]


class Pool(Protocol):
    """Runs tasks somewhere else."""

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Any, Any]]:
        """(key, result) as they come; a result may be a Crash, a Hang or Raised. Tasks are taken when there is room."""

    def close(self) -> None:
        """Stop all workers."""


class LocalPool:
    """Worker processes on this machine. fork: each task in a process of its own; seconds: that a task may take."""

    def __init__(self, jobs: int, *, seconds: float = 60.0, fork: bool = False) -> None:
        self.jobs = jobs
        self.seconds = seconds
        self.fork = fork
        self._idle: list[_Worker] = []
        self._busy: dict[Connection, _Worker] = {}

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Any, Any]]:
        """See Pool. When the caller stops early, what runs is finished, and forgotten."""
        waiting = iter(tasks)
        exhausted = False
        try:
            while True:
                while not exhausted and len(self._busy) < self.jobs:
                    task = next(waiting, None)
                    if task is None:
                        exhausted = True
                        break
                    worker = self._idle.pop() if self._idle else _Worker(self.fork)
                    worker.start(task, self.seconds)
                    self._busy[worker.connection] = worker
                if exhausted and all(worker.forgotten for worker in self._busy.values()):
                    return
                yield from self._collect()
        finally:
            for worker in self._busy.values():
                worker.forgotten = True

    def _collect(self) -> list[tuple[Any, Any]]:
        """Wait for something to happen."""
        deadline = min(worker.deadline for worker in self._busy.values())
        ready = wait(list(self._busy), max(deadline - time.monotonic(), 0))
        found = []
        for connection in ready:
            assert isinstance(connection, Connection)
            worker = self._busy[connection]
            result = worker.receive()
            if result == READY:
                worker.deadline = time.monotonic() + self.seconds
                continue
            del self._busy[connection]
            if not worker.forgotten:
                found.append((worker.task.key, result))
            if worker.alive and worker.tasks < _TASKS_PER_WORKER:
                self._idle.append(worker)
            else:
                worker.stop()
        now = time.monotonic()
        for connection, worker in list(self._busy.items()):
            if worker.deadline <= now:
                del self._busy[connection]
                worker.stop()
                if not worker.forgotten:
                    found.append((worker.task.key, Hang(self.seconds)))
        return found

    def close(self) -> None:
        """Stop all workers."""
        for worker in (*self._idle, *self._busy.values()):
            worker.stop()
        self._idle.clear()
        self._busy.clear()


class _Worker:
    """One process. Attributes: alive: can it take another task?; tasks: how many it took; forgotten: does nobody want
    the result any more?
    """

    def __init__(self, fork: bool) -> None:
        ours, theirs = socket.socketpair()
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed in `stop`
        root = str(Path(seaofnodes.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        command = [sys.executable, "-m", "seaofnodes.fuzz.worker", str(theirs.fileno()), "fork" if fork else "stay"]
        self._process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C is for the parent, which then stops its workers
        )
        theirs.close()
        self.connection = Connection(ours.detach())
        self.alive = True
        self.tasks = 0
        self.forgotten = False
        self.deadline = 0.0
        self.task = Task(None, "", ())

    def start(self, task: Task, seconds: float) -> None:
        self.task = task
        self.tasks += 1
        self.forgotten = False
        self.deadline = time.monotonic() + (seconds if self.tasks > 1 else _START_SECONDS)
        try:
            self.connection.send((task.name, task.arguments))
        except (BrokenPipeError, ConnectionResetError):
            self.alive = False  # `receive` says how it died

    def receive(self) -> Any:
        try:
            result = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self.alive = False
            return Crash(reason_of(self._process.wait()), self._last_words())
        if isinstance(result, Crash):
            return Crash(result.reason, self._last_words())
        return result

    def _last_words(self) -> str:
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(self._errors.tell() - _DETAILS, 0))
        return self._errors.read().decode(errors="replace")

    def stop(self) -> None:
        """Kill it and its children."""
        self.alive = False
        with contextlib.suppress(ProcessLookupError):  # it may have ended
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.connection.close()
        self._errors.close()
