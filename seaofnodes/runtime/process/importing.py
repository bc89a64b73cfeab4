"""Which threads import modules just now: what is done to them then leaves a lock of Python's import system taken."""

from __future__ import annotations

import _frozen_importlib
import _imp
import sys
import threading
import time
from contextlib import suppress
from itertools import starmap
from typing import Any, Final

_PAUSE: Final = 0.0005  # seconds
_LOOKS: Final = 20  # before imports inside of imports may begin
_SOON: Final = 0.05  # seconds in which who has made a lock takes it


def importing_threads() -> set[int]:
    """Their identities, as `threading.get_ident` gives them."""
    return {owner for lock in _locks() if isinstance(owner := getattr(lock, "owner", None), int)}


def _locks() -> list[Any]:
    """Those of modules that are being imported, or about to be."""
    references = tuple(getattr(_frozen_importlib, "_module_locks", {}).values())
    return [lock for reference in references if (lock := reference()) is not None]


def _is_anybody_importing(me: int, about_to: bool) -> bool:
    """Does another thread import, or is it about to? Locks of threads that have ended are left over, as may be those
    that nobody has, in a traceback.
    """
    alive = sys._current_frames()
    owners = [getattr(lock, "owner", me) for lock in _locks()]
    return any(about_to if owner is None else owner != me and owner in alive for owner in owners)


class ImportsHeld:
    """No other thread imports, from `hold` to `let_go`: for a fork, in whose child a lock taken would stay taken.

    The lock of the whole import system guards making the locks of modules only, so it is to be had while another thread
    imports; but nobody begins while it is taken.
    """

    def __init__(self) -> None:
        self._taken: list[object] = []

    def hold(self, patience: float) -> None:
        """Wait so many seconds at most until other threads have done with their imports, and let none begin."""
        start = time.monotonic()
        me, end, soon = threading.get_ident(), start + patience, start + _SOON
        while True:
            self._taken.extend(starmap(_imp.acquire_lock, ((),)))  # in one step: an exception cannot come between
            for _ in range(_LOOKS):
                now = time.monotonic()
                if now > end or not _is_anybody_importing(me, now < soon):
                    return
                time.sleep(_PAUSE)
            self.let_go()
            time.sleep(_PAUSE)

    def let_go(self) -> None:
        """Also in a forked process, whose thread has the lock as its parent's has."""
        with suppress(RuntimeError):  # an exception came between these two
            while self._taken:
                _imp.release_lock()
                self._taken.pop()
