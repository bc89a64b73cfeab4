"""Tasks on a Dask cluster. Only who asks for one needs the package `distributed`.

Each worker of the cluster keeps processes of ours: a crash or a hang is told as on one machine, and takes nothing else
along.
"""

from __future__ import annotations

import queue
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from typing import Any, Final

import distributed
from distributed.comm import get_address_host_port

from seaofnodes.errors import Error
from seaofnodes.workers.pool import LocalPool, Task, nothing

_CONNECT_SECONDS: Final = 20
_BATCH: Final = 20  # tasks; the scheduler takes about a millisecond for each batch


class Holder(distributed.WorkerPlugin):  # type: ignore[misc]  # it has no types that strict checking knows
    """What each worker of the cluster gets: processes for one client, one for each thread, or one alone."""

    def __init__(self, make: Callable[[], LocalPool], alone: bool) -> None:
        self.make = make
        self.alone = alone

    def setup(self, worker: distributed.Worker) -> None:
        """Called on the worker. What it kept for others rests: a client that was killed needs nothing any more."""
        self.closed = False
        self.pools = [self.make() for _ in range(1 if self.alone else worker.state.nthreads)]
        self.free: queue.SimpleQueue[LocalPool] = queue.SimpleQueue()
        for pool in self.pools:
            self.free.put(pool)
        for other in worker.plugins.values():
            if isinstance(other, Holder):
                other.rest()

    def teardown(self, worker: distributed.Worker) -> None:
        """Called on the worker when the client closes, or the worker."""
        self.closed = True
        for pool in self.pools:
            pool.kill()
        self.rest()

    def rest(self) -> None:
        """Stop the processes that are idle; they come back when they are needed."""
        with suppress(queue.Empty):
            for _ in self.pools:
                pool = self.free.get_nowait()
                pool.close()
                self.free.put(pool)

    def run(self, tasks: list[Task]) -> list[tuple[Any, Any]]:
        """Waits for a process if there is none free."""
        pool = self.free.get()
        try:
            return list(pool.run(task for task in tasks if not self.closed))
        finally:
            self.free.put(pool)
            if self.closed:
                self.rest()


def run_there(name: str, tasks: list[Task]) -> list[tuple[Any, Any]]:
    """Runs on the cluster."""
    holder = distributed.get_worker().plugins[name]
    assert isinstance(holder, Holder)
    return holder.run(tasks)


@contextmanager
def _answering(address: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise Error(f"no Dask scheduler answers at {address}: {error}") from None


class DaskPool:
    """The workers of the scheduler at an address such as `tcp://10.0.0.1:8786`; they need this package, too, and files
    of passes under the same names.

    seconds, fork, prepare: as of a LocalPool; alone: each worker does one task at a time, however many threads it has,
    and gives results one by one; else tasks go there in batches. Raises Error when no scheduler answers there, then or
    later.
    """

    def __init__(
        self,
        address: str,
        *,
        seconds: float,
        fork: bool = False,
        prepare: Callable[[], object] = nothing,
        alone: bool = False,
    ) -> None:
        self.address = address
        self.batch = 1 if alone else _BATCH
        with _answering(address):
            # A client that finds nobody keeps trying, and then says so at length.
            with socket.create_connection(get_address_host_port(address), timeout=_CONNECT_SECONDS):
                pass
            self._client = distributed.Client(address, set_as_default=False, timeout=_CONNECT_SECONDS)
        self._name = f"seaofnodes-{self._client.id}"
        make = partial(LocalPool, 1, seconds=seconds, fork=fork, prepare=prepare)
        self._client.register_plugin(Holder(make, alone), name=self._name)

    def run(self, tasks: Iterable[Task | None]) -> Iterator[tuple[Any, Any]]:
        """See Pool. Two batches for each thread of the cluster are under way."""
        take = partial(next, iter(tasks), None)
        done = distributed.as_completed(loop=self._client.loop)
        running: dict[distributed.Future, list[Any]] = {}  # the keys of the tasks, which stay here
        try:
            while True:
                with _answering(self.address):
                    room = max(2 * sum(self._client.nthreads().values()), 1)
                while len(running) < room and (batch := list(islice(iter(take, None), self.batch))):
                    numbered = [task._replace(key=at) for at, task in enumerate(batch)]
                    future = self._client.submit(run_there, self._name, numbered, pure=False)
                    running[future] = [task.key for task in batch]
                    done.add(future)
                if not running:
                    return
                future = next(done)
                if future.cancelled():
                    raise Error(f"the Dask scheduler at {self.address} has gone")
                keys = running.pop(future)
                yield from ((keys[at], result) for at, result in future.result())
        finally:
            done.clear()

    def close(self) -> None:
        """Give up what is under way, and leave the cluster."""
        if self._client.status == "running":
            with suppress(OSError):
                self._client.unregister_worker_plugin(self._name)
        self._client.close()
