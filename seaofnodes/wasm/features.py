"""WebAssembly features by name: which are supported, and which later instruction or encoding needs which.

The names are those of the proposals. What no version of the specification knows is malformed, not unsupported.
"""

from __future__ import annotations

from typing import Final, NoReturn

from seaofnodes.errors import DecodeError, UnsupportedFeatureError

MUTABLE_GLOBALS: Final = "mutable-globals"
SIGN_EXTENSION: Final = "sign-extension"
SATURATING_CONVERSIONS: Final = "saturating-float-to-int"
MULTI_VALUE: Final = "multi-value"
EXTENDED_CONST: Final = "extended-const"

BULK_MEMORY: Final = "bulk-memory"
REFERENCE_TYPES: Final = "reference-types"
FUNCTION_REFERENCES: Final = "function-references"
TAIL_CALLS: Final = "tail-calls"
SIMD: Final = "simd"
RELAXED_SIMD: Final = "relaxed-simd"
GC: Final = "gc"  # objects: structs, arrays, i31, and the instructions on them
GC_TYPES: Final = "gc-types"  # of gc, what is there without objects: recursion groups, subtypes, abstract heap types
EXCEPTIONS: Final = "exceptions"
LEGACY_EXCEPTIONS: Final = "legacy-exceptions"  # needs exceptions too: both use tags and throw
MEMORY64: Final = "memory64"
MULTI_MEMORY: Final = "multi-memory"
THREADS: Final = "threads"
WIDE_ARITHMETIC: Final = "wide-arithmetic"
LIMITS: Final = "limits"  # a size above binary/limits.py

# What decoder, validator, reference interpreter and engines know.
SUPPORTED: Final = frozenset(
    {
        MUTABLE_GLOBALS,
        SIGN_EXTENSION,
        SATURATING_CONVERSIONS,
        MULTI_VALUE,
        EXTENDED_CONST,
        BULK_MEMORY,
        REFERENCE_TYPES,
        FUNCTION_REFERENCES,
        GC_TYPES,
        GC,
        TAIL_CALLS,
        EXCEPTIONS,
        LEGACY_EXCEPTIONS,
        MEMORY64,
        MULTI_MEMORY,
    }
)

# Value types by their byte.
VALUE_TYPE_FEATURES: Final[dict[int, str]] = {
    0x7B: SIMD,
    0x70: REFERENCE_TYPES,
    0x6F: REFERENCE_TYPES,
    0x64: FUNCTION_REFERENCES,
    0x63: FUNCTION_REFERENCES,
    0x69: EXCEPTIONS,
    0x74: EXCEPTIONS,
    **dict.fromkeys((0x73, 0x72, 0x71, 0x6E, 0x6D, 0x6C, 0x6B, 0x6A), GC_TYPES),
}

OPCODE_FEATURES: Final[dict[int, str]] = {
    **dict.fromkeys((0x08, 0x0A, 0x1F), EXCEPTIONS),
    **dict.fromkeys((0x06, 0x07, 0x09, 0x18, 0x19), LEGACY_EXCEPTIONS),
    **dict.fromkeys((0x12, 0x13), TAIL_CALLS),
    **dict.fromkeys((0x14, 0x15, 0xD4, 0xD5, 0xD6), FUNCTION_REFERENCES),
    **dict.fromkeys((0x1C, 0x25, 0x26, 0xD0, 0xD1, 0xD2), REFERENCE_TYPES),
    0xD3: GC,
    **dict.fromkeys(range(0xC0, 0xC5), SIGN_EXTENSION),
    **dict.fromkeys(range(0xFC00, 0xFC08), SATURATING_CONVERSIONS),
    **dict.fromkeys(range(0xFC08, 0xFC0F), BULK_MEMORY),
    **dict.fromkeys(range(0xFC0F, 0xFC12), REFERENCE_TYPES),
    **dict.fromkeys(range(0xFC13, 0xFC17), WIDE_ARITHMETIC),
    **dict.fromkeys(range(0xFB00, 0xFB1F), GC),
    **dict.fromkeys(range(0xFD00, 0xFE00), SIMD),
    **dict.fromkeys(range(0xFD100, 0xFD114), RELAXED_SIMD),
    **dict.fromkeys((*range(0xFE00, 0xFE04), *range(0xFE10, 0xFE4F)), THREADS),
}


def require(feature: str, features: frozenset[str], what: str, offset: int) -> None:
    """Raise UnsupportedFeatureError, naming what needs the feature, unless it is among the features."""
    if feature not in features:
        raise UnsupportedFeatureError(f"{what} needs the feature {feature}, which is not supported", offset, feature)


def allows(features: frozenset[str], opcode: int) -> bool:
    """Is the instruction (numbered as in opcodes.py) there with these features?"""
    feature = OPCODE_FEATURES.get(opcode)
    return feature is None or feature in features


def refuse_opcode(opcode: int, offset: int) -> NoReturn:
    """Raise the right error for an instruction (numbered as in opcodes.py) that cannot be decoded."""
    feature = OPCODE_FEATURES.get(opcode)
    if feature is None:
        raise DecodeError(f"illegal opcode {opcode:#04x}", offset)
    raise UnsupportedFeatureError(
        f"instruction {opcode:#04x} needs the feature {feature}, which is not supported", offset, feature
    )
