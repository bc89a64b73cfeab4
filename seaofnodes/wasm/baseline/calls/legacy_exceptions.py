"""Exceptions of the older proposal: try with catches in line, or with a delegate.

A catch keeps its exception, for rethrow, as an operand below what the exception carries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler import Label, Mem
from seaofnodes.backend.layout import EXCEPTION_PAYLOAD, RAX
from seaofnodes.backend.template.values import XMM
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.calls.exceptions import caught_state, dispatch, protect
from seaofnodes.wasm.baseline.compiler import Compiler, Handler
from seaofnodes.wasm.baseline.control import end

if TYPE_CHECKING:
    from seaofnodes.wasm.types import FuncType


def try_(c: Compiler, block_type: FuncType) -> None:
    """try: like a block; what is thrown in it goes to its catches, or where its delegate says."""
    close = c.body.matches[c.index]
    if c.body.opcodes[close] == op.DELEGATE:
        handler = c.controls[-1 - c.body.immediates[close]].handler
        c.open(op.TRY, block_type).handler = handler
        return
    control = c.open(op.TRY, block_type)
    control.arm = c.body.matches.get(~control.start, -1)
    if control.arm >= 0:
        protect(c, control)


def _first_arm(c: Compiler) -> None:
    """The body of the try ends: from now on its handler is not in force, and all clauses are known."""
    control, outer = c.controls[-1], c.controls[-2]
    handler, matches = control.handler, c.body.matches
    control.handler, control.live = outer.handler, outer.live
    assert handler is not None
    if not handler.used:
        control.arm = -1
        return
    arm = matches[~control.start]
    while arm >= 0:
        tag = c.body.immediates[arm] if c.body.opcodes[arm] == op.CATCH else None
        control.arms[arm] = (tag, Label())
        arm = matches.get(~arm, -1)
    dispatch(c, handler, list(control.arms.values()))


def catch(c: Compiler, tag: int | None) -> None:
    """catch, catch_all: the arm before ends here, and this one starts with the exception in rax."""
    control = c.controls[-1]
    if c.reachable:
        c.finish_branch(control, c.branch_moves(control))
    if c.body.matches[~control.start] == c.index:
        _first_arm(c)
    c.reachable = bool(control.arms)
    if not c.reachable:
        return
    control.arm = c.body.matches.get(~c.index, -1)
    c.asm.bind(control.arms[c.index][1])
    c.restore(caught_state(control))
    c.push_reference(RAX)
    for offset, kind in enumerate(() if tag is None else c.module.tags[tag].type.params):
        cell = Mem(RAX, EXCEPTION_PAYLOAD + 8 * offset)
        if kind.is_float:
            register = c.allocate_float(1 << RAX)
            c.emit("MOVSD_x_m64", register - XMM, cell)
        else:
            register = c.allocate(1 << RAX)
            c.emit("MOV_r64_m64", register, cell)
        if kind.is_reference:
            c.references.append(len(c.entries))
        c.push(register)


HANDLERS: Final[dict[int, Handler]] = {
    op.TRY: try_,
    op.CATCH: catch,
    op.CATCH_ALL: catch,
    op.DELEGATE: end,
}
