"""The demo, which is what everybody runs first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_demo_runs_to_its_end(root: Path) -> None:
    result = subprocess.run(
        [sys.executable, str(root / "tools" / "demo.py")], capture_output=True, text=True, check=False, timeout=300
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    assert "run is optimized" in result.stdout and (root / "out" / "digit_sum.html").stat().st_size > 50_000
