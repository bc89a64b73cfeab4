"""WebAssembly bodies as text, an instruction a line, with names where the module has them."""

from __future__ import annotations

from typing import NamedTuple

from seaofnodes.ir.bits import Float
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.opcodes import BLOCK, CALL, ELSE, END, IF, LOOP, OPCODES, Immediate
from seaofnodes.wasm.types import FuncType


class BytecodeLine(NamedTuple):
    """An instruction: its offset in the module, how deep it is nested, and its text."""

    offset: int
    depth: int
    text: str


def format_body(module: Module, function_index: int) -> list[BytecodeLine]:
    """The instructions of an own function."""
    body = module.body(function_index)
    lines: list[BytecodeLine] = []
    depth = 0
    for opcode, immediate, offset in zip(body.opcodes, body.immediates, body.offsets, strict=True):
        if opcode in (END, ELSE):
            depth = max(depth - 1, 0)
        lines.append(BytecodeLine(offset, depth, format_instruction(module, opcode, immediate)))
        if opcode in (BLOCK, LOOP, IF, ELSE):
            depth += 1
    return lines


def format_instruction(module: Module, opcode: int, immediate: object) -> str:
    """One instruction in the text format's words; constants of floats as numbers."""
    known = OPCODES[opcode]
    kind = known.immediate
    if kind is Immediate.NONE or immediate is None:
        return known.name
    if opcode == CALL and isinstance(immediate, int):
        return f"call {immediate} <{module.function_name(immediate)}>"
    return f"{known.name}{_immediate(kind, immediate)}"


def _immediate(kind: Immediate, value: object) -> str:
    if isinstance(value, FuncType):
        params = f" (param {' '.join(t.name for t in value.params)})" if value.params else ""
        return params + (f" (result {' '.join(t.name for t in value.results)})" if value.results else "")
    if isinstance(value, int) and kind in (Immediate.I32, Immediate.I64):
        bits = 32 if kind is Immediate.I32 else 64
        return f" {value - (1 << bits) if value >> (bits - 1) else value}"
    if isinstance(value, int) and kind in (Immediate.F32, Immediate.F64):
        number = Float(32 if kind is Immediate.F32 else 64, value)
        return f" nan:{value:#x}" if number.is_nan else f" {number.number!r}"
    if kind is Immediate.MEMORY_ACCESS and isinstance(value, tuple):
        align, offset, memory = value
        return (f" {memory}" if memory else "") + (f" offset={offset}" if offset else "") + f" align={1 << align}"
    if kind is Immediate.MEMORY and value == 0:
        return ""
    return " " + " ".join(map(str, value)) if isinstance(value, tuple) else f" {value}"
