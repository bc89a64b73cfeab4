"""Objects are read from globals and tables while other threads put others there and the engine forgets the old ones."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from seaofnodes import EXTERNREF, Engine, Global, Table

SECONDS = 1.5


@pytest.fixture(autouse=True)
def many_switches() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.parametrize("what", ["global", "table"])
def test_reading_beside_writing(what: str) -> None:
    engine = Engine()
    read: Callable[[], object]
    write: Callable[[object], None]
    if what == "global":
        cell = Global(EXTERNREF, object(), mutable=True, engine=engine)
        read = lambda: cell.value  # noqa: E731
        write = lambda value: setattr(cell, "value", value)  # noqa: E731
    else:
        table = Table(1, element=EXTERNREF, engine=engine)
        read, write = lambda: table[0], lambda value: table.__setitem__(0, value)
        write(object())
    end = time.monotonic() + SECONDS
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while time.monotonic() < end:
                write(object())
                engine.runtime.entry.exclusively(lambda: engine.store.references.sweep(()))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    while time.monotonic() < end and not failures:
        assert read() is not None
    for thread in threads:
        thread.join(60)
    assert not failures
