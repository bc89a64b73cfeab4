"""What operations have seen: bits of feedback, and the lattice that they stand for."""

from __future__ import annotations

from typing import Final

NUMBER: Final = 1  # a double, or a result that is no small integer
ODDBALL: Final = 2  # with numbers: undefined, null, true, false
STRING: Final = 4
BIGINT: Final = 8
ANY: Final = 16
RECEIVER: Final = 32  # of comparisons: objects
SYMBOL: Final = 64


def lattice(small: int, other: int) -> str:
    """V8's name of the type of feedback of an operation."""
    if other & ANY:
        return "Any"
    if not other:
        return "SignedSmall" if small else "None"
    numeric = other & (NUMBER | ODDBALL) or small
    families = [bool(numeric), bool(other & STRING), bool(other & BIGINT), bool(other & RECEIVER), bool(other & SYMBOL)]
    if sum(families) > 1:
        return "Any"
    if other & STRING:
        return "String"
    if other & BIGINT:
        return "BigInt"
    if other & RECEIVER:
        return "Receiver"
    if other & SYMBOL:
        return "Symbol"
    return "NumberOrOddball" if other & ODDBALL else "Number"
