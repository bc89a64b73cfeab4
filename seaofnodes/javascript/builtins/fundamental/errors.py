"""Error and AggregateError (ECMA-262, sections 20.5.1, 20.5.3 and 20.5.7), and V8's captureStackTrace."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.refusals import incompatible
from seaofnodes.javascript.builtins.table import (
    Builtin,
    Constant,
    Function,
    Group,
    Intrinsic,
    Method,
    prototype_property,
)
from seaofnodes.javascript.objects.factory import new_array, new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.properties import define, get, has
from seaofnodes.javascript.operations.conversions import to_string
from seaofnodes.javascript.operations.errors import type_error
from seaofnodes.javascript.operations.iterators import iterable_to_list
from seaofnodes.javascript.operations.objects import get_prototype_from_constructor

STACK_TRACE_LIMIT = 10  # as in V8


def make_error(iso: Isolate, name: str, message: int, options: int, new_target: int) -> int:
    """An error of a kind, "TypeError" for instance. message: undefined if there is none."""
    constructor = iso.realm.intrinsic(name) if new_target == iso.undefined else new_target
    error = new_of_kind(
        iso, Kind.JS_ERROR, get_prototype_from_constructor(iso, constructor, f"{name}Prototype"), iso.undefined
    )
    text = iso.undefined if message == iso.undefined else to_string(iso, message)
    iso.capture_stack(error, constructor)
    if text != iso.undefined:
        define(iso, error, iso.name("message"), text)
    cause = iso.name("cause")
    if iso.is_object(options) and has(iso, options, cause):
        define(iso, error, cause, get(iso, options, cause))
    return error


def error_constructor(name: str) -> Builtin:
    """The constructor of errors of a kind (sections 20.5.1.1 and 20.5.6.1.1)."""

    def construct(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        return make_error(iso, name, argument(iso, arguments, 0), argument(iso, arguments, 1), new_target)

    return construct


def aggregate_error(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.5.7.1.1."""
    message, options = argument(iso, arguments, 1), argument(iso, arguments, 2)
    error = make_error(iso, "AggregateError", message, options, new_target)
    errors = iterable_to_list(iso, argument(iso, arguments, 0))
    define(iso, error, iso.name("errors"), new_array(iso, errors))
    return error


def to_text(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.5.3.4, Error.prototype.toString."""
    if not iso.is_object(this):
        incompatible(iso, "Error.prototype.toString", this)
    name = get(iso, this, iso.name("name"))
    name_text = "Error" if name == iso.undefined else iso.text(to_string(iso, name))
    message = get(iso, this, iso.name("message"))
    message_text = "" if message == iso.undefined else iso.text(to_string(iso, message))
    return iso.string(": ".join(text for text in (name_text, message_text) if text))


def capture_stack_trace(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """V8's Error.captureStackTrace: an object gets the property "stack"; frames above a function are left out."""
    target = argument(iso, arguments, 0)
    if not iso.is_object(target):
        type_error(iso, "invalid_argument")
    above = argument(iso, arguments, 1)
    iso.capture_stack(target, above if iso.is_callable(above) else iso.frames[-1].function)
    return iso.undefined


def is_error(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Error.isError: was the value made by a constructor of errors?"""
    value = argument(iso, arguments, 0)
    return iso.boolean(iso.is_object(value) and iso.kind(value) == Kind.JS_ERROR)


def error_prototype(name: str, *methods: Method) -> tuple[Intrinsic | Constant | Method, ...]:
    """The properties of the prototype of a kind of errors."""
    return (
        Intrinsic("constructor", name),
        Constant("name", name, writable=True, configurable=True),
        Constant("message", "", writable=True, configurable=True),
        *methods,
    )


GROUPS = (
    Group(
        "Error",
        constructor=Function(1, error_constructor("Error")),
        entries=[
            prototype_property("ErrorPrototype"),
            Method("captureStackTrace", 2, capture_stack_trace),
            Method("isError", 1, is_error),
            Constant("stackTraceLimit", STACK_TRACE_LIMIT, writable=True, enumerable=True, configurable=True),
        ],
    ),
    Group("ErrorPrototype", entries=error_prototype("Error", Method("toString", 0, to_text))),
    Group(
        "AggregateError",
        prototype="Error",
        constructor=Function(2, aggregate_error),
        entries=[prototype_property("AggregateErrorPrototype")],
    ),
    Group("AggregateErrorPrototype", prototype="ErrorPrototype", entries=error_prototype("AggregateError")),
)
