"""The viewer's own modules, by themselves: `node --test`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


@pytest.mark.alone
def test_modules(root: Path, node: str) -> None:
    files = sorted(str(file) for file in (root / "tests" / "viz" / "app").glob("*.test.mjs"))
    assert len(files) >= 2
    result = subprocess.run([node, "--test", *files], capture_output=True, text=True, check=False, timeout=100)
    assert result.returncode == 0, result.stdout[-4000:]
