"""The bytecode of a function, as the tiers read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from seaofnodes.javascript.bytecode.opcodes import BY_NUMBER, EXTRA_WIDE, FIXED_WIDTH, WIDE, Opcode, Operand

_SIGNED = {Operand.IN, Operand.OUT, Operand.LIST, Operand.PAIR, Operand.PAIR_IN, Operand.TRIPLE, Operand.IMM}


@dataclass(frozen=True, slots=True)
class Handler:
    """What is thrown in the bytes from `start` to before `end` goes to `target`, with the context in a register;
    caught: does the code there catch it, or throw it again?
    """

    start: int
    end: int
    target: int
    context: int
    caught: bool


@dataclass(frozen=True, slots=True)
class Position:
    """The place in the source of the instruction at an offset; statement: does a statement begin there?"""

    offset: int
    source: int
    statement: bool


@dataclass(frozen=True, slots=True)
class Instruction:
    """width: of most operands, in bytes; operands: numbers, signed where they are registers; a distance of a jump
    counts from the instruction's start.
    """

    offset: int
    size: int
    width: int
    opcode: Opcode
    operands: tuple[int, ...]

    @property
    def target(self) -> int:
        """Where a jump leads."""
        distance = self.operands[self.opcode.operands.index(Operand.JUMP)]
        return self.offset - distance if self.opcode.name == "JumpLoop" else self.offset + distance


@dataclass(slots=True)
class BytecodeArray:
    """name: of the function; parameters: with the receiver; registers: of the frame; slots: kinds of feedback, by
    index, "" for the second half of a slot of two; new_target: the register in which it comes, or None.
    """

    name: str
    code: bytes
    parameters: int
    registers: int
    constants: list[object]
    handlers: list[Handler]
    positions: list[Position]
    slots: list[str]
    closures: int
    new_target: int | None = None
    decoded: list[Instruction] | None = field(default=None, repr=False)

    def instructions(self) -> list[Instruction]:
        """All instructions in order."""
        if self.decoded is None:
            self.decoded = list(_decode(self.code))
        return self.decoded


def _decode(code: bytes) -> Iterator[Instruction]:
    offset = 0
    while offset < len(code):
        start, width = offset, 1
        if code[offset] in (WIDE, EXTRA_WIDE):
            width = 2 if code[offset] == WIDE else 4
            offset += 1
        opcode = BY_NUMBER[code[offset]]
        offset += 1
        operands = []
        for kind in opcode.operands:
            size = FIXED_WIDTH.get(kind, width)
            operands.append(int.from_bytes(code[offset : offset + size], "little", signed=kind in _SIGNED))
            offset += size
        yield Instruction(start, offset - start, width, opcode, tuple(operands))
