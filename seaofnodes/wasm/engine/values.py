"""Python values and the bits they stand for in 8-byte cells.

i32 and i64 take ints, signed or unsigned, and give signed ints; f32 and f64 take floats and ints and give floats.
Bits are unsigned ints of the type's width.
"""

from __future__ import annotations

import math
import struct
from typing import Final

from seaofnodes.runtime.entry.signatures import Signature
from seaofnodes.wasm.types import F32, F64, I32, I64, FuncType, ValType, type_of

Value = int | float

_INFINITY32: Final = 0x7F800000


def _float32_bits(value: float) -> int:
    try:
        return int.from_bytes(struct.pack("<f", value), "little")
    except OverflowError:  # rounds to infinity
        return _INFINITY32 | (0x80000000 if value < 0 else 0)


def to_bits(value: object, kind: ValType, what: str) -> int:
    """The bits of a Python value as that type. Raises TypeError or OverflowError; `what` names the value."""
    if kind is I32 or kind is I64:
        if not isinstance(value, int):
            raise TypeError(f"{what} is {value!r}; {kind} takes an int")
        if not -(1 << kind.bits - 1) <= value < 1 << kind.bits:
            raise OverflowError(f"{what} is {value}, which does not fit in {kind}")
        return value & (1 << kind.bits) - 1
    if kind is F32 or kind is F64:
        if not isinstance(value, (int, float)):
            raise TypeError(f"{what} is {value!r}; {kind} takes a float")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf if value > 0 else -math.inf
        return _float32_bits(number) if kind is F32 else int.from_bytes(struct.pack("<d", number), "little")
    raise TypeError(f"{what}: {kind} is not a number type")


def from_bits(bits: int, kind: ValType) -> Value:
    """The Python value of those bits."""
    if kind is I32 or kind is I64:
        return bits - (1 << kind.bits) if bits >> kind.bits - 1 else bits
    found: float = struct.unpack("<f" if kind is F32 else "<d", bits.to_bytes(kind.bits // 8, "little"))[0]
    return found


def signature_of(kind: FuncType) -> Signature:
    """The machine's view of a function type."""
    return Signature(tuple(map(type_of, kind.params)), tuple(map(type_of, kind.results)))
