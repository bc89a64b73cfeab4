"""Where units are measured: in this process, in local worker processes, on a Dask cluster."""

from __future__ import annotations

import queue
import threading
from typing import Protocol

from seaofnodes.compare.measure import measure
from seaofnodes.compare.row import Row
from seaofnodes.compare.unit import Unit
from seaofnodes.compare.worker import Worker, WorkerError

Outcome = list[Row] | WorkerError


class Pool(Protocol):
    """Takes units, and gives them back with their rows, in any order."""

    def submit(self, unit: Unit) -> None: ...
    def next(self) -> tuple[Unit, Outcome]:
        """The next one that is done; waits. Only while something is under way."""

    def close(self) -> None: ...


class InProcess:
    """Measures here, one unit after the other. A crash of machine code is a crash of this process."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Unit] = queue.SimpleQueue()

    def submit(self, unit: Unit) -> None:
        self._waiting.put(unit)

    def next(self) -> tuple[Unit, Outcome]:
        unit = self._waiting.get_nowait()
        return unit, measure(unit)

    def close(self) -> None:
        pass


class LocalProcesses:
    """`jobs` worker processes, each with a thread here that feeds it."""

    def __init__(self, jobs: int, timeout: float) -> None:
        self._timeout = timeout
        self._waiting: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Unit, Outcome | Exception]] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._workers = [Worker() for _ in range(jobs)]
        self._threads = [threading.Thread(target=self._feed, args=(w,), daemon=True) for w in self._workers]
        for thread in self._threads:
            thread.start()

    def _feed(self, worker: Worker) -> None:
        try:
            while (unit := self._waiting.get()) is not None and not self._stopped.is_set():
                try:
                    outcome: Outcome | Exception = worker.measure(unit, self._timeout)
                except Exception as error:  # `next` raises what is no WorkerError
                    outcome = error
                self._done.put((unit, outcome))
        finally:
            worker.close()

    def submit(self, unit: Unit) -> None:
        self._waiting.put(unit)

    def next(self) -> tuple[Unit, Outcome]:
        unit, outcome = self._done.get()
        if isinstance(outcome, Exception) and not isinstance(outcome, WorkerError):
            raise outcome
        return unit, outcome

    def close(self) -> None:
        """End the workers; what they are at is lost."""
        self._stopped.set()
        for worker in self._workers:
            self._waiting.put(None)
            worker.stop()
        for thread in self._threads:
            thread.join()
