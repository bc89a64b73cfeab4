"""Boolean (ECMA-262, section 20.3)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import Function, Group, Intrinsic, Method, prototype_property
from seaofnodes.javascript.objects.factory import new_wrapper, wrapped
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.conversions import to_boolean
from seaofnodes.javascript.operations.errors import type_error
from seaofnodes.javascript.operations.objects import get_prototype_from_constructor


def boolean_constructor(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.3.1.1."""
    value = iso.boolean(to_boolean(iso, argument(iso, arguments, 0)))
    if new_target == iso.undefined:
        return value
    return new_wrapper(iso, value, get_prototype_from_constructor(iso, new_target, "BooleanPrototype"))


def _this_boolean_value(iso: Isolate, this: int, method: str) -> int:
    if iso.is_object(this) and iso.kind(this) == Kind.JS_WRAPPER:
        this = wrapped(iso, this)
    if this not in (iso.true, iso.false):
        type_error(iso, f"Boolean.prototype.{method} requires that 'this' be a Boolean")
    return this


def to_string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.3.3.2."""
    return iso.name("true" if _this_boolean_value(iso, this, "toString") == iso.true else "false")


def value_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 20.3.3.3."""
    return _this_boolean_value(iso, this, "valueOf")


GROUPS = (
    Group(
        "Boolean",
        constructor=Function(1, boolean_constructor),
        entries=[prototype_property("BooleanPrototype")],
    ),
    Group(
        "BooleanPrototype",
        make=lambda iso, prototype: new_wrapper(iso, iso.false, prototype),
        entries=[
            Intrinsic("constructor", "Boolean"),
            Method("toString", 0, to_string),
            Method("valueOf", 0, value_of),
        ],
    ),
)
