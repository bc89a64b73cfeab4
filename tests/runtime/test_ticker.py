"""The thread that looks after running code: it stays as long as some runs, whatever happens beside."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator

import pytest

from seaofnodes import Engine, TimeLimitError
from seaofnodes.runtime.code.space import SPACES, CodeSpace
from seaofnodes.runtime.entry.context import CONTEXT_BEGIN
from seaofnodes.runtime.entry.ticker import TICKER
from seaofnodes.runtime.process.weak_bag import WeakBag
from tests.support import wat

TEXT = '(module (func (export "loop") (loop (br 0))) (func (export "fine") (result i32) (i32.const 42)))'


class Cycle:
    """Garbage that only Python's collector takes away."""

    def __init__(self) -> None:
        self.me = self


def test_a_collection_while_a_bag_is_looked_through() -> None:
    """Whichever of the objects that looking through it makes starts the collection."""
    before = gc.get_threshold()
    gc.collect()
    gc.disable()
    try:
        for allocation in range(30):
            bag: WeakBag[Cycle] = WeakBag()
            for _ in range(100):
                bag.add(Cycle())
            gc.set_threshold(gc.get_count()[0] + allocation)
            gc.enable()
            bag.all()
            gc.disable()
    finally:
        gc.set_threshold(*before)
        gc.enable()


def wait_until_it_has_left() -> None:
    end = time.monotonic() + 30
    while TICKER._thread is not None:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_call_while_it_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that begins and ends while the thread is about to end leaves it nothing: the next one starts another."""
    instance = Engine(tier="baseline").instantiate(wat(TEXT))
    space = instance.data.code.tiers.entry.space
    called: list[int] = []

    def spaces(bag: object, all: Callable[[], list[CodeSpace]] = SPACES.all) -> Iterator[CodeSpace]:
        yield from all()
        if not called and space.load_word(space.context + CONTEXT_BEGIN):
            called.append(instance.exports["fine"]())

    wait_until_it_has_left()
    assert instance.exports["fine"]() == 42
    assert TICKER._thread is not None
    monkeypatch.setattr("seaofnodes.runtime.process.weak_bag.WeakBag.all", spaces)
    wait_until_it_has_left()
    assert called == [42]
    assert instance.exports["fine"]() == 42
    assert TICKER._thread is not None


def test_no_memory_for_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = Engine(tier="baseline", time_limit=0.3).instantiate(wat(TEXT))
    failures: list[int] = []

    def spaces(bag: object, all: Callable[[], list[CodeSpace]] = SPACES.all) -> list[CodeSpace]:
        if len(failures) < 3:
            failures.append(1)
            raise MemoryError
        return all()

    monkeypatch.setattr("seaofnodes.runtime.process.weak_bag.WeakBag.all", spaces)
    with pytest.raises(TimeLimitError):
        instance.exports["loop"]()
    assert len(failures) == 3
