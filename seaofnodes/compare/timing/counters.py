"""What the processor counts while code runs, through Linux's perf_event_open."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

T = TypeVar("T")

_SYSTEM_CALL: Final = 298  # perf_event_open on x86-64
_ATTRIBUTES: Final = struct.Struct("<IIQQQQQIIQQQQIIQIHH")  # struct perf_event_attr up to version 5
_FORMAT: Final = 1 | 2 | 8  # time enabled, time running, all of the group in one read
_FLAGS: Final = 1 | 1 << 5 | 1 << 6  # disabled at first; without the kernel and the hypervisor
_ENABLE, _DISABLE, _RESET = 0x2400, 0x2401, 0x2403
_WHOLE_GROUP: Final = 1
_CLOSE_ON_EXEC: Final = 8

HARDWARE: Final = 0
EVENTS: Final = {
    "instructions": (HARDWARE, 1),
    "cycles": (HARDWARE, 0),
    "branches": (HARDWARE, 4),
    "branch misses": (HARDWARE, 5),
    "cache misses": (HARDWARE, 3),
}

_libc: Final = ctypes.CDLL(None, use_errno=True)


class Counters:
    """Counts events of the calling thread, in user mode. Use as a context, or `close`.

    Attributes: names: of the events that there are, in order; missing: why there are none, or "".
    """

    def __init__(self, events: dict[str, tuple[int, int]] | None = None) -> None:
        """events: by name, type and number as in linux/perf_event.h; the first one leads: without it there are none."""
        self.names: list[str] = []
        self.missing = ""
        self._files: list[int] = []
        for name, (kind, number) in (EVENTS if events is None else events).items():
            try:
                self._files.append(_open(kind, number, self._files[0] if self._files else -1))
            except OSError as error:
                if not self._files:
                    self.missing = f"this machine counts no {name} (perf_event_open: {error.strerror})"
                    break
            else:
                self.names.append(name)

    def count(self, function: Callable[[], T]) -> tuple[T, list[float]]:
        """What a function gives, and what happened meanwhile, in the order of `names`.

        Where several programs share the counters, each number is scaled to the whole time; [] when nothing was counted.
        """
        if not self._files:
            return function(), []
        self._control(_RESET)
        self._control(_ENABLE)
        try:
            found = function()
        finally:
            self._control(_DISABLE)
        return found, self._read()

    def _control(self, request: int) -> None:
        if _libc.ioctl(self._files[0], ctypes.c_ulong(request), _WHOLE_GROUP) != 0:
            raise OSError(ctypes.get_errno(), "cannot control the hardware's counters")

    def _read(self) -> list[float]:
        size = 8 * (3 + len(self._files))
        count, enabled, running, *values = struct.unpack(f"<{size // 8}Q", os.read(self._files[0], size))
        assert count == len(self._files)
        return [value * enabled / running for value in values] if running else []

    def close(self) -> None:
        """Give the counters back."""
        for file in self._files:
            with suppress(OSError):
                os.close(file)
        self._files = []

    def __enter__(self) -> Counters:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open(kind: int, number: int, leader: int) -> int:
    """A counter of this thread, on whichever processor. Raises OSError."""
    flags = _FLAGS if leader < 0 else _FLAGS & ~1  # the others go with the first
    size = _ATTRIBUTES.size
    given = _ATTRIBUTES.pack(kind, size, number, 0, 0, _FORMAT, flags, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    buffer = ctypes.create_string_buffer(given, size)
    file = int(_libc.syscall(_SYSTEM_CALL, buffer, 0, -1, leader, ctypes.c_ulong(_CLOSE_ON_EXEC)))
    if file < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return file


def medians(runs: Sequence[Sequence[float]]) -> list[float]:
    """Of each event, over runs that were counted."""
    known = sorted(len(run) for run in runs)
    if not known or not known[-1]:
        return []
    columns = zip(*(run for run in runs if run), strict=True)
    return [sorted(column)[len(column) // 2] for column in columns]
