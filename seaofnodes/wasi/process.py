"""Calls on the process: arguments, environment, clocks, random numbers, waiting, the end."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING, Final

from seaofnodes.errors import Error
from seaofnodes.wasi.errno import BADF, INVAL, NOTSUP, WasiError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seaofnodes.wasi.host import Wasi

_CLOCKS: Final = (
    time.CLOCK_REALTIME,
    time.CLOCK_MONOTONIC,
    time.CLOCK_PROCESS_CPUTIME_ID,
    time.CLOCK_THREAD_CPUTIME_ID,
)
_CHUNK: Final = 1 << 16  # bytes: what cannot fit in the memory is not made
_LONG: Final = 86400.0 * 365  # seconds: the system waits no longer than some years
_CLOCK, _READ, _WRITE = 0, 1, 2  # kinds of subscriptions


class Exit(Error):
    """The program called proc_exit. Attributes: status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


def clock(number: int) -> int:
    """The system's clock of that number. Raises WasiError(INVAL)."""
    if number >= len(_CLOCKS):
        raise WasiError(INVAL)
    return _CLOCKS[number]


def _sizes(wasi: Wasi, strings: Sequence[bytes], count: int, size: int) -> None:
    wasi.memory.put(count, "I", len(strings))
    wasi.memory.put(size, "I", sum(len(string) + 1 for string in strings))


def _strings(wasi: Wasi, strings: Sequence[bytes], pointers: int, buffer: int) -> None:
    for number, string in enumerate(strings):
        wasi.memory.put(pointers + 4 * number, "I", buffer)
        wasi.memory.write(buffer, string + b"\0")
        buffer += len(string) + 1


def args_sizes_get(wasi: Wasi, count: int, size: int) -> None:
    _sizes(wasi, wasi.arguments, count, size)


def args_get(wasi: Wasi, pointers: int, buffer: int) -> None:
    _strings(wasi, wasi.arguments, pointers, buffer)


def environ_sizes_get(wasi: Wasi, count: int, size: int) -> None:
    _sizes(wasi, wasi.environment, count, size)


def environ_get(wasi: Wasi, pointers: int, buffer: int) -> None:
    _strings(wasi, wasi.environment, pointers, buffer)


def clock_res_get(wasi: Wasi, number: int, result: int) -> None:
    wasi.memory.put(result, "Q", max(int(time.clock_getres(clock(number)) * 1e9), 1))


def clock_time_get(wasi: Wasi, number: int, precision: int, result: int) -> None:
    wasi.memory.put(result, "Q", wasi.now(number))


def random_get(wasi: Wasi, buffer: int, length: int) -> None:
    for at in range(buffer, buffer + length, _CHUNK):
        wasi.memory.write(at, os.urandom(min(_CHUNK, buffer + length - at)))


def sched_yield(wasi: Wasi) -> None:
    os.sched_yield()


def proc_exit(wasi: Wasi, status: int) -> None:
    raise Exit(status)


def proc_raise(wasi: Wasi, signal: int) -> None:
    raise WasiError(NOTSUP)


def poll_oneoff(wasi: Wasi, subscriptions: int, events: int, count: int, result: int) -> None:
    """Wait for the first of several things: a time, input, room for output."""
    if count == 0:
        raise WasiError(INVAL)
    deadline: int | None = None
    clocks: list[tuple[int, int]] = []  # when (monotonic), user data
    waiting: list[tuple[int, int, int, int]] = []  # user data, kind, descriptor, number of the system
    done: list[tuple[int, int, int]] = []  # user data, error, kind
    for at in range(subscriptions, subscriptions + 48 * count, 48):
        user, kind = wasi.memory.get(at, "QB")
        if kind == _CLOCK:
            number, timeout, _, flags = wasi.memory.get(at + 16, "IxxxxQQH")
            clock(number)
            wait = max(timeout - wasi.now(number), 0) if flags & 1 else timeout
            clocks.append((wasi.now(1) + wait, user))
        elif kind in (_READ, _WRITE):
            (fd,) = wasi.memory.get(at + 16, "I")
            try:
                found = wasi.table.find(fd)
            except WasiError:
                done.append((user, BADF, kind))
                continue
            if found.number < 0 or found.type == 4:
                done.append((user, 0, kind))  # files, and streams in Python, are always ready
            else:
                waiting.append((user, kind, fd, found.number))
        else:
            raise WasiError(INVAL)
    deadline = min((when for when, _ in clocks), default=None)
    if not done:
        seconds = None if deadline is None else min(max(deadline - wasi.now(1), 0) / 1e9, _LONG)
        readable = [number for _, kind, _, number in waiting if kind == _READ]
        writable = [number for _, kind, _, number in waiting if kind == _WRITE]
        if readable or writable:
            ready = set(select.select(readable, [], [], seconds)[0]) if not writable else None
            if ready is None:
                first, second, _ = select.select(readable, writable, [], seconds)
                ready = {*first, *second}
            done += [(user, 0, kind) for user, kind, _, number in waiting if number in ready]
        elif seconds is not None:
            time.sleep(seconds)
    now = wasi.now(1)
    done += [(user, 0, _CLOCK) for when, user in clocks if when <= now]
    for number, (user, error, kind) in enumerate(done):
        wasi.memory.put(events + 32 * number, "QHBxxxxxQHxxxxxx", user, error, kind, 1 if kind else 0, 0)
    wasi.memory.put(result, "I", len(done))


CALLS: Final[dict[str, tuple[Callable[..., None], str]]] = {
    "args_get": (args_get, "ii"),
    "args_sizes_get": (args_sizes_get, "ii"),
    "environ_get": (environ_get, "ii"),
    "environ_sizes_get": (environ_sizes_get, "ii"),
    "clock_res_get": (clock_res_get, "ii"),
    "clock_time_get": (clock_time_get, "iIi"),
    "poll_oneoff": (poll_oneoff, "iiii"),
    "proc_exit": (proc_exit, "i"),
    "proc_raise": (proc_raise, "i"),
    "random_get": (random_get, "ii"),
    "sched_yield": (sched_yield, ""),
}
