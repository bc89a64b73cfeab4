"""Paths below a directory, and never out of it: each component is opened by itself, and symbolic links are followed
here, so that nobody who moves or replaces directories meanwhile leads a program astray.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from seaofnodes.wasi.errno import LOOP, NOENT, NOTCAPABLE, NOTDIR, WasiError

_LINKS: Final = 40  # that one path may go through
_OPEN: Final = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def resolve(root: int, path: str, *, follow: bool, new_directory: bool = False) -> Iterator[tuple[int, str]]:
    """The directory a path ends in, as a descriptor that is open inside, and its last name there ("." for the directory
    itself). follow: a symbolic link at the end, too; otherwise the name may be one. new_directory: a name with a slash
    behind it may be of nothing yet.

    Raises WasiError(NOTCAPABLE) for paths that lead out, and OSError. The name has no slash: the system would follow a
    link before one.
    """
    if not path:
        raise WasiError(NOENT)
    if path.startswith("/"):
        raise WasiError(NOTCAPABLE)
    directories = [os.dup(root)]
    try:
        name = _walk(directories, path, follow, new_directory)
        yield directories[-1], name
    finally:
        for descriptor in directories:
            os.close(descriptor)


def _walk(directories: list[int], path: str, follow: bool, new_directory: bool) -> str:
    """Descend along the path; `directories` has those on the way, from the root on. Gives the last name."""
    wanted = _components(path)  # the last one first
    must_be_directory = path.endswith(("/", "/."))
    links = 0
    while wanted:
        name = wanted.pop()
        last = not wanted
        if name == "..":
            if len(directories) == 1:
                raise WasiError(NOTCAPABLE)
            os.close(directories.pop())
            continue
        target = _link(directories[-1], name) if not last or follow or must_be_directory else None
        if target is not None:
            links += 1
            if links > _LINKS:
                raise WasiError(LOOP)
            if target.startswith("/"):
                raise WasiError(NOTCAPABLE)
            wanted += _components(target)
            must_be_directory |= last and target.endswith("/")
            continue
        if last:
            if must_be_directory:
                _check_directory(directories[-1], name, new_directory)
            return name
        try:
            directories.append(os.open(name, _OPEN | os.O_DIRECTORY, dir_fd=directories[-1]))
        except OSError as error:
            if error.errno == errno.ELOOP:  # a link by now
                raise WasiError(LOOP) from None
            raise
    return "."


def _components(path: str) -> list[str]:
    """The names on the way, the last one first."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]


def _link(directory: int, name: str) -> str | None:
    """Where a symbolic link leads; None for what is none, or not there."""
    try:
        return os.readlink(name, dir_fd=directory)
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENOENT):
            return None
        if error.errno == errno.ENOTDIR:
            raise WasiError(NOTDIR) from None
        raise


def _check_directory(directory: int, name: str, new: bool) -> None:
    try:
        found = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        if new:
            return
        raise
    if not stat.S_ISDIR(found.st_mode):
        raise WasiError(NOTDIR)
