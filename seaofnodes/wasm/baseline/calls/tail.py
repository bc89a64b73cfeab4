"""Tail calls: the frame is given up, and the callee's takes its place.

The callee's stack arguments end where this function's own ones end, right below the result area; the return address
lies below them. When the callee has no more of them, that is all above this frame. When it has more, they reach down
into the frame that they are computed from: so they are put together below it first, and moved up at last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler import Mem, Rip
from seaofnodes.backend.layout import (
    FRAME_ARGUMENTS,
    INSTANCE,
    R12,
    R13,
    RBP,
    RECORD_INSTANCE,
    RECORD_SLOT,
    RSP,
    Locations,
)
from seaofnodes.backend.template.moves import Moves
from seaofnodes.backend.template.value_stack import INSTANCE_SLOT
from seaofnodes.backend.template.values import MEM, SCRATCH, XMM
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.calls.targets import checked_record, count_direct, count_indirect, not_null_record
from seaofnodes.wasm.baseline.compiler import Compiler, Handler, signature

if TYPE_CHECKING:
    from seaofnodes.wasm.types import FuncType

_RETURN_ADDRESS: Final = Mem(RBP, 8)


def _bottom(c: Compiler, where: Locations) -> int:
    """Where the callee's stack arguments start, from rbp."""
    return FRAME_ARGUMENTS + 8 * (c.signature.stack_arguments - where.stack_arguments)


def _arguments(c: Compiler, kind: FuncType, where: Locations, moves: Moves) -> None:
    """Plan how the arguments get to their places, or those on the stack below the frame when there are more of them."""
    first = len(c.entries) - len(kind.params)
    below = where.stack_arguments > c.signature.stack_arguments
    if below:
        c.emit("LEA_r64_m", RSP, Mem(RSP, -8 * where.stack_arguments))
    start = Mem(RSP) if below else Mem(RBP, _bottom(c, where))
    for offset, (place, number) in enumerate(where.parameters):
        entry = c.entries[first + offset]
        slot = c.home(first + offset) if entry >= MEM else None
        if place == "s":
            moves.stores.append((entry, slot, Mem(start.base, start.disp + 8 * number)))
        else:
            moves.assign(number if place == "r" else XMM + number, entry, slot)


def _leave(c: Compiler, where: Locations) -> None:
    """Give the frame up. Everything is in registers or in its place; r11, and those that pass no argument, are free."""
    emit, bottom = c.emit, _bottom(c, where)
    more = where.stack_arguments - c.signature.stack_arguments
    if not more:
        emit("LEAVE")
        return
    emit("MOV_r64_m64", R12, _RETURN_ADDRESS)
    emit("MOV_r64_m64", R13, Mem(RBP))
    if more > 0:
        for place, number in reversed(where.parameters):  # upwards, so from the last one on
            if place == "s":
                emit("MOV_r64_m64", SCRATCH, Mem(RSP, 8 * number))
                emit("MOV_m64_r64", Mem(RBP, bottom + 8 * number), SCRATCH)
    emit("MOV_m64_r64", Mem(RBP, bottom - 8), R12)
    emit("LEA_r64_m", RSP, Mem(RBP, bottom - 8))
    emit("MOV_r64_r64", RBP, R13)


def return_call(c: Compiler, function_index: int) -> None:
    """return_call: through the function's entry slot; of an imported function, through its record."""
    kind = c.module.functions[function_index]
    where = signature(kind)
    moves = Moves()
    _arguments(c, kind, where, moves)
    own = c.instance_register
    moves.assign(INSTANCE, own if own >= 0 else MEM, INSTANCE_SLOT)
    moves.perform(c)
    count_direct(c)
    _leave(c, where)
    if function_index >= c.module.imported_functions:
        c.emit("JMP_m64", Rip(reloc=("slot", function_index)))
    else:
        c.emit("MOV_r64_m64", INSTANCE, Mem(INSTANCE, c.layout.imports[function_index]))
        _jump(c)
    c.reachable = False


def return_call_indirect(c: Compiler, immediate: tuple[int, int]) -> None:
    """return_call_indirect: check the index and the type, then as return_call_ref."""
    type_index, table = immediate
    _jump_to_record(c, c.module.function_type(type_index), checked_record(c, type_index, table))


def return_call_ref(c: Compiler, type_index: int) -> None:
    """return_call_ref: note the target, jump through the function's record."""
    _jump_to_record(c, c.module.function_type(type_index), not_null_record(c))


def _jump_to_record(c: Compiler, kind: FuncType, record: int) -> None:
    where = signature(kind)
    moves = Moves()
    _arguments(c, kind, where, moves)
    moves.assign(INSTANCE, record, None)
    moves.perform(c)
    count_indirect(c)
    _leave(c, where)
    _jump(c)
    c.reachable = False


def _jump(c: Compiler) -> None:
    """Go through the record in rsi."""
    c.emit("MOV_r64_m64", SCRATCH, Mem(INSTANCE, RECORD_SLOT))
    c.emit("MOV_r64_m64", INSTANCE, Mem(INSTANCE, RECORD_INSTANCE))
    c.emit("JMP_m64", Mem(SCRATCH))


HANDLERS: Final[dict[int, Handler]] = {
    op.RETURN_CALL: return_call,
    op.RETURN_CALL_INDIRECT: return_call_indirect,
    op.RETURN_CALL_REF: return_call_ref,
}
