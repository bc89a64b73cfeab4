"""The protocol of iterators (ECMA-262, 7.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.operations.access import get_method, get_v
from seaofnodes.javascript.operations.conversions import to_boolean
from seaofnodes.javascript.operations.errors import describe, describe_call_site, type_error


@dataclass(slots=True)
class IteratorRecord:
    """iterator, next: words, which whoever has the record must hold; done: may `next` not be called any more?"""

    iterator: int
    next: int
    done: bool = False


def get_iterator(iso: Isolate, value: int) -> IteratorRecord:
    """The iterator of a value. Throws TypeError if it has none."""
    nothing = value == iso.undefined or value == iso.null
    method = iso.undefined if nothing else get_v(iso, value, iso.symbols.iterator)
    if not iso.is_callable(method):
        reason = "cannot read property Symbol(Symbol.iterator)"
        type_error(iso, f"{describe_call_site(iso, value)} is not iterable ({reason})")
    return get_iterator_from_method(iso, value, method)


def get_iterator_from_method(iso: Isolate, value: int, method: int) -> IteratorRecord:
    """The iterator that a method gives."""
    iterator = iso.call(method, value, [])
    if not iso.is_object(iterator):
        type_error(iso, "Result of the Symbol.iterator method is not an object")
    return get_iterator_direct(iso, iterator)


def get_iterator_direct(iso: Isolate, iterator: int) -> IteratorRecord:
    """The record of an object that is an iterator."""
    return IteratorRecord(iterator, properties.get(iso, iterator, iso.name("next")))


def iterator_step(iso: Isolate, record: IteratorRecord) -> int | None:
    """The next value; None: there is none. What `next` and the result throw makes the iterator done."""
    record.done = True
    step = iso.shared_of(record.next).step if iso.kind(record.next) == Kind.JS_FUNCTION else None
    if step is not None:
        found = step(iso, record.iterator)
        record.done = found is None
        return found
    if not iso.is_callable(record.next):
        type_error(iso, f"{describe_call_site(iso, record.next)} is not a function")
    result = iso.call(record.next, record.iterator, [])
    if not iso.is_object(result):
        type_error(iso, f"Iterator result {describe(iso, result)} is not an object")
    if to_boolean(iso, properties.get(iso, result, iso.name("done"))):
        return None
    value = properties.get(iso, result, iso.name("value"))
    record.done = False
    return value


def iterator_close(iso: Isolate, record: IteratorRecord, throwing: bool = False) -> None:
    """Call `return`, if there is one. throwing: an exception is under way, which counts more than what that throws."""
    iterator = record.iterator
    record.done = True
    try:
        method = get_method(iso, iterator, iso.name("return"))
        if method is None:
            return
        result = iso.call(method, iterator, [])
    except Throw:
        if throwing:
            return
        raise
    if not throwing and not iso.is_object(result):
        type_error(iso, f"Iterator result {describe(iso, result)} is not an object")


class Iteration:
    """The values of an iterator, for a loop of Python; as a context manager it closes the iterator if the loop is left
    early. What a step leaves in `held` is its value alone.
    """

    def __init__(self, iso: Isolate, record: IteratorRecord) -> None:
        self.iso = iso
        self.record = record
        iso.held += [record.iterator, record.next]

    def __iter__(self) -> Iterator[int]:
        iso = self.iso
        while True:
            mark = len(iso.held)
            value = iterator_step(iso, self.record)
            if value is None:
                return
            del iso.held[mark:]
            iso.held.append(value)
            yield value

    def __enter__(self) -> Iteration:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self.record.done and (error is None or isinstance(error, Throw)):
            if error is not None:
                assert isinstance(error, Throw)
                self.iso.held.append(error.word)
            iterator_close(self.iso, self.record, error is not None)


def iterate(iso: Isolate, value: int) -> Iteration:
    """`with iterate(iso, value) as values: for word in values: ...`"""
    return Iteration(iso, get_iterator(iso, value))


def create_iter_result(iso: Isolate, value: int, done: bool) -> int:
    """`{value, done}`"""
    return factory.new_with(iso, (("value", value), ("done", iso.boolean(done))))


def iterable_to_list(iso: Isolate, value: int) -> list[int]:
    """All values of an iterable, which stay in `held`."""
    found: list[int] = []
    with iterate(iso, value) as values:
        for word in values:
            found.append(word)
    return found
