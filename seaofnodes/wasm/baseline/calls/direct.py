"""Calls: direct ones, and those of function records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler import Mem, Rip
from seaofnodes.backend.layout import INSTANCE, RECORD_INSTANCE, RECORD_SLOT, RSP, Locations
from seaofnodes.backend.template.moves import Moves
from seaofnodes.backend.template.value_stack import INSTANCE_SLOT
from seaofnodes.backend.template.values import MEM, MEM_FLOAT, SCRATCH, XMM, constant_bits
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.calls.targets import checked_record, count_direct, count_indirect, not_null_record
from seaofnodes.wasm.baseline.compiler import Compiler, Handler, signature
from seaofnodes.wasm.baseline.safepoints import returned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaofnodes.wasm.types import FuncType, ValType


def spill_for_call(c: Compiler, first: int) -> None:
    """No register survives a call: store all values below entry `first` that are still needed.

    A handler of exceptions finds the locals that it needs in their slots, constants too.
    """
    entries, clean, locals = c.entries, c.clean, c.locals
    control = c.controls[-1]
    live = c.analysis.live.get(c.index, 0) | control.live
    if control.handler is not None and c.constant_locals:
        for index in [index for index in c.constant_locals if control.live >> index & 1]:
            c.store_constant(constant_bits(entries[index]), c.home(index))
            entries[index] = MEM_FLOAT if c.float_locals[index] else MEM
            c.constant_locals.discard(index)
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


def push_results(c: Compiler, where: Sequence[tuple[str, int]], kinds: Sequence[ValType]) -> None:
    """Push a call's results; those in the result area are brought home."""
    for (place, number), kind in zip(where, kinds, strict=True):
        index = len(c.entries)
        if kind.is_reference:
            c.references.append(index)
        if place != "s":
            c.push(number if place == "r" else XMM + number)
            continue
        c.slots_used = max(c.slots_used, index + 1)
        c.emit("MOV_r64_m64", SCRATCH, Mem(RSP, 8 * number))
        c.emit("MOV_m64_r64", c.home(index), SCRATCH)
        c.entries.append(MEM_FLOAT if kind.is_float else MEM)


def _after_call(c: Compiler, kind: FuncType, where: Locations, room: int) -> None:
    """The callee has popped the arguments: take the results and give the rest of the room back."""
    returned(c, room - 8 * where.stack_arguments)
    push_results(c, where.results, kind.results)
    if room > 8 * where.stack_arguments:
        c.emit("LEA_r64_m", RSP, Mem(RSP, room - 8 * where.stack_arguments))


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
    c.cut(first)
    count_direct(c)
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
    _call_record(c, c.module.function_type(type_index), checked_record(c, type_index, table))


def call_ref(c: Compiler, type_index: int) -> None:
    """call_ref: note the target, call through the function's record."""
    _call_record(c, c.module.function_type(type_index), not_null_record(c))


def _call_record(c: Compiler, kind: FuncType, record: int) -> None:
    where = signature(kind)
    first = len(c.entries) - len(kind.params)
    spill_for_call(c, first)
    moves = Moves()
    room = _arguments(c, first, where, moves)
    moves.assign(INSTANCE, record, None)  # the record goes where its instance will be
    moves.perform(c)
    c.forget_registers()
    c.cut(first)
    count_indirect(c)
    c.emit("MOV_r64_m64", SCRATCH, Mem(INSTANCE, RECORD_SLOT))
    c.emit("MOV_r64_m64", INSTANCE, Mem(INSTANCE, RECORD_INSTANCE))
    c.emit("CALL_m64", Mem(SCRATCH))
    _after_call(c, kind, where, room)


HANDLERS: Final[dict[int, Handler]] = {op.CALL: call, op.CALL_INDIRECT: call_indirect, op.CALL_REF: call_ref}
