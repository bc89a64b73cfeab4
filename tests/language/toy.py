"""The toy of the examples, as tests load it."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "toy"


def toy_class() -> Any:
    """The class ToyFile, of files that are no package."""
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    return importlib.import_module("toy_files").ToyFile


SUM = (FOLDER / "sum.toy").read_text(encoding="utf-8")
