"""Runs the notebooks in examples/ and writes their outputs into them: `python tools/notebook.py`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbclient
import nbformat

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))


def execute(path: Path) -> Any:
    """The notebook, with the outputs that this interpreter's packages give. Raises CellExecutionError."""
    os.environ["PYTHONPATH"] = str(ROOT)
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(
        notebook, kernel_name="python3", timeout=120, record_timing=False, resources=folder
    ).execute()
    return notebook


def main() -> None:
    for path in NOTEBOOKS:
        notebook = execute(path)
        # Where it ran is nobody's business.
        notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
