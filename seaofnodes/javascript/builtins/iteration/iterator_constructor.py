"""Iterator and Iterator.from (ECMA-262, sections 27.1.3)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.refusals import incompatible
from seaofnodes.javascript.builtins.table import Function, Group, Method, prototype_property
from seaofnodes.javascript.objects.factory import new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import WRAPPED_ITERATOR, WRAPPED_NEXT
from seaofnodes.javascript.operations.access import get_method
from seaofnodes.javascript.operations.errors import describe, type_error
from seaofnodes.javascript.operations.iterators import (
    IteratorRecord,
    create_iter_result,
    get_iterator_direct,
)
from seaofnodes.javascript.operations.objects import ordinary_create_from_constructor, ordinary_has_instance


def iterator_constructor(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 27.1.3.1.1: only classes that extend it can be constructed."""
    if new_target == iso.undefined:
        type_error(iso, "Constructor Iterator requires 'new'")
    if new_target == iso.realm.intrinsic("Iterator"):
        type_error(iso, "Abstract class Iterator not directly constructable")
    return ordinary_create_from_constructor(iso, new_target, "IteratorPrototype")


def get_iterator_flattenable(iso: Isolate, value: int, method_name: str, *, strings: bool) -> IteratorRecord:
    """Section 7.4.5: the iterator of an object, which may be one itself. strings: are primitive strings allowed?"""
    if not iso.is_object(value) and not (strings and iso.is_string(value)):
        type_error(iso, f"{method_name} called on non-object")
    method = get_method(iso, value, iso.symbols.iterator)
    iterator = value if method is None else iso.call(method, value, [])
    if not iso.is_object(iterator):
        type_error(iso, f"{describe(iso, value)} is not iterable")
    return get_iterator_direct(iso, iterator)


def iterator_from(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 27.1.3.2.1."""
    record = get_iterator_flattenable(iso, argument(iso, arguments, 0), "Iterator.from", strings=True)
    iso.held += (record.iterator, record.next)
    if ordinary_has_instance(iso, iso.realm.intrinsic("Iterator"), record.iterator):
        return record.iterator
    prototype = iso.realm.intrinsic("WrapForValidIteratorPrototype")
    return new_of_kind(iso, Kind.JS_WRAPPED_ITERATOR, prototype, record.iterator, record.next)


def _wrapped(iso: Isolate, this: int, method: str) -> IteratorRecord:
    if not iso.is_object(this) or iso.kind(this) != Kind.JS_WRAPPED_ITERATOR:
        incompatible(iso, f"%WrapForValidIteratorPrototype%.{method}", this)
    return IteratorRecord(iso.memory.load(this, WRAPPED_ITERATOR), iso.memory.load(this, WRAPPED_NEXT))


def wrapped_next(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 27.1.3.2.1.1.1."""
    record = _wrapped(iso, this, "next")
    return iso.call(record.next, record.iterator, [])


def wrapped_return(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 27.1.3.2.1.1.2."""
    iterator = _wrapped(iso, this, "return").iterator
    method = get_method(iso, iterator, iso.name("return"))
    if method is None:
        return create_iter_result(iso, iso.undefined, True)
    return iso.call(method, iterator, [])


GROUPS = (
    Group(
        "Iterator",
        constructor=Function(0, iterator_constructor),
        entries=[prototype_property("IteratorPrototype"), Method("from", 1, iterator_from)],
    ),
    Group(
        "WrapForValidIteratorPrototype",
        prototype="IteratorPrototype",
        entries=[Method("next", 0, wrapped_next), Method("return", 0, wrapped_return)],
    ),
)
