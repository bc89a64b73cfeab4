"""From lines with labels to bytes: how wide operands are, and how far jumps lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from seaofnodes.javascript.bytecode.opcodes import EXTRA_WIDE, FIXED_WIDTH, WIDE, Opcode, Operand

_SIGNED = {Operand.IN, Operand.OUT, Operand.LIST, Operand.PAIR, Operand.PAIR_IN, Operand.TRIPLE, Operand.IMM}


@dataclass(slots=True, eq=False)
class Label:
    """line: of the instruction that it is before; used: does anything jump there?; entered: is it a handler's?"""

    line: int = -1
    used: bool = False
    entered: bool = False


@dataclass(slots=True, eq=False)
class Line:
    """An instruction. position: of the source, and is it that of a statement?; table: labels of a switch."""

    opcode: Opcode
    operands: list[int | Label]
    position: tuple[int, bool] | None
    width: int = 1
    table: list[Label] = field(default_factory=list)


def assemble(lines: Sequence[Line], constants: list[object]) -> tuple[bytes, list[int]]:
    """The bytes, and where each line begins, and the end."""
    for line in lines:
        for kind, operand in zip(line.opcode.operands, line.operands, strict=True):
            if isinstance(operand, int) and kind not in FIXED_WIDTH:
                line.width = max(line.width, _width(operand, kind in _SIGNED))
    starts = _starts(lines)
    while _widen(lines, starts):
        starts = _starts(lines)
    code = bytearray()
    for index, line in enumerate(lines):
        if line.width > 1:
            code.append(WIDE if line.width == 2 else EXTRA_WIDE)
        code.append(line.opcode.number)
        for kind, operand in zip(line.opcode.operands, line.operands, strict=True):
            value = _distance(starts, index, operand) if isinstance(operand, Label) else operand
            code += value.to_bytes(FIXED_WIDTH.get(kind, line.width), "little", signed=kind in _SIGNED)
        if line.table:
            first = line.operands[0]
            assert isinstance(first, int)
            for at, label in enumerate(line.table):
                constants[first + at] = starts[label.line] - starts[index]
    return bytes(code), starts


def _width(value: int, signed: bool) -> int:
    if signed:
        return 1 if -0x80 <= value < 0x80 else 2 if -0x8000 <= value < 0x8000 else 4
    return 1 if value < 0x100 else 2 if value < 0x10000 else 4


def _starts(lines: Sequence[Line]) -> list[int]:
    starts, offset = [], 0
    for line in lines:
        starts.append(offset)
        offset += 1 + (line.width > 1) + sum(FIXED_WIDTH.get(kind, line.width) for kind in line.opcode.operands)
    return [*starts, offset]


def _widen(lines: Sequence[Line], starts: Sequence[int]) -> bool:
    changed = False
    for index, line in enumerate(lines):
        for operand in line.operands:
            if isinstance(operand, Label):
                needed = _width(_distance(starts, index, operand), signed=False)
                if needed > line.width:
                    line.width, changed = needed, True
    return changed


def _distance(starts: Sequence[int], index: int, label: Label) -> int:
    assert label.line >= 0, "a label that is nowhere"
    return abs(starts[label.line] - starts[index])
