"""Where control flow joins: how to get from the current state to the one a label expects."""

from __future__ import annotations

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.template.moves import Moves
from seaofnodes.backend.template.value_stack import INSTANCE_SLOT
from seaofnodes.backend.template.values import MEM
from seaofnodes.wasm.baseline.state import State, States


class Merger(States):
    """Transfers between states. The first branch to a label fixes its state; later ones conform."""

    def transfer(self, state: State, arity: int) -> Moves:
        """What takes the current state to a label's; the top `arity` entries become its operands. No code yet."""
        moves = Moves()
        entries, base, live, target = self.entries, state.base, state.live, state.registers
        first = len(entries) - arity
        for offset, to in enumerate(state.operands[:arity]):
            self._transfer_operand(moves, entries[first + offset], first + offset, to, base + offset)
        locals, clean = self.locals, self.clean
        for register, owners in enumerate(self.owners):
            if not owners:
                continue
            for index in owners:
                if index >= base:
                    continue
                to = target.get(index, -1)
                if to < 0:
                    if index >= locals or (index not in clean and live >> index & 1):
                        moves.stores.append((register, None, self._reserve(index)))
                elif to != register:
                    moves.registers[to] = register
        for index in self.constant_locals:
            to = target.get(index, -1)
            if to >= 0:
                moves.loads.append((to, entries[index], None))
            elif live >> index & 1:
                moves.stores.append((entries[index], None, self.home(index)))
        for index, to in target.items():
            if index < base and entries[index] >= MEM:
                moves.loads.append((to, MEM, self.home(index)))
        if state.clean:
            self._transfer_clean(moves, state)
        self._transfer_addresses(moves, state)
        return moves

    def _reserve(self, index: int) -> Mem:
        """The slot of a value that is going to be stored."""
        if index >= self.slots_used:
            self.slots_used = index + 1
        return self.home(index)

    def _transfer_operand(self, moves: Moves, entry: int, index: int, to: int, target: int) -> None:
        """From entry `index` to the label's entry `target`, which lies no higher."""
        if to < MEM:
            if entry >= MEM and index != target:
                # Another operand may be stored where this one is now: bring it home in order, then load.
                moves.stores.append((entry, self.home(index), self._reserve(target)))
                index = target
            moves.assign(to, entry, self.home(index) if entry >= MEM else None)
        elif entry < MEM or index != target:
            moves.stores.append((entry, self.home(index) if entry >= MEM else None, self._reserve(target)))

    def _transfer_clean(self, moves: Moves, state: State) -> None:
        """A label still open believes in a slot only if all that come to it do."""
        dirty = [index for index in state.clean if index not in self.clean and self.entries[index] < MEM]
        if not state.fixed:
            state.clean.difference_update(dirty)
        else:
            for index in dirty:
                moves.stores.append((self.entries[index], None, self.home(index)))

    def _transfer_addresses(self, moves: Moves, state: State) -> None:
        """The copies of the instance's address and the memory's start: an open label forgets what not all bring."""
        for current, wanted in ((self.instance_register, state.instance), (self.memory_register, state.memory)):
            if wanted >= 0 and current >= 0 and current != wanted:
                moves.registers[wanted] = current
        if self.instance_register < 0 and state.instance >= 0:
            if state.fixed:
                moves.loads.append((state.instance, MEM, INSTANCE_SLOT))
            else:
                state.instance = -1
        if self.memory_register < 0 and state.memory >= 0:
            if state.fixed:
                moves.memory = state.memory
            else:
                state.memory = -1
