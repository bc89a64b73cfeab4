"""Tasks on a Dask cluster."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from seaofnodes.errors import Error
from seaofnodes.workers.make import make_pool
from seaofnodes.workers.pool import Pool, Task
from seaofnodes.workers.results import Crash, Hang, Raised
from tests.workers import tasks

distributed = pytest.importorskip("distributed", reason="needs Dask")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a scheduler with one worker of two threads."""
    options = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": ":0", "scheduler_port": 0}
    with distributed.LocalCluster(**options) as found:
        yield found.scheduler_address


def test_results_are_as_on_one_machine(cluster: str) -> None:
    with closing(make_pool(1, cluster, seconds=3)) as pool:
        calls: list[tuple[Any, ...]] = [(tasks.twice, 4), (tasks.crash, "bye"), (tasks.sleep,), (tasks.raise_error,)]
        found = dict(pool.run(Task(f"task {key}", call[0], call[1:]) for key, call in enumerate(calls)))
    assert found["task 0"] == 8
    assert isinstance(found["task 1"], Crash) and str(found["task 1"]) == "crashed: SIGSEGV (bye)"
    assert found["task 2"] == Hang(3)
    assert isinstance(found["task 3"], Raised)


def work(pool: Pool) -> list[tuple[int, float, float]]:
    return sorted((result for _, result in pool.run([Task(0, tasks.who, (0.02,))] * 50)), key=lambda found: found[1])


def test_alone_one_works_at_a_time_in_a_process_that_stays(cluster: str) -> None:
    with closing(make_pool(1, cluster, seconds=20, alone=True)) as pool:
        found = work(pool)
    assert len(found) == 50 and len({pid for pid, _, _ in found}) == 1
    assert all(end <= start for (_, _, end), (_, start, _) in pairwise(found))


def test_not_alone_each_thread_has_a_process(cluster: str) -> None:
    with closing(make_pool(1, cluster, seconds=20)) as pool:
        found = work(pool)
    assert len(found) == 50 and len({pid for pid, _, _ in found}) == 2


def test_closing_ends_the_processes_and_leaves_the_cluster(cluster: str) -> None:
    pool = make_pool(1, cluster, seconds=600, alone=True)
    running = pool.run([Task(0, os.getpid, ()), *[Task(key, tasks.sleep, ()) for key in range(5)]])
    _, pid = next(running)
    start = time.monotonic()
    pool.close()
    while Path(f"/proc/{pid}").exists() and time.monotonic() - start < 10:
        time.sleep(0.05)
    assert time.monotonic() - start < 10
    with closing(make_pool(1, cluster, seconds=20)) as again:
        assert list(again.run([Task(0, tasks.twice, (3,))])) == [(0, 6)]


def test_what_a_killed_client_left_rests(cluster: str) -> None:
    left = make_pool(1, cluster, seconds=20)
    ((_, pid),) = left.run([Task(0, os.getpid, ())])
    assert Path(f"/proc/{pid}").exists()
    with closing(make_pool(1, cluster, seconds=20)), closing(left):
        assert not Path(f"/proc/{pid}").exists()
        ((_, other),) = left.run([Task(0, os.getpid, ())])  # it was only slow
        assert other != pid


@pytest.mark.parametrize("address", ["nowhere", "tcp://127.0.0.1:1"])
def test_no_cluster(address: str) -> None:
    start = time.monotonic()
    with pytest.raises(Error, match=f"no Dask scheduler answers at {address}: .*"):
        make_pool(1, address, seconds=20)
    assert time.monotonic() - start < 5


def test_a_scheduler_that_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    from seaofnodes.workers import cluster as module

    monkeypatch.setattr(module, "_CONNECT_SECONDS", 1)
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0", scheduler_port=0) as cluster:
        pool = make_pool(1, cluster.scheduler_address, seconds=20)
        cluster.close()
        with pytest.raises(Error, match=r"no Dask scheduler answers|has gone"):
            list(pool.run([Task(0, tasks.twice, (3,))]))
        pool.close()
