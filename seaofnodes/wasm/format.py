"""WebAssembly bodies as text, an instruction a line, with names where the module has them."""

from __future__ import annotations

from seaofnodes.ir.bits import Float
from seaofnodes.runtime.tiers.unit import BytecodeLine, CallSite
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.opcodes import (
    BLOCK,
    CALL,
    CALLS,
    ELSE,
    END,
    IF,
    LOCAL_GET,
    LOCAL_SET,
    LOCAL_TEE,
    LOOP,
    OPCODES,
    RETURN_CALL,
    Immediate,
)
from seaofnodes.wasm.types import FuncType

_LOCALS = frozenset((LOCAL_GET, LOCAL_SET, LOCAL_TEE))


def format_body(module: Module, function_index: int) -> list[BytecodeLine]:
    """The instructions of an own function."""
    body = module.body(function_index)
    names = module.names.locals.get(function_index, {})
    lines: list[BytecodeLine] = []
    depth = 0
    for opcode, immediate, offset in zip(body.opcodes, body.immediates, body.offsets, strict=True):
        if opcode in (END, ELSE):
            depth = max(depth - 1, 0)
        variable = names.get(immediate, "") if opcode in _LOCALS and isinstance(immediate, int) else ""
        lines.append(BytecodeLine(offset, depth, format_instruction(module, opcode, immediate), variable))
        if opcode in (BLOCK, LOOP, IF, ELSE):
            depth += 1
    return lines


def call_lines(module: Module, function_index: int) -> list[CallSite]:
    """The call instructions of an own function."""
    body = module.body(function_index)
    found = []
    for opcode, immediate, offset in zip(body.opcodes, body.immediates, body.offsets, strict=True):
        if opcode in CALLS:
            callee = immediate if opcode in (CALL, RETURN_CALL) and isinstance(immediate, int) else -1
            found.append(CallSite(offset, OPCODES[opcode].name, callee))
    return found


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
