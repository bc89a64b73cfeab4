"""Conversions between types (ECMA-262, 7.1)."""

from __future__ import annotations

import math
from typing import Final

from seaofnodes.javascript.numbers import integer_text, number_to_text, text_to_bigint, text_to_number
from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.words import MOST_LENGTH, Key, is_smi, smi_value
from seaofnodes.javascript.operations.access import get_method
from seaofnodes.javascript.operations.errors import describe, range_error, syntax_error, type_error

LARGEST_SAFE: Final = 2**53 - 1
_HIGH: Final = 1 << 31


def to_primitive(iso: Isolate, value: int, hint: str = "default") -> int:
    """A primitive value. hint: "default", "number" or "string"."""
    if not iso.is_object(value):
        return value
    exotic = get_method(iso, value, iso.symbols.to_primitive)
    if exotic is not None:
        found = iso.call(exotic, value, [iso.name(hint)])
        if not iso.is_object(found):
            return found
        type_error(iso, "Cannot convert object to primitive value")
    return ordinary_to_primitive(iso, value, "number" if hint == "default" else hint)


def ordinary_to_primitive(iso: Isolate, value: int, hint: str) -> int:
    """What `toString` and `valueOf` give; hint: "string" or "number" says which comes first."""
    for name in ("toString", "valueOf") if hint == "string" else ("valueOf", "toString"):
        method = properties.get(iso, value, iso.name(name))
        if iso.is_callable(method):
            found = iso.call(method, value, [])
            if not iso.is_object(found):
                return found
    type_error(iso, "Cannot convert object to primitive value")


def to_boolean(iso: Isolate, value: int) -> bool:
    if value == iso.true:
        return True
    if value == iso.false or value == iso.undefined or value == iso.null:
        return False
    if is_smi(value):
        return value != 0
    kind = iso.kind(value)
    if kind == Kind.HEAP_NUMBER:
        number = iso.float_of(value)
        return number != 0 and number == number
    if iso.is_string(value):
        return iso.text(value) != ""
    return not (kind == Kind.BIGINT and iso.bigint_of(value) == 0)


def to_numeric(iso: Isolate, value: int) -> int:
    """A number or a BigInt (word)."""
    if is_smi(value):
        return value
    value = to_primitive(iso, value, "number")
    return value if iso.is_number(value) or iso.kind(value) == Kind.BIGINT else to_number(iso, value)


def to_number(iso: Isolate, value: int) -> int:
    """A number (word)."""
    if is_smi(value) or iso.is_number(value):
        return value
    return iso.number(to_float(iso, value))


def to_float(iso: Isolate, value: int) -> float:
    """A number, as Python's."""
    if is_smi(value):
        return float(smi_value(value))
    while True:
        if iso.is_number(value):
            return iso.float_of(value)
        if iso.is_string(value):
            return float(text_to_number(iso.text(value)))
        if value == iso.undefined:
            return math.nan
        if value == iso.null or value == iso.false:
            return 0.0
        if value == iso.true:
            return 1.0
        kind = iso.kind(value)
        if kind == Kind.SYMBOL:
            type_error(iso, "Cannot convert a Symbol value to a number")
        if kind == Kind.BIGINT:
            type_error(iso, "Cannot convert a BigInt value to a number")
        value = to_primitive(iso, value, "number")


def to_integer_or_infinity(iso: Isolate, value: int) -> int | float:
    """An integer, or infinity, or -infinity."""
    if is_smi(value):
        return smi_value(value)
    number = to_float(iso, value)
    if number != number:
        return 0
    return number if math.isinf(number) else int(number)


def to_int32(iso: Isolate, value: int) -> int:
    """From -2**31 to 2**31 - 1."""
    return smi_value(value) if is_smi(value) else int32_of(to_float(iso, value))


def to_uint32(iso: Isolate, value: int) -> int:
    """From 0 to 2**32 - 1."""
    return to_int32(iso, value) & 0xFFFFFFFF


def int32_of(number: float) -> int:
    """A number modulo 2**32, signed."""
    if number != number or math.isinf(number):
        return 0
    return ((int(number) + _HIGH) & 0xFFFFFFFF) - _HIGH


def to_length(iso: Isolate, value: int) -> int:
    """From 0 to 2**53 - 1."""
    number = to_integer_or_infinity(iso, value)
    return 0 if number <= 0 else int(min(number, LARGEST_SAFE))


def to_index(iso: Isolate, value: int, message: str = "Invalid index") -> int:
    """From 0 to 2**53 - 1. Throws RangeError, with a message, for what is not."""
    if value == iso.undefined:
        return 0
    number = to_integer_or_infinity(iso, value)
    if not 0 <= number <= LARGEST_SAFE:
        range_error(iso, message)
    return int(number)


def to_text(iso: Isolate, value: int) -> str:
    """A string, as Python's of UTF-16 code units."""
    return iso.text(to_string(iso, value))


def to_string(iso: Isolate, value: int) -> int:
    """A string (word)."""
    while True:
        if iso.is_string(value):
            return value
        if iso.is_number(value):
            return iso.string(number_to_text(smi_value(value) if is_smi(value) else iso.float_of(value)))
        for word, text in (
            (iso.undefined, "undefined"),
            (iso.null, "null"),
            (iso.true, "true"),
            (iso.false, "false"),
        ):
            if value == word:
                return iso.name(text)
        kind = iso.kind(value)
        if kind == Kind.SYMBOL:
            type_error(iso, "Cannot convert a Symbol value to a string")
        if kind == Kind.BIGINT:
            return iso.string(integer_text(iso.bigint_of(value)))
        value = to_primitive(iso, value, "string")


def to_object(iso: Isolate, value: int) -> int:
    """An object: a primitive value gets a wrapper. Throws TypeError for undefined and null."""
    if iso.is_object(value):
        return value
    if value == iso.undefined or value == iso.null:
        type_error(iso, "Cannot convert undefined or null to object")
    return factory.new_wrapper(iso, value)


def to_property_key(iso: Isolate, value: int) -> Key:
    """The key that a value means."""
    if is_smi(value):
        index = smi_value(value)
        return ~index if index >= 0 else key_of_text(iso, str(index))
    value = to_primitive(iso, value, "string")
    if iso.is_number(value):
        number = iso.float_of(value)
        if 0 <= number < MOST_LENGTH and number == int(number):
            return ~int(number)
        return key_of_text(iso, number_to_text(number))
    if iso.kind(value) == Kind.SYMBOL:
        return value
    return key_of_text(iso, to_text(iso, value))


def to_bigint(iso: Isolate, value: int) -> int:
    """A BigInt, as Python's integer."""
    value = to_primitive(iso, value, "number")
    if iso.kind(value) == Kind.BIGINT:
        return iso.bigint_of(value)
    if value == iso.true or value == iso.false:
        return int(value == iso.true)
    if iso.is_string(value):
        found = text_to_bigint(iso.text(value))
        if found is None:
            syntax_error(iso, f"Cannot convert {iso.text(value)} to a BigInt")
        return found
    type_error(iso, f"Cannot convert {describe(iso, value)} to a BigInt")


def number_to_bigint(iso: Isolate, number: float) -> int:
    """The integer that a number is, as Python's. Throws RangeError if it is none."""
    if number != number or math.isinf(number) or number != int(number):
        range_error(
            iso,
            f"The number {number_to_text(number)} cannot be converted to a BigInt because it is not an integer",
        )
    return int(number)


def install(iso: Isolate) -> None:
    """Give an isolate the conversions that operations on objects need."""
    iso.to_number = lambda value: to_number(iso, value)
    iso.to_bigint = lambda value: iso.bigint(to_bigint(iso, value))
    iso.is_canonical_number = is_canonical_number


def is_canonical_number(text: str) -> bool:
    """Is a text what ToString gives for a number, or "-0" (CanonicalNumericIndexString)?"""
    return text == "-0" or number_to_text(text_to_number(text)) == text
