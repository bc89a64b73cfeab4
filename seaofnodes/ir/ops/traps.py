"""Trap reasons: what `TrapIf`, `TrapUnless` and machine code carry is an index in this list; the words are the
specification's.
"""

from __future__ import annotations

from typing import Final

TRAP_REASONS: Final = (
    "unreachable",
    "integer divide by zero",
    "integer overflow",
    "invalid conversion to integer",
    "out of bounds memory access",
    "undefined element",
    "uninitialized element",
    "indirect call type mismatch",
    "call stack exhausted",
    "out of bounds table access",
    "null reference",
    "null function reference",
    "null exception reference",
    "null structure reference",
    "null array reference",
    "null i31 reference",
    "cast failure",
    "out of bounds array access",
    "array too large",
)

UNREACHABLE: Final = 0
DIVIDE_BY_ZERO: Final = 1
INTEGER_OVERFLOW: Final = 2
INVALID_CONVERSION: Final = 3
MEMORY_OUT_OF_BOUNDS: Final = 4
UNDEFINED_ELEMENT: Final = 5
UNINITIALIZED_ELEMENT: Final = 6
SIGNATURE_MISMATCH: Final = 7
STACK_EXHAUSTED: Final = 8
TABLE_OUT_OF_BOUNDS: Final = 9
NULL_REFERENCE: Final = 10
NULL_FUNCTION: Final = 11
NULL_EXCEPTION: Final = 12
NULL_STRUCT: Final = 13
NULL_ARRAY: Final = 14
NULL_I31: Final = 15
CAST_FAILURE: Final = 16
ARRAY_OUT_OF_BOUNDS: Final = 17
ARRAY_TOO_LARGE: Final = 18
