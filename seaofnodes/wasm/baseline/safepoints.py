"""What baseline code records for the runtime at calls: where references are, and exception handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seaofnodes.backend.assembler import Label
    from seaofnodes.wasm.baseline.compiler import Compiler


def returned(c: Compiler, area: int = 0, *, throws: bool = True) -> None:
    """A call of the current instruction returns here, or its exception goes to the handler.

    area: bytes below the frame that hold results.
    """
    control = c.controls[-1]
    if c.references or c.reference_locals:
        slots = reference_slots(c, c.analysis.live.get(c.index, 0) | control.live)
        if slots:
            c.safepoints.append((c.asm.pc, slots))
    if throws and control.handler is not None:
        control.handler.used = True
        c.handled.append((c.asm.pc, control.handler))
    if c.return_observer is not None:
        c.return_observer(area)


def reference_slots(c: Compiler, live: int) -> tuple[int, ...]:
    """Offsets from rbp of the slots of all references that are no constants, given the locals that are live."""
    bits = live & c.reference_locals
    if bits:
        for index in c.constant_locals:
            bits &= ~(1 << index)
    slots = c.told.get(bits)
    if slots is None:
        slots = c.told[bits] = tuple(c.home(index).disp for index, bit in enumerate(bin(bits)[:1:-1]) if bit == "1")
    if c.references:
        slots += tuple(c.home(index).disp for index in c.references if c.entries[index] >= 0)
    return slots


def reference_places(c: Compiler, live: int) -> tuple[int, ...]:
    """The same at a call of a builtin that keeps all registers: those that are in registers only are told there."""
    if not (c.references or c.reference_locals):
        return ()
    told = live & c.reference_locals
    operands = set(c.references)
    slots = set(reference_slots(c, live))
    registers = []
    for register, owners in enumerate(c.owners):
        for index in owners:
            if index in operands or (told >> index & 1 and index not in c.clean):
                registers.append(register)
                slots.discard(c.home(index).disp)
    return (*slots, *dict.fromkeys(registers))


def call_aside(c: Compiler, builtin: str, live: int, back: Label) -> Label:
    """Out of line: a call of a builtin that keeps all registers."""
    places = reference_places(c, live)

    def emit() -> None:
        c.asm.call_reloc("builtin", builtin)
        if places:
            c.safepoints.append((c.asm.pc, places))
        c.asm.jmp(back)

    return c.defer(emit)
