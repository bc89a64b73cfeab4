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
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from seaofnodes.errors import Error
from seaofnodes.runtime.entry.groups import Member, join
from seaofnodes.runtime.process.exclusion import Mutex
from seaofnodes.runtime.process.weak_bag import WeakBag
from seaofnodes.wasm.engine.function import Function
from seaofnodes.wasm.engine.tags import ExceptionReference
from seaofnodes.wasm.subtyping import matches
from seaofnodes.wasm.types import EXN, EXTERN, FUNC, HeapType, RefType, reference

if TYPE_CHECKING:
    from seaofnodes.wasm.engine.store import Store

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


class Bound(Protocol):
    """What belongs to an engine from its first use on."""

    store: Store | None


class HasStore(Protocol):
    """An engine."""

    @property
    def store(self) -> Store:
        """What its instances share."""


_binding: Final = Mutex()  # of the process: two engines may want the same table


def bind(what: Bound, store: Store) -> Store:
    """The store that it belongs to: this one, if it had none."""

    def first() -> Store:
        if what.store is None:
            what.store = store
        return what.store

    return _binding.run(first)


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


def top_of(kind: RefType) -> HeapType:
    """The hierarchy that a reference type belongs to."""
    return kind.heap.top if isinstance(kind.heap, HeapType) else FUNC


def to_word(
    store: Store,
    value: object,
    kind: RefType,
    what: str,
    receiver: Member | None = None,
    pins: Pins | None = None,
) -> int:
    """The word of a Python value as that type; None is null. receiver: who gets it; pins: what holds it until then.

    Raises TypeError for an unsuitable value; `what` names it.
    """
    if value is None:
        if not kind.nullable:
            raise TypeError(f"{what} is None; {kind} is never null")
        return 0
    top = top_of(kind)
    if top is EXTERN and kind.heap is EXTERN:
        return store.references.word_of(value, pins)
    if top is FUNC and isinstance(value, Function):
        if value.store is not store:
            raise TypeError(f"{what} is a function of another engine")
        if matches(reference(value.type, False), kind):
            if receiver is not None and value.owner is not None:
                join(receiver, value.owner)
            return value.record
    if top is EXN and kind.heap is EXN and isinstance(value, ExceptionReference):
        if not value.is_of(store):
            raise TypeError(f"{what} is an exception of another engine")
        return store.references.keep_exception(value, pins)
    takes = {EXTERN: "None", FUNC: "a function of an instance, of that type, or None", EXN: "an exception or None"}
    raise TypeError(f"{what} is {value!r}; {kind} takes {takes.get(top, 'None')}")


def from_word(store: Store, word: int, kind: RefType) -> object:
    """The Python value of a word."""
    if word == 0:
        return None
    if top_of(kind) is FUNC:
        return store.function_at(word)
    try:
        found = store.references.objects[word]
    except KeyError:  # while Python's collector finalizes a table, only what that reaches is certain
        raise Error("the object is gone: what held it is being finalized") from None
    if isinstance(found, ExceptionReference) and top_of(kind) is EXN:
        found.values(store)
    return found
