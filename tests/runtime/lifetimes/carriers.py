"""Python objects that hold things of an engine, and use them when they die."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Generator
from typing import Any, Final

from tests.runtime.lifetimes.modules import op
from tests.runtime.lifetimes.use import notes, use_safely

_MOST_OBSERVED: Final = 30  # events: using an engine makes more of them


class Plugin:
    """An object whose methods are host functions, and whose `__del__` uses what it holds.

    Attributes: held: anything; action: of `__del__`; during, when: what the host function does when it is called with
    `when`, once at a time; on_event: what it does as an observer.
    """

    def __init__(self, action: str, when: int) -> None:
        self.held: list[object] = []
        self.action = action
        self.when = when
        self.during: Callable[[], None] | None = None
        self.on_event = "nothing"
        self.busy = False
        self.observed = 0

    def host(self, x: int) -> int:
        if x == self.when and self.during is not None and not self.busy:
            self.busy = True
            try:
                self.during()
            finally:
                self.busy = False
        return x + 1

    def op(self, a: int, b: int) -> int:
        return op(a, b)

    def see(self, value: object) -> object:
        return value

    def observe(self, event: object) -> None:
        """What it does may make more events, on other threads too."""
        self.observed += 1
        if not self.busy and self.observed <= _MOST_OBSERVED:
            self.busy = True
            try:
                use_safely(self.held, self.on_event, "an observer")
            finally:
                self.busy = False

    def imports(self) -> dict[str, Any]:
        return {"host": self.host, "op": self.op, "see": self.see}

    def __del__(self, use: Callable[..., None] = use_safely) -> None:
        use(self.held, self.action, "__del__", self)


class Owner:
    """An object that only holds, and can be referred to weakly."""

    def __init__(self) -> None:
        self.held: list[object] = []


def suspended(held: list[object], action: str) -> Generator[int, None, None]:
    """A generator that waits in a `try` with a `finally` that uses what it holds; already begun."""

    def body() -> Generator[int, None, None]:
        try:
            yield 1
            yield 2
        finally:
            use_safely(held, action, "a generator's finally")

    found = body()
    next(found)
    return found


def finalizer(target: object, held: list[object], action: str) -> weakref.finalize[Any, Any]:
    """A callback that uses what it holds when the target dies, also at interpreter exit."""
    return weakref.finalize(target, use_safely, held, action, "weakref.finalize")


def callback(target: object, held: list[object], action: str) -> weakref.ref[Any]:
    """A weak reference that uses what it holds when the target dies before it."""
    return weakref.ref(target, lambda _: use_safely(held, action, "a weak reference's callback"))


class Worker:
    """A thread that uses things now and then, holds them in its locals, and lets them go when it ends."""

    def __init__(self, held: list[object], action: str, turns: int, local: bool) -> None:
        self._held = held
        self._action = action
        self._turns = turns
        self._local = local
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        here = threading.local()
        if self._local:
            here.held = list(self._held)
        held = self._held
        del self._held
        for _ in range(self._turns):
            use_safely(held, self._action, "a thread")
        self._stop.wait(20)

    def end(self) -> None:
        self._stop.set()
        self._thread.join(20)
        if self._thread.is_alive():
            notes.fail("a thread does not end")
