"""What a program's file descriptors stand for."""

from __future__ import annotations

import heapq
import os
import select
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from seaofnodes.wasi.errno import AGAIN, BADF, INVAL, ISDIR, NOTDIR, PERM, SPIPE, WasiError
from seaofnodes.wasi.waiting import Patience

FILE_TYPES: Final = {
    stat.S_IFBLK: 1, stat.S_IFCHR: 2, stat.S_IFDIR: 3, stat.S_IFREG: 4, stat.S_IFSOCK: 6, stat.S_IFLNK: 7,
}  # fmt: skip
APPEND: Final = 1
NONBLOCK: Final = 4
ALL_FLAGS: Final = 31
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

    _type: int = -1  # not looked at yet

    _output: int = -1  # a stream's descriptor that never waits, where there is one

    def close(self) -> None:
        if self.owned and self.number >= 0:
            os.close(self.number)
        if self._output >= 0:
            os.close(self._output)
        self.number = self._output = -1

    @property
    def type(self) -> int:
        if self.number < 0:
            return 2  # a stream: a character device
        if self._type < 0:
            self._type = file_type(os.fstat(self.number).st_mode)
        return self._type

    @property
    def is_directory(self) -> bool:
        return self.type == 3

    @property
    def is_stream(self) -> bool:
        """May reading and writing have to wait?"""
        return self.number >= 0 and self.type not in (1, 3, 4)

    def set_flags(self, flags: int) -> None:
        """Take over flags as WASI has them. Raises WasiError(INVAL) for unknown ones.

        NONBLOCK is never set in the system, nor APPEND for what is not owned: others, such as the shell, share it, and
        would be left with that.
        """
        if flags & ~ALL_FLAGS:
            raise WasiError(INVAL)
        if self.owned and self.number >= 0:
            import fcntl

            found = fcntl.fcntl(self.number, fcntl.F_GETFL) & ~os.O_APPEND
            fcntl.fcntl(self.number, fcntl.F_SETFL, found | (os.O_APPEND if flags & APPEND else 0))
        self.flags = flags

    def read(self, count: int, patience: Patience, offset: int | None = None) -> bytes:
        """At most so many bytes, from the position or an offset."""
        if not self.reading:
            raise WasiError(BADF)
        if self.source is not None and offset is None:
            return self.source(count)
        self._check_file()
        count = min(count, _MOST)
        if offset is not None:
            return os.pread(self.number, count, offset)
        while True:
            if self.is_stream:
                self._wait(select.POLLIN, patience)
            try:
                return os.read(self.number, count)
            except BlockingIOError:  # somebody else was quicker, at a stream that others have made non-blocking
                if self.flags & NONBLOCK:
                    raise

    def write(self, data: bytes, patience: Patience, offset: int | None = None) -> int:
        """The number of bytes that were written."""
        if not self.writing:
            raise WasiError(BADF)
        if self.sink is not None and offset is None:
            self.sink(data)
            return len(data)
        self._check_file()
        if offset is not None:
            return os.pwrite(self.number, data, offset)
        if self.is_stream and data:
            return self._write_stream(data, patience)
        if self.flags & APPEND and not self.owned:
            os.lseek(self.number, 0, os.SEEK_END)
        return os.write(self.number, data)

    def _write_stream(self, data: bytes, patience: Patience) -> int:
        """In parts for which a pipe that is ready has room, so that none waits inside the system. An error after some
        is the next call's.
        """
        if self._output < 0 and os.isatty(self.number):  # is ready as soon as there is room for a byte
            with suppress(OSError):  # perhaps another user's
                path = f"/proc/self/fd/{self.number}"
                self._output = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        number = self._output if self._output >= 0 else self.number
        written = 0
        while written < len(data):
            try:
                self._wait(select.POLLOUT, patience)
                written += os.write(number, data[written : written + select.PIPE_BUF])
            except BlockingIOError:  # as in `read`
                if self.flags & NONBLOCK:
                    break
            except (OSError, WasiError):
                if written:
                    break
                raise
        return written

    def _wait(self, events: int, patience: Patience) -> None:
        """Until the stream is ready. Raises WasiError(AGAIN) if it is not, and the program does not want to wait."""
        if not patience.ready(self.number, events, blocking=not self.flags & NONBLOCK):
            raise WasiError(AGAIN)

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
        self._free: list[int] = []  # a heap of numbers below all that were never used
        self._next = max(len(descriptors), 3)

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
        if self._free:
            number = heapq.heappop(self._free)
        else:
            number, self._next = self._next, self._next + 1
        self._open[number] = descriptor
        return number

    def close(self, number: int) -> None:
        self.find(number).close()
        self._forget(number)

    def _forget(self, number: int) -> None:
        del self._open[number]
        if number >= 3:  # the standard streams' numbers are not given again
            heapq.heappush(self._free, number)

    def move(self, source: int, target: int) -> None:
        """`source` becomes `target`, which is closed."""
        moved = self.find(source)
        self.find(target)
        if source != target:
            self.find(target).close()
            self._open[target] = moved
            self._forget(source)

    def close_all(self) -> None:
        for descriptor in self._open.values():
            descriptor.close()
        self._open.clear()
