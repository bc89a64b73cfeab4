"""References as words: what wasm holds of Python's objects and of exceptions, and for how long.

A funcref is the address of a function record; groups.py keeps those alive. An externref is a number that stands for a
Python object, an exnref the address of an exception's record: both are kept here from when they enter wasm until the
outermost call has returned and no table, global or exception holds them. Where tables are large, what can go may stay
until as many references again have come. In a long call, what no frame holds either goes when they get many.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol

from seaofnodes.runtime.function import Function
from seaofnodes.runtime.groups import Member, join
from seaofnodes.runtime.tags import ExceptionReference
from seaofnodes.wasm.subtyping import matches
from seaofnodes.wasm.types import EXN, EXTERN, FUNC, HeapType, RefType, reference

if TYPE_CHECKING:
    from seaofnodes.runtime.state import EngineState

_FIRST: Final = 1 << 60  # no address
_CHEAP: Final = 1000  # words that a sweep may look at after every call
CROWD: Final = 10_000  # objects and exceptions before the first sweep during a call


class Holder(Protocol):
    """A table or a global."""

    def words(self) -> Iterable[int]:
        """The references it holds now."""


class References:
    """The objects and exceptions that an engine's wasm holds.

    Attributes: objects: by their word; holders: tables and globals that may hold some.
    """

    __slots__ = ("_crowd", "_due", "_next", "_words", "holders", "objects")

    def __init__(self) -> None:
        self.objects: dict[int, object] = {}
        self.holders: weakref.WeakSet[Holder] = weakref.WeakSet()
        self._words: dict[int, int] = {}  # by id
        self._next = _FIRST
        self._due = 1
        self._crowd = CROWD

    def word_of(self, value: object) -> int:
        """The word that stands for an object, the same for as long as wasm holds it."""
        word = self._words.get(id(value))
        if word is None:
            word = self._next
            self._next += 1
            self.objects[word] = value
            self._words[id(value)] = word
        return word

    def keep_exception(self, exception: ExceptionReference) -> int:
        """The word of an exception. What it carries is known again, too."""
        self.objects[exception.address] = exception
        for word, value in exception.held():
            if isinstance(value, ExceptionReference):
                self.keep_exception(value)
            elif word >= _FIRST:
                self.objects[word] = value
                self._words.setdefault(id(value), word)
        return exception.address

    def after_call(self) -> None:
        """No wasm runs: forget what nobody holds."""
        if len(self.objects) >= self._due:
            self.sweep(())

    def is_crowded(self) -> bool:
        """Is it time to forget what nobody holds, although wasm runs?"""
        return len(self.objects) >= self._crowd

    def sweep(self, roots: Iterable[int]) -> None:
        """Forget what neither the roots hold nor tables, globals and exceptions."""
        work = [*roots]
        for holder in self.holders:
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
        self.objects = live
        self._words = {id(value): word for word, value in live.items() if word >= _FIRST}
        self._due = 1 if seen <= _CHEAP else 2 * len(live)
        self._crowd = max(CROWD, 2 * len(live))


def top_of(kind: RefType) -> HeapType:
    """The hierarchy that a reference type belongs to."""
    return kind.heap.top if isinstance(kind.heap, HeapType) else FUNC


def to_word(engine: EngineState, value: object, kind: RefType, what: str, receiver: Member | None = None) -> int:
    """The word of a Python value as that type; None is null. receiver: who gets it.

    Raises TypeError for an unsuitable value; `what` names it.
    """
    if value is None:
        if not kind.nullable:
            raise TypeError(f"{what} is None; {kind} is never null")
        return 0
    top = top_of(kind)
    if top is EXTERN and kind.heap is EXTERN:
        return engine.references.word_of(value)
    if top is FUNC and isinstance(value, Function):
        if value.engine is not engine:
            raise TypeError(f"{what} is a function of another engine")
        if matches(reference(value.type, False), kind):
            if receiver is not None and value.owner is not None:
                join(receiver, value.owner)
            return value.record
    if top is EXN and kind.heap is EXN and isinstance(value, ExceptionReference):
        if not value.is_of(engine):
            raise TypeError(f"{what} is an exception of another engine")
        return engine.references.keep_exception(value)
    takes = {EXTERN: "None", FUNC: "a function of an instance, of that type, or None", EXN: "an exception or None"}
    raise TypeError(f"{what} is {value!r}; {kind} takes {takes.get(top, 'None')}")


def from_word(engine: EngineState, word: int, kind: RefType) -> object:
    """The Python value of a word."""
    if word == 0:
        return None
    if top_of(kind) is FUNC:
        return engine.function_at(word)
    found = engine.references.objects[word]
    if isinstance(found, ExceptionReference) and top_of(kind) is EXN:
        found.values(engine)
    return found
