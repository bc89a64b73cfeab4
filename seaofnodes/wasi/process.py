"""Calls on the process: arguments, environment, clocks, random numbers, the end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from seaofnodes.errors import Error
from seaofnodes.wasi.errno import FAULT, NOTSUP, WasiError
from seaofnodes.wasi.polling import poll_oneoff

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seaofnodes.wasi.program import Program

_CHUNK: Final = 1 << 16  # bytes: what cannot fit in the memory is not made
_ADDRESSES: Final = 1 << 32


class Exit(Error):
    """The program called proc_exit. Attributes: status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


def _sizes(program: Program, strings: Sequence[bytes], count: int, size: int) -> None:
    program.memory.put(count, "I", len(strings))
    program.memory.put(size, "I", sum(len(string) + 1 for string in strings))


def _strings(program: Program, strings: Sequence[bytes], pointers: int, buffer: int) -> None:
    if buffer + sum(len(string) + 1 for string in strings) > _ADDRESSES:
        raise WasiError(FAULT)
    for number, string in enumerate(strings):
        program.memory.put(pointers + 4 * number, "I", buffer)
        program.memory.write(buffer, string + b"\0")
        buffer += len(string) + 1


def args_sizes_get(program: Program, count: int, size: int) -> None:
    _sizes(program, program.arguments, count, size)


def args_get(program: Program, pointers: int, buffer: int) -> None:
    _strings(program, program.arguments, pointers, buffer)


def environ_sizes_get(program: Program, count: int, size: int) -> None:
    _sizes(program, program.environment, count, size)


def environ_get(program: Program, pointers: int, buffer: int) -> None:
    _strings(program, program.environment, pointers, buffer)


def clock_res_get(program: Program, number: int, result: int) -> None:
    program.memory.put(result, "Q", program.resolution(number))


def clock_time_get(program: Program, number: int, precision: int, result: int) -> None:
    program.memory.put(result, "Q", program.now(number))


def random_get(program: Program, buffer: int, length: int) -> None:
    for at in range(buffer, buffer + length, _CHUNK):
        program.patience.check()
        program.memory.write(at, os.urandom(min(_CHUNK, buffer + length - at)))


def sched_yield(program: Program) -> None:
    os.sched_yield()


def proc_exit(program: Program, status: int) -> None:
    raise Exit(status)


def proc_raise(program: Program, signal: int) -> None:
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
