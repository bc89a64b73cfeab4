"""Function and Function.prototype (ECMA-262, section 20.2)."""

from __future__ import annotations

from math import inf

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.fundamental.object_attributes import set_integrity_level
from seaofnodes.javascript.builtins.refusals import not_applicable
from seaofnodes.javascript.builtins.table import Function, Getter, Group, Intrinsic, Method, prototype_property
from seaofnodes.javascript.objects.factory import new_bound_function, new_builtin
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.properties import define, get, get_own, set_prototype
from seaofnodes.javascript.operations.conversions import to_integer_or_infinity, to_text
from seaofnodes.javascript.operations.errors import type_error
from seaofnodes.javascript.operations.objects import (
    create_list_from_array_like,
    get_prototype_from_constructor,
    ordinary_has_instance,
)


def function_constructor(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.2.1.1: the engine compiles the texts of parameters and of the body."""
    texts = [to_text(iso, word) for word in arguments]
    function = iso.make_function("function", texts[:-1], texts[-1] if texts else "")
    if new_target not in (iso.undefined, iso.realm.intrinsic("Function")):
        prototype = get_prototype_from_constructor(iso, new_target, "FunctionPrototype")
        set_prototype(iso, function, prototype)
    return function


def function_prototype(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.2.3: Function.prototype takes anything and returns undefined."""
    return iso.undefined


def apply(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.2.3.1."""
    if not iso.is_callable(this):
        not_applicable(iso, this, "apply")
    values = argument(iso, arguments, 1)
    passed = [] if values in (iso.undefined, iso.null) else create_list_from_array_like(iso, values)
    return iso.call(this, argument(iso, arguments, 0), passed)


def call(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.2.3.3."""
    if not iso.is_callable(this):
        not_applicable(iso, this, "call")
    return iso.call(this, argument(iso, arguments, 0), arguments[1:])


def bind(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.2.3.2."""
    if not iso.is_callable(this):
        type_error(iso, "Bind must be called on a function")
    passed = arguments[1:]
    function = new_bound_function(iso, this, argument(iso, arguments, 0), passed)
    length: int | float = 0
    if get_own(iso, this, iso.name("length")) is not None:
        target_length = get(iso, this, iso.name("length"))
        if iso.is_number(target_length):
            found = to_integer_or_infinity(iso, target_length)
            length = found if found in (inf, -inf) else found - len(passed)
    define(iso, function, iso.name("length"), iso.number(max(length, 0)), writable=False)
    name = get(iso, this, iso.name("name"))
    text = iso.text(name) if iso.is_string(name) else ""
    define(iso, function, iso.name("name"), iso.string(f"bound {text}"), writable=False)
    return function


def to_string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.2.3.5."""
    if not iso.is_callable(this):
        type_error(iso, "Function.prototype.toString requires that 'this' be a Function")
    return iso.string(iso.source_text(this))


def has_instance(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.2.3.6."""
    return iso.boolean(ordinary_has_instance(iso, this, argument(iso, arguments, 0)))


def throw_type_error(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 10.2.4.1, %ThrowTypeError%."""
    type_error(
        iso,
        "'caller', 'callee', and 'arguments' properties may not be accessed on strict mode functions or the arguments "
        "objects for calls to them",
    )


def _make_function_prototype(iso: Isolate, prototype: int) -> int:
    return new_builtin(iso, "", 0, function_prototype, prototype=prototype)


def _make_thrower(iso: Isolate, prototype: int) -> int:
    word = new_builtin(iso, "", 0, throw_type_error, prototype=prototype)
    set_integrity_level(iso, word, frozen=True)
    return word


GROUPS = (
    Group(
        "Function",
        constructor=Function(1, function_constructor),
        entries=[prototype_property("FunctionPrototype")],
    ),
    Group(
        "FunctionPrototype",
        make=_make_function_prototype,
        entries=[
            Getter("arguments", "ThrowTypeError", "ThrowTypeError"),
            Getter("caller", "ThrowTypeError", "ThrowTypeError"),
            Intrinsic("constructor", "Function"),
            Method("apply", 2, apply),
            Method("bind", 1, bind),
            Method("call", 1, call),
            Method("toString", 0, to_string),
            Method("@@has_instance", 1, has_instance, writable=False, configurable=False),
        ],
    ),
    Group("ThrowTypeError", prototype="FunctionPrototype", make=_make_thrower),
)
