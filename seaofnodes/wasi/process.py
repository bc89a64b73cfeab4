"""Calls on the process: arguments, environment, clocks, random numbers, the end."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from seaofnodes.errors import Error
from seaofnodes.wasi.errno import FAULT, INVAL, NOTSUP, WasiError
from seaofnodes.wasi.polling import poll_oneoff

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
_ADDRESSES: Final = 1 << 32


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
    if buffer + sum(len(string) + 1 for string in strings) > _ADDRESSES:
        raise WasiError(FAULT)
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
        wasi.patience.check()
        wasi.memory.write(at, os.urandom(min(_CHUNK, buffer + length - at)))


def sched_yield(wasi: Wasi) -> None:
    os.sched_yield()


def proc_exit(wasi: Wasi, status: int) -> None:
    raise Exit(status)


def proc_raise(wasi: Wasi, signal: int) -> None:
    raise WasiError(NOTSUP)


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
