"""Values of machine types in Python, and their bits."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from seaofnodes.ir.types import FLOAT32, FLOAT64, WORD32, WORD64, Type


def to_bits(value: object, type: Type, what: str) -> int:
    """The bits of an int (signed or unsigned) or a float, as a machine type.

    Raises TypeError or OverflowError; `what` names the value.
    """
    if type is WORD32 or type is WORD64:
        if not isinstance(value, int):
            raise TypeError(f"{what} is {value!r}; {type} takes an int")
        if not -(1 << type.bits - 1) <= value < 1 << type.bits:
            raise OverflowError(f"{what} is {value}, which does not fit in {type}")
        return value & (1 << type.bits) - 1
    if type is FLOAT32 or type is FLOAT64:
        if not isinstance(value, (int, float)):
            raise TypeError(f"{what} is {value!r}; {type} takes a float")
        return int.from_bytes(struct.pack("<f" if type is FLOAT32 else "<d", value), "little")
    raise TypeError(f"{what}: {type} has no values in Python")


def from_bits(bits: int, type: Type) -> int | float:
    """The value of bits; those above the type's width may be anything."""
    bits &= (1 << type.bits) - 1
    if type.is_float:
        found: float = struct.unpack("<f" if type is FLOAT32 else "<d", bits.to_bytes(type.bits // 8, "little"))[0]
        return found
    return bits - (1 << type.bits) if bits >> type.bits - 1 else bits


def all_to_bits(values: Sequence[object], types: Sequence[Type], name: str, what: str) -> list[int]:
    """Bits of several. name: of the function whose arguments or results they are; what: "argument", "result".

    Raises TypeError, also for a wrong number of them, or OverflowError.
    """
    if len(values) != len(types):
        verb = "takes" if what == "argument" else "gives"
        plural = "" if len(types) == 1 else "s"
        raise TypeError(f"{name} {verb} {len(types)} {what}{plural}, not {len(values)}")
    pairs = enumerate(zip(values, types, strict=True), 1)
    return [to_bits(value, type, f"{what} {number} of {name}") for number, (value, type) in pairs]
