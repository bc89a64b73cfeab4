"""Machine code as text: bytes, instructions, and beside them the node and the bytecode they were made for."""

from __future__ import annotations

from seaofnodes.backend.assembler.disassembly import Line, describe, disassemble
from seaofnodes.backend.code import MachineCode, Relocation
from seaofnodes.backend.positions import Position
from seaofnodes.ir.operator import Operator
from seaofnodes.ir.ops.labels import operator_label
from seaofnodes.ir.ops.traps import TRAP_REASONS
from seaofnodes.names import printable as printable
from seaofnodes.runtime.code.code_object import FunctionNames

_MOST = 300


def label(op: Operator, names: FunctionNames) -> str:
    """An operator in words, with the names of functions."""
    return printable(operator_label(op, names.function_name), _MOST)


def code_lines(code: MachineCode, names: FunctionNames) -> list[Line]:
    """Disassembled lines of the code and its constants; calls have the names of their targets."""

    def name(relocation: Relocation) -> str:
        if relocation.kind == "slot" and isinstance(relocation.target, int):
            return printable(names.function_name(relocation.target))
        if relocation.kind == "builtin" and str(relocation.target).startswith("trap_"):
            return f"trap: {TRAP_REASONS[int(str(relocation.target)[5:])]}"
        return describe(relocation)

    labels = {pc: f"B{block}" for pc, block in code.blocks}
    return disassemble(code.data, code.code_size, relocations=code.relocations, labels=labels, name=name)


def format_code(code: MachineCode, names: FunctionNames) -> str:
    """A listing with columns: offset, bytes, instruction; node id and bytecode offset where they change."""
    name = printable(names.function_name(code.function_index))
    lines = [f"{name}: {code.tier} code, {code.code_size} bytes, frame of {code.frame_size} bytes"]
    last: Position | None = None
    for line in code_lines(code, names):
        if line.label:
            lines.append(f"{line.label}:")
        position = code.positions.at(line.offset) if line.offset < code.code_size else None
        beside = ""
        if position is not None and position is not last:
            beside = _beside(code, names, position)
            last = position
        trap = code.traps.get(line.offset)
        if trap is not None:
            beside += f"  may trap: {TRAP_REASONS[trap]}"
        text = f"  {line.offset:6x}  {line.hex:24}  {line.text}"
        lines.append(f"{text:84};{beside}" if beside else text)
    return "\n".join(lines) + "\n"


def _beside(code: MachineCode, names: FunctionNames, position: Position) -> str:
    texts = []
    if position.node >= 0:
        texts.append(f"n{position.node}")
    if position.bytecode_offset >= 0:
        texts.append(f"@{position.bytecode_offset:#x}")
    if position.inlining >= 0:
        inlined = code.inlinings[position.inlining]
        texts.append(f"in {printable(names.function_name(inlined.function_index))}")
    return "".join(f" {text}" for text in texts)
