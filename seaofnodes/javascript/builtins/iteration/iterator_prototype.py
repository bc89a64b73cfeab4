"""Iterator.prototype (ECMA-262, section 27.1.4)."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays.access import LARGEST_SAFE
from seaofnodes.javascript.builtins.iteration.helpers import Way, closing, new_helper
from seaofnodes.javascript.builtins.refusals import not_callable
from seaofnodes.javascript.builtins.table import Builtin, Getter, Group, Method
from seaofnodes.javascript.objects.factory import new_array
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.properties import get_own
from seaofnodes.javascript.objects.words import Key
from seaofnodes.javascript.operations.conversions import to_boolean, to_float, to_integer_or_infinity
from seaofnodes.javascript.operations.errors import describe, describe_key, range_error, type_error
from seaofnodes.javascript.operations.iterators import (
    Iteration,
    IteratorRecord,
    get_iterator_direct,
)
from seaofnodes.javascript.operations.objects import create_data_or_throw, set_or_throw


def get_iterator(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 27.1.4.14: an iterator is its own iterator."""
    return this


def _require_object(iso: Isolate, this: int, name: str) -> None:
    if not iso.is_object(this):
        type_error(iso, f"Iterator.prototype.{name} called on non-object")


def _begin(iso: Isolate, this: int, arguments: list[int], name: str) -> tuple[IteratorRecord, int]:
    """The iterator and the callback; if that is no function, the iterator is closed."""
    _require_object(iso, this, name)
    callback = argument(iso, arguments, 0)
    if not iso.is_callable(callback):
        closing(iso, IteratorRecord(this, iso.undefined), lambda: not_callable(iso, callback))
    return get_iterator_direct(iso, this), callback


def _helper_method(name: str, way: Way) -> Builtin:
    def method(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        record, callback = _begin(iso, this, arguments, name)
        return new_helper(iso, way, record, callback)

    return method


def _limited_method(name: str, way: Way) -> Builtin:
    """take and drop."""

    def method(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        _require_object(iso, this, name)
        limit = argument(iso, arguments, 0)
        count: list[float] = []

        def read() -> int:
            number = to_float(iso, limit)
            if number != number:
                range_error(iso, f"{describe(iso, limit)} must be positive")
            whole = to_integer_or_infinity(iso, iso.number(number))
            if whole < 0 or LARGEST_SAFE < whole < inf:
                range_error(iso, f"{describe(iso, limit)} must be positive")
            count.append(whole if whole == inf else float(whole))
            return iso.undefined

        closing(iso, IteratorRecord(this, iso.undefined), read)
        return new_helper(iso, way, get_iterator_direct(iso, this), iso.undefined, count[0])

    return method


def reduce(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 27.1.4.9."""
    record, callback = _begin(iso, this, arguments, "reduce")
    accumulator: int | None = arguments[1] if len(arguments) > 1 else None
    with Iteration(iso, record) as values:
        for count, value in enumerate(values):
            if accumulator is None:
                accumulator = value
            else:
                accumulator = iso.call(callback, iso.undefined, [accumulator, value, iso.number(count)])
    if accumulator is None:
        type_error(iso, "Reduce of a done iterator with no initial value")
    return accumulator


def to_array(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 27.1.4.11."""
    _require_object(iso, this, "toArray")
    with Iteration(iso, get_iterator_direct(iso, this)) as values:
        return new_array(iso, list(values))


def _visit(iso: Isolate, this: int, arguments: list[int], name: str, stop: bool | None) -> int | None:
    """Call the callback with all values until its result is `stop`; the value then, None if that never happens."""
    record, callback = _begin(iso, this, arguments, name)
    with Iteration(iso, record) as values:
        for count, value in enumerate(values):
            mark = len(iso.held)
            result = iso.call(callback, iso.undefined, [value, iso.number(count)])
            if stop is not None and to_boolean(iso, result) is stop:
                return value
            del iso.held[mark:]
    return None


def for_each(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 27.1.4.7."""
    _visit(iso, this, arguments, "forEach", None)
    return iso.undefined


def some(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 27.1.4.10."""
    return iso.boolean(_visit(iso, this, arguments, "some", True) is not None)


def every(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 27.1.4.3."""
    return iso.boolean(_visit(iso, this, arguments, "every", False) is None)


def find(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 27.1.4.5."""
    found = _visit(iso, this, arguments, "find", True)
    return iso.undefined if found is None else found


def _weird_accessor(name: str, key_of: Callable[[Isolate], Key], value_of: Callable[[Isolate], int]) -> Getter:
    """Sections 27.1.4.1 and 27.1.4.15: as if it were a data property that can be overridden by assignments."""

    def get(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        return value_of(iso)

    def set_(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        if not iso.is_object(this):
            type_error(iso, f"set Iterator.prototype.{name} called on non-object")
        key = key_of(iso)
        if this == iso.realm.intrinsic("IteratorPrototype"):
            shown = describe_key(iso, key)
            type_error(iso, f"Cannot assign to read only property '{shown}' of object '{describe(iso, this)}'")
        value = argument(iso, arguments, 0)
        if get_own(iso, this, key) is None:
            create_data_or_throw(iso, this, key, value)
        else:
            set_or_throw(iso, this, key, value)
        return iso.undefined

    return Getter(name, get, set_)


GROUPS = (
    Group(
        "IteratorPrototype",
        entries=[
            _weird_accessor(
                "constructor", lambda iso: iso.name("constructor"), lambda iso: iso.realm.intrinsic("Iterator")
            ),
            Method("reduce", 1, reduce),
            Method("toArray", 0, to_array),
            Method("forEach", 1, for_each),
            Method("some", 1, some),
            Method("every", 1, every),
            Method("find", 1, find),
            Method("filter", 1, _helper_method("filter", Way.FILTER)),
            Method("map", 1, _helper_method("map", Way.MAP)),
            Method("take", 1, _limited_method("take", Way.TAKE)),
            Method("drop", 1, _limited_method("drop", Way.DROP)),
            Method("flatMap", 1, _helper_method("flatMap", Way.FLAT_MAP)),
            Method("@@iterator", 0, get_iterator),
            _weird_accessor("@@to_string_tag", lambda iso: iso.symbols.to_string_tag, lambda iso: iso.name("Iterator")),
        ],
    ),
)
