"""What the runtime is told about calls: the slots that hold references, and the handlers of exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaofnodes.backend.baseline.values import MEM

if TYPE_CHECKING:
    from seaofnodes.backend.assembler import Label
    from seaofnodes.backend.baseline.compiler import Compiler


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
    entries, home = c.entries, c.home
    found = [home(index).disp for index in c.reference_locals if live >> index & 1 and entries[index] >= 0]
    found += [home(index).disp for index in c.references if entries[index] >= 0]
    return tuple(found)


def call_aside(c: Compiler, builtin: str, live: int, back: Label) -> Label:
    """Out of line: a call of a builtin that keeps all registers; the references in them are stored for it."""
    stores: list[tuple[int, int]] = []
    slots: tuple[int, ...] = ()
    if c.references or c.reference_locals:
        slots = reference_slots(c, live)
        wanted = [index for index in c.reference_locals if live >> index & 1 and index not in c.clean]
        stores = [(c.entries[index], index) for index in (*wanted, *c.references) if 0 <= c.entries[index] < MEM]

    def emit() -> None:
        for register, index in stores:
            c.spill(register, index)
        c.asm.call_reloc("builtin", builtin)
        if slots:
            c.safepoints.append((c.asm.pc, slots))
        c.asm.jmp(back)

    return c.defer(emit)
