"""Exceptions: throwing them, and try_table, whose handlers are out of line.

A throw finds the handler by the return address of the call that is in a try. It goes there with the exception in rax,
the frame complete, and all values that matter in their slots. The code there compares tags, innermost try first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler import Label, Mem
from seaofnodes.backend.layout import EXCEPTION_PAYLOAD, EXCEPTION_TAG, INSTANCE, RAX, RCX
from seaofnodes.backend.template.moves import Moves
from seaofnodes.backend.template.value_stack import INSTANCE_SLOT
from seaofnodes.backend.template.values import MEM, MEM_FLOAT, SCRATCH
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.calls.builtins import call_builtin
from seaofnodes.wasm.baseline.calls.direct import spill_for_call
from seaofnodes.wasm.baseline.compiler import Compiler, Control, ExceptionHandler, Handler
from seaofnodes.wasm.baseline.control import end as end_block
from seaofnodes.wasm.baseline.safepoints import returned
from seaofnodes.wasm.baseline.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seaofnodes.wasm.opcodes import Catch, TryTable


def throw(c: Compiler, tag: int) -> None:
    """throw: make an exception, store what it carries, throw it."""
    count = len(c.module.tags[tag].type.params)
    first = len(c.entries) - count
    spill_for_call(c, len(c.entries))
    c.forget_registers()
    c.asm.move_constant(RAX, tag)
    c.emit("MOV_r64_m64", INSTANCE, INSTANCE_SLOT)
    c.asm.call_reloc("builtin", "exception_new")
    returned(c, throws=False)
    payload = Moves()
    for offset in range(count):
        entry = c.entries[first + offset]
        cell = Mem(RAX, EXCEPTION_PAYLOAD + 8 * offset)
        payload.stores.append((entry, c.home(first + offset) if entry >= MEM else None, cell))
    payload.perform(c)
    c.cut(first)
    _throw(c)
    c.reachable = False


def _throw(c: Compiler) -> None:
    """Throw the exception in rax."""
    c.emit("MOV_r64_m64", INSTANCE, INSTANCE_SLOT)
    c.asm.call_reloc("builtin", "throw_ref")
    returned(c)


def throw_ref(c: Compiler, _: None) -> None:
    """throw_ref."""
    call_builtin(c, "throw_ref", (), (0,), throws=True)
    c.reachable = False


def rethrow(c: Compiler, depth: int) -> None:
    """rethrow: the exception that a catch keeps is the lowest of its operands."""
    index = c.controls[-1 - depth].base
    spill_for_call(c, len(c.entries))
    c.load(RAX, c.entries[index], index)
    c.forget_registers()
    c.cut(c.controls[-1].base)
    _throw(c)
    c.reachable = False


def protect(c: Compiler, control: Control) -> None:
    """A handler for what is thrown in the construct just opened; what that needs is live all through it."""
    control.handler = ExceptionHandler(control.handler)
    control.live |= c.analysis.live[control.start]


def caught_state(control: Control) -> State:
    """The state in which a handler starts: everything is in its slot, and the operands of the try are gone."""
    return State(control.base, control.live)


def dispatch(c: Compiler, handler: ExceptionHandler, clauses: Sequence[tuple[int | None, Label]]) -> None:
    """Out of line: the handler goes to the first clause that has the exception's tag, or None; else outwards."""
    catches_all = any(tag is None for tag, _ in clauses)
    outer = handler.outer
    if outer is not None and not catches_all:
        outer.used = True

    def emit() -> None:
        c.asm.bind(handler.entry)
        c.emit("MOV_r64_m64", RCX, Mem(RAX, EXCEPTION_TAG))
        c.emit("MOV_r64_m64", SCRATCH, INSTANCE_SLOT)
        for tag, label in clauses:
            if tag is None:
                c.asm.jmp(label)
                return
            c.emit("CMP_r64_m64", RCX, Mem(SCRATCH, c.layout.tags[tag]))
            c.asm.jcc("E", label)
        if outer is not None:
            c.asm.jmp(outer.entry)
            return
        c.emit("MOV_r64_r64", INSTANCE, SCRATCH)
        c.asm.call_reloc("builtin", "throw_ref")

    c.defer(emit)


def try_table(c: Compiler, immediate: TryTable) -> None:
    """try_table: a block in which calls have a handler."""
    control = c.open(op.TRY_TABLE, immediate.type)
    if immediate.catches:
        protect(c, control)


def end(c: Compiler, _: None) -> None:
    """end: of any construct."""
    if c.controls[-1].kind == op.TRY_TABLE:
        _branch_to_clauses(c)
    end_block(c, None)


def _branch_to_clauses(c: Compiler) -> None:
    """Before the end of a try_table: branch from its clauses, as of which the labels know what comes to them."""
    control = c.controls.pop()
    handler, catches = control.handler, c.body.immediates[control.start].catches
    if catches and handler is not None and handler.used:
        here = c.save(control.base)
        clauses = [(catch.tag, _clause(c, control, catch)) for catch in catches]
        c.restore(here)
        dispatch(c, handler, clauses)
    c.controls.append(control)


def _clause(c: Compiler, control: Control, catch: Catch) -> Label:
    """Out of line: put what the exception carries into slots, then branch."""
    c.restore(caught_state(control))
    stores: list[tuple[Mem, Mem]] = []
    for offset, kind in enumerate(() if catch.tag is None else c.module.tags[catch.tag].type.params):
        push_slot(c, kind.is_float, kind.is_reference)
        stores.append((Mem(RAX, EXCEPTION_PAYLOAD + 8 * offset), c.home(len(c.entries) - 1)))
    if catch.with_reference:
        push_slot(c, False, True)
    reference = c.home(len(c.entries) - 1) if catch.with_reference else None
    target = c.controls[-1 - catch.depth]
    moves = c.branch_moves(target)

    def emit() -> None:
        for cell, slot in stores:
            c.emit("MOV_r64_m64", SCRATCH, cell)
            c.emit("MOV_m64_r64", slot, SCRATCH)
        if reference is not None:
            c.emit("MOV_m64_r64", reference, RAX)
        c.finish_branch(target, moves)

    return c.defer(emit)


def push_slot(c: Compiler, is_float: bool, is_reference: bool) -> None:
    """Push a value that is going to be in its slot."""
    index = len(c.entries)
    if is_reference:
        c.references.append(index)
    c.slots_used = max(c.slots_used, index + 1)
    c.entries.append(MEM_FLOAT if is_float else MEM)


HANDLERS: Final[dict[int, Handler]] = {
    op.THROW: throw,
    op.THROW_REF: throw_ref,
    op.RETHROW: rethrow,
    op.TRY_TABLE: try_table,
    op.END: end,
}
