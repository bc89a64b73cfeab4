"""Tagged words: Python integers of 64 bits, without sign, that stand for JavaScript's values.

A Smi has an integer of 32 bits in its upper half and 0 in the lower one; every other value is a heap object, whose word
is its address with the lowest bit set (backend/layout.py, "References to objects").
"""

from __future__ import annotations

from typing import Final

Key = int  # of a property: the word of an internalized string or of a symbol, or ~i for the array index i

SMI_LEAST: Final = -(1 << 31)
SMI_MOST: Final = (1 << 31) - 1
MOST_LENGTH: Final = (1 << 32) - 1  # of an array; indices are less


def smi(value: int) -> int:
    """The word of an integer of 32 bits."""
    return (value & 0xFFFFFFFF) << 32


def smi_value(word: int) -> int:
    """The integer of a Smi."""
    value = word >> 32
    return value - 0x1_0000_0000 if value & 0x8000_0000 else value


def is_smi(word: int) -> bool:
    return not word & 1
