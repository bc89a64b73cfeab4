"""Number.prototype (ECMA-262, section 21.1.3)."""

from __future__ import annotations

from math import isfinite

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.numbers.formatting import to_exponential, to_fixed, to_grouped, to_precision
from seaofnodes.javascript.builtins.numbers.radix import number_to_radix
from seaofnodes.javascript.builtins.table import Group, Intrinsic, Method
from seaofnodes.javascript.objects import factory
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.conversions import to_integer_or_infinity
from seaofnodes.javascript.operations.errors import range_error, type_error
from seaofnodes.javascript.operations.numbers import number_to_text

_MOST_DIGITS = 100
_NO_FIXED_POINT = 1e21


def _this_number(iso: Isolate, this: int, method: str) -> int:
    """The number that a method is called on, as a word. Throws TypeError if it is none."""
    if iso.is_number(this):
        return this
    if iso.kind(this) == Kind.JS_WRAPPER:
        wrapped = factory.wrapped(iso, this)
        if iso.is_number(wrapped):
            return wrapped
    type_error(iso, f"Number.prototype.{method} requires that 'this' be a Number")


def to_exponential_(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.1.3.2."""
    number = iso.float_of(_this_number(iso, this, "toExponential"))
    wanted = argument(iso, arguments, 0)
    digits = to_integer_or_infinity(iso, wanted)
    if not isfinite(number):
        return iso.string(number_to_text(number))
    if not 0 <= digits <= _MOST_DIGITS:
        range_error(iso, "toExponential() argument must be between 0 and 100")
    return iso.string(to_exponential(number, None if wanted == iso.undefined else int(digits)))


def to_fixed_(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.1.3.3."""
    number = iso.float_of(_this_number(iso, this, "toFixed"))
    digits = to_integer_or_infinity(iso, argument(iso, arguments, 0))
    if not 0 <= digits <= _MOST_DIGITS:
        range_error(iso, "toFixed() digits argument must be between 0 and 100")
    if not abs(number) < _NO_FIXED_POINT:
        return iso.string(number_to_text(number))
    return iso.string(to_fixed(number, int(digits)))


def to_locale_string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.1.3.4, as for the locale en-US."""
    return iso.string(to_grouped(iso.float_of(_this_number(iso, this, "toLocaleString"))))


def to_precision_(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.1.3.5."""
    number = iso.float_of(_this_number(iso, this, "toPrecision"))
    wanted = argument(iso, arguments, 0)
    if wanted == iso.undefined:
        return iso.string(number_to_text(number))
    digits = to_integer_or_infinity(iso, wanted)
    if not isfinite(number):
        return iso.string(number_to_text(number))
    if not 1 <= digits <= _MOST_DIGITS:
        range_error(iso, "toPrecision() argument must be between 1 and 100")
    return iso.string(to_precision(number, int(digits)))


def to_string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.1.3.6."""
    number = iso.float_of(_this_number(iso, this, "toString"))
    wanted = argument(iso, arguments, 0)
    radix = 10 if wanted == iso.undefined else to_integer_or_infinity(iso, wanted)
    if not 2 <= radix <= 36:
        range_error(iso, "toString() radix argument must be between 2 and 36")
    if radix == 10 or not isfinite(number):
        return iso.string(number_to_text(number))
    return iso.string(number_to_radix(number, int(radix)))


def value_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.1.3.7."""
    return _this_number(iso, this, "valueOf")


def _make_prototype(iso: Isolate, prototype: int) -> int:
    return factory.new_wrapper(iso, iso.number(0), prototype)


GROUPS = (
    Group(
        "NumberPrototype",
        make=_make_prototype,
        entries=(
            Intrinsic("constructor", "Number"),
            Method("toExponential", 1, to_exponential_),
            Method("toFixed", 1, to_fixed_),
            Method("toLocaleString", 0, to_locale_string),
            Method("toPrecision", 1, to_precision_),
            Method("toString", 1, to_string),
            Method("valueOf", 0, value_of),
        ),
    ),
)
