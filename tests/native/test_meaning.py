"""What typed functions compute: the same in CPython, as a graph and as machine code, and what Python suggests."""

from __future__ import annotations

import math
import struct
from random import Random

import pytest

from seaofnodes.native.values import NUMBERS, Floating, Integer, Kind
from tests.native.texts import program
from tests.native.three_ways import ThreeWays, edges

BINARY = {
    "add": "x + y", "sub": "x - y", "mul": "x * y", "div": "x / y", "floordiv": "x // y", "mod": "x % y",
    "bit_and": "x & y", "bit_or": "x | y", "bit_xor": "x ^ y", "shl": "x << y", "shr": "x >> y",
    "truncated_div": "truncated_div(x, y)", "truncated_mod": "truncated_mod(x, y)", "mul_high": "mul_high(x, y)",
    "rotl": "rotl(x, y)", "rotr": "rotr(x, y)", "least": "min(x, y)", "most": "max(x, y)",
    "copysign": "copysign(x, y)", "floordiv_8": "x // 8 + y", "mod_8": "x % 8 + y", "floordiv_10": "x // 10 + y",
    "mod_10": "x % 10 + y", "mod_minus_7": "x % -7 + y", "by_minus_1": "x // -1 + y", "other": "7 - x * 3 + y",
}  # fmt: skip
UNARY = {
    "neg": "-x", "invert": "~x", "absolute": "abs(x)", "clz": "clz(x)", "ctz": "ctz(x)", "popcount": "popcount(x)",
    "sqrt": "sqrt(x)", "down": "round_down(x)", "up": "round_up(x)", "to_zero": "round_to_zero(x)",
    "nearest": "round_nearest(x)",
}  # fmt: skip
COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
INTEGERS_ONLY = {*BINARY} - {"add", "sub", "mul", "div", "copysign"} | {"invert", "clz", "ctz", "popcount"}
FLOATS_ONLY = {"div", "copysign", "sqrt", "down", "up", "to_zero", "nearest"}


@pytest.mark.parametrize("kind", NUMBERS, ids=lambda kind: kind.__name__)
def test_operators(kind: Kind) -> None:
    name, is_float = kind.__name__, issubclass(kind, Floating)
    unwanted = INTEGERS_ONLY if is_float else FLOATS_ONLY
    unsigned = not is_float and not getattr(kind, "signed", True)
    text = ""
    for label, expression in {**BINARY, **UNARY}.items():
        is_signed = label == "absolute" or "-7" in expression or "-1" in expression
        if label not in unwanted and not (unsigned and is_signed):
            text += f"@function\ndef op_{label}(x: {name}, y: {name}) -> {name}:\n    return {expression}\n"
    for label, symbol in COMPARISONS.items():
        text += f"@function\ndef {label}(x: {name}, y: {name}) -> bool:\n    return x {symbol} y\n"
    text += f"@function\ndef chain(x: {name}, y: {name}) -> bool:\n    return x <= y < x + x != y\n"
    run_all(text, kind, 26)


@pytest.mark.parametrize("kind", [*NUMBERS, bool], ids=lambda kind: kind.__name__)
def test_conversions(kind: Kind) -> None:
    text = ""
    for target in NUMBERS:
        if not (kind is bool and issubclass(target, Floating)):
            text += f"@function\ndef to_{target.__name__}(x: {kind.__name__}, y: bool) -> {target.__name__}:\n"
            text += f"    return {target.__name__}(x)\n"
    for source, result in (("f32", "i32"), ("f64", "i64"), ("i32", "f32"), ("i64", "f64")):
        if source == kind.__name__:
            name = "bits_of" if source[0] == "f" else "float_of_bits"
            condition = "if x == x else " + ("i32(0)" if source == "f32" else "i64(0)")  # of one NaN, not of any
            text += f"@function\ndef bits(x: {source}, y: bool) -> {result}:\n"
            text += f"    return {name}(x) {condition if name == 'bits_of' else ''}\n"
    run_all(text, kind, 60)


def run_all(text: str, kind: Kind, count: int) -> None:
    random = Random(kind.__name__)
    made = program(text)
    functions = [f for f in made.typed if f.name not in ("twice", "both", "nothing")]
    ways = ThreeWays(functions)
    values = edges(kind, random)
    for index, function in enumerate(functions):
        others = edges(function.parameters[1], random)
        for _ in range(count):
            ways.agree(index, random.choice(values), random.choice(others))


def test_integers_mean_what_python_means() -> None:
    """Where nothing overflows, each operator gives what CPython gives for plain ints."""
    labels = "add sub mul floordiv mod bit_and bit_or bit_xor floordiv_8 mod_8 floordiv_10 mod_10 mod_minus_7".split()
    labels += "other shr absolute neg invert least most".split()
    texts = {**BINARY, **UNARY}
    text = "".join(f"@function\ndef op_{n}(x: i64, y: i64) -> i64:\n    return {texts[n]}\n" for n in labels)
    made = program(text)
    functions = [function for function in made.typed if function.name.startswith("op_")]
    ways = ThreeWays(functions)
    random = Random(1)
    for index, function in enumerate(functions):
        for _ in range(30):
            x, y = random.randint(-100, 100), random.choice((1, 2, 3, 7, 20, -3, -8))
            y = abs(y) if function.name == "op_shr" else y
            results, _ = ways.agree(index, x, y)
            assert results == (function.python(x, y) & (1 << 64) - 1,), f"{function.name}({x}, {y})"


def test_traps() -> None:
    text = """
@function
def divide(x: i32, y: i32) -> i32:
    return x // y
@function
def rest(x: i32, y: i32) -> i32:
    return x % y
@function
def whole(x: f64, y: f64) -> i32:
    return i32(x) + i32(y)
@function
def end(x: i32, y: i32) -> i32:
    if x < y:
        trap()
    return x
"""
    ways = ThreeWays([f for f in program(text).typed if f.name in ("divide", "rest", "whole", "end")])
    assert ways.agree(0, 5, 0) == ("integer divide by zero", b"")
    assert ways.agree(0, -(1 << 31), -1) == ("integer overflow", b"")
    assert ways.agree(1, 5, 0) == ("integer divide by zero", b"")
    assert ways.agree(1, -(1 << 31), -1) == ((0,), b"")
    assert ways.agree(2, math.nan, 0.0) == ("invalid conversion to integer", b"")
    assert ways.agree(2, 0.0, 2147483648.0) == ("integer overflow", b"")
    assert ways.agree(2, -2147483648.9, 2147483647.9) == ((0xFFFFFFFF,), b"")
    assert ways.agree(3, 1, 2) == ("unreachable", b"")
    assert ways.agree(3, 2, 1) == ((2,), b"")


LOOPS = """
@function
def up(start: {k}, stop: {k}) -> tuple[{k}, {k}]:
    count = {k}(0)
    last = {k}(77)
    for i in range(start, stop, {step}):
        last = i
        i = i + 100
        if last == 5:
            continue
        if count == 9:
            break
        count += 1
    return count, last
"""


@pytest.mark.parametrize("name", ["i32", "u32", "i64", "u64"])
def test_ranges_end_where_the_sum_would_wrap(name: str) -> None:
    kind = next(kind for kind in NUMBERS if kind.__name__ == name)
    assert issubclass(kind, Integer)
    most = (1 << kind.bits - kind.signed) - 1
    least = -(1 << kind.bits - 1) if kind.signed else 0
    bounds = [(0, 10), (3, 3), (5, 2), (most - 5, most), (most, most), (least, most), (least + 4, least), (most, least)]
    for step in (1, -1, 2, -2, 3, -7, 100):
        ways = ThreeWays([f for f in program(LOOPS.format(k=name, step=step)).typed if f.name == "up"])
        for start, stop in bounds:
            results, _ = ways.agree(0, start, stop)
            assert results == tuple(value & (1 << kind.bits) - 1 for value in counted(start, stop, step))


def counted(start: int, stop: int, step: int) -> tuple[int, int]:
    """What Python's own range does in LOOPS."""
    count, last = 0, 77
    for last in range(start, stop, step):
        if last == 5:
            continue
        if count == 9:
            break
        count += 1
    return count, last


SHORT_CIRCUIT = """
@function
def mark(memory: i64, place: i64, value: bool) -> bool:
    store_u8(memory + place, load_u8(memory + place) + 1)
    return value
@function
def logic(memory: i64, a: bool, b: bool, c: bool) -> bool:
    first = mark(memory, 0, a) and mark(memory, 1, b) or not mark(memory, 2, c)
    if mark(memory, 3, b) or mark(memory, 4, c) and not mark(memory, 5, a):
        first = not first
    return first if mark(memory, 6, a) else mark(memory, 7, c)
@function
def value(memory: i64, place: i64, x: i32) -> i32:
    store_u8(memory + place, load_u8(memory + place) + 1)
    return x
@function
def chain(memory: i64, a: bool, b: bool, c: bool) -> bool:
    return value(memory, 0, i32(a)) < value(memory, 1, i32(b)) <= value(memory, 2, i32(c)) != value(memory, 3, 5)
@function
def order(memory: i64, a: bool, b: bool, c: bool) -> i32:
    x = value(memory, 0, 1) - value(memory, 0, 2) * value(memory, 1, 3)
    x, y = x + 1, x
    x -= value(memory, 2, y)
    return x * 10 + y
"""


def test_what_is_evaluated_is_what_python_evaluates() -> None:
    ways = ThreeWays([f for f in program(SHORT_CIRCUIT).typed if f.name in ("logic", "chain", "order")], size=8)
    for bits in range(8):
        a, b, c = bool(bits & 1), bool(bits & 2), bool(bits & 4)
        for index in range(3):
            ways.agree(index, a, b, c)
    assert ways.agree(1, True, False, True)[1] == bytes((1, 1, 0, 0, 0, 0, 0, 0))
    assert ways.agree(1, False, True, True)[1] == bytes((1, 1, 1, 1, 0, 0, 0, 0))


MEMORY = """
@function
def narrow(memory: i64, value: i64) -> tuple[i32, u32, i32, u32]:
    store_i64(memory, value)
    store_i8(memory + 9, i32(value))
    store_u16(memory + 10, u32(value))
    store_u32(memory + 12, u32(value), "header")
    return load_i8(memory + 1), load_u8(memory + 2), load_i16(memory + 3), load_u16(memory + 9)
@function
def floats(memory: i64, value: i64) -> tuple[f32, f64]:
    store_f64(memory, f64(value))
    store_f32(memory + 16, f32(value), alias=TEXT)
    store_f64(memory + 8, 1.5)
    return load_f32(memory + 16, TEXT), load_f64(memory)
@function
def total(memory: i64, value: i64) -> i64:
    sum: i64 = 0
    at = memory
    while at < memory + 24:
        sum += load_i64(at)
        store_i64(at, sum ^ value)
        at += 8
    return sum
@function
def written_between(memory: i64, value: i64) -> i64:
    before = load_i64(memory + 8)
    store_i32(memory + 12, i32(value))
    return before ^ load_i64(memory + 8)
"""


def test_memory() -> None:
    names = ("narrow", "floats", "total", "written_between")
    ways = ThreeWays([f for f in program(MEMORY).typed if f.name in names], size=24)
    random = Random(7)
    for _ in range(30):
        value = random.getrandbits(64) - (1 << 63)
        numbers = struct.pack("<3d", *(random.uniform(-10, 10) for _ in range(3)))
        for index in range(4):
            ways.agree(index, value, data=numbers)


LIST = """
@function
def length(memory: i64, first: i64) -> tuple[i64, i64]:
    count: i64 = 0
    total: i64 = 0
    at = memory + first if first >= 0 else i64(0)
    while at != 0:
        count += 1
        total += load_i64(at, "value")
        at = load_i64(at + 8, "next")
    return count, total
@function
def head(memory: i64, first: i64) -> i64:
    at = memory if first >= 0 else i64(0)
    value = load_i64(at) if at != 0 else i64(-1)
    if at != 0 and load_i64(at + 8) != 0 and load_i64(load_i64(at + 8)) > 0:
        value *= 2
    return value
"""


@pytest.mark.parametrize("pipeline", ["default", "none", "simplify,gvn,load-elimination,loop-unrolling,simplify,gvn"])
def test_no_load_is_done_before_its_test(pipeline: str) -> None:
    """Else the null at the end of the list would end the process."""
    ways = ThreeWays([f for f in program(LIST).typed if f.name in ("length", "head")], pipeline=pipeline, size=256)
    for count in range(14):
        nodes = [(index + 1, ways.address + 16 * (index + 1) if index + 1 < count else 0) for index in range(count)]
        data = b"".join(struct.pack("<2q", *node) for node in nodes)
        expected = ((count, count * (count + 1) // 2), data.ljust(256, b"\0"))
        assert ways.agree(0, 0 if count else -1, data=data) == expected
        ways.agree(1, 0 if count else -1, data=data)


def test_calls_and_recursion() -> None:
    text = """
@function
def even(x: i32) -> bool:
    return True if x == 0 else odd(x - 1)
@function
def odd(x: i32) -> bool:
    return False if x == 0 else even(x - 1)
@function
def divided(x: i32, y: i32) -> tuple[i32, i32]:
    return x // y, x % y
@function
def digits(x: i32) -> i32:
    found: i32 = 0
    while x != 0:
        x, digit = divided(x, 10)
        found += digit
        nothing(found)
    return found
"""
    ways = ThreeWays([f for f in program(text).typed if f.name in ("even", "digits")])
    assert ways.agree(0, 30) == ((1,), b"")
    assert ways.agree(0, 31) == ((0,), b"")
    assert ways.agree(1, 98765) == ((35,), b"")


def test_endless_recursion_is_a_trap() -> None:
    text = "@function\ndef deep(x: i32) -> i32:\n    return deep(x + 1) + 1\n"
    ways = ThreeWays([f for f in program(text).typed if f.name == "deep"])
    assert ways.agree(0, 1) == ("call stack exhausted", b"")
