"""Stopping work in Python from outside: an exception rises in its thread, wherever it is.

For work that changes nothing but what it makes: decoding, compiling. Passes may be anybody's, so checks now and then
would not do. What must not be is that the exception rises after the work has ended. The ticker's thread finds the
work unfinished and sends the exception in one call of C, under Python's lock; and the end of the work is one, too.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable
from itertools import repeat
from typing import Final

from seaofnodes.runtime.process.importing import importing_threads

_PATIENCE: Final = 3.0  # seconds that a module that is being imported has to come to its end
STUCK: Final = 3.0  # seconds after which what has been sent seems not to rise at all, however busy the machine is
_AGAIN: Final = 0.25  # seconds after which it is sent once more: Python drops what rises in a `__del__`

_send = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)
_drop = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)


class Stopped(BaseException):
    """Ends work that is not wanted any more. No Exception: passes may catch those."""


class Work:
    """Work on the thread that makes this.

    Attributes: threads: its thread, none once it has ended; sent: results of sending; over: has it to stop?; stuck: is
    called once, with the thread's identifier, when it does not stop.
    """

    __slots__ = ("_next", "_sent_first", "_since", "over", "sent", "stuck", "threads")

    def __init__(self, over: Callable[[], bool], stuck: Callable[[int], None] | None = None) -> None:
        self.threads = [threading.get_ident()]
        self.sent: list[int] = []
        self.over = over
        self.stuck = stuck
        self._sent_first = 0.0
        self._next = 0.0
        self._since = 0.0  # when it was over first

    def stop_if_over(self) -> None:
        """On the ticker's thread."""
        now = time.monotonic()
        if now >= self._next and self.over():
            self._since = self._since or now
            if now < self._since + _PATIENCE and not importing_threads().isdisjoint(self.threads):
                return
            self._next = now + _AGAIN
            self.sent.extend(map(_send, self.threads, repeat(Stopped)))
            self._sent_first = self._sent_first or now
            if self.stuck is not None and now >= self._sent_first + STUCK:
                stuck, self.stuck = self.stuck, None
                for thread in self.threads.copy():
                    stuck(thread)


class Works:
    """There is one, WORKS: what is to be stopped when it is over."""

    def __init__(self) -> None:
        self._works: dict[int, Work] = {}

    def add(self, work: Work) -> None:
        self._works[id(work)] = work

    def stop_what_is_over(self) -> bool:
        """On the ticker's thread; is there any work?"""
        for key, work in self._works.copy().items():
            if work.threads:
                work.stop_if_over()
            else:
                self._works.pop(key, None)  # another ticker may have come before, about to end
        return bool(self._works)

    def keep_own(self) -> None:
        """In a forked process, which has this thread only."""
        me = threading.get_ident()
        self._works = {key: work for key, work in self._works.items() if work.threads == [me]}


WORKS: Final = Works()
os.register_at_fork(after_in_child=WORKS.keep_own)


def drop_what_was_sent() -> None:
    """Nothing that was sent to this thread and has not risen yet will rise."""
    _drop(threading.get_ident(), None)
