"""Calls, direct and indirect, and the feedback they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler import Label, Mem, Rip
from seaofnodes.backend.baseline.compiler import Compiler, Handler, signature
from seaofnodes.backend.baseline.moves import Moves
from seaofnodes.backend.baseline.value_stack import INSTANCE_SLOT
from seaofnodes.backend.baseline.values import MEM, MEM_FLOAT, SCRATCH, XMM
from seaofnodes.backend.layout import (
    FEEDBACK_COUNT,
    FEEDBACK_ENTRY,
    FEEDBACK_HEADER,
    FEEDBACK_TARGET,
    INSTANCE,
    RECORD_INSTANCE,
    RECORD_SLOT,
    RECORD_TYPE,
    RSP,
    TABLE_BASE,
    TABLE_LENGTH,
    Locations,
)
from seaofnodes.wasm import opcodes as op

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaofnodes.wasm.types import FuncType


def spill_for_call(c: Compiler, first: int) -> None:
    """No register survives a call: store all values below entry `first` that are still needed."""
    entries, clean, locals = c.entries, c.clean, c.locals
    live = c.analysis.live[c.index] | c.controls[-1].live
    for register, owners in enumerate(c.owners):
        if not owners:
            continue
        memory = MEM if register < XMM else MEM_FLOAT
        for index in owners:
            if index >= first:
                continue
            if index >= locals or (index not in clean and live >> index & 1):
                c.spill(register, index)
            entries[index] = memory
    clean.clear()


def _arguments(c: Compiler, first: int, where: Locations, moves: Moves) -> int:
    """Make room for stack arguments and results, and plan how arguments get there; gives the room's size in bytes."""
    size = 8 * (where.stack_arguments + where.stack_results)
    size += -size % 16
    if size:
        c.emit("LEA_r64_m", RSP, Mem(RSP, -size))
    for offset, (kind, number) in enumerate(where.parameters):
        entry = c.entries[first + offset]
        slot = c.home(first + offset) if entry >= MEM else None
        if kind == "s":
            moves.stores.append((entry, slot, Mem(RSP, 8 * number)))
        else:
            moves.assign(number if kind == "r" else XMM + number, entry, slot)
    return size


def push_results(c: Compiler, where: Sequence[tuple[str, int]], floats: Sequence[bool]) -> None:
    """Push a call's results; those in the result area are brought home."""
    for (kind, number), floating in zip(where, floats, strict=True):
        if kind != "s":
            c.push(number if kind == "r" else XMM + number)
            continue
        index = len(c.entries)
        c.slots_used = max(c.slots_used, index + 1)
        c.emit("MOV_r64_m64", SCRATCH, Mem(RSP, 8 * number))
        c.emit("MOV_m64_r64", c.home(index), SCRATCH)
        c.entries.append(MEM_FLOAT if floating else MEM)


def _after_call(c: Compiler, kind: FuncType, where: Locations, room: int) -> None:
    """The callee has popped the arguments: take the results and give the rest of the room back."""
    c.note_return(room - 8 * where.stack_arguments)
    push_results(c, where.results, [t.is_float for t in kind.results])
    if room > 8 * where.stack_arguments:
        c.emit("LEA_r64_m", RSP, Mem(RSP, room - 8 * where.stack_arguments))


def _site(c: Compiler) -> int:
    """Offset of this call's feedback entry in the instance."""
    return c.layout.feedback[c.own_index] + FEEDBACK_HEADER + FEEDBACK_ENTRY * c.analysis.sites[c.index]


def call(c: Compiler, function_index: int) -> None:
    """call: through the function's entry slot; of an imported function, through its record."""
    kind = c.module.functions[function_index]
    where = signature(kind)
    first = len(c.entries) - len(kind.params)
    spill_for_call(c, first)
    moves = Moves()
    room = _arguments(c, first, where, moves)
    own = c.instance_register
    moves.assign(INSTANCE, own if own >= 0 else MEM, INSTANCE_SLOT)
    moves.perform(c)
    c.forget_registers()
    del c.entries[first:]
    if c.feedback:
        c.emit("INC_m64", Mem(INSTANCE, _site(c) + FEEDBACK_COUNT))
    if function_index >= c.module.imported_functions:
        c.emit("CALL_m64", Rip(reloc=("slot", function_index)))
    else:
        c.emit("MOV_r64_m64", SCRATCH, Mem(INSTANCE, c.layout.imports[function_index]))
        c.emit("MOV_r64_m64", INSTANCE, Mem(SCRATCH, RECORD_INSTANCE))
        c.emit("MOV_r64_m64", SCRATCH, Mem(SCRATCH, RECORD_SLOT))
        c.emit("CALL_m64", Mem(SCRATCH))
    _after_call(c, kind, where, room)


def call_indirect(c: Compiler, immediate: tuple[int, int]) -> None:
    """call_indirect: check the index and the type, note the target, call through the function's record."""
    type_index, table = immediate
    kind = c.module.types[type_index]
    where = signature(kind)
    index = c.pop()
    pinned = 1 << index
    instance = c.instance(pinned)
    c.emit("MOV_r64_m64", SCRATCH, Mem(instance, c.layout.tables[table] + 8))
    c.emit("CMP_r64_m64", index, Mem(SCRATCH, TABLE_LENGTH))
    c.asm.jcc("AE", c.trap_label("undefined element"))
    c.emit("MOV_r64_m64", SCRATCH, Mem(SCRATCH, TABLE_BASE))
    record = c.allocate(pinned)
    c.emit("MOV_r64_m64", record, Mem(SCRATCH, 0, index, 8))
    c.may_fault("uninitialized element")
    c.emit("CMP_m32_i32", Mem(record, RECORD_TYPE), c.type_ids[type_index])
    c.asm.jcc("NE", c.trap_label("indirect call type mismatch"))
    first = len(c.entries) - len(kind.params)
    spill_for_call(c, first)
    moves = Moves()
    room = _arguments(c, first, where, moves)
    moves.assign(INSTANCE, record, None)  # the record goes where its instance will be
    moves.perform(c)
    c.forget_registers()
    del c.entries[first:]
    if c.feedback:
        _feedback(c)
    c.emit("MOV_r64_m64", SCRATCH, Mem(INSTANCE, RECORD_SLOT))
    c.emit("MOV_r64_m64", INSTANCE, Mem(INSTANCE, RECORD_INSTANCE))
    c.emit("CALL_m64", Mem(SCRATCH))
    _after_call(c, kind, where, room)


def _feedback(c: Compiler) -> None:
    """The record in rsi was called: the same one as before is counted inline."""
    site = _site(c)
    c.emit("MOV_r64_m64", SCRATCH, INSTANCE_SLOT)
    c.emit("CMP_m64_r64", Mem(SCRATCH, site + FEEDBACK_TARGET), INSTANCE)
    counted = Label()

    def slow() -> None:
        c.emit("LEA_r64_m", SCRATCH, Mem(SCRATCH, site))
        c.asm.call_reloc("builtin", "feedback_indirect")
        c.asm.jmp(counted)

    c.asm.jcc("NE", c.defer(slow))
    c.emit("INC_m64", Mem(SCRATCH, site + FEEDBACK_COUNT))
    c.asm.bind(counted)


HANDLERS: Final[dict[int, Handler]] = {op.CALL: call, op.CALL_INDIRECT: call_indirect}
