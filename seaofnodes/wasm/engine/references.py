"""References as words: what wasm holds of Python's objects and of exceptions, and for how long.

A funcref is the address of a function record; groups.py keeps those alive. An externref is a number that stands for a
Python object, an exnref the address of an exception's record: both are kept here from when they enter wasm until the
outermost call has returned and no table, global or exception holds them. Where tables are large, what can go may stay
until as many references again have come. In a long call, what no frame holds either goes when they get many.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, TypeVar

from seaofnodes.runtime.process.exclusion import Mutex
from seaofnodes.runtime.process.weak_bag import WeakBag
from seaofnodes.wasm.engine.tags import ExceptionReference
from seaofnodes.wasm.types import FUNC, HeapType, RefType

T = TypeVar("T")

_FIRST: Final = 1 << 60  # no address
_CHEAP: Final = 1000  # words that a sweep may look at after every call
CROWD: Final = 10_000  # objects and exceptions before the first sweep during a call


class Holder(Protocol):
    """A table or a global, or words that are on the way to one."""

    def words(self) -> Iterable[int]:
        """The references it holds now."""


class Pins:
    """Words that Python is about to store: what they stand for is held as long as this object lives."""

    __slots__ = ("__weakref__", "_buffer", "_words")

    def __init__(self, buffer: Sequence[int] = ()) -> None:
        """buffer: more words, which may change and need not be references."""
        self._words: list[int] = []
        self._buffer = buffer

    def add(self, word: int) -> None:
        """Hold one more."""
        self._words.append(word)

    def release(self) -> None:
        """Hold nothing any more."""
        self._words = []
        self._buffer = ()

    def words(self) -> list[int]:
        """Those that it holds."""
        return [*self._words, *self._buffer]


def top_of(kind: RefType) -> HeapType:
    """The hierarchy that a reference type belongs to."""
    return kind.heap.top if isinstance(kind.heap, HeapType) else FUNC


class References:
    """The objects and exceptions that an engine's wasm holds. Any thread may give it more.

    Attributes: objects: by their word; holders: tables and globals that may hold some.
    """

    __slots__ = ("_crowd", "_due", "_mutex", "_next", "_words", "holders", "objects")

    def __init__(self) -> None:
        self.objects: dict[int, object] = {}
        self.holders: WeakBag[Holder] = WeakBag()
        self._mutex = Mutex()
        self._words: dict[int, int] = {}  # by id
        self._next = itertools.count(_FIRST)
        self._due = 1
        self._crowd = CROWD

    def word_of(self, value: object, pins: Pins | None = None) -> int:
        """The word that stands for an object, the same for as long as wasm holds it, or the pins do."""

        def find() -> int:
            word = self._words.get(id(value))
            if word is None:
                word = next(self._next)
                self.objects[word] = value
                self._words[id(value)] = word
            return self._pin(word, pins)

        return self._mutex.run(find)

    def keep_exception(self, exception: ExceptionReference, pins: Pins | None = None) -> int:
        """The word of an exception. What it carries is known again, too."""

        def keep() -> int:
            self._keep(exception)
            return self._pin(exception.address, pins)

        return self._mutex.run(keep)

    def _keep(self, exception: ExceptionReference) -> None:
        self.objects[exception.address] = exception
        for word, value in exception.held():
            if isinstance(value, ExceptionReference):
                self._keep(value)
            elif word >= _FIRST:
                self.objects[word] = value
                self._words.setdefault(id(value), word)

    def hold_buffer(self, buffer: memoryview) -> Pins:
        """Pins that also hold what words in a call's buffer stand for: arguments and results on their way."""
        pins = Pins(buffer.cast("Q"))
        self.holders.add(pins)
        return pins

    def _pin(self, word: int, pins: Pins | None) -> int:
        if pins is not None:
            pins.add(word)
            self.holders.add(pins)
        return word

    def while_kept(self, function: Callable[[], T]) -> T:
        """Call a function that reads a cell and finds what its word stands for; meanwhile nothing is forgotten."""
        return self._mutex.run(function)

    def is_due(self) -> bool:
        """Is it time to release objects that nothing refers to, while no wasm runs?"""
        return len(self.objects) >= self._due

    def is_crowded(self) -> bool:
        """Is it time to release objects that nothing refers to, while wasm runs?"""
        return len(self.objects) >= self._crowd

    def sweep(self, roots: Iterable[int]) -> None:
        """Forget what neither the roots hold nor tables, globals and exceptions."""
        self._mutex.run(functools.partial(self._sweep, [*roots]))

    def _sweep(self, work: list[int]) -> None:
        for holder in self.holders.all():
            work += holder.words()
        seen = len(work) + len(self.objects)
        live: dict[int, object] = {}
        while work:
            word = work.pop()
            if word in live or word not in self.objects:
                continue
            found = live[word] = self.objects[word]
            if isinstance(found, ExceptionReference):
                work += found.words()
        # First the words: an object that is gone must not be found by another's id.
        self._words = {id(value): word for word, value in live.items() if word >= _FIRST}
        self.objects = live
        self._due = 1 if seen <= _CHEAP else 2 * len(live)
        self._crowd = max(CROWD, 2 * len(live))
