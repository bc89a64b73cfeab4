"""Proof that an allocation is right: every operand finds, on all paths, the value that it should.

Abstract interpretation over the finished instructions: what virtual registers does each location hold? It knows
nothing of ranges, splits or hints. The state at a join is what all incoming edges agree on; a definition takes its
virtual register out of all places that held its previous value (in the loop's iteration before). After Rideau and
Leroy, "Validating Register Allocation and Spilling" (2010).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaofnodes.backend.allocation.errors import CheckError
from seaofnodes.backend.instruction import (
    ANYWHERE,
    CONSTRAINT_MASK,
    FIRST_FLOAT,
    FIRST_SLOT,
    INCOMING,
    LATE,
    REGISTER,
    REGISTER_OR_SLOT,
    REMATERIALIZE,
    SAME_AS_FIRST,
    VREG_SHIFT,
    Block,
    Instruction,
    Sequence,
    is_memory,
    is_register,
)

if TYPE_CHECKING:
    from seaofnodes.backend.allocation.allocator import Allocation

# Location -> the virtual registers whose value it holds. The upper half of a 16-byte value in memory is ~vreg, in the
# next slot.
State = dict[int, frozenset[int]]
NOTHING: frozenset[int] = frozenset()


def check(allocation: Allocation) -> None:
    """Raise CheckError if the allocation is wrong."""
    _Checker(allocation).run()


class _Checker:
    def __init__(self, allocation: Allocation) -> None:
        self.allocation = allocation
        self.sequence: Sequence = allocation.sequence
        self.where = ""

    def run(self) -> None:
        blocks = self.sequence.blocks
        entering: list[State | None] = [None] * len(blocks)
        entering[0] = {}
        pending = {0}
        while pending:  # facts only ever get fewer, so this ends
            index = min(pending)
            pending.remove(index)
            state = entering[index]
            assert state is not None
            leaving = dict(state)
            for instruction in blocks[index].instructions:
                self._step(leaving, blocks[index], instruction)
            for successor in blocks[index].successors:
                arriving = self._through_phis(leaving, blocks[index], blocks[successor])
                if blocks[successor].thrown >= 0:
                    arriving = {place: held for place, held in arriving.items() if not is_register(place)}
                known = entering[successor]
                merged = arriving if known is None else _meet(known, arriving)
                if merged != known:
                    entering[successor] = merged
                    pending.add(successor)
        self._check_safepoints(entering)

    def _fail(self, what: str) -> None:
        raise CheckError(f"{self.where}: {what}")

    def _through_phis(self, state: State, source: Block, target: Block) -> State:
        if not target.phis:
            return dict(state)
        which = target.predecessors.index(source.index)
        outputs = frozenset(output for output, _ in target.phis)
        flows: dict[int, list[int]] = {}
        for output, inputs in target.phis:
            flows.setdefault(inputs[which], []).append(output)
        result: State = {}
        for location, held in state.items():
            arrived = {output for vreg, ends in flows.items() if vreg in held for output in ends}
            arrived |= {~output for vreg, ends in flows.items() if ~vreg in held for output in ends}
            arrived.update(v for v in held if (v if v >= 0 else ~v) not in outputs)
            result[location] = frozenset(arrived)
        return result

    def _step(self, state: State, block: Block, instruction: Instruction) -> None:
        self.where = f"block {block.index}, instruction {instruction.position} ({instruction.opcode})"
        for source, target, vreg in instruction.moves or ():
            self._move(state, source, target, vreg)
        self._check_uses(state, instruction)
        self._check_apart(instruction)
        if instruction.is_call:
            for register in range(FIRST_SLOT):
                state.pop(register, None)
        for location in instruction.temp_locations:
            state.pop(location, None)
        if len(instruction.defs) != len(instruction.def_locations):
            self._fail("definitions without locations")
        for operand, location in zip(instruction.defs, instruction.def_locations, strict=True):
            self._define(state, instruction, operand, location)

    def _move(self, state: State, source: int, target: int, vreg: int) -> None:
        wide = self.sequence.widths[vreg] == 16
        if source == REMATERIALIZE:
            if vreg not in self.sequence.rematerializable or not is_register(target):
                self._fail(f"v{vreg} cannot be rematerialized to {target}")
            state[target] = frozenset((vreg,))
            return
        if is_memory(source) and is_memory(target):
            self._fail(f"move from memory {source} to memory {target}")
        for location in (source, target):
            if location >= FIRST_SLOT + self.allocation.slots:
                self._fail(f"location {location} is outside of the frame")
        if target < 0:
            self._fail(f"move to the caller's stack argument {-1 - target}")
        held = state.get(source, NOTHING)
        if vreg not in held and ~vreg not in held:
            self._fail(f"a move of v{vreg} from {source}, which holds {set(held)}")
        if wide and is_memory(target) and source >= FIRST_FLOAT:
            state[target + 1] = frozenset(~v for v in held)
        elif wide and is_memory(source) and target >= FIRST_FLOAT:
            held = frozenset(v for v in held if ~v in state.get(source + 1, NOTHING))
        state[target] = held

    def _check_uses(self, state: State, instruction: Instruction) -> None:
        sequence = self.sequence
        if len(instruction.uses) != len(instruction.use_locations):
            self._fail("uses without locations")
        for operand, location in zip(instruction.uses, instruction.use_locations, strict=True):
            vreg, constraint = operand >> VREG_SHIFT, operand & CONSTRAINT_MASK & ~LATE
            if location == REMATERIALIZE:
                if constraint != ANYWHERE or vreg not in sequence.rematerializable:
                    self._fail(f"use of v{vreg} is nowhere")
                continue
            held = state.get(location, NOTHING)
            if vreg not in held:
                self._fail(f"use of v{vreg} in {location}, which holds {set(held)}")
            if sequence.widths[vreg] == 16 and is_memory(location) and ~vreg not in state.get(location + 1, NOTHING):
                self._fail(f"use of v{vreg} in {location}, whose upper half is lost")
            if constraint < REGISTER:
                if location != constraint:
                    self._fail(f"use of v{vreg} in {location} instead of {constraint}")
            elif is_register(location):
                self._check_bank(vreg, location)
            elif constraint not in (REGISTER_OR_SLOT, ANYWHERE):
                self._fail(f"use of v{vreg} in memory")
            if operand & LATE and instruction.is_call and is_register(location):
                self._fail(f"late use of v{vreg} in a register that the call clobbers")

    def _check_bank(self, vreg: int, location: int) -> None:
        if (self.sequence.kinds[vreg] == "x") != (location >= FIRST_FLOAT):
            self._fail(f"v{vreg} in {location}, of the wrong bank")

    def _check_apart(self, instruction: Instruction) -> None:
        """Definitions, temporaries and what else is in registers at the same time must not overlap."""
        written: set[int] = set()
        for location in instruction.def_locations + instruction.temp_locations:
            if location in written:
                self._fail(f"{location} is written twice")
            written.add(location)
        temporaries = set(instruction.temp_locations)
        tied = instruction.defs and instruction.defs[0] & CONSTRAINT_MASK == SAME_AS_FIRST
        first = instruction.uses[0] >> VREG_SHIFT if tied else -1
        for operand, location in zip(instruction.uses, instruction.use_locations, strict=True):
            is_fixed = operand & CONSTRAINT_MASK & ~LATE < REGISTER
            if tied and operand >> VREG_SHIFT == first and location == instruction.def_locations[0]:
                continue
            if location in temporaries and not is_fixed:
                self._fail(f"the temporary {location} is read")
            if operand & LATE and location in written:
                self._fail(f"the late use in {location} is overwritten")
            if tied and location == instruction.def_locations[0]:
                self._fail(f"the use in {location} is overwritten by the two-address definition's input")
        for operand, location in zip(instruction.temps or (), instruction.temp_locations, strict=True):
            constraint = operand & CONSTRAINT_MASK
            if constraint < REGISTER:
                if location != constraint:
                    self._fail(f"temporary in {location} instead of {constraint}")
            elif not is_register(location):
                self._fail("temporary in memory")
            else:
                self._check_bank(operand >> VREG_SHIFT, location)

    def _define(self, state: State, instruction: Instruction, operand: int, location: int) -> None:
        vreg, constraint = operand >> VREG_SHIFT, operand & CONSTRAINT_MASK
        for place, held in state.items():
            if vreg in held or ~vreg in held:
                state[place] = held - {vreg, ~vreg}
        if constraint < REGISTER:
            expected = constraint
        elif constraint & INCOMING:
            expected = -1 - (constraint & ~INCOMING)
        elif constraint == SAME_AS_FIRST:
            expected = instruction.use_locations[0]
        elif constraint == ANYWHERE and location == REMATERIALIZE:
            return
        else:
            expected = location
        if location != expected:
            self._fail(f"v{vreg} is defined in {location} instead of {expected}")
        if constraint in (REGISTER, SAME_AS_FIRST):
            if not is_register(location):
                self._fail(f"v{vreg} is defined in memory")
            self._check_bank(vreg, location)
        state[location] = frozenset((vreg,))

    def _check_safepoints(self, entering: list[State | None]) -> None:
        """A safepoint lists each reference that is live after it, and nothing but references."""
        references = self.sequence.references
        live = self._live_references()
        for block in self.sequence.blocks:
            state = dict(entering[block.index] or {})
            wanted: dict[int, set[int]] = {}
            alive = set(live[block.index])
            for instruction in reversed(block.instructions):
                alive -= {operand >> VREG_SHIFT for operand in instruction.defs}
                if instruction.is_call or instruction.is_safepoint:
                    late = {operand >> VREG_SHIFT for operand in instruction.uses if operand & LATE}
                    wanted[instruction.position] = alive | late & references
                alive |= {operand >> VREG_SHIFT for operand in instruction.uses} & references
            for instruction in block.instructions:
                self._step(state, block, instruction)
                if instruction.is_call or instruction.is_safepoint:
                    told = self.allocation.safepoints[instruction.position]
                    for location in told:
                        if not state.get(location, NOTHING) & references:
                            self._fail(f"the safepoint tells {location}, which holds no reference")
                    for vreg in wanted[instruction.position] - set(self.sequence.rematerializable):
                        if not any(vreg in state.get(location, NOTHING) for location in told):
                            self._fail(f"the safepoint does not tell the reference v{vreg}")

    def _live_references(self) -> list[set[int]]:
        """References live out of each block, phis' inputs included."""
        blocks, references = self.sequence.blocks, self.sequence.references
        live_in: list[set[int]] = [set() for _ in blocks]
        live_out: list[set[int]] = [set() for _ in blocks]
        changed = bool(references)
        while changed:
            changed = False
            for block in reversed(blocks):
                out: set[int] = set()
                for successor in block.successors:
                    target = blocks[successor]
                    out |= live_in[successor]
                    which = target.predecessors.index(block.index)
                    out |= {inputs[which] for _, inputs in target.phis if inputs[which] in references}
                live = set(out)
                for instruction in reversed(block.instructions):
                    live -= {operand >> VREG_SHIFT for operand in instruction.defs}
                    live |= {operand >> VREG_SHIFT for operand in instruction.uses} & references
                live -= {output for output, _ in block.phis}
                if live != live_in[block.index] or out != live_out[block.index]:
                    live_in[block.index], live_out[block.index] = live, out
                    changed = True
        return live_out


def _meet(one: State, two: State) -> State:
    result: State = {}
    for location, held in one.items():
        common = held & two.get(location, NOTHING)
        if common:
            result[location] = common
    return result
