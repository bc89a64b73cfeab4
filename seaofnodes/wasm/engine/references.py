"""References as words: what wasm holds of Python's objects and of exceptions, and for how long.

A funcref is the address of a function record; groups.py keeps those alive. An externref is a number, whose lowest bits
are EXTERNAL, that stands for a Python object, an exnref the address of an exception's record: both are kept here from
when they enter wasm until the outermost call has returned and no table, global or exception holds them. Where tables
are large, what can go may stay until as many references again have come. In a long call, what no frame holds either
goes when they get many. What an object of the heap holds goes in a collection of the heap; so where there are objects,
the others go then, too, or when there are many.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, TypeVar

from seaofnodes.backend.layout import EXTERNAL
from seaofnodes.runtime.entry.groups import Member
from seaofnodes.runtime.process.exclusion import Mutex
from seaofnodes.runtime.process.weak_bag import WeakBag
from seaofnodes.wasm.engine.tags import ExceptionReference
from seaofnodes.wasm.types import HeapType, RefType

T = TypeVar("T")

_FIRST: Final = 1 << 60 | EXTERNAL  # no address
_CHEAP: Final = 1000  # words that a sweep may look at after every call
CROWD: Final = 10_000  # objects and exceptions before the first sweep during a call


class Holder(Protocol):
    """A table or a global, or words that are on the way to one."""

    def words(self) -> Iterable[int]:
        """The references it holds now."""

    def live_with(self, member: Member) -> None:
        """Objects that it holds may refer to functions: it lives as long as their owners do."""


class Pins:
    """Words that Python is about to store: what they stand for is held as long as this object lives."""

    __slots__ = ("__weakref__", "_buffer", "_places", "_words")

    def __init__(self, buffer: Sequence[int] = (), places: Sequence[int] = ()) -> None:
        """buffer: more words, which may change; places: the indices of those that are references."""
        self._words: list[int] = []
        self._buffer = buffer
        self._places = places

    def add(self, word: int) -> None:
        """Hold one more."""
        self._words.append(word)

    def release(self) -> None:
        """Hold nothing any more."""
        self._words = []
        self._places = ()

    def words(self) -> list[int]:
        """Those that it holds."""
        buffer = self._buffer
        return [*self._words, *[buffer[place] for place in self._places]]

    def live_with(self, member: Member) -> None:
        """It is there for a moment only."""


def top_of(kind: RefType) -> HeapType:
    """The hierarchy that a reference type belongs to."""
    return kind.heap.top if isinstance(kind.heap, HeapType) else kind.heap.above.top


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
        self._next = itertools.count(_FIRST, 4)
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
            elif word & 3 == EXTERNAL:
                self.objects[word] = value
                self._words.setdefault(id(value), word)

    def hold(self, word: int, pins: Pins | None) -> int:
        """The word of an object, which its pins hold."""
        return self._mutex.run(lambda: self._pin(word, pins))

    def hold_buffer(self, buffer: memoryview, places: Sequence[int]) -> Pins:
        """Pins that also hold what some words in a call's buffer stand for: results on their way."""
        pins = Pins(buffer.cast("Q"), places)
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

    def name_of(self, word: int) -> str | None:
        """Of what a word stands for: its class, or None where it is not known, such as a function."""
        found = self.objects.get(word)
        return None if found is None else type(found).__name__

    def is_due(self) -> bool:
        """Is it time to release objects that nothing refers to, while no wasm runs?"""
        return len(self.objects) >= self._due

    def is_crowded(self) -> bool:
        """Is it time to release objects that nothing refers to, while wasm runs?"""
        return len(self.objects) >= self._crowd

    def words(self) -> list[int]:
        """What tables, globals and pins hold."""
        return [word for holder in self.holders.all() for word in holder.words()]

    def payloads(self, words: Iterable[int], seen: set[int]) -> list[int]:
        """What exceptions among the words carry, and those that these carry; but not those in `seen`: they join it."""
        found: list[int] = []
        work = list(words)
        while work:
            word = work.pop()
            exception = self.objects.get(word)
            if isinstance(exception, ExceptionReference) and word not in seen:
                seen.add(word)
                carried = exception.words()
                found += carried
                work += carried
        return found

    def sweep(self, roots: Iterable[int]) -> None:
        """Forget what neither the roots hold nor tables, globals and exceptions."""
        self._mutex.run(functools.partial(self._sweep, [*roots]))

    def sweep_with_objects(self, roots: Iterable[int]) -> None:
        """As `sweep`, after a collection of the heap; that is dear, so the next one is due when there are many."""
        self.sweep(roots)
        self._due = max(self._due, _CHEAP)

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
        self._words = {id(value): word for word, value in live.items() if word & 3 == EXTERNAL}
        self.objects = live
        self._due = 1 if seen <= _CHEAP else 2 * len(live)
        self._crowd = max(CROWD, 2 * len(live))
