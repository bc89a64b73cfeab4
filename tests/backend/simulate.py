"""Runs allocated instruction sequences with made-up meanings: does each operand read what it should?

Each definition's value is a hash of the instruction and of what it read; a run follows a random path of limited
length. After allocation values live in locations: moves carry them, calls and temporaries destroy them.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from seaofnodes.backend.instruction import (
    FIRST_FLOAT,
    FIRST_SLOT,
    REMATERIALIZE,
    VREG_SHIFT,
    Block,
    Instruction,
    Move,
    Sequence,
    is_memory,
)

Step = tuple[Block, Block | None, Instruction]


class Mismatch(Exception):
    """An operand does not read what it should."""


def path(sequence: Sequence, random: Random, limit: int) -> Iterator[Step]:
    """Instructions along a random path, each with its block and, for a block's first, the block before."""
    before: Block | None = None
    block = sequence.blocks[0]
    while True:
        for index, instruction in enumerate(block.instructions):
            yield block, before if index == 0 else None, instruction
            limit -= 1
        if not block.successors or limit < 0:
            return
        before, block = block, sequence.blocks[random.choice(block.successors)]


class Machine:
    """Locations and their values; a 16-byte value in memory is two halves."""

    def __init__(self, sequence: Sequence, remade: dict[int, int]) -> None:
        self.sequence = sequence
        self.remade = remade  # virtual register -> the value it is rematerialized with
        self.content: dict[int, object] = {}

    def move(self, move: Move) -> None:
        """Execute one move."""
        source, target, vreg = move
        wide = self.sequence.widths[vreg] == 16
        value = self.remade.get(vreg) if source == REMATERIALIZE else self.content.get(source)
        if wide and is_memory(source) and target >= FIRST_FLOAT:
            value = join(value, self.content.get(source + 1))
        if wide and is_memory(target) and source >= FIRST_FLOAT:
            self.content[target], self.content[target + 1] = (value, "low"), (value, "high")
        else:
            self.content[target] = value

    def read(self, location: int, vreg: int) -> object:
        """The value that a use of the virtual register finds in a location."""
        if location == REMATERIALIZE:
            return self.remade[vreg]
        value = self.content.get(location)
        if self.sequence.widths[vreg] == 16 and is_memory(location):
            return join(value, self.content.get(location + 1))
        return value


def join(low: object, high: object) -> object:
    """The value whose halves these are."""
    if isinstance(low, tuple) and isinstance(high, tuple) and low == (high[0], "low") and high[1] == "high":
        return low[0]
    return None


def run(sequence: Sequence, seed: int, limit: int = 300) -> None:
    """Follow one path through an allocated sequence; raises Mismatch."""
    values: dict[int, int] = {}
    remade: dict[int, int] = {}
    machine = Machine(sequence, remade)
    for block, before, instruction in path(sequence, Random(seed), limit):
        if before is not None and block.phis:
            which = block.predecessors.index(before.index)
            values.update([(output, values[inputs[which]]) for output, inputs in block.phis])
        for move in instruction.moves or ():
            machine.move(move)
        read = []
        for operand, location in zip(instruction.uses, instruction.use_locations, strict=True):
            vreg = operand >> VREG_SHIFT
            read.append(values[vreg])
            if machine.read(location, vreg) != values[vreg]:
                raise Mismatch(f"v{vreg} in {location} at instruction {instruction.position}")
        if instruction.is_call:
            for register in range(FIRST_SLOT):
                machine.content.pop(register, None)
        for location in instruction.temp_locations:
            machine.content.pop(location, None)
        for index, (operand, location) in enumerate(zip(instruction.defs, instruction.def_locations, strict=True)):
            vreg = operand >> VREG_SHIFT
            values[vreg] = hash((instruction.position, index, tuple(read)))
            machine.content[location] = values[vreg]
            if vreg in sequence.rematerializable:
                remade[vreg] = values[vreg]
