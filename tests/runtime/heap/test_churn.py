"""tools/heap_churn.py: many times the limit is allocated, and memory stays as it is."""

from __future__ import annotations

import runpy
from pathlib import Path


def test_memory_stays_flat(root: Path) -> None:
    tool = runpy.run_path(str(root / "tools" / "heap_churn.py"))
    found = tool["churn"](200 << 20, 16 << 20, 0.5)
    assert not found.grew, str(found)
    assert found.allocated >= 200 << 20 and found.statistics.collections >= 15
    assert 4 << 20 < found.live < 12 << 20
    assert len(found.statistics.pauses) == found.statistics.collections
    assert "GiB a second" in str(found)
