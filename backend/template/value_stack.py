"""The operand stack: taking values off it into registers, pushing results.

The cache state of V8's Liftoff: a value is in a register, in its slot, or a constant, and moves only when it must.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.layout import FRAME_INSTANCE, RBP
from seaofnodes.backend.template.registers import Registers
from seaofnodes.backend.template.values import GP_MASK, MEM, MEM_FLOAT, SCRATCH, XMM, is_float_entry

INSTANCE_SLOT: Final = Mem(RBP, FRAME_INSTANCE)


class ValueStack(Registers):
    """Operands, and the addresses that the instance holds."""

    def push(self, register: int) -> None:
        """Push the value in a register, of either kind."""
        self.owners[register].append(len(self.entries))
        self.free &= ~(1 << register)
        self.entries.append(register)

    def push_reference(self, register: int) -> None:
        """Push the reference in an integer register."""
        self.references.append(len(self.entries))
        self.push(register)

    def cut(self, height: int) -> None:
        """Pop all entries but the first `height`, which no register holds any more."""
        del self.entries[height:]
        references = self.references
        while references and references[-1] >= height:
            references.pop()

    def references_from(self, height: int) -> list[int]:
        """The references among the entries from `height` on."""
        return self.references[bisect_left(self.references, height) :]

    def take(self) -> int:
        """Pop an entry; len(entries) is then the index of its slot. A register that has no other owner is freed."""
        entry = self.entries.pop()
        if self.references and self.references[-1] == len(self.entries):
            self.references.pop()
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
        self.emit("MOV_r64_m64", register, Mem(instance, self.bases[memory]))
        if register != SCRATCH:
            self.memory_register = register
            self.free &= ~(1 << register)
        return register
