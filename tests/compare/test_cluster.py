"""A Dask cluster of two worker processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.compare.programs import LOOP, PASSES, STRAIGHT, write

pytest.importorskip("distributed", reason="needs Dask")


@pytest.fixture(scope="module")
def cluster(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers, each a process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("dask")
    environment = {**os.environ, "PYTHONPATH": str(root), "DASK_DISTRIBUTED__WORKER__DAEMON": "false"}
    scheduler = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    worker = ["distributed.cli.dask_worker", address, "--nthreads", "2", "--no-nanny", "--no-dashboard"]
    with ExitStack() as running, (folder / "log").open("wb") as log:
        for arguments in (scheduler, worker, worker):
            started = subprocess.Popen(
                [sys.executable, "-m", *arguments], cwd=folder, env=environment, stdout=log, stderr=log
            )
            running.callback(started.wait)
            running.callback(started.kill)
        yield address


def compare(root: Path, *arguments: str | Path) -> dict[str, object]:
    command = [sys.executable, "-m", "seaofnodes.cli.main", "compare", *map(str, arguments), "--json"]
    command += ["--placements", "2", "--rounds", "2", "--compile-rounds", "1", "--warm-up", "0.5"]
    for _ in range(20):
        result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=100)
        if "no Dask scheduler" not in result.stderr:
            break
        time.sleep(0.5)  # it has not come up yet
    assert not result.stderr, result.stderr
    facts = json.loads(result.stdout)
    facts["rows"] = [{**row, "compile": None, "run": None, "counters": None} for row in facts["rows"]]
    for summary in facts["summaries"]:
        for measured in ("compile", "compile_ratio", "speedup", "faster", "slower"):
            del summary[measured]
    del facts["speedups"]
    return facts  # type: ignore[no-any-return]


def test_a_cluster_gives_the_same_table(root: Path, tmp_path: Path, cluster: str) -> None:
    for number in range(4):
        write(tmp_path, **{f"m{number}": STRAIGHT.replace("i32.const 1", f"i32.const {number + 10}")})
    write(tmp_path, loop=LOOP)
    arguments = [tmp_path, "-p", "default", "-p", "none", "-p", "@tier=baseline"]
    there = compare(root, *arguments, "--dask", cluster, "--out", tmp_path / "out")
    here = compare(root, *arguments)
    assert there == here
    assert compare(root, *arguments, "--out", tmp_path / "out") == here  # from what the cluster measured


def test_a_crash_leaves_the_cluster_alone(root: Path, tmp_path: Path, cluster: str) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text(PASSES)
    modules = write(tmp_path, straight=STRAIGHT)
    for _ in range(2):
        facts = compare(root, modules, "-p", "none", "-p", "crash", "--load", bad, "--dask", cluster)
        rows = facts["rows"]
        assert isinstance(rows, list)
        wrong = [(row["name"], row["pipeline"]) for row in rows if row["status"] != "ok"]
        assert wrong == [("two", "crash")]
