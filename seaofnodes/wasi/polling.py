"""The call poll_oneoff: waiting for the first of several things."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Final

from seaofnodes.wasi.errno import BADF, INVAL, SUCCESS, WasiError

if TYPE_CHECKING:
    from seaofnodes.wasi.program import Program

_LONG: Final = 86400.0 * 365  # seconds: the system waits no longer than some years
_MOST: Final = 1 << 14  # subscriptions of one call
_CLOCK, _READ, _WRITE = 0, 1, 2  # kinds of subscriptions
_ABSOLUTE: Final = 1  # flag of a clock
_HANGUP: Final = 1  # flag of an event
_EVENTS: Final = {_READ: select.POLLIN, _WRITE: select.POLLOUT}
_ENDED: Final = select.POLLHUP | select.POLLERR  # a read or write would not wait: it would fail, or give the end


def poll_oneoff(program: Program, subscriptions: int, events: int, count: int, result: int) -> None:
    """Wait for the first of several things: a time, input, room for output."""
    if not 0 < count <= _MOST:
        raise WasiError(INVAL)
    clocks: list[tuple[int, int]] = []  # when (monotonic), user data
    waiting: list[tuple[int, int, int]] = []  # user data, kind, descriptor of the system
    done: list[tuple[int, int, int, int]] = []  # user data, error, kind, flags
    for at in range(subscriptions, subscriptions + 48 * count, 48):
        user, kind = program.memory.get(at, "QB")
        if kind == _CLOCK:
            number, timeout, _, flags = program.memory.get(at + 16, "IxxxxQQH")
            now = program.now(number)
            clocks.append((program.now(1) + (max(timeout - now, 0) if flags & _ABSOLUTE else timeout), user))
        elif kind in _EVENTS:
            (fd,) = program.memory.get(at + 16, "I")
            try:
                found = program.table.find(fd)
            except WasiError:
                done.append((user, BADF, kind, 0))
                continue
            if found.is_stream:
                waiting.append((user, kind, found.number))
            else:
                done.append((user, SUCCESS, kind, 0))  # files, and streams in Python, are always ready
        else:
            raise WasiError(INVAL)
    deadline = min((when for when, _ in clocks), default=None)
    seconds = 0.0 if done else None if deadline is None else min(max(deadline - program.now(1), 0) / 1e9, _LONG)
    done += _wait(program, waiting, seconds)
    now = program.now(1)
    done += [(user, SUCCESS, _CLOCK, 0) for when, user in clocks if when <= now]
    for number, (user, error, kind, flags) in enumerate(done):
        program.memory.put(events + 32 * number, "QHBxxxxxQHxxxxxx", user, error, kind, 1 if kind else 0, flags)
    program.memory.put(result, "I", len(done))


def _wait(
    program: Program, waiting: list[tuple[int, int, int]], seconds: float | None
) -> list[tuple[int, int, int, int]]:
    """What is ready, as (user data, error, kind, flags)."""
    if not waiting:
        if seconds is not None:
            program.patience.sleep(seconds)
        return []
    wanted: dict[int, int] = {}
    for _, kind, number in waiting:
        wanted[number] = wanted.get(number, 0) | _EVENTS[kind]
    ready = program.patience.poll(wanted, seconds)
    found = []
    for user, kind, number in waiting:
        came = ready.get(number, 0)
        if came & select.POLLNVAL:
            found.append((user, BADF, kind, 0))
        elif came & (_EVENTS[kind] | _ENDED):
            found.append((user, SUCCESS, kind, _HANGUP if came & select.POLLHUP else 0))
    return found
