"""Values between Python and the interpreter: numbers and bit patterns, references as they are."""

from __future__ import annotations

from typing import Any

from seaofnodes.ir.bits import Float
from seaofnodes.wasm.interpreter.store import ExceptionObject, Function
from seaofnodes.wasm.subtyping import is_subtype
from seaofnodes.wasm.types import EXN, EXTERN, FUNC, FuncType, RefType, ValType


def to_bits(kind: ValType, value: Any) -> Any:
    """The bit pattern of a Python number, integers taken modulo their width; a reference itself. Raises TypeError."""
    if isinstance(kind, RefType):
        if not _refers(kind, value):
            raise TypeError(f"{kind.name} wanted, not {value!r}")
        return value
    if kind.is_float:
        if not isinstance(value, int | float):
            raise TypeError(f"{kind.name} wanted, not {value!r}")
        return Float.of(kind.bits, float(value)).bits
    if not isinstance(value, int):
        raise TypeError(f"{kind.name} wanted, not {value!r}")
    return value & ((1 << kind.bits) - 1)


def from_bits(kind: ValType, bits: Any) -> Any:
    """The Python number of a bit pattern, integers signed; a reference itself."""
    if kind.is_reference:
        return bits
    if kind.is_float:
        return Float(kind.bits, bits).number
    return bits - (1 << kind.bits) if bits >> (kind.bits - 1) else bits


def default(kind: ValType) -> Any:
    """What locals and table entries of the type are at first: zero or null."""
    return None if kind.is_reference else 0


def _refers(kind: RefType, value: object) -> bool:
    """Is it a reference of that type?"""
    if value is None:
        return kind.nullable
    if isinstance(kind.heap, FuncType):
        return isinstance(value, Function) and is_subtype(value.type, kind.heap)
    return kind.heap is EXTERN or isinstance(value, {FUNC: Function, EXN: ExceptionObject}.get(kind.heap, ()))
