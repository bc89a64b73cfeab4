"""What a program's file descriptors stand for."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from seaofnodes.wasi.errno import BADF, INVAL, ISDIR, NOTDIR, PERM, SPIPE, WasiError

FILE_TYPES: Final = {
    stat.S_IFBLK: 1, stat.S_IFCHR: 2, stat.S_IFDIR: 3, stat.S_IFREG: 4, stat.S_IFSOCK: 6, stat.S_IFLNK: 7,
}  # fmt: skip
APPEND: Final = 1
_MOST: Final = 1 << 26  # bytes that one read gives
ALL_RIGHTS: Final = (1 << 30) - 1


def file_type(mode: int) -> int:
    """WASI's number for a kind of file; 0: another one."""
    return FILE_TYPES.get(stat.S_IFMT(mode), 0)


@dataclass(slots=True)
class Descriptor:
    """An open file, directory or stream.

    Attributes: number: of the operating system, -1 for none; reading, writing: may it?; flags: as WASI has them;
    name: of a directory that was given, as the program sees it, else ""; owned: is it closed with this?; sink, source:
    of a stream that lives in Python.
    """

    number: int
    reading: bool = True
    writing: bool = True
    flags: int = 0
    name: str = ""
    owned: bool = True
    sink: Callable[[bytes], object] | None = None
    source: Callable[[int], bytes] | None = None
    entries: list[tuple[str, int, int]] = field(default_factory=list)

    def close(self) -> None:
        if self.owned and self.number >= 0:
            os.close(self.number)
        self.number = -1

    @property
    def type(self) -> int:
        if self.number < 0:
            return 2  # a stream: a character device
        return file_type(os.fstat(self.number).st_mode)

    @property
    def is_directory(self) -> bool:
        return self.type == 3

    def read(self, count: int, offset: int | None = None) -> bytes:
        """At most so many bytes, from the position or an offset."""
        if not self.reading:
            raise WasiError(BADF)
        if self.source is not None and offset is None:
            return self.source(count)
        self._check_file()
        count = min(count, _MOST)
        return os.read(self.number, count) if offset is None else os.pread(self.number, count, offset)

    def write(self, data: bytes, offset: int | None = None) -> int:
        """The number of bytes that were written."""
        if not self.writing:
            raise WasiError(BADF)
        if self.sink is not None and offset is None:
            self.sink(data)
            return len(data)
        self._check_file()
        return os.write(self.number, data) if offset is None else os.pwrite(self.number, data, offset)

    def seek(self, offset: int, whence: int) -> int:
        """The new position."""
        if self.number < 0:
            raise WasiError(SPIPE)
        self._check_file()
        if whence not in (0, 1, 2):
            raise WasiError(INVAL)
        return os.lseek(self.number, offset, whence)

    def _check_file(self) -> None:
        if self.number < 0:
            raise WasiError(BADF)
        if self.is_directory:
            raise WasiError(ISDIR)


class Table:
    """A program's descriptors by number: 0 to 2 are the standard streams, then come the directories it was given."""

    def __init__(self, descriptors: list[Descriptor]) -> None:
        self._open: dict[int, Descriptor] = dict(enumerate(descriptors))

    def find(self, number: int) -> Descriptor:
        """Raises WasiError(BADF)."""
        found = self._open.get(number)
        if found is None:
            raise WasiError(BADF)
        return found

    def directory(self, number: int, *, writing: bool = False) -> Descriptor:
        """Raises WasiError for what is no directory, or may not be written into."""
        found = self.find(number)
        if found.number < 0 or not found.is_directory:
            raise WasiError(NOTDIR)
        if writing and not found.writing:
            raise WasiError(PERM)
        return found

    def add(self, descriptor: Descriptor) -> int:
        """The lowest free number."""
        number = next(n for n in range(3, len(self._open) + 4) if n not in self._open)
        self._open[number] = descriptor
        return number

    def close(self, number: int) -> None:
        self.find(number).close()
        del self._open[number]

    def move(self, source: int, target: int) -> None:
        """`source` becomes `target`, which is closed."""
        moved = self.find(source)
        self.find(target)
        if source != target:
            self.close(target)
            self._open[target] = moved
            del self._open[source]

    def close_all(self) -> None:
        for descriptor in self._open.values():
            descriptor.close()
        self._open.clear()
