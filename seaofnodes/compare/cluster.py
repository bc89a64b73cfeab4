"""Measuring on a Dask cluster. Only who asks for one needs the package `distributed`.

Each worker of the cluster keeps a worker process of ours: machine code that crashes does not take the cluster along,
and one thing is measured at a time.
"""

from __future__ import annotations

import socket
import threading
from typing import Any, Final

import distributed
from distributed.comm import get_address_host_port

from seaofnodes.compare.pools import Outcome
from seaofnodes.compare.row import Row
from seaofnodes.compare.unit import Unit
from seaofnodes.compare.worker import Worker, WorkerError
from seaofnodes.errors import Error

PLUGIN: Final = "seaofnodes-compare"
_CONNECT_SECONDS: Final = 20


class WorkerHolder(distributed.WorkerPlugin):  # type: ignore[misc]  # it has no types that strict checking knows
    """What each worker of the cluster gets."""

    def setup(self, worker: distributed.Worker) -> None:
        self.worker = Worker()
        self.lock = threading.Lock()

    def teardown(self, worker: distributed.Worker) -> None:
        self.worker.stop()


def measure_there(unit: Unit, timeout: float) -> tuple[list[Row], str]:
    """Runs on the cluster. The rows, or why there are none."""
    holder = distributed.get_worker().plugins[PLUGIN]
    assert isinstance(holder, WorkerHolder)
    with holder.lock:
        try:
            return holder.worker.measure(unit, timeout), ""
        except WorkerError as error:
            return [], str(error)


class DaskCluster:
    """The workers of the scheduler at an address such as `tcp://10.0.0.1:8786`; they need this package, too.

    Raises Error when no scheduler answers there.
    """

    def __init__(self, address: str, timeout: float) -> None:
        self._timeout = timeout
        try:
            # A client that finds nobody keeps trying, and then says so at length.
            with socket.create_connection(get_address_host_port(address), timeout=_CONNECT_SECONDS):
                pass
            self._client = distributed.Client(address, set_as_default=False, timeout=_CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            raise Error(f"no Dask scheduler answers at {address}: {error}") from None
        self._client.register_plugin(WorkerHolder(), name=PLUGIN)
        self._done = distributed.as_completed(loop=self._client.loop)
        self._units: dict[str, tuple[Any, Unit]] = {}

    def submit(self, unit: Unit) -> None:
        future = self._client.submit(measure_there, unit, self._timeout, pure=False)
        self._units[future.key] = (future, unit)
        self._done.add(future)

    def next(self) -> tuple[Unit, Outcome]:
        future = next(self._done)
        _, unit = self._units.pop(future.key)
        rows, reason = future.result()
        return unit, WorkerError(reason) if reason else rows

    def close(self) -> None:
        """Give up what is under way; the cluster stays."""
        self._client.cancel([future for future, _ in self._units.values()])
        self._client.close()
