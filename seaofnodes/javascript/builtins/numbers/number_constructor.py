"""Number (ECMA-262, sections 21.1.1 and 21.1.2)."""

from __future__ import annotations

from math import inf, isfinite, nan, ulp

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import Constant, Function, Group, Intrinsic, Method, prototype_property
from seaofnodes.javascript.objects import factory
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.conversions import LARGEST_SAFE, to_numeric
from seaofnodes.javascript.operations.objects import get_prototype_from_constructor


def number(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.1.1.1. `Number(value)` and `new Number(value)`."""
    value = to_numeric(iso, arguments[0]) if arguments else iso.number(0)
    if iso.kind(value) == Kind.BIGINT:
        value = iso.number(_nearest(iso.bigint_of(value)))
    if new_target == iso.undefined:
        return value
    iso.held.append(value)
    prototype = get_prototype_from_constructor(iso, new_target, "NumberPrototype")
    return factory.new_wrapper(iso, value, prototype)


def _nearest(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


def _integral(iso: Isolate, arguments: list[int]) -> float | None:
    """The first argument, if it is an integral number."""
    value = argument(iso, arguments, 0)
    if not iso.is_number(value):
        return None
    number = iso.float_of(value)
    return number if isfinite(number) and number == int(number) else None


def is_finite(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.1.2.2."""
    value = argument(iso, arguments, 0)
    return iso.boolean(iso.is_number(value) and isfinite(iso.float_of(value)))


def is_integer(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.1.2.3."""
    return iso.boolean(_integral(iso, arguments) is not None)


def is_nan(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.1.2.4."""
    value = argument(iso, arguments, 0)
    if not iso.is_number(value):
        return iso.false
    number = iso.float_of(value)
    return iso.boolean(number != number)


def is_safe_integer(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.1.2.5."""
    number = _integral(iso, arguments)
    return iso.boolean(number is not None and abs(number) <= LARGEST_SAFE)


GROUPS = (
    Group(
        "Number",
        constructor=Function(1, number),
        entries=(
            Constant("EPSILON", ulp(1.0)),
            Method("isFinite", 1, is_finite),
            Method("isInteger", 1, is_integer),
            Method("isNaN", 1, is_nan),
            Method("isSafeInteger", 1, is_safe_integer),
            Constant("MAX_SAFE_INTEGER", float(LARGEST_SAFE)),
            Constant("MAX_VALUE", 1.7976931348623157e308),
            Constant("MIN_SAFE_INTEGER", -float(LARGEST_SAFE)),
            Constant("MIN_VALUE", ulp(0.0)),
            Constant("NaN", nan),
            Constant("NEGATIVE_INFINITY", -inf),
            Intrinsic("parseFloat"),
            Intrinsic("parseInt"),
            Constant("POSITIVE_INFINITY", inf),
            prototype_property("NumberPrototype"),
        ),
    ),
)
