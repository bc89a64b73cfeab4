"""What the page about proofs shows is so."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("z3", reason="proofs need z3-solver")


@pytest.mark.alone
def test_commands_print_what_the_page_shows(root: Path) -> None:
    command = [sys.executable, "tools/readme.py", "--check", "docs/rules.md"]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=110)
    assert result.returncode == 0, result.stdout + result.stderr


def test_python_gives_what_the_page_shows(root: Path) -> None:
    failed, tried = doctest.testfile(str(root / "docs/rules.md"), module_relative=False)
    assert tried > 8
    assert not failed


def test_the_page_shows_the_examples(root: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (root / "docs" / "rules.md").read_text(), re.DOTALL)
    assert blocks[0] == (root / "examples" / "my_rules.py").read_text()
    assert (root / "examples" / "memory_rules.py").read_text() in blocks
