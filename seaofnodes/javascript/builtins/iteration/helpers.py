"""The iterators that map, filter, take, drop and flatMap return (ECMA-262, sections 27.1.2 and 27.1.4)."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from math import inf

from seaofnodes.javascript.builtins.iteration.iterator_constructor import get_iterator_flattenable
from seaofnodes.javascript.builtins.refusals import incompatible
from seaofnodes.javascript.builtins.table import Group, Method, tag
from seaofnodes.javascript.objects.factory import new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import (
    HELPER_CALLBACK,
    HELPER_COUNT,
    HELPER_INNER,
    HELPER_INNER_NEXT,
    HELPER_ITERATOR,
    HELPER_NEXT,
    HELPER_STATE,
    HELPER_WAY,
)
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.objects.words import smi, smi_value
from seaofnodes.javascript.operations.conversions import to_boolean
from seaofnodes.javascript.operations.errors import type_error
from seaofnodes.javascript.operations.iterators import (
    IteratorRecord,
    create_iter_result,
    iterator_close,
    iterator_step,
)


class Way(IntEnum):
    """What a helper does with the values of its iterator."""

    MAP = 0
    FILTER = 1
    TAKE = 2
    DROP = 3
    FLAT_MAP = 4


class _State(IntEnum):
    NEW = 0
    SUSPENDED = 1
    RUNNING = 2
    DONE = 3


def new_helper(iso: Isolate, way: Way, record: IteratorRecord, callback: int, count: float = 0) -> int:
    """A helper. count: how many values to take or to drop."""
    held = iso.held
    held += (record.iterator, record.next)
    number = iso.number(count)
    prototype = iso.realm.intrinsic("IteratorHelperPrototype")
    fields = (record.iterator, record.next, callback, number, smi(way), smi(_State.NEW), iso.undefined, iso.undefined)
    return new_of_kind(iso, Kind.JS_ITERATOR_HELPER, prototype, *fields)


class _Helper:
    """A helper object while a method of it runs."""

    def __init__(self, iso: Isolate, word: int, method: str) -> None:
        if not iso.is_object(word) or iso.kind(word) != Kind.JS_ITERATOR_HELPER:
            incompatible(iso, f"Iterator Helper.prototype.{method}", word)
        self.iso = iso
        self.word = word
        self.memory = iso.memory
        self.underlying = IteratorRecord(self.load(HELPER_ITERATOR), self.load(HELPER_NEXT))
        if self.state == _State.RUNNING:
            type_error(iso, "Generator is already running")

    def load(self, offset: int) -> int:
        return self.memory.load(self.word, offset)

    @property
    def state(self) -> int:
        return smi_value(self.load(HELPER_STATE))

    @state.setter
    def state(self, state: _State) -> None:
        self.memory.store(self.word, HELPER_STATE, smi(state))

    @property
    def count(self) -> float:
        return self.iso.float_of(self.load(HELPER_COUNT))

    @count.setter
    def count(self, count: float) -> None:
        self.memory.store(self.word, HELPER_COUNT, self.iso.number(count))

    @property
    def inner(self) -> IteratorRecord | None:
        """The iterator whose values flatMap gives."""
        iterator = self.load(HELPER_INNER)
        return None if iterator == self.iso.undefined else IteratorRecord(iterator, self.load(HELPER_INNER_NEXT))

    @inner.setter
    def inner(self, record: IteratorRecord | None) -> None:
        undefined = self.iso.undefined
        self.memory.store(self.word, HELPER_INNER, undefined if record is None else record.iterator)
        self.memory.store(self.word, HELPER_INNER_NEXT, undefined if record is None else record.next)

    def callback(self, value: int) -> int:
        """The callback's result; what it throws closes the iterator."""
        count = self.count
        result = closing(
            self.iso,
            self.underlying,
            lambda: self.iso.call(self.load(HELPER_CALLBACK), self.iso.undefined, [value, self.iso.number(count)]),
        )
        self.count = count + 1
        return result

    def step(self) -> int | None:
        """The next value of the underlying iterator."""
        return iterator_step(self.iso, self.underlying)


def closing(iso: Isolate, record: IteratorRecord, run: Callable[[], int]) -> int:
    """What a function gives; an exception closes an iterator (IfAbruptCloseIterator)."""
    try:
        return run()
    except Throw as thrown:
        iso.held.append(thrown.word)
        iterator_close(iso, record, throwing=True)
        raise


def _map(helper: _Helper) -> int | None:
    value = helper.step()
    return None if value is None else helper.callback(value)


def _filter(helper: _Helper) -> int | None:
    held = helper.iso.held
    mark = len(held)
    while (value := helper.step()) is not None:
        if to_boolean(helper.iso, helper.callback(value)):
            return value
        del held[mark:]
    return None


def _take(helper: _Helper) -> int | None:
    left = helper.count
    if left == 0:
        iterator_close(helper.iso, helper.underlying)
        return None
    helper.count = left - 1
    return helper.step()


def _drop(helper: _Helper) -> int | None:
    held = helper.iso.held
    mark = len(held)
    while (left := helper.count) > 0:
        helper.count = left - 1 if left != inf else inf
        if helper.step() is None:
            return None
        del held[mark:]
    return helper.step()


def _flat_map(helper: _Helper) -> int | None:
    iso = helper.iso
    while True:
        inner = helper.inner
        if inner is None:
            value = helper.step()
            if value is None:
                return None
            mapped = helper.callback(value)

            def flatten(mapped: int = mapped) -> int:
                helper.inner = get_iterator_flattenable(iso, mapped, "Iterator.prototype.flatMap", strings=False)
                return mapped

            closing(iso, helper.underlying, flatten)
            continue
        found: list[int] = []

        def step(inner: IteratorRecord = inner, found: list[int] = found) -> int:
            value = iterator_step(iso, inner)
            if value is not None:
                found.append(value)
            return iso.undefined

        closing(iso, helper.underlying, step)
        if found:
            return found[0]
        helper.inner = None


_STEPS = {Way.MAP: _map, Way.FILTER: _filter, Way.TAKE: _take, Way.DROP: _drop, Way.FLAT_MAP: _flat_map}


def helper_next(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 27.1.2.1.1."""
    helper = _Helper(iso, this, "next")
    if helper.state == _State.DONE:
        return create_iter_result(iso, iso.undefined, True)
    helper.state = _State.RUNNING
    value: int | None = None
    try:
        value = _STEPS[Way(smi_value(helper.load(HELPER_WAY)))](helper)
    finally:
        helper.state = _State.DONE if value is None else _State.SUSPENDED
    return create_iter_result(iso, iso.undefined if value is None else value, value is None)


def helper_return(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 27.1.2.1.2."""
    helper = _Helper(iso, this, "return")
    if helper.state == _State.NEW:
        helper.state = _State.DONE
        iterator_close(iso, helper.underlying)
    elif helper.state == _State.SUSPENDED:
        helper.state = _State.RUNNING
        try:
            inner = helper.inner
            if inner is not None:
                closing(iso, helper.underlying, lambda: _close(iso, inner))
            iterator_close(iso, helper.underlying)
        finally:
            helper.state = _State.DONE
    return create_iter_result(iso, iso.undefined, True)


def _close(iso: Isolate, record: IteratorRecord) -> int:
    iterator_close(iso, record)
    return iso.undefined


GROUPS = (
    Group(
        "IteratorHelperPrototype",
        prototype="IteratorPrototype",
        entries=[Method("next", 0, helper_next), Method("return", 0, helper_return), tag("Iterator Helper")],
    ),
)
