"""Engines, instances and handles leave nothing behind; see leaks.py."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runtime.leaks import Grown, Subject, measure, subjects

NAMES = [subject.name for subject in subjects()]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_dropped_leaves_nothing(name: str) -> None:
    subject = next(one for one in subjects() if one.name == name)
    found = measure(subject, 60)
    assert found.alive == 0
    assert found.count == 60


def test_a_leak_is_seen() -> None:
    kept: list[mmap.mmap] = []  # not of the allocator, which may have free memory that is resident already

    def leak(number: int) -> list[object]:
        kept.append(mmap.mmap(-1, 5 * mmap.PAGESIZE))
        kept[-1].write(b"1" * len(kept[-1]))
        return []

    found = measure(Subject("leak", leak, True), 400)  # type: ignore[arg-type]
    assert not found.is_flat and 15_000 < found.slope < 25_000
    assert not Grown(100, 0.0, 0, 1).is_flat


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_resident_memory_is_flat_in_development_mode(root: Path) -> None:
    environment = {**os.environ, "PYTHONDEVMODE": "1"}
    command = [sys.executable, "-m", "tests.runtime.leaks", "--count", "1000"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "development mode: True" in done.stdout
