"""How the baseline compiler writes down where a value is: an entry is one int.

0 to 15      an integer register
16 to 31     a float register, xmm0 to xmm15
32, 33       its home slot in the frame (33: of a float)
negative     a constant: ~(bits << 1 | is_float)
"""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.layout import ALLOCATABLE_FLOAT, ALLOCATABLE_INTEGER, FLOAT_SCRATCH, R11

XMM: Final = 16  # entry of xmm0
MEM: Final = 32
MEM_FLOAT: Final = 33

SCRATCH: Final = R11
SCRATCH_FLOAT: Final = XMM + FLOAT_SCRATCH

GP_MASK: Final = sum(1 << register for register in ALLOCATABLE_INTEGER)
FLOAT_MASK: Final = sum(1 << XMM + register for register in ALLOCATABLE_FLOAT)

MASK32: Final = 0xFFFF_FFFF
MASK64: Final = 0xFFFF_FFFF_FFFF_FFFF


def constant(bits: int) -> int:
    """The entry of an integer constant, given as an unsigned bit pattern."""
    return ~(bits << 1)


def float_constant(bits: int) -> int:
    """The entry of a float constant, given as its bit pattern."""
    return ~(bits << 1 | 1)


def constant_bits(entry: int) -> int:
    """The bit pattern of a constant's entry."""
    return ~entry >> 1


def signed(bits: int, width: int) -> int:
    """A bit pattern of `width` bits as a two's complement number."""
    return bits - (1 << width) if bits >> (width - 1) else bits


def is_float_entry(entry: int) -> bool:
    """Is the value a float?"""
    if entry < 0:
        return bool(~entry & 1)
    return entry == MEM_FLOAT or XMM <= entry < MEM
