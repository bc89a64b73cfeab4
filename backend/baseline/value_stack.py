"""The values of the function at the current point: locals and operands, each in a register, in its slot, or a constant.

The cache state of V8's Liftoff. Locals come first, then operands; several of them may share a register (`local.get` only
notes one more owner). What is in no register is in its slot, so a state is described by its registers alone, however many
locals there are.
"""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem, Rip
from seaofnodes.backend.baseline.values import (
    FLOAT_MASK,
    GP_MASK,
    MEM,
    MEM_FLOAT,
    SCRATCH,
    SCRATCH_FLOAT,
    XMM,
    is_float_entry,
)
from seaofnodes.backend.layout import FRAME_ARGUMENTS, FRAME_FIRST_SLOT, FRAME_INSTANCE, RBP, InstanceLayout

INSTANCE_SLOT: Final = Mem(RBP, FRAME_INSTANCE)
_GP_REGISTERS: Final = tuple(register for register in range(16) if GP_MASK >> register & 1)
_FLOAT_REGISTERS: Final = tuple(register for register in range(16, 32) if FLOAT_MASK >> register & 1)


class ValueStack:
    """Where every value is, and the code to move it.

    Attributes: entries: see values.py; owners: by register, the indices of the entries in it; free: bit set of registers that
    nothing is in; clean: locals in a register whose slot is up to date too; constant_locals: locals that are constants;
    instance_register, memory_register: copies of the instance's address and of the start of memory 0, or -1; lowest_slot:
    number of slots used so far; flags_live: a compare's flags wait for their branch, so nothing may change them.
    """

    def __init__(self, assembler: Assembler, layout: InstanceLayout, float_locals: list[bool], stack_homes: dict[int, int]):
        """stack_homes: displacements of those parameters whose home is the caller's argument area, from rbp."""
        self.asm = assembler
        self.emit = assembler.emit
        self.layout = layout
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

    # Operands.

    def push(self, register: int) -> None:
        """Push the value in a register, of either kind."""
        self.owners[register].append(len(self.entries))
        self.free &= ~(1 << register)
        self.entries.append(register)

    def take(self) -> int:
        """Pop an entry; len(entries) is then the index of its slot. A register nobody else owns is free from now on."""
        entry = self.entries.pop()
        if 0 <= entry < MEM:
            owners = self.owners[entry]
            owners.remove(len(self.entries))
            if not owners:
                self.free |= 1 << entry
        return entry

    def to_register(self, entry: int, index: int, pinned: int = 0) -> int:
        """The integer register of a value just taken, which is only to be read."""
        if 0 <= entry < XMM:
            return entry
        register = self.allocate(pinned)
        if entry == MEM:
            self.emit("MOV_r64_m64", register, self.home(index))
        else:
            self.load_constant(register, entry)
        return register

    def to_float_register(self, entry: int, index: int, pinned: int = 0) -> int:
        """The float register of a value just taken, which is only to be read."""
        if XMM <= entry < MEM:
            return entry
        register = self.allocate_float(pinned)
        if entry == MEM_FLOAT:
            self.emit("MOVSD_x_m64", register - XMM, self.home(index))
        else:
            self.load_constant(register, entry)
        return register

    def to_new_register(self, entry: int, index: int, pinned: int = 0) -> int:
        """A register of the value's kind that holds it and may be overwritten."""
        if 0 <= entry < MEM:
            if self.free >> entry & 1 and not pinned >> entry & 1:
                return entry
            pinned |= 1 << entry
        register = self.allocate_float(pinned) if is_float_entry(entry) else self.allocate(pinned)
        self.load(register, entry, index)
        return register

    def load(self, register: int, entry: int, index: int) -> None:
        """Put a value into a register of its kind."""
        if entry < 0:
            self.load_constant(register, entry)
        elif entry < MEM:
            if entry != register:
                self.move(register, entry)
        else:
            self.fill(register, index)

    def pop(self, pinned: int = 0) -> int:
        """Pop into an integer register that is only to be read."""
        entry = self.take()
        return entry if 0 <= entry < XMM else self.to_register(entry, len(self.entries), pinned)

    def pop_float(self, pinned: int = 0) -> int:
        """Pop into a float register that is only to be read."""
        entry = self.take()
        return entry if XMM <= entry < MEM else self.to_float_register(entry, len(self.entries), pinned)

    def pop_new(self, pinned: int = 0) -> int:
        """Pop into a register of either kind that may be overwritten."""
        entry = self.take()
        return self.to_new_register(entry, len(self.entries), pinned)

    # Addresses the instance holds.

    def instance(self, pinned: int = 0) -> int:
        """The register with the instance's address; kept, while there is a free one."""
        register = self.instance_register
        if register >= 0:
            return register
        available = self.free & GP_MASK & ~pinned
        if not available:
            self.emit("MOV_r64_m64", SCRATCH, INSTANCE_SLOT)
            return SCRATCH
        # Not the lowest one: those are for values that come and go.
        register = available.bit_length() - 1
        self.emit("MOV_r64_m64", register, INSTANCE_SLOT)
        self.instance_register = register
        self.free &= ~(1 << register)
        return register

    def memory_start(self, memory: int, pinned: int = 0) -> int:
        """A register with the start of a memory; that of memory 0 is kept, while there is a free one."""
        if memory == 0 and self.memory_register >= 0:
            return self.memory_register
        available = self.free & GP_MASK & ~pinned
        register = available.bit_length() - 1 if available and memory == 0 else SCRATCH
        instance = self.instance_register
        if instance < 0:
            instance = register
            self.emit("MOV_r64_m64", register, INSTANCE_SLOT)
        self.emit("MOV_r64_m64", register, Mem(instance, self.layout.memories[memory]))
        if register != SCRATCH:
            self.memory_register = register
            self.free &= ~(1 << register)
        return register

    def forget_registers(self) -> None:
        """After a call: no register holds anything. Whoever calls this has stored what is needed."""
        for owners in self.owners:
            owners.clear()
        self.clean.clear()
        self.instance_register = self.memory_register = -1
        self.free = GP_MASK | FLOAT_MASK


__all__ = ["INSTANCE_SLOT", "SCRATCH", "SCRATCH_FLOAT", "Label", "ValueStack"]
