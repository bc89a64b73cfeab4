"""States of the values: saved, restored, and the ones that labels expect.

Nothing here takes time proportional to the number of locals.
"""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.layout import RAX, RDX
from seaofnodes.backend.template.value_stack import ValueStack
from seaofnodes.backend.template.values import FLOAT_MASK, GP_MASK, MEM, MEM_FLOAT, XMM, is_float_entry
from seaofnodes.wasm.baseline.analysis import Loop

# How many registers a loop's header may fill, by kind; the rest is for what its body computes.
_LOOP_REGISTERS: Final = 10
_LOOP_FLOATS: Final = 11
_SPARE: Final = 4  # registers that a join leaves free when it moves constants and shared values into registers


class State:
    """A state of the values, as registers alone.

    Attributes: base: number of entries below the label's operands; registers: index of a value -> its register (all
    others are in their slots); operands: entries from base on; references: the indices of those that are references;
    clean: as in Registers; constants: locals that are constants; instance, memory: registers with those addresses, or
    -1; live: locals whose value matters, as a bit set; fixed: code relies on `clean` already.
    """

    __slots__ = (
        "base",
        "clean",
        "constants",
        "fixed",
        "instance",
        "live",
        "memory",
        "operands",
        "references",
        "registers",
    )

    def __init__(self, base: int, live: int) -> None:
        self.base = base
        self.live = live
        self.registers: dict[int, int] = {}
        self.operands: list[int] = []
        self.references: list[int] = []
        self.clean: set[int] = set()
        self.constants: dict[int, int] = {}
        self.instance = -1
        self.memory = -1
        self.fixed = False


def _pick(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


class States(ValueStack):
    """Values whose state can be saved, and planned for a label."""

    def save(self, base: int) -> State:
        """The current state."""
        state = State(base, -1)
        registers = state.registers
        for register, owners in enumerate(self.owners):
            if owners:
                for index in owners:
                    registers[index] = register
        state.operands = self.entries[base:]
        state.references = self.references_from(base)
        state.clean = set(self.clean)
        state.constants = {index: self.entries[index] for index in self.constant_locals}
        state.instance, state.memory = self.instance_register, self.memory_register
        return state

    def restore(self, state: State) -> None:
        """Make a state the current one; no code."""
        entries, owners, base = self.entries, self.owners, state.base
        for register, indices in enumerate(owners):
            if indices:
                memory = MEM if register < XMM else MEM_FLOAT
                for index in indices:
                    entries[index] = memory
                indices.clear()
        for index in self.constant_locals:
            entries[index] = MEM_FLOAT if self.float_locals[index] else MEM
        self.cut(base)
        entries += state.operands
        self.references += state.references
        free = GP_MASK | FLOAT_MASK
        for index, register in state.registers.items():
            entries[index] = register
            owners[register].append(index)
            free &= ~(1 << register)
        for index, entry in state.constants.items():
            entries[index] = entry
        self.constant_locals = set(state.constants)
        self.clean = set(state.clean)
        self.instance_register, self.memory_register = state.instance, state.memory
        if state.instance >= 0:
            free &= ~(1 << state.instance)
        if state.memory >= 0:
            free &= ~(1 << state.memory)
        self.free = free

    def label_state(self, base: int, arity: int, live: int) -> State:
        """The state that a forward label will have, after the current one: every value has a register of its own."""
        state = State(base, live)
        state.instance, state.memory = self.instance_register, self.memory_register
        registers, locals = state.registers, self.locals
        available = GP_MASK | FLOAT_MASK
        if state.instance >= 0:
            available &= ~(1 << state.instance)
        if state.memory >= 0:
            available &= ~(1 << state.memory)
        homeless: list[int] = []
        for register, owners in enumerate(self.owners):
            if not owners:
                continue
            for index in owners:
                if index < base and (index >= locals or live >> index & 1):
                    if available >> register & 1:
                        registers[index] = register
                        available &= ~(1 << register)
                    else:
                        homeless.append(index)
        top = len(self.entries) - arity
        state.references = [base + index - top for index in self.references_from(top)]
        for offset in range(arity):
            entry = self.entries[top + offset]
            floating = is_float_entry(entry)
            if not (0 <= entry < MEM and available >> entry & 1):
                spare = available & (FLOAT_MASK if floating else GP_MASK)
                if not spare or entry >= MEM:
                    state.operands.append(MEM_FLOAT if floating else MEM)
                    continue
                free = spare & self.free
                entry = _pick(free or spare)
            available &= ~(1 << entry)
            registers[base + offset] = entry
            state.operands.append(entry)
        homeless += [index for index in self.constant_locals if live >> index & 1]
        for index in homeless:
            spare = available & (FLOAT_MASK if is_float_entry(self.entries[index]) else GP_MASK)
            if spare.bit_count() > _SPARE:
                register = _pick(spare & self.free or spare)
                registers[index] = register
                available &= ~(1 << register)
        state.clean = {index for index in registers if index in self.clean}
        return state

    def loop_state(self, base: int, arity: int, live: int, loop: Loop) -> State:
        """The state of a loop's header. A loop that calls starts with empty registers: each turn loses them anyway."""
        state = State(base, live)
        state.fixed = True
        state.references = self.references_from(base)
        registers, entries = state.registers, self.entries
        available = GP_MASK | FLOAT_MASK
        for offset in range(arity):
            entry = entries[base + offset]
            floating = is_float_entry(entry)
            spare = available & (FLOAT_MASK if floating else GP_MASK)
            if loop.calls or spare.bit_count() <= _SPARE:
                state.operands.append(MEM_FLOAT if floating else MEM)
                continue
            register = entry if 0 <= entry < MEM and spare >> entry & 1 else _pick(spare & self.free or spare)
            available &= ~(1 << register)
            registers[base + offset] = register
            state.operands.append(register)
        if loop.calls:
            return state
        if loop.divides:
            available &= ~(1 << RAX | 1 << RDX)  # divisions would move what is there
        if loop.memory:
            state.memory = self._keep(self.memory_register, available)
            available &= ~(1 << state.memory)
        counts = [_LOOP_REGISTERS - loop.divides - loop.memory, _LOOP_FLOATS]
        chosen: list[int] = []
        for index in loop.hottest():
            floating = self.float_locals[index]
            if live >> index & 1 and counts[floating]:
                counts[floating] -= 1
                chosen.append(index)
        rest: list[int] = []
        for index in chosen:
            entry = entries[index]
            if 0 <= entry < MEM and available >> entry & 1:
                available &= ~(1 << entry)
                registers[index] = entry
            else:
                rest.append(index)
        for index in rest:
            spare = available & (FLOAT_MASK if self.float_locals[index] else GP_MASK)
            if not spare:
                continue
            register = _pick(spare & self.free or spare)
            available &= ~(1 << register)
            registers[index] = register
        if loop.instance and counts[0] > 1:
            state.instance = self._keep(self.instance_register, available)
        state.clean = {
            index
            for index in registers
            if index < self.locals and not loop.assigned >> index & 1 and (index in self.clean or entries[index] >= MEM)
        }
        return state

    @staticmethod
    def _keep(register: int, available: int) -> int:
        if register >= 0 and available >> register & 1:
            return register
        return (available & GP_MASK).bit_length() - 1
