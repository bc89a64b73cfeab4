"""Tasks on a Dask cluster. Only who asks for one needs the package `distributed`.

A batch of tasks goes to a worker of the cluster, which runs it in a worker process of ours: a crash or a hang is then
told as on one machine, and takes nothing else along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import distributed

from seaofnodes.errors import Error
from seaofnodes.fuzz.pool import LocalPool, Task

_CONNECT_SECONDS = 10
_BATCH: Final = 20  # tasks; starting a process costs about as much as four


def run_batch(tasks: list[Task], seconds: float, fork: bool) -> list[tuple[Any, Any]]:
    """Runs on the cluster."""
    pool = LocalPool(1, seconds=seconds, fork=fork)
    try:
        return list(pool.run(tasks))
    finally:
        pool.close()


class DaskPool:
    """The workers of the scheduler at an address such as `tcp://10.0.0.1:8786`; they need this package, too, and files
    of passes under the same names. Raises Error when no scheduler answers there.
    """

    def __init__(self, address: str, *, seconds: float = 60.0, fork: bool = False, batch: int = _BATCH) -> None:
        self.seconds = seconds
        self.fork = fork
        self.batch = batch
        try:
            self._client = distributed.Client(address, set_as_default=False, timeout=_CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            raise Error(f"no Dask scheduler answers at {address}: {error}") from None

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Any, Any]]:
        """See Pool. Two batches for each thread of the cluster are under way."""
        waiting = iter(tasks)
        done = distributed.as_completed(loop=self._client.loop)
        running = 0
        try:
            while True:
                room = max(2 * sum(self._client.nthreads().values()), 1)
                while running < room and (batch := list(islice(waiting, self.batch))):
                    done.add(self._client.submit(run_batch, batch, self.seconds, self.fork, pure=False))
                    running += 1
                if not running:
                    return
                future = next(done)
                running -= 1
                yield from future.result()
        finally:
            done.clear()

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()
