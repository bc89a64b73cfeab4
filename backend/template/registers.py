"""Registers and slots: which values are where, and how to make room.

Several values may share a register (`local.get` only notes one more owner). What is in no register is in its slot, so a
state is described by its registers alone, however many locals there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from seaofnodes.backend.assembler import Assembler, Mem, Rip
from seaofnodes.backend.layout import FRAME_FIRST_SLOT, RBP
from seaofnodes.backend.template.values import FLOAT_MASK, GP_MASK, MEM, MEM_FLOAT, SCRATCH, XMM

_GP_REGISTERS: Final = tuple(register for register in range(16) if GP_MASK >> register & 1)
_FLOAT_REGISTERS: Final = tuple(register for register in range(16, 32) if FLOAT_MASK >> register & 1)


class Registers:
    """Where every value is, and the code to move it.

    Attributes: entries: locals, then operands, see values.py; owners: by register, the indices of the entries in it;
    free: bit set of registers that nothing is in; clean: locals in a register whose slot is up to date too;
    constant_locals: locals that are constants; instance_register, memory_register: copies of the instance's address and
    of the start of memory 0, or -1; slots_used: number of slots used so far; flags_live: a compare's flags wait for
    their branch, so nothing may change them; references: the operands that are references, by index, ascending;
    reference_locals: the locals that are, as a bit set.
    """

    def __init__(
        self,
        assembler: Assembler,
        bases: Sequence[int],
        float_locals: list[bool],
        reference_locals: int,
        stack_homes: dict[int, int],
    ) -> None:
        """bases: offsets in the instance's data of the words that `memory_start` loads; stack_homes: displacements
        from rbp of those parameters whose home is the caller's argument area.
        """
        self.asm = assembler
        self.emit = assembler.emit
        self.bases = bases
        self.locals = len(float_locals)
        self.float_locals = float_locals
        self.entries: list[int] = [MEM_FLOAT if floating else MEM for floating in float_locals]
        self.owners: list[list[int]] = [[] for _ in range(32)]
        self.free = GP_MASK | FLOAT_MASK
        self.clean: set[int] = set()
        self.constant_locals: set[int] = set()
        self.instance_register = -1
        self.memory_register = -1
        self.slots_used = self.locals
        self.flags_live = False
        self.reference_locals = reference_locals
        self.references: list[int] = []
        self._homes: list[Mem] = []
        self._stack_homes = stack_homes
        self._next_victim = 0

    # Slots.

    def home(self, index: int) -> Mem:
        """The slot of a value."""
        homes = self._homes
        while len(homes) <= index:
            number = len(homes)
            homes.append(Mem(RBP, self._stack_homes.get(number, FRAME_FIRST_SLOT - 8 * number)))
        return homes[index]

    def spill(self, register: int, index: int) -> None:
        """Store a register to the slot of a value."""
        if index >= self.slots_used:
            self.slots_used = index + 1
        if register < XMM:
            self.emit("MOV_m64_r64", self.home(index), register)
        else:
            self.emit("MOVSD_m64_x", self.home(index), register - XMM)

    def store_constant(self, bits: int, to: Mem) -> None:
        """Store 64 bits; flags survive."""
        if bits < 0x8000_0000 or bits >= 0xFFFF_FFFF_8000_0000:
            self.emit("MOV_m64_i32", to, bits if bits < 0x8000_0000 else bits - (1 << 64))
        else:
            self.asm.move_constant(SCRATCH, bits)
            self.emit("MOV_m64_r64", to, SCRATCH)

    def fill(self, register: int, index: int) -> None:
        """Load a value's slot into a register."""
        if register < XMM:
            self.emit("MOV_r64_m64", register, self.home(index))
        else:
            self.emit("MOVSD_x_m64", register - XMM, self.home(index))

    # Registers.

    def move(self, to: int, source: int) -> None:
        """Copy a register to another one of its kind."""
        if to < XMM:
            self.emit("MOV_r64_r64", to, source)
        else:
            self.emit("MOVAPS_x_x", to - XMM, source - XMM)

    def load_constant(self, register: int, entry: int) -> None:
        """Put a constant into a register of either kind."""
        bits = ~entry >> 1
        if register < XMM:
            self.asm.move_constant(register, bits, flags_dead=not self.flags_live)
        elif not bits:
            self.emit("XORPS_x_x", register - XMM, register - XMM)
        elif bits < 1 << 32:  # an f32, or an f64 that is hardly ever seen: MOVSS clears what is above
            self.emit("MOVSS_x_m32", register - XMM, self.pooled(bits, 4))
        else:
            self.emit("MOVSD_x_m64", register - XMM, self.pooled(bits, 8))

    def pooled(self, bits: int, size: int) -> Rip:
        """A constant in memory after the code."""
        return Rip(self.asm.constant(bits.to_bytes(size, "little")))

    def allocate(self, pinned: int = 0) -> int:
        """An integer register that nothing is in; pinned: bit set of registers not to take."""
        available = self.free & GP_MASK & ~pinned
        if available:
            return (available & -available).bit_length() - 1
        return self._evict_one(_GP_REGISTERS, pinned)

    def allocate_float(self, pinned: int = 0) -> int:
        """A float register (16 to 30) that nothing is in."""
        available = self.free & FLOAT_MASK & ~pinned
        if available:
            return (available & -available).bit_length() - 1
        return self._evict_one(_FLOAT_REGISTERS, pinned)

    def _evict_one(self, candidates: tuple[int, ...], pinned: int) -> int:
        """Free a register: first one that need not be stored, then the copies of addresses, then the others in turn."""
        clean, owners = self.clean, self.owners
        usable = [register for register in candidates if not pinned >> register & 1]
        for register in usable:
            if owners[register] and all(index in clean for index in owners[register]):
                self.evict(register)
                return register
        for register in (self.memory_register, self.instance_register):
            if register in usable:
                self.evict(register)
                return register
        self._next_victim += 1
        register = usable[self._next_victim % len(usable)]
        self.evict(register)
        return register

    def evict(self, register: int) -> None:
        """Send everything in a register to its slot; flags survive."""
        if register == self.instance_register:
            self.instance_register = -1
        elif register == self.memory_register:
            self.memory_register = -1
        memory = MEM if register < XMM else MEM_FLOAT
        for index in self.owners[register]:
            if index in self.clean:
                self.clean.discard(index)
            else:
                self.spill(register, index)
            self.entries[index] = memory
        self.owners[register].clear()
        self.free |= 1 << register

    def claim(self, register: int, pinned: int = 0) -> None:
        """Make an integer register free, by moving what is in it; values keep being readable where they were."""
        bit = 1 << register
        if self.free & bit:
            return
        available = self.free & GP_MASK & ~pinned & ~bit
        if not available or not self.owners[register]:
            self.evict(register)
            return
        other = (available & -available).bit_length() - 1
        self.move(other, register)
        self.owners[other], self.owners[register] = self.owners[register], []
        for index in self.owners[other]:
            self.entries[index] = other
        self.free = self.free & ~(1 << other) | bit

    def forget_registers(self) -> None:
        """After a call: no register holds anything. Whoever calls this has stored what is needed."""
        for owners in self.owners:
            if owners:
                owners.clear()
        self.clean.clear()
        self.instance_register = self.memory_register = -1
        self.free = GP_MASK | FLOAT_MASK
