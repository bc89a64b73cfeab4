"""WebAssembly types: of values, functions, tables, memories and globals.

Value types are interned: compare them with `is`. Typed references and vectors will be further `ValType` objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


class ValType:
    """A value type, immutable and interned.

    Attributes: name: as in the text format; code: its byte in the binary format; bits: width of a value in a slot;
    is_float: does it live in a float register?; is_reference: does a collector have to know it?
    """

    __slots__ = ("bits", "code", "is_float", "is_reference", "name")

    name: Final[str]
    code: Final[int]
    bits: Final[int]
    is_float: Final[bool]
    is_reference: Final[bool]

    def __init__(self, name: str, code: int, bits: int, *, is_float: bool = False, is_reference: bool = False) -> None:
        self.name = name
        self.code = code
        self.bits = bits
        self.is_float = is_float
        self.is_reference = is_reference

    def __repr__(self) -> str:
        return self.name

    def __copy__(self) -> ValType:
        return self

    def __deepcopy__(self, memo: object) -> ValType:
        return self

    def __reduce__(self) -> str:
        return self.name.upper()  # pickle by reference to the module's constant


I32 = ValType("i32", 0x7F, 32)
I64 = ValType("i64", 0x7E, 64)
F32 = ValType("f32", 0x7D, 32, is_float=True)
F64 = ValType("f64", 0x7C, 64, is_float=True)
FUNCREF = ValType("funcref", 0x70, 64, is_reference=True)
EXTERNREF = ValType("externref", 0x6F, 64, is_reference=True)

NUMERIC_TYPES: Final = {t.code: t for t in (I32, I64, F32, F64)}
REFERENCE_TYPES: Final = {t.code: t for t in (FUNCREF, EXTERNREF)}


@dataclass(frozen=True, slots=True)
class FuncType:
    """Types of a function's parameters and results; equal if they have the same types."""

    params: tuple[ValType, ...]
    results: tuple[ValType, ...]

    def __str__(self) -> str:
        params = " ".join(t.name for t in self.params)
        results = " ".join(t.name for t in self.results)
        return f"[{params}] -> [{results}]"


@dataclass(frozen=True, slots=True)
class Limits:
    """Size limits: entries of a table, or 64 KiB pages of a memory; max None means no declared maximum."""

    min: int
    max: int | None = None


@dataclass(frozen=True, slots=True)
class TableType:
    """Element type and limits (in entries) of a table."""

    element: ValType
    limits: Limits


@dataclass(frozen=True, slots=True)
class MemoryType:
    """Limits of a memory in pages of 64 KiB."""

    limits: Limits


@dataclass(frozen=True, slots=True)
class GlobalType:
    """Value type of a global, and whether it may be set."""

    type: ValType
    mutable: bool
