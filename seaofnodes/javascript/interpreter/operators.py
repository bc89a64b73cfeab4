"""Operators: arithmetic, comparisons, conversions, types. What is usual of small integers is in quick.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.javascript.interpreter.frames import Operation
from seaofnodes.javascript.interpreter.preparation import Maker, Preparation
from seaofnodes.javascript.objects import properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.strings import key_word
from seaofnodes.javascript.objects.words import smi
from seaofnodes.javascript.operations import arithmetic
from seaofnodes.javascript.operations.comparison import less_than, loosely_equals, strict_equals
from seaofnodes.javascript.operations.conversions import (
    to_boolean,
    to_number,
    to_numeric,
    to_object,
    to_property_key,
    to_string,
)
from seaofnodes.javascript.operations.errors import describe, type_error
from seaofnodes.javascript.operations.objects import instance_of, type_name

Binary = Callable[[Isolate, int, int], int]
Unary = Callable[[Isolate, int], int]

BINARY: Final[dict[str, Binary]] = {
    "Add": arithmetic.add,
    "Sub": arithmetic.subtract,
    "Mul": arithmetic.multiply,
    "Div": arithmetic.divide,
    "Mod": arithmetic.remainder,
    "Exp": arithmetic.exponentiate,
    "BitwiseOr": arithmetic.bitwise_or,
    "BitwiseXor": arithmetic.bitwise_xor,
    "BitwiseAnd": arithmetic.bitwise_and,
    "ShiftLeft": arithmetic.shift_left,
    "ShiftRight": arithmetic.shift_right,
    "ShiftRightLogical": arithmetic.shift_right_logical,
}
UNARY: Final[dict[str, Unary]] = {
    "Inc": arithmetic.increment,
    "Dec": arithmetic.decrement,
    "Negate": arithmetic.negate,
    "BitwiseNot": arithmetic.bitwise_not,
    "ToNumber": to_number,
    "ToNumeric": to_numeric,
}
TYPES: Final = ("number", "string", "symbol", "boolean", "bigint", "undefined", "function", "object")


def _binary(operate: Binary) -> Maker:
    def make(p: Preparation, next: int, left: int, slot: int) -> Operation:
        iso = p.iso

        def run(r: list[int]) -> int:
            r[0] = operate(iso, r[left], r[0])
            return next

        return run

    return make


def _with_smi(operate: Binary) -> Maker:
    def make(p: Preparation, next: int, value: int, slot: int) -> Operation:
        iso, right = p.iso, smi(value)

        def run(r: list[int]) -> int:
            r[0] = operate(iso, r[0], right)
            return next

        return run

    return make


def _unary(operate: Unary) -> Maker:
    def make(p: Preparation, next: int, slot: int) -> Operation:
        iso = p.iso

        def run(r: list[int]) -> int:
            r[0] = operate(iso, r[0])
            return next

        return run

    return make


def _compare(holds: Callable[[Isolate, int, int], bool | None]) -> Maker:
    def make(p: Preparation, next: int, left: int, feedback: int) -> Operation:
        iso, true, false = p.iso, p.iso.true, p.iso.false
        if_true, if_false = p.branches(next)

        def run(r: list[int]) -> int:
            if holds(iso, r[left], r[0]):
                r[0] = true
                return if_true
            r[0] = false
            return if_false

        return run

    return make


def _greater(iso: Isolate, a: int, b: int) -> bool | None:
    return less_than(iso, b, a, left_first=False)


def _at_most(iso: Isolate, a: int, b: int) -> bool | None:
    return less_than(iso, b, a, left_first=False) is False


def _at_least(iso: Isolate, a: int, b: int) -> bool | None:
    return less_than(iso, a, b) is False


COMPARES: Final[dict[str, Callable[[Isolate, int, int], bool | None]]] = {
    "TestEqual": loosely_equals,
    "TestEqualStrict": strict_equals,
    "TestLessThan": less_than,
    "TestGreaterThan": _greater,
    "TestLessThanOrEqual": _at_most,
    "TestGreaterThanOrEqual": _at_least,
}


def has_property(iso: Isolate, key: int, value: int) -> bool:
    """`key in value`"""
    if not iso.is_object(value):
        name = iso.symbol_description(key) if iso.is_private(key) else describe(iso, key)
        type_error(iso, f"Cannot use 'in' operator to search for '{name}' in {describe(iso, value)}")
    if iso.is_private(key):
        return properties.get_own(iso, value, key) is not None
    return properties.has(iso, value, to_property_key(iso, key))


def _test(holds: Callable[[Isolate, int], bool]) -> Maker:
    def make(p: Preparation, next: int) -> Operation:
        iso, true, false = p.iso, p.iso.true, p.iso.false
        if_true, if_false = p.branches(next)

        def run(r: list[int]) -> int:
            if holds(iso, r[0]):
                r[0] = true
                return if_true
            r[0] = false
            return if_false

        return run

    return make


def _not(iso: Isolate, value: int) -> bool:
    return not to_boolean(iso, value)


def _is_false(iso: Isolate, value: int) -> bool:
    return value == iso.false


def _is_null(iso: Isolate, value: int) -> bool:
    return value == iso.null


def _is_undefined(iso: Isolate, value: int) -> bool:
    return value == iso.undefined


def _is_nil(iso: Isolate, value: int) -> bool:
    return value == iso.undefined or value == iso.null


def _same_reference(p: Preparation, next: int, other: int) -> Operation:
    true, false = p.iso.true, p.iso.false

    def run(r: list[int]) -> int:
        r[0] = true if r[0] == r[other] else false
        return next

    return run


def _test_type_of(p: Preparation, next: int, kind: int) -> Operation:
    iso, true, false = p.iso, p.iso.true, p.iso.false
    wanted = TYPES[kind] if kind < len(TYPES) else ""

    def run(r: list[int]) -> int:
        r[0] = true if type_name(iso, r[0]) == wanted else false
        return next

    return run


def _type_of(p: Preparation, next: int, slot: int) -> Operation:
    iso = p.iso
    names = {text: iso.name(text) for text in TYPES}

    def run(r: list[int]) -> int:
        r[0] = names[type_name(iso, r[0])]
        return next

    return run


def _to_name(p: Preparation, next: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        if not iso.is_number(r[0]):
            r[0] = key_word(iso, to_property_key(iso, r[0]))
        return next

    return run


def _to_object(p: Preparation, next: int, target: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        r[target] = to_object(iso, r[0])
        return next

    return run


def _to_string(p: Preparation, next: int) -> Operation:
    iso = p.iso

    def run(r: list[int]) -> int:
        r[0] = to_string(iso, r[0])
        return next

    return run


MAKERS: dict[str, Maker] = {
    **{name: _binary(operate) for name, operate in BINARY.items()},
    **{f"{name}Smi": _with_smi(operate) for name, operate in BINARY.items()},
    **{name: _unary(operate) for name, operate in UNARY.items()},
    **{name: _compare(holds) for name, holds in COMPARES.items()},
    "TestInstanceOf": _compare(instance_of),
    "TestIn": _compare(has_property),
    "TestReferenceEqual": _same_reference,
    "TestUndetectable": _test(_is_nil),
    "TestNull": _test(_is_null),
    "TestUndefined": _test(_is_undefined),
    "TestTypeOf": _test_type_of,
    "TypeOf": _type_of,
    "ToBooleanLogicalNot": _test(_not),
    "LogicalNot": _test(_is_false),
    "ToBoolean": _test(to_boolean),
    "ToName": _to_name,
    "ToObject": _to_object,
    "ToString": _to_string,
}
