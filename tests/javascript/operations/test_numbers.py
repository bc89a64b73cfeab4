"""Numbers as text, and text as numbers; operators on small integers and doubles."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from seaofnodes.engine import Engine
from seaofnodes.javascript.numbers import (
    decimal_integer,
    integer_text,
    number_to_text,
    text_to_bigint,
    text_to_number,
)
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import NUMBER_VALUE
from seaofnodes.javascript.operations import arithmetic, comparison
from seaofnodes.javascript.operations.conversions import int32_of, to_property_key

DOUBLES = st.floats() | st.integers(-(2**33), 2**33).map(float) | st.sampled_from([2.0**31, -(2.0**31), 2.0**53, -0.0])
INT32 = st.integers(-(2**31), 2**31 - 1) | st.sampled_from([-(2**31), 2**31 - 1, 0, 1, -1])


@pytest.fixture(scope="module")
def iso() -> Isolate:
    return Engine(jitless=True).javascript.iso


def bits(number: float) -> bytes:
    return b"nan" if number != number else struct.pack("<d", number)


def double(iso: Isolate, number: float) -> int:
    """A HeapNumber, even where a Smi would do."""
    word = iso.number(0.5)
    iso.memory.d[word - iso.base + NUMBER_VALUE >> 3] = number
    return word


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-10, "1.5e-10"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (-1.5, "-1.5"),
        (2.0**53, "9007199254740992"),
        (math.inf, "Infinity"),
        (math.nan, "NaN"),
        (4.35, "4.35"),
    ],
)
def test_text_of_numbers(number: float, text: str) -> None:
    assert number_to_text(number) == text


@given(DOUBLES)
def test_text_is_read_back(number: float) -> None:
    found = text_to_number(number_to_text(number))
    assert found == number or (found != found and number != number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("  \n\ufeff12\u2028 ", 12),
        (".5", 0.5),
        ("5.", 5),
        ("+1e3", 1000),
        ("0x1F", 31),
        ("0b11", 3),
        ("0o17", 15),
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ("1" + "0" * 400, math.inf),
        ("0x" + "f" * 400, math.inf),
        ("0x20000000000001", 2.0**53),
    ],
)
def test_numbers_of_text(text: str, number: float) -> None:
    assert text_to_number(text) == number


@pytest.mark.parametrize("text", ["a", "1_0", "-0x1", "0x", "1e", ".", "+", "infinity", "1 2", "1n", "\u0661"])
def test_what_is_no_number(text: str) -> None:
    assert math.isnan(text_to_number(text))


def test_integers_of_any_length() -> None:
    value = 7**20_000
    assert decimal_integer(integer_text(value)) == value == text_to_bigint(f" {integer_text(value)} ")
    assert text_to_bigint("-" + integer_text(value)) == -value
    assert [text_to_bigint(text) for text in ("", "0xff", "1.5", "-0x1", "abc")] == [0, 255, None, None, None]


@given(DOUBLES)
def test_int32(number: float) -> None:
    found = int32_of(number)
    assert -(2**31) <= found < 2**31
    if math.isfinite(number):
        assert (found - int(number)) % 2**32 == 0
    else:
        assert found == 0


Reference = Callable[[float, float], float]
OPERATORS: dict[str, tuple[Callable[[Isolate, int, int], int], Reference]] = {
    "+": (arithmetic.add, lambda a, b: a + b),
    "-": (arithmetic.subtract, lambda a, b: a - b),
    "*": (arithmetic.multiply, lambda a, b: a * b),
    "/": (
        arithmetic.divide,
        lambda a, b: a / b if b else math.nan if a == 0 else math.copysign(math.inf, a) * math.copysign(1, b),
    ),
    "%": (arithmetic.remainder, lambda a, b: math.fmod(a, b) if b else math.nan),
    "&": (arithmetic.bitwise_and, lambda a, b: float(int(a) & int(b))),
    "|": (arithmetic.bitwise_or, lambda a, b: float(int(a) | int(b))),
    "^": (arithmetic.bitwise_xor, lambda a, b: float(int(a) ^ int(b))),
    "<<": (arithmetic.shift_left, lambda a, b: float(int32_of(float(int(a) << (int(b) & 31))))),
    ">>": (arithmetic.shift_right, lambda a, b: float(int(a) >> (int(b) & 31))),
    ">>>": (arithmetic.shift_right_logical, lambda a, b: float((int(a) & 0xFFFFFFFF) >> (int(b) & 31))),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_small_integers_and_doubles_give_the_same(iso: Isolate, name: str) -> None:
    operate, reference = OPERATORS[name]

    @given(INT32, INT32)
    def check(a: int, b: int) -> None:
        mark = len(iso.held)
        expected = bits(reference(float(a), float(b)))
        for left in (iso.number(a), double(iso, a)):
            for right in (iso.number(b), double(iso, b)):
                assert bits(iso.float_of(operate(iso, left, right))) == expected
        del iso.held[mark:]

    check()


@given(a=DOUBLES, b=DOUBLES)
def test_comparisons_of_numbers(iso: Isolate, a: float, b: float) -> None:
    mark = len(iso.held)
    nan = a != a or b != b
    for left in (iso.number(a), double(iso, a)):
        for right in (iso.number(b), double(iso, b)):
            assert comparison.less_than(iso, left, right) == (None if nan else a < b)
            assert comparison.strict_equals(iso, left, right) == comparison.loosely_equals(iso, left, right) == (a == b)
            assert comparison.same_value_zero(iso, left, right) == (a == b or (a != a and b != b))
            assert comparison.same_value(iso, left, right) == (bits(a) == bits(b))
    del iso.held[mark:]


@given(INT32)
def test_a_double_is_the_same_key_as_the_small_integer(iso: Isolate, index: int) -> None:
    mark = len(iso.held)
    assert to_property_key(iso, double(iso, float(index))) == to_property_key(iso, iso.number(index))
    del iso.held[mark:]


@pytest.mark.parametrize(
    ("base", "exponent", "result"),
    [
        (1, math.inf, math.nan),
        (-1, -math.inf, math.nan),
        (1, math.nan, math.nan),
        (math.nan, 0, 1),
        (-8, 1 / 3, math.nan),
        (0, -1, math.inf),
        (-0.0, -1, -math.inf),
        (-0.0, -2, math.inf),
        (-0.0, 3, -0.0),
        (10, 400, math.inf),
        (-10, 401, -math.inf),
        (2, -1074, 5e-324),
    ],
)
def test_powers(base: float, exponent: float, result: float) -> None:
    assert bits(arithmetic.power_of_floats(base, exponent)) == bits(result)
