"""Refusing modules: the right error, where it says it is; limits; nothing slow."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from seaofnodes.errors import DecodeError, UnsupportedError, UnsupportedFeatureError, ValidationError
from seaofnodes.wasm import decode_module
from seaofnodes.wasm.features import LIMITS, SUPPORTED
from tests.wasm.mutations import unsigned

Wat = Callable[[str], bytes]
HEADER = b"\0asm\x01\0\0\0"
SECONDS = 5.0  # far above what any of these takes, far below a hang


def section(number: int, contents: bytes) -> bytes:
    return bytes([number]) + unsigned(len(contents)) + contents


def with_body(body: bytes, functions: int = 1, before: bytes = b"") -> bytes:
    """A module of functions [] -> [] that all have this body (declarations of locals included)."""
    code = unsigned(functions) + (unsigned(len(body)) + body) * functions
    return (
        HEADER
        + section(1, b"\x01\x60\x00\x00")
        + section(3, unsigned(functions) + b"\x00" * functions)
        + before
        + section(10, code)
    )


@pytest.mark.parametrize(
    ("code", "message", "opcode", "offset"),
    [
        ("(i32.add (i32.const 1) (i64.const 2)) drop", "expected i32, found i64", "i32.add", 4),
        ("i32.add drop", "expected i32, but the stack is empty", "i32.add", 0),
        ("i32.const 1", "1 values too many", "end", 2),
        ("drop", "but the stack is empty", "drop", 0),
        ("local.get 5 drop", "unknown local 5", "local.get", 0),
        ("global.get 5 drop", "unknown global 5", "global.get", 0),
        ("(global.set $constant (i32.const 0))", "cannot be set", "global.set", 2),
        ("call 9", "unknown function 9", "call", 0),
        ("br 1", "unknown label 1", "br", 0),
        ("i32.const 0 i32.load drop", "unknown memory 0", "i32.load", 2),
        ("block (result i32) end drop", "expected i32, but the stack is empty", "end", 2),
        ("i32.const 0 if (result i32) i32.const 1 end drop", "if without else", "end", 6),
        ("unreachable i64.const 0 i32.add drop", "expected i32, found i64", "i32.add", 3),
        ("i32.const 0 i64.const 0 i32.const 0 select drop", "expected i64, found i32", "select", 6),
        ("block (result i32) i32.const 0 i32.const 0 br_table 0 1 end drop", "different numbers", "br_table", 6),
    ],
)
def test_errors_say_where(wat: Wat, code: str, message: str, opcode: str, offset: int) -> None:
    data = wat(f"(module (global $constant i32 (i32.const 0)) (func) (func {code}))")
    with pytest.raises(ValidationError, match=message) as caught:
        decode_module(data)
    error = caught.value
    first = (
        data.index(b"\x0a", data.index(b"\x06")) + 8
    )  # behind the code section's head, the empty function, size and locals
    assert (error.function, error.opcode, error.offset - first) == (1, opcode, offset)
    assert f"{error.offset:#x}" in str(error)


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"", 0),
        (b"\0as", 3),
        (b"asm\0\x01\0\0\0", 0),
        (b"\0asm\x02\0\0\0", 4),
        (HEADER + b"\x01", 9),
        (HEADER + b"\x01\x7f\x00", 8),
        (HEADER + b"\x0e\x00", 8),
        (HEADER + section(3, b"\x00") + section(1, b"\x00"), 11),
        (HEADER + section(1, b"\x00\x00"), 11),
        (HEADER + section(1, b"\x80\x80\x80\x80\x80\x00"), 10),
        (HEADER + section(1, b"\x80\x80\x80\x80\x10"), 10),
        (with_body(b"\x00\x27\x0b"), 23),
        (with_body(b"\x00\x0b\x0b"), 24),
        (with_body(b"\x00\x01"), 24),
        (with_body(b"\x00\x43\x00\x00\x0b"), 27),
        (with_body(b"\x00\xfc\x7f\x0b"), 23),
        (with_body(b"\x00\x02\x41\x0b\x0b"), 24),
    ],
)
def test_malformed(data: bytes, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_module(data)
    assert not isinstance(caught.value, UnsupportedError)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("(func (param v128))", "simd"),
        ("(func (param externref))", "reference-types"),
        ("(func (drop (ref.null func)))", "reference-types"),
        ("(table 1 funcref) (table 1 funcref)", "reference-types"),
        ("(func (return_call 0))", "tail-calls"),
        ("(type (struct))", "gc"),
        ("(tag)", "exceptions"),
        ("(memory i64 1)", "memory64"),
        ("(memory 1) (memory 1)", "multi-memory"),
        ("(func (param (ref func)))", "function-references"),
        ("(memory 1) (func (drop (i32.atomic.load (i32.const 0))))", "threads"),
        ("(func (drop (i32x4.splat (i32.const 0))))", "simd"),
    ],
)
def test_later_features_are_named(wat: Wat, text: str, feature: str) -> None:
    with pytest.raises(UnsupportedFeatureError, match=feature) as caught:
        decode_module(wat(f"(module {text})"), SUPPORTED - {feature})
    assert caught.value.feature == feature


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("(func (drop (i32.extend8_s (i32.const 0))))", "sign-extension"),
        ("(func (drop (i32.trunc_sat_f32_s (f32.const 0))))", "saturating-float-to-int"),
        ("(func (result i32 i32) unreachable)", "multi-value"),
        ("(func (i32.const 0) (block (param i32) (drop)))", "multi-value"),
        ('(global (export "g") (mut i32) (i32.const 0))', "mutable-globals"),
        ('(memory 1) (data "passive")', "bulk-memory"),
    ],
)
def test_features_can_be_switched_off(wat: Wat, text: str, feature: str) -> None:
    data = wat(f"(module {text})")
    decode_module(data, SUPPORTED)
    with pytest.raises(UnsupportedFeatureError, match=feature):
        decode_module(data, SUPPORTED - {feature})


def test_extended_constants_can_be_switched_off(wat: Wat) -> None:
    for text in (
        "(global i32 (i32.add (i32.const 0) (i32.const 1)))",
        "(global i32 (i32.const 0)) (global i32 (global.get 0))",
    ):
        data = wat(f"(module {text})")
        decode_module(data)
        with pytest.raises(ValidationError):
            decode_module(data, SUPPORTED - {"extended-const"})


def measured(data: bytes) -> UnsupportedFeatureError | ValidationError | DecodeError | None:
    start = time.perf_counter()
    try:
        decode_module(data)
        return None
    except (DecodeError, ValidationError) as error:
        return error
    finally:
        assert time.perf_counter() - start < SECONDS


HUGE = unsigned(2**32 - 1)


@pytest.mark.parametrize(
    ("data", "limit"),
    [
        (with_body(b"\x01" + unsigned(50_001) + b"\x7f\x0b"), "locals"),
        (with_body(b"\x02" + HUGE + b"\x7f" + b"\x00\x7e\x0b"), "locals"),
        (with_body(b"\x00\x41\x00\x0e" + unsigned(65_521) + b"\x00" * 65_522 + b"\x0b"), "targets in br_table"),
        (with_body(b"\x00\x41\x00\x0e" + HUGE + b"\x00\x0b"), "targets in br_table"),
        (with_body(b"\x00" + b"\x02\x40" * 100_001 + b"\x0b" * 100_002), "blocks within each other"),
        (with_body(b"\x00" + b"\x01" * 7_654_320 + b"\x0b"), "bytes in a function"),
        (HEADER + section(1, HUGE), "types"),
        (HEADER + section(2, HUGE), "imports"),
        (HEADER + section(3, HUGE), "functions"),
        (HEADER + section(6, HUGE), "globals"),
        (HEADER + section(7, HUGE), "exports"),
        (HEADER + section(1, b"\x01\x60" + unsigned(1001)), "parameters"),
        (HEADER + section(1, b"\x01\x60\x00" + unsigned(1001)), "results"),
        (HEADER + section(4, b"\x01\x70\x00" + unsigned(10_000_001)), "entries in a table"),
        (HEADER + section(2, b"\x01" + HUGE), "bytes in a name"),
    ],
)
def test_limits(data: bytes, limit: str) -> None:
    error = measured(data)
    assert isinstance(error, UnsupportedFeatureError), error
    assert error.feature == LIMITS
    assert limit in error.message


@pytest.mark.parametrize(
    "data",
    [
        with_body(b"\x01" + unsigned(50_000) + b"\x7f\x0b"),
        with_body(b"\x01" + unsigned(50_000) + b"\x7f\x20\xcf\x86\x03\x1a\x0b", functions=20_000),
        with_body(b"\x00" + b"\x02\x40" * 90_000 + b"\x0b" * 90_001),
        with_body(b"\x00\x41\x00\x0e" + unsigned(65_520) + b"\x00" * 65_521 + b"\x0b"),
        HEADER + section(4, b"\x01\x70\x01\x00" + HUGE),
        HEADER + section(5, b"\x01\x00" + unsigned(65_536)),
    ],
)
def test_what_is_large_but_allowed(data: bytes) -> None:
    assert measured(data) is None


def test_memory_and_table_sizes_are_checked_against_the_specification() -> None:
    for data in (
        HEADER + section(5, b"\x01\x00" + unsigned(65_537)),
        HEADER + section(5, b"\x01\x01\x02\x01"),
        HEADER + section(4, b"\x01\x70\x01\x02\x01"),
    ):
        assert isinstance(measured(data), ValidationError)


def test_results_of_calls_cannot_fill_the_memory() -> None:
    """Two bytes a call push 1000 values: code that cannot be reached must not pile them up."""
    types = b"\x01\x60\x00" + unsigned(1000) + b"\x7f" * 1000
    body = b"\x00" + b"\x10\x00" * 100_000 + b"\x00\x0b"
    data = HEADER + section(1, types) + section(3, b"\x01\x00") + section(10, b"\x01" + unsigned(len(body)) + body)
    error = measured(data)
    assert isinstance(error, UnsupportedFeatureError) and "values on the stack" in error.message


@pytest.mark.parametrize("first", [b"\x41\x00" * 1000, b"\x00"])
def test_blocks_with_many_parameters_take_linear_time(first: bytes) -> None:
    """Three bytes a block move 1000 values in and out, and none at all where the code cannot be reached."""
    kinds = unsigned(1000) + b"\x7f" * 1000
    types = b"\x02\x60\x00\x00\x60" + kinds + kinds
    body = b"\x00" + first + b"\x02\x01\x0b" * 20_000 + b"\x00\x0b"
    data = HEADER + section(1, types) + section(3, b"\x01\x00") + section(10, b"\x01" + unsigned(len(body)) + body)
    assert measured(data) is None
