"""The abstract constructor %TypedArray% (ECMA-262, sections 23.2.1 and 23.2.2)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays.iterators import plain_values
from seaofnodes.javascript.builtins.binary.typed.views import create, need_callable
from seaofnodes.javascript.builtins.table import Function, Getter, Group, Method, prototype_property
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.methods.typed import set_element
from seaofnodes.javascript.operations.access import get_method
from seaofnodes.javascript.operations.conversions import to_object
from seaofnodes.javascript.operations.errors import describe, describe_call_site, type_error
from seaofnodes.javascript.operations.iterators import Iteration, get_iterator_from_method
from seaofnodes.javascript.operations.objects import length_of_array_like


def construct_abstract(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """%TypedArray% ( )"""
    type_error(iso, "Abstract class TypedArray not directly constructable")


def typed_from(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """%TypedArray%.from ( source [ , mapper [ , thisArg ] ] )"""
    source, mapper, receiver = (argument(iso, arguments, i) for i in range(3))
    if not iso.is_constructor(this):
        type_error(iso, f"{describe(iso, this)} is not a constructor")
    if mapper != iso.undefined:
        need_callable(iso, mapper)
    if source == iso.undefined or source == iso.null:
        type_error(
            iso,
            f"{describe_call_site(iso, source)} is not iterable (cannot read property Symbol(Symbol.iterator))",
        )
    method = get_method(iso, source, iso.symbols.iterator)
    values: list[int] | None = None
    if method is not None:
        values = plain_values(iso, source, method)
        if values is None:
            values = list(Iteration(iso, get_iterator_from_method(iso, source, method)))
        length = len(values)
    else:
        source = to_object(iso, source)
        length = length_of_array_like(iso, source)
    made = create(iso, this, [iso.number(length)], "%TypedArray%.from")
    mark = len(iso.held)
    for i in range(length):
        value = properties.get(iso, source, ~i) if values is None else values[i]
        if mapper != iso.undefined:
            value = iso.call(mapper, receiver, [value, iso.number(i)])
        set_element(iso, made, i, value)
        del iso.held[mark:]
    return made


def typed_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """%TypedArray%.of ( ...items )"""
    if not iso.is_constructor(this):
        type_error(iso, f"{describe(iso, this)} is not a constructor")
    made = create(iso, this, [iso.number(len(arguments))], "%TypedArray%.of")
    for i, value in enumerate(arguments):
        set_element(iso, made, i, value)
    return made


def return_this(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """get %TypedArray% [ %Symbol.species% ]"""
    return this


GROUPS = (
    Group(
        "TypedArray",
        constructor=Function(0, construct_abstract),
        entries=(
            prototype_property("TypedArrayPrototype"),
            Method("of", 0, typed_of),
            Method("from", 1, typed_from),
            Getter("@@species", return_this),
        ),
    ),
)
