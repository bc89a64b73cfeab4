"""Moving many values at once: where control flow joins, into argument registers, into result registers."""

from __future__ import annotations

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.template.value_stack import INSTANCE_SLOT, ValueStack
from seaofnodes.backend.template.values import MEM, SCRATCH, SCRATCH_FLOAT, XMM


class Moves:
    """A parallel assignment, collected first and performed later, perhaps out of line; it remembers no state.

    Order of execution: stores (and slot to slot), register moves, loads. So a load may read what a store has written,
    and no store reads what a move has overwritten.

    Attributes: stores: (entry, its slot if it is there, destination); registers: destination -> source; loads:
    (register, entry, its slot if it is there); memory: the register that gets the start of memory 0, or -1.
    """

    __slots__ = ("loads", "memory", "registers", "stores")

    def __init__(self) -> None:
        self.stores: list[tuple[int, Mem | None, Mem]] = []
        self.registers: dict[int, int] = {}
        self.loads: list[tuple[int, int, Mem | None]] = []
        self.memory = -1

    def __bool__(self) -> bool:
        return bool(self.stores or self.registers or self.loads or self.memory >= 0)

    def assign(self, register: int, entry: int, slot: Mem | None) -> None:
        """A register gets a value, which is in `slot` when it is in no register and no constant."""
        if 0 <= entry < MEM:
            if entry != register:
                self.registers[register] = entry
        else:
            self.loads.append((register, entry, slot))

    def perform(self, values: ValueStack) -> None:
        """Emit the code; flags survive."""
        flags_live, values.flags_live = values.flags_live, True
        emit = values.emit
        for entry, slot, to in self.stores:
            if entry < 0:
                values.store_constant(~entry >> 1, to)
            elif entry < XMM:
                emit("MOV_m64_r64", to, entry)
            elif entry < MEM:
                emit("MOVSD_m64_x", to, entry - XMM)
            else:
                assert slot is not None
                emit("MOV_r64_m64", SCRATCH, slot)
                emit("MOV_m64_r64", to, SCRATCH)
        if self.registers:
            _move_registers(self.registers, values)
        for register, entry, slot in self.loads:
            if entry < 0:
                values.load_constant(register, entry)
            elif register < XMM:
                assert slot is not None
                emit("MOV_r64_m64", register, slot)
            else:
                assert slot is not None
                emit("MOVSD_x_m64", register - XMM, slot)
        if self.memory >= 0:
            emit("MOV_r64_m64", self.memory, INSTANCE_SLOT)
            emit("MOV_r64_m64", self.memory, Mem(self.memory, values.bases[0]))
        values.flags_live = flags_live


def _move_registers(moves: dict[int, int], values: ValueStack) -> None:
    """Chains from their ends; what remains are cycles, broken through the scratch register."""
    pending = dict(moves)
    readers: dict[int, int] = {}
    for source in pending.values():
        readers[source] = readers.get(source, 0) + 1
    ready = [to for to in pending if to not in readers]
    while pending:
        while ready:
            to = ready.pop()
            source = pending.pop(to)
            values.move(to, source)
            readers[source] -= 1
            if not readers[source] and source in pending:
                ready.append(source)
        if pending:
            to, source = next(iter(pending.items()))
            scratch = SCRATCH if to < XMM else SCRATCH_FLOAT
            values.move(scratch, source)
            pending[to] = scratch
            readers[scratch] = 1
            readers[source] -= 1
            if not readers[source]:
                ready.append(source)
