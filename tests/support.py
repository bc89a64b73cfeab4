"""What tests of all rooms share: assembling WebAssembly text, and comparing values bit for bit."""

from __future__ import annotations

import functools
import math
import struct

import wasmtime

CANONICAL_NAN = {"f32": 0x7FC0_0000, "f64": 0x7FF8_0000_0000_0000}
MASK = {"i32": 0xFFFF_FFFF, "i64": 0xFFFF_FFFF_FFFF_FFFF}


@functools.lru_cache(maxsize=512)
def wat(text: str) -> bytes:
    """Assemble a module in the text format; raises wasmtime.WasmtimeError on bad text."""
    return bytes(wasmtime.wat2wasm(text))


def bits(type: str, value: float) -> int:
    """The bits of a value of wasm type "i32", "i64", "f32" or "f64", with every NaN replaced by the canonical one.

    Integers may be given signed or unsigned; floats as Python floats (an f32 must be representable).
    """
    if type in MASK:
        return int(value) & MASK[type]
    if math.isnan(value):
        return CANONICAL_NAN[type]
    source, target = ("<f", "<I") if type == "f32" else ("<d", "<Q")
    result: int = struct.unpack(target, struct.pack(source, value))[0]
    return result


def same(type: str, left: float, right: float) -> bool:
    """Are two values of a wasm type equal bit for bit, all NaNs being one (and 0.0 not being -0.0)?"""
    return bits(type, left) == bits(type, right)
