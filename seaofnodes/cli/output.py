"""What commands write: files, and their exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """An OSError in here names the file: those of writing and closing do not by themselves."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def write_text(path: str | Path, text: str) -> None:
    """Write a file. Raises OSError, which names it."""
    with naming(path), open(path, "w", encoding="utf-8") as target:
        target.write(text)


def exit_code(status: int) -> int:
    """The exit code for what a program gave to proc_exit: the system keeps eight bits, and only 0 may become 0."""
    return status & 0xFF or int(status != 0)
