"""Workers that crash, hang, raise, print and are given up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from seaofnodes.workers import pool as pools
from seaofnodes.workers.make import make_pool
from seaofnodes.workers.pool import InProcess, LocalPool, Pool, Task
from seaofnodes.workers.results import Crash, Hang, Raised
from tests.workers import tasks


def one(pool: Pool, function: Callable[..., object], *arguments: object) -> object:
    ((_, result),) = pool.run([Task(0, function, arguments)])
    return result


@pytest.mark.parametrize("fork", [False, True])
def test_what_may_come_of_tasks(fork: bool) -> None:
    calls: list[tuple[Callable[..., object], object]] = [
        (tasks.twice, 4), (tasks.crash, "my last words"), (tasks.leave, 3), (tasks.leave, 0), (tasks.twice, 5)
    ]  # fmt: skip
    with closing(LocalPool(2, seconds=3, fork=fork)) as pool:
        found = dict(pool.run(Task(key, function, (value,)) for key, (function, value) in enumerate(calls)))
        assert (found[0], found[4]) == (8, 10)
        assert isinstance(found[1], Crash) and found[1].reason == "SIGSEGV"
        assert "Segmentation fault" in found[1].details and str(found[1]) == "crashed: SIGSEGV (my last words)"
        assert [found[key].reason for key in (2, 3)] == ["exit code 3", "exit code 0"]
        assert one(pool, tasks.sleep) == Hang(3)
        raised, unspeakable = one(pool, tasks.raise_error), one(pool, tasks.unspeakable)
        assert isinstance(raised, Raised) and isinstance(unspeakable, Raised)
        assert raised.message == "ValueError: no good\nat all" and "in raise_error" in raised.traceback
        assert "pickle" in unspeakable.message
        assert one(pool, tasks.twice, 6) == 12


def test_in_process_it_is_the_same() -> None:
    with closing(make_pool(0, seconds=1)) as pool:
        assert isinstance(pool, InProcess)
        assert one(pool, tasks.twice, 4) == 8
        assert isinstance(one(pool, tasks.raise_error), Raised)


@pytest.mark.parametrize("jobs", [0, 1, 3])
def test_tasks_may_come_of_results(jobs: int) -> None:
    """Each number down to 1 gives two smaller ones."""
    waiting, seen = deque([6]), []

    def more() -> Iterator[Task | None]:
        while True:
            yield Task(number := waiting.popleft(), tasks.twice, (number,)) if waiting else None

    with closing(make_pool(jobs, seconds=20)) as pool:
        for number, result in pool.run(more()):
            assert result == 2 * number
            seen.append(number)
            waiting.extend((number // 2,) * 2 if number > 1 else ())
    assert sorted(seen) == [1, 1, 1, 1, 3, 3, 6]


def test_what_is_not_waited_for_is_forgotten() -> None:
    with closing(LocalPool(2, seconds=20)) as pool:
        running: Iterator[tuple[object, object]] = pool.run([Task(0, tasks.twice, (2,)), Task(1, tasks.sleep, ())])
        assert next(running) == (0, 4)
        running.close()  # type: ignore[attr-defined]
        start = time.monotonic()
        for key in range(5):
            assert list(pool.run([Task(key, tasks.twice, (key,))])) == [(key, 2 * key)]
        assert time.monotonic() - start < 15


def test_what_tasks_print_is_no_answer() -> None:
    with closing(LocalPool(1, seconds=20)) as pool:
        assert one(pool, tasks.chatter) == "done"
        assert "this goes to standard output" in one(pool, tasks.crash).details  # type: ignore[attr-defined]


def test_processes_stay_until_they_had_many_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_TASKS_PER_PROCESS", 3)
    with closing(LocalPool(1, seconds=20)) as pool:
        pids = [one(pool, os.getpid) for _ in range(4)]
        assert pids[0] == pids[1] == pids[2] != pids[3]
        os.kill(pids[3], signal.SIGKILL)  # type: ignore[arg-type]
        os.waitid(os.P_PID, pids[3], os.WEXITED | os.WNOWAIT)  # type: ignore[arg-type]
        assert one(pool, os.getpid) not in pids  # one that died idle is not asked


def test_only_the_parent_hears_of_ctrl_c() -> None:
    with closing(LocalPool(1, seconds=20)) as pool:
        assert one(pool, tasks.session) != os.getsid(0)


@pytest.mark.parametrize("fork", [False, True])
def test_getting_ready_takes_no_time_of_a_task(fork: bool) -> None:
    with closing(LocalPool(1, seconds=1, fork=fork, prepare=tasks.prepare_slowly)) as pool:
        by, worker = one(pool, tasks.prepared_by), one(pool, os.getppid if fork else os.getpid)
        assert by == worker == one(pool, tasks.prepared_by)


def test_workers_that_cannot_start_say_so() -> None:
    with closing(LocalPool(1, seconds=20, prepare=tasks.fail_to_prepare)) as pool:
        assert [str(one(pool, tasks.twice, 1)) for _ in range(2)] == ["ImportError: nothing there"] * 2


def test_closing_ends_workers_that_are_at_work() -> None:
    pool = LocalPool(2, seconds=600)
    running = pool.run([Task(0, os.getpid, ()), *[Task(key, tasks.sleep, ()) for key in range(5)]])
    _, pid = next(running)
    start = time.monotonic()
    pool.close()
    assert time.monotonic() - start < 10
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("fork", [False, True])
def test_workers_do_not_outlive_their_parent(root: Path, tmp_path: Path, fork: bool) -> None:
    """SIGKILL while a task runs that never ends: nothing is left, the task's own child neither."""
    written = tmp_path / "pids"
    ask = f"from tests.workers.tasks import ask_for_spinning as ask; ask({str(written)!r}, {fork})"
    parent = subprocess.Popen([sys.executable, "-c", ask], cwd=root)
    end = time.monotonic() + 60
    while not (written.exists() and len(pids := written.read_text().split()) == 2) and time.monotonic() < end:
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    workers = {pid for pid in pids if pid != str(parent.pid)}
    assert len(workers) == 1 + fork
    while any(map(runs, workers)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(runs, workers))


def runs(pid: str) -> bool:
    """Is it more than an entry in the table of processes?"""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False
