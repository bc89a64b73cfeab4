"""The Array constructor (ECMA-262, sections 23.1.1 and 23.1.2)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays.access import check_length, get_element, index_key, set_length
from seaofnodes.javascript.builtins.refusals import not_callable
from seaofnodes.javascript.builtins.table import Function, Getter, Group, Method, prototype_property
from seaofnodes.javascript.objects.factory import new_array, new_array_of_length
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.access import get_method
from seaofnodes.javascript.operations.conversions import to_object, to_uint32
from seaofnodes.javascript.operations.errors import range_error
from seaofnodes.javascript.operations.iterators import Iteration, get_iterator_from_method
from seaofnodes.javascript.operations.objects import (
    create_data_or_throw,
    get_prototype_from_constructor,
    is_array,
    length_of_array_like,
)


def array_constructor(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.1.1."""
    prototype = None
    if new_target not in (iso.undefined, iso.realm.intrinsic("Array")):
        prototype = get_prototype_from_constructor(iso, new_target, "ArrayPrototype")
    if len(arguments) != 1 or not iso.is_number(arguments[0]):
        return new_array(iso, arguments, prototype)
    length = to_uint32(iso, arguments[0])
    if length != iso.float_of(arguments[0]):
        range_error(iso, "Invalid array length")
    return new_array_of_length(iso, length, prototype)


def array_is_array(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.2.2."""
    return iso.boolean(is_array(iso, argument(iso, arguments, 0)))


def array_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.2.3."""
    if this == iso.realm.intrinsic("Array") or not iso.is_constructor(this):
        return new_array(iso, arguments)
    result = iso.construct(this, [iso.number(len(arguments))])
    for index, word in enumerate(arguments):
        create_data_or_throw(iso, result, ~index, word)
    set_length(iso, result, len(arguments))
    return result


def array_from(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.2.1."""
    items, callback, receiver = (argument(iso, arguments, index) for index in range(3))
    if callback != iso.undefined and not iso.is_callable(callback):
        not_callable(iso, callback)
    method = get_method(iso, items, iso.symbols.iterator)
    constructor = this if iso.is_constructor(this) else None
    if method is not None:
        return _from_iterable(iso, constructor, items, method, callback, receiver)
    source = to_object(iso, items)
    length = length_of_array_like(iso, source)
    if constructor is None:
        check_length(iso, length)
        result = new_array(iso, [])
        if length:
            set_length(iso, result, length)
    else:
        result = iso.construct(constructor, [iso.number(length)])
    mark = len(iso.held)
    for index in range(length):
        word = get_element(iso, source, index)
        if callback != iso.undefined:
            word = iso.call(callback, receiver, [word, iso.number(index)])
        create_data_or_throw(iso, result, index_key(iso, index), word)
        del iso.held[mark:]
    set_length(iso, result, length)
    return result


def _from_iterable(iso: Isolate, constructor: int | None, items: int, method: int, callback: int, receiver: int) -> int:
    result = new_array(iso, []) if constructor is None else iso.construct(constructor, [])
    count = 0
    with Iteration(iso, get_iterator_from_method(iso, items, method)) as values:
        for word in values:
            mark = len(iso.held)
            if callback != iso.undefined:
                word = iso.call(callback, receiver, [word, iso.number(count)])
            create_data_or_throw(iso, result, index_key(iso, count), word)
            count += 1
            del iso.held[mark:]
    set_length(iso, result, count)
    return result


def get_species(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.2.5."""
    return this


GROUPS = (
    Group(
        "Array",
        constructor=Function(1, array_constructor),
        entries=[
            prototype_property("ArrayPrototype"),
            Method("isArray", 1, array_is_array),
            Method("from", 1, array_from),
            Method("of", 0, array_of),
            Getter("@@species", get_species),
        ],
    ),
)
