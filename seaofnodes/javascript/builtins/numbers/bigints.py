"""BigInt (ECMA-262, section 21.2)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.numbers.radix import integer_to_radix
from seaofnodes.javascript.builtins.table import Function, Group, Intrinsic, Method, prototype_property, tag
from seaofnodes.javascript.objects import factory
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.operations.bigints import MOST_BITS, too_large
from seaofnodes.javascript.operations.conversions import (
    number_to_bigint,
    to_bigint,
    to_index,
    to_integer_or_infinity,
    to_primitive,
)
from seaofnodes.javascript.operations.errors import range_error, type_error


def bigint(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.2.1.1."""
    if new_target != iso.undefined:
        type_error(iso, "BigInt is not a constructor")
    value = to_primitive(iso, argument(iso, arguments, 0), "number")
    if iso.is_number(value):
        return iso.bigint(number_to_bigint(iso, iso.float_of(value)))
    return iso.bigint(to_bigint(iso, value))


def as_int_n(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.2.2.1."""
    bits = to_index(iso, argument(iso, arguments, 0), "Invalid value: not (convertible to) a safe integer")
    value = to_bigint(iso, argument(iso, arguments, 1))
    if bits > value.bit_length():
        return iso.bigint(value)
    if bits == 0:
        return iso.bigint(0)
    half = 1 << (bits - 1)
    return iso.bigint(((value + half) & ((half << 1) - 1)) - half)


def as_uint_n(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.2.2.2."""
    bits = to_index(iso, argument(iso, arguments, 0), "Invalid value: not (convertible to) a safe integer")
    value = to_bigint(iso, argument(iso, arguments, 1))
    if value >= 0 and bits >= value.bit_length():
        return iso.bigint(value)
    if bits > MOST_BITS:
        too_large(iso)
    return iso.bigint(value & ((1 << bits) - 1))


def _this_bigint(iso: Isolate, this: int, method: str) -> int:
    """The BigInt that a method is called on, as a word. Throws TypeError if it is none."""
    if iso.kind(this) == Kind.BIGINT:
        return this
    if iso.kind(this) == Kind.JS_WRAPPER:
        wrapped = factory.wrapped(iso, this)
        if iso.kind(wrapped) == Kind.BIGINT:
            return wrapped
    type_error(iso, f"BigInt.prototype.{method} requires that 'this' be a BigInt")


def to_locale_string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.2.3.2, as for the locale en-US."""
    digits = integer_to_radix(iso.bigint_of(_this_bigint(iso, this, "toLocaleString")), 10)
    sign, digits = ("-", digits[1:]) if digits[0] == "-" else ("", digits)
    first = (len(digits) - 1) % 3 + 1
    groups = [digits[:first], *(digits[start : start + 3] for start in range(first, len(digits), 3))]
    return iso.string(sign + ",".join(groups))


def to_string(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.2.3.3."""
    value = iso.bigint_of(_this_bigint(iso, this, "toString"))
    wanted = argument(iso, arguments, 0)
    radix = 10 if wanted == iso.undefined else to_integer_or_infinity(iso, wanted)
    if not 2 <= radix <= 36:
        range_error(iso, "toString() radix argument must be between 2 and 36")
    return iso.string(integer_to_radix(value, int(radix)))


def value_of(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.2.3.4."""
    return _this_bigint(iso, this, "valueOf")


GROUPS = (
    Group(
        "BigInt",
        constructor=Function(1, bigint),
        entries=(
            Method("asIntN", 2, as_int_n),
            Method("asUintN", 2, as_uint_n),
            prototype_property("BigIntPrototype"),
        ),
    ),
    Group(
        "BigIntPrototype",
        entries=(
            Intrinsic("constructor", "BigInt"),
            Method("toLocaleString", 0, to_locale_string),
            Method("toString", 0, to_string),
            Method("valueOf", 0, value_of),
            tag("BigInt"),
        ),
    ),
)
