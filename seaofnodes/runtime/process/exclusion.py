"""Mutual exclusion that no exception can leave behind.

`with lock:` can: an exception between the end of its body and the call that releases it leaves the lock taken. Here
machine code releases it.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from typing import Final, TypeVar

from seaofnodes.runtime.process.blocks import NativeWord
from seaofnodes.runtime.process.native_code import BUSY, call_exclusively, call_hold
from seaofnodes.runtime.process.weak_bag import WeakBag

T = TypeVar("T")

_get_thread = ctypes.pythonapi.PyThreadState_Get
_get_thread.restype = ctypes.c_void_p
_get_thread.argtypes = ()

_SHORTEST: Final = 20e-6  # seconds to wait before the next try
_LONGEST: Final = 2e-3


def this_thread() -> int:
    """The PyThreadState of the calling thread."""
    return _get_thread() or 0


class Waiting:
    """Waits, longer each time, for what another thread has. Ctrl-C ends it."""

    __slots__ = ("_seconds",)

    def __init__(self) -> None:
        self._seconds = _SHORTEST

    def wait(self) -> None:
        time.sleep(self._seconds)
        self._seconds = min(2 * self._seconds, _LONGEST)


def exclusively(owner: int, function: Callable[[], T]) -> T:
    """Call a function while no other thread does so under the same word; a thread that is inside may come in again.

    owner: address of the word, which is 0 while no thread is inside, else the PyThreadState of the thread.
    """
    found: T = call_exclusively(owner, function)
    if found is BUSY:
        waiting = Waiting()
        while (found := call_exclusively(owner, function)) is BUSY:
            waiting.wait()
    return found


def exclusively_if_free(owner: int, function: Callable[[], object]) -> bool:
    """The same, but call nothing while another thread is inside; tells whether it has been called."""
    return call_exclusively(owner, function) is not BUSY


class Mutex:
    """A word for `exclusively`."""

    __slots__ = ("__weakref__", "_owner", "_wanted", "address")

    def __init__(self) -> None:
        self._owner = NativeWord()
        self.address = self._owner.address
        self._wanted = 0.0  # until when others make way for a thread that waits in `hold`
        MUTEXES.add(self)

    def is_inside(self) -> bool:
        """Is the calling thread inside?"""
        return self._owner.value == this_thread()

    def hold(self, patience: float) -> None:
        """Let no other thread come in until `let_go`; wait so many seconds at most for one that is inside."""
        end = self._wanted = time.monotonic() + patience
        waiting = Waiting()
        while not call_hold(self.address) and time.monotonic() < end:
            waiting.wait()
        self._wanted = 0.0

    def let_go(self) -> None:
        """If the calling thread has it."""
        if self.is_inside():
            self._owner.value = 0

    def forget_others(self, thread: int) -> None:
        """In a forked process, which has this thread only, so that no other thread is inside."""
        if self._owner.value != thread:
            self._owner.value = 0

    def run(self, function: Callable[[], T]) -> T:
        """Call a function while no other thread does so."""
        if self._wanted and not self.is_inside():
            self._make_way()
        return exclusively(self.address, function)

    def _make_way(self) -> None:
        waiting = Waiting()
        while self._wanted > time.monotonic():
            waiting.wait()


MUTEXES: Final[WeakBag[Mutex]] = WeakBag()  # all of the process
