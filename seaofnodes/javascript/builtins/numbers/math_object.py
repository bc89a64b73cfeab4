"""Math (ECMA-262, section 21.3)."""

from __future__ import annotations

from collections.abc import Callable
from math import copysign, inf, nan
from random import SystemRandom

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.numbers import rounding
from seaofnodes.javascript.builtins.numbers.ieee754 import (
    exponential,
    hyperbolic,
    inverse,
    logarithms,
    roots,
    trigonometric,
)
from seaofnodes.javascript.builtins.table import Builtin, Constant, Group, Method, tag
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import is_smi, smi, smi_value
from seaofnodes.javascript.operations.arithmetic import power_of_floats
from seaofnodes.javascript.operations.conversions import to_float, to_int32, to_uint32
from seaofnodes.javascript.operations.errors import type_error
from seaofnodes.javascript.operations.iterators import iterate


def _of_one(function: Callable[[float], float], *, keeps_integers: bool = False) -> Builtin:
    """A function of one number. keeps_integers: small integers are their own result."""

    def builtin(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        value = argument(iso, arguments, 0)
        if keeps_integers and is_smi(value):
            return value
        return iso.number(function(to_float(iso, value)))

    return builtin


def _of_two(function: Callable[[float, float], float]) -> Builtin:
    def builtin(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
        first = to_float(iso, argument(iso, arguments, 0))
        return iso.number(function(first, to_float(iso, argument(iso, arguments, 1))))

    return builtin


def clz32(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.3.2.11."""
    return smi(32 - to_uint32(iso, argument(iso, arguments, 0)).bit_length())


def imul(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.3.2.20."""
    first = to_uint32(iso, argument(iso, arguments, 0))
    product = first * to_int32(iso, argument(iso, arguments, 1)) & 0xFFFFFFFF
    return smi(product - (1 << 32) if product >> 31 else product)


def hypot(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.3.2.19."""
    return iso.number(roots.hypot([to_float(iso, value) for value in arguments]))


def maximum(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.3.2.25."""
    if len(arguments) == 2 and is_smi(arguments[0]) and is_smi(arguments[1]):
        return arguments[0] if smi_value(arguments[0]) > smi_value(arguments[1]) else arguments[1]
    return iso.number(_greatest([to_float(iso, value) for value in arguments]))


def minimum(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.3.2.26."""
    if len(arguments) == 2 and is_smi(arguments[0]) and is_smi(arguments[1]):
        return arguments[0] if smi_value(arguments[0]) < smi_value(arguments[1]) else arguments[1]
    return iso.number(-_greatest([-to_float(iso, value) for value in arguments]))


def _greatest(numbers: list[float]) -> float:
    """0 is greater than -0; one NaN makes NaN."""
    found = -inf
    for number in numbers:
        if number != number:
            return nan
        if number > found or (number == 0 == found and copysign(1.0, number) > 0):
            found = number
    return found


def random(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 21.3.2.28."""
    return iso.number(SystemRandom().random())


def sum_precise(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Math.sumPrecise of ECMA-262 (2026)."""
    numbers: list[float] = []
    iterable = argument(iso, arguments, 0)
    with iterate(iso, iterable) as values:
        mark = len(iso.held)
        for value in values:
            if not iso.is_number(value):
                type_error(iso, "Math.sumPrecise: a value is not a number")
            numbers.append(iso.float_of(value))
            del iso.held[mark:]
    return iso.number(rounding.exact_sum(numbers))


GROUPS = (
    Group(
        "Math",
        entries=(
            Constant("E", 2.718281828459045),
            Constant("LN10", 2.302585092994046),
            Constant("LN2", 0.6931471805599453),
            Constant("LOG10E", 0.4342944819032518),
            Constant("LOG2E", 1.4426950408889634),
            Constant("PI", 3.141592653589793),
            Constant("SQRT1_2", 0.7071067811865476),
            Constant("SQRT2", 1.4142135623730951),
            tag("Math"),
            Method("abs", 1, _of_one(abs)),
            Method("acos", 1, _of_one(inverse.acos)),
            Method("acosh", 1, _of_one(hyperbolic.acosh)),
            Method("asin", 1, _of_one(inverse.asin)),
            Method("asinh", 1, _of_one(hyperbolic.asinh)),
            Method("atan", 1, _of_one(inverse.atan)),
            Method("atanh", 1, _of_one(hyperbolic.atanh)),
            Method("atan2", 2, _of_two(inverse.atan2)),
            Method("cbrt", 1, _of_one(roots.cbrt)),
            Method("ceil", 1, _of_one(rounding.ceil, keeps_integers=True)),
            Method("clz32", 1, clz32),
            Method("cos", 1, _of_one(trigonometric.cos)),
            Method("cosh", 1, _of_one(hyperbolic.cosh)),
            Method("exp", 1, _of_one(exponential.exp)),
            Method("expm1", 1, _of_one(exponential.expm1)),
            Method("floor", 1, _of_one(rounding.floor, keeps_integers=True)),
            Method("fround", 1, _of_one(rounding.to_single)),
            Method("f16round", 1, _of_one(rounding.to_half)),
            Method("hypot", 2, hypot),
            Method("imul", 2, imul),
            Method("log", 1, _of_one(logarithms.log)),
            Method("log1p", 1, _of_one(logarithms.log1p)),
            Method("log10", 1, _of_one(logarithms.log10)),
            Method("log2", 1, _of_one(logarithms.log2)),
            Method("max", 2, maximum),
            Method("min", 2, minimum),
            Method("pow", 2, _of_two(power_of_floats)),
            Method("random", 0, random),
            Method("round", 1, _of_one(rounding.nearest, keeps_integers=True)),
            Method("sign", 1, _of_one(rounding.sign)),
            Method("sin", 1, _of_one(trigonometric.sin)),
            Method("sinh", 1, _of_one(hyperbolic.sinh)),
            Method("sqrt", 1, _of_one(rounding.square_root)),
            Method("sumPrecise", 1, sum_precise),
            Method("tan", 1, _of_one(trigonometric.tan)),
            Method("tanh", 1, _of_one(hyperbolic.tanh)),
            Method("trunc", 1, _of_one(rounding.trunc, keeps_integers=True)),
        ),
    ),
)
