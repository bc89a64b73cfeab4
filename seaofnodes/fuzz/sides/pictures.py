"""What a reference leads to, as text that is the same for the interpreter and for machine code: to compare frames."""

from __future__ import annotations

from typing import Any, Final

from seaofnodes.fuzz.sides.host import show
from seaofnodes.wasm.engine.objects.handles import ArrayReference, I31Reference, StructReference
from seaofnodes.wasm.engine.values import from_bits
from seaofnodes.wasm.interpreter.values import I31, Array, Struct
from seaofnodes.wasm.types import ArrayType, FieldType, StructType

DEPTH: Final = 3  # references from one object to the next
_MOST: Final = 6  # fields or elements


def picture(value: object, depth: int = DEPTH, seen: dict[int, int] | None = None) -> str:
    """Objects with what is in them, down to a depth; a function's name; or what `show` says. An object that is there
    again is a number; seen: those before, by `identity`.
    """
    if isinstance(value, I31Reference):
        return f"i31 {int(value)}"
    if isinstance(value, I31):
        return f"i31 {value.signed}"
    seen = {} if seen is None else seen
    number = identity(value)
    if number in seen:
        return f"object {seen[number]}"
    if number:
        seen[number] = len(seen)
    if isinstance(value, Struct | StructReference):
        kinds, bits = value.type.fields[:_MOST], isinstance(value, Struct)
        cells = value.fields[:_MOST] if isinstance(value, Struct) else [value[i] for i in range(len(kinds))]
        return _object(value.type, "", zip(kinds, cells, strict=True), bits, depth, seen)
    if isinstance(value, Array | ArrayReference):
        count, bits = min(len(value), _MOST), isinstance(value, Array)
        cells = value.elements[:count] if isinstance(value, Array) else [value[i] for i in range(count)]
        kinds = (value.type.element,) * count
        return _object(value.type, f" {len(value)}", zip(kinds, cells, strict=True), bits, depth, seen)
    name = getattr(value, "name", None)
    return show(value) if name is None else f"function {name}"


def identity(value: object) -> int:
    """Of an object that is there; 0 for all else."""
    if isinstance(value, StructReference | ArrayReference):
        return value.word
    return id(value) if isinstance(value, Struct | Array) else 0


def _object(
    kind: StructType | ArrayType, length: str, cells: Any, bits: bool, depth: int, seen: dict[int, int]
) -> str:
    """cells: pairs of a FieldType and what is there; bits: are numbers bit patterns?"""
    inside = ", ".join(_cell(field, cell, bits, depth, seen) for field, cell in cells) if depth else "..."
    return f"{'array' if isinstance(kind, ArrayType) else 'struct'}{length}({inside})"


def _cell(field: FieldType, cell: Any, bits: bool, depth: int, seen: dict[int, int]) -> str:
    if field.type.is_reference:
        return picture(cell, depth - 1, seen)
    return show(from_bits(cell, field.type) if bits and not field.is_packed else cell)
