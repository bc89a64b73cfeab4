"""Constants: numbers of each machine type, and null."""

from __future__ import annotations

from seaofnodes.ir.operator import Operator, Shape, Traits
from seaofnodes.ir.ops.control import COMMON
from seaofnodes.ir.types import FLOAT32, FLOAT64, REFERENCE, WORD32, WORD64

_CONSTANT = Traits(is_constant=True)


def _hexadecimal(bits: int) -> list[str]:
    return [f"{bits:#x}"]


def _hexadecimal_value(text: str) -> tuple[int]:
    return (int(text, 16),)


def _int32_value(text: str) -> tuple[int]:
    return (_signed(int(text), 32),)


def _int64_value(text: str) -> tuple[int]:
    return (_signed(int(text), 64),)


def _signed(value: int, bits: int) -> int:
    return (value + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))


@COMMON.operator(
    "Int32Constant", Traits(is_constant=True, is_int32_constant=True, is_cheap=True), cache=8192, parse=_int32_value
)
def _int32_constant(value: int) -> Shape:
    """The parameter is the signed value."""
    return Shape(type=WORD32, pure=True)


def int32_constant(value: int) -> Operator:
    """Of any int, taken modulo 2**32; the parameter is the signed value."""
    value &= 0xFFFFFFFF
    return _int32_constant(value - (1 << 32) if value >> 31 else value)


@COMMON.operator("Int64Constant", Traits(is_constant=True, is_int64_constant=True), cache=8192, parse=_int64_value)
def _int64_constant(value: int) -> Shape:
    """The parameter is the signed value."""
    return Shape(type=WORD64, pure=True)


def int64_constant(value: int) -> Operator:
    """Of any int, taken modulo 2**64; the parameter is the signed value."""
    value &= 0xFFFFFFFFFFFFFFFF
    return _int64_constant(value - (1 << 64) if value >> 63 else value)


@COMMON.operator("Float32Constant", _CONSTANT, cache=4096, format=_hexadecimal, parse=_hexadecimal_value)
def float32_constant(bits: int) -> Shape:
    """The parameter is the bit pattern, unsigned."""
    return Shape(type=FLOAT32, pure=True)


@COMMON.operator("Float64Constant", _CONSTANT, cache=4096, format=_hexadecimal, parse=_hexadecimal_value)
def float64_constant(bits: int) -> Shape:
    """The parameter is the bit pattern, unsigned."""
    return Shape(type=FLOAT64, pure=True)


NULL_CONSTANT = COMMON.define(
    "NullConstant",
    Shape(type=REFERENCE, pure=True),
    "The null reference.",
    Traits(is_constant=True, is_cheap=True),
)
