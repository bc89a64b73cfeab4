"""Equality and order (ECMA-262, 7.2)."""

from __future__ import annotations

import math

from seaofnodes.javascript.numbers import text_to_bigint, text_to_number
from seaofnodes.javascript.objects import strings
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.words import is_smi
from seaofnodes.javascript.operations.conversions import to_numeric, to_primitive

_TOP = 1 << 63


def strict_equals(iso: Isolate, a: int, b: int) -> bool:
    """`===`"""
    if iso.is_number(a):
        return iso.is_number(b) and iso.float_of(a) == iso.float_of(b)
    return a == b or _same_text_or_bigint(iso, a, b)


def same_value_zero(iso: Isolate, a: int, b: int) -> bool:
    """As `===`, but NaN is NaN."""
    if iso.is_number(a):
        if not iso.is_number(b):
            return False
        left, right = iso.float_of(a), iso.float_of(b)
        return left == right or (left != left and right != right)
    return a == b or _same_text_or_bigint(iso, a, b)


def same_value(iso: Isolate, a: int, b: int) -> bool:
    """`Object.is`: NaN is NaN, and 0 is not -0."""
    if iso.is_number(a):
        if not iso.is_number(b):
            return False
        left, right = iso.float_of(a), iso.float_of(b)
        if left == 0 and right == 0:
            return math.copysign(1, left) == math.copysign(1, right)
        return left == right or (left != left and right != right)
    return a == b or _same_text_or_bigint(iso, a, b)


def _same_text_or_bigint(iso: Isolate, a: int, b: int) -> bool:
    if is_smi(a) or is_smi(b):
        return False
    if iso.is_string(a):
        return iso.is_string(b) and strings.equal(iso, a, b)
    return iso.kind(a) == Kind.BIGINT == iso.kind(b) and iso.bigint_of(a) == iso.bigint_of(b)


def loosely_equals(iso: Isolate, a: int, b: int) -> bool:
    """`==`"""
    if iso.is_number(a) and iso.is_number(b):
        return iso.float_of(a) == iso.float_of(b)
    while True:
        if _is_nil(iso, a) or _is_nil(iso, b):
            return _is_nil(iso, a) and _is_nil(iso, b)
        a_object, b_object = iso.is_object(a), iso.is_object(b)
        if a_object and b_object:
            return a == b
        if a_object:
            a = to_primitive(iso, a)
            continue
        if b_object:
            b = to_primitive(iso, b)
            continue
        if a == b and not iso.is_number(a):
            return True
        a, b = _boolean_as_number(iso, a), _boolean_as_number(iso, b)
        a_text, b_text = iso.is_string(a), iso.is_string(b)
        if a_text and b_text:
            return strings.equal(iso, a, b)
        if iso.kind(a) == Kind.SYMBOL or iso.kind(b) == Kind.SYMBOL:
            return a == b
        if a_text or b_text:
            other, text = (b, iso.text(a)) if a_text else (a, iso.text(b))
            if iso.kind(other) == Kind.BIGINT:
                return text_to_bigint(text) == iso.bigint_of(other)
            return text_to_number(text) == iso.float_of(other)
        return numeric_value(iso, a) == numeric_value(iso, b)


def _is_nil(iso: Isolate, value: int) -> bool:
    return value == iso.undefined or value == iso.null


def _boolean_as_number(iso: Isolate, value: int) -> int:
    return iso.number(int(value == iso.true)) if value == iso.true or value == iso.false else value


def numeric_value(iso: Isolate, value: int) -> int | float:
    """A number or BigInt as Python's; integers and floats of Python compare by value, as they do here."""
    return iso.bigint_of(value) if iso.kind(value) == Kind.BIGINT else iso.float_of(value)


def less_than(iso: Isolate, a: int, b: int, left_first: bool = True) -> bool | None:
    """IsLessThan: a < b; None if one is NaN. left_first: is a converted first?"""
    if not (a | b) & 1:
        return (a ^ _TOP) < (b ^ _TOP)
    if left_first:
        a = to_primitive(iso, a, "number")
        b = to_primitive(iso, b, "number")
    else:
        b = to_primitive(iso, b, "number")
        a = to_primitive(iso, a, "number")
    a_text, b_text = iso.is_string(a), iso.is_string(b)
    if a_text and b_text:
        return strings.compare(iso, a, b) < 0
    if a_text and iso.kind(b) == Kind.BIGINT:
        left = text_to_bigint(iso.text(a))
        return None if left is None else left < iso.bigint_of(b)
    if b_text and iso.kind(a) == Kind.BIGINT:
        right = text_to_bigint(iso.text(b))
        return None if right is None else iso.bigint_of(a) < right
    first, second = numeric_value(iso, to_numeric(iso, a)), numeric_value(iso, to_numeric(iso, b))
    return None if first != first or second != second else first < second
