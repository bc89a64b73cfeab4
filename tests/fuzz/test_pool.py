"""Workers that crash, hang and raise; and Dask."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from seaofnodes.errors import Error
from seaofnodes.fuzz.case import Call, Case
from seaofnodes.fuzz.oracle import Difference
from seaofnodes.fuzz.pool import LocalPool, Pool, Task
from seaofnodes.fuzz.results import Crash, Hang, Raised
from seaofnodes.fuzz.variant import Variant
from tests import support

BROKEN = str(Path(__file__).parent / "broken.py")
ADD = support.wat('(module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 5))))')


def task(key: int, pipeline: str) -> Task:
    case = Case(ADD, (Call("f", (1,)),), (Variant("optimized", pipeline),), (BROKEN,))
    return Task(key, "difference_of", (case,))


@pytest.mark.parametrize("fork", [False, True])
def test_what_may_come_of_tasks(fork: bool) -> None:
    with closing(LocalPool(2, seconds=3, fork=fork)) as pool:
        names = ["gvn", "subtract", "crash", "sleep", "nonsense", "crash", "gvn"]
        found = dict(pool.run(task(key, name) for key, name in enumerate(names)))
    assert [type(found[key]).__name__ for key in range(7)] == [
        "NoneType", "Difference", "Crash", "Hang", "Raised", "Crash", "NoneType",
    ]  # fmt: skip
    assert isinstance(found[2], Crash) and found[2].reason == "SIGSEGV" and "Segmentation fault" in found[2].details
    assert found[3] == Hang(3)
    assert isinstance(found[4], Raised) and "no pass is called 'nonsense'" in found[4].message


def test_what_is_not_waited_for_is_forgotten() -> None:
    with closing(LocalPool(2, seconds=20, fork=True)) as pool:
        running: Iterator[tuple[object, object]] = pool.run([task(0, "gvn"), task(1, "sleep")])
        assert next(running) == (0, None)
        running.close()  # type: ignore[attr-defined]
        start = time.monotonic()
        for key in range(5):
            ((got, difference),) = pool.run([task(key, "subtract")])
            assert got == key and isinstance(difference, Difference)
        assert time.monotonic() - start < 15


def test_a_dask_cluster_gives_the_same() -> None:
    distributed = pytest.importorskip("distributed")
    from seaofnodes.fuzz.cluster import DaskPool

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, scheduler_port=0
        ) as cluster,
        closing(DaskPool(cluster.scheduler_address, seconds=20, batch=2)) as there,
    ):
        check_results(there)
    with closing(LocalPool(1)) as here:
        check_results(here)


def check_results(pool: Pool) -> None:
    names = ["gvn", "subtract", "crash", "none", "subtract"]
    found = dict(pool.run(task(key, name) for key, name in enumerate(names)))
    assert [type(found[key]).__name__ for key in range(5)] == [
        "NoneType", "Difference", "Crash", "NoneType", "Difference",
    ]  # fmt: skip


def test_no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    from seaofnodes.fuzz import cluster

    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 1)
    with pytest.raises(Error, match="no Dask scheduler answers at tcp"):
        cluster.DaskPool("tcp://127.0.0.1:1")
