"""Threads that share one engine. The full run is `python -m tests.runtime.lifetimes.threads`."""

from __future__ import annotations

import pytest

from tests.runtime.lifetimes.thread_jobs import JOBS
from tests.runtime.lifetimes.threads import one_round

TOGETHER = (
    ("grow_memory", "grow_host_memory", "grow_table"),
    ("put_object", "put_global", "make_holders", "call"),
    ("instantiate", "call", "trap", "throw", "collect"),
    ("make_engine", "trap", "collect"),
)


@pytest.mark.parametrize("jobs", TOGETHER, ids=" ".join)
def test_jobs(jobs: tuple[str, ...]) -> None:
    failure = one_round(1, 2.0, 4, jobs, "--alone")
    assert failure is None, failure.text


def test_everything_at_once() -> None:
    failure = one_round(2, 4.0, 8)
    assert failure is None, failure.text


@pytest.mark.parametrize("seed", range(6))
def test_first_engines(seed: int) -> None:
    """Of the process, by eight threads at once."""
    failure = one_round(seed, 0.2, 8, ("trap",))
    assert failure is None, failure.text


def test_every_job_is_tried() -> None:
    assert {"write", *(job for jobs in TOGETHER for job in jobs)} == set(JOBS)
