"""Files of bounded size: what is too large, or has no end, is refused before it is read. Folders for one process."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from seaofnodes.errors import Error, UnsupportedError

HEAD: Final = 1 << 16  # bytes that are looked at first
_PART: Final = 1 << 20


def read_file(path: str | Path, limit: int | Callable[[bytes], int]) -> bytes:
    """The contents of a file, or of a pipe such as /dev/stdin, of at most `limit` bytes.

    limit: may depend on the first HEAD bytes, and refuse them. Raises UnsupportedError for more, Error for what is
    neither file nor pipe and for a pipe into which nothing is written, OSError, and what `limit` raises.
    """
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)  # do not wait for a writer
    try:
        return _read(number, path, limit)
    finally:
        os.close(number)


def _read(number: int, path: str | Path, limit: int | Callable[[bytes], int]) -> bytes:
    found = os.fstat(number)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    is_pipe = stat.S_ISFIFO(found.st_mode)
    if not (is_pipe or stat.S_ISREG(found.st_mode)):
        raise Error(f"{path} is neither a file nor a pipe")
    os.set_blocking(number, True)
    head = os.read(number, HEAD)
    if is_pipe and not head:
        raise Error(f"{path}: nothing is written into this pipe")
    most = limit(head) if callable(limit) else limit
    parts, size = [head], len(head)
    while size <= most >= found.st_size:
        part = os.read(number, min(max(found.st_size - size, _PART), most - size) + 1)
        if not part:
            return parts[0] if len(parts) == 1 else b"".join(parts)
        parts.append(part)
        size += len(part)
    size = max(size, found.st_size)
    raise UnsupportedError(f"{path} has {size:,} bytes{' or more' if is_pipe else ''}: at most {most:,} are supported")


def shown_path(path: str | Path) -> str:
    """A path as messages show it: from the working directory on where it is below that, else absolute."""
    full = os.path.abspath(path)
    try:
        here = os.getcwd()
    except OSError:  # it has been removed
        return full
    return os.path.relpath(full, here) if full.startswith(os.path.join(here, "")) else full


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Have a folder, which is made if it is not there, to oneself. Raises Error if another process has it; OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    number = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ends with the process, however that ends
        except BlockingIOError:
            raise Error(f"{folder} is in use by another process") from None
        yield
    finally:
        os.close(number)
