"""Blocks, loops, branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler import Label, Mem, Rip
from seaofnodes.backend.layout import RSP
from seaofnodes.backend.template.values import SCRATCH
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.compiler import NEGATED, Compiler, Control, Handler
from seaofnodes.wasm.baseline.frame import STACK_LIMIT, count_down
from seaofnodes.wasm.baseline.safepoints import call_aside

if TYPE_CHECKING:
    from seaofnodes.wasm.types import FuncType

_INSTRUCTIONS_PER_COST: Final = 16  # a back edge costs 1 for each so many instructions of the loop


def block(c: Compiler, block_type: FuncType) -> None:
    """block: nothing happens until something branches to its end."""
    c.open(op.BLOCK, block_type)


def loop(c: Compiler, block_type: FuncType) -> None:
    """loop: bring everything to where the header expects it, then poll."""
    control = c.open(op.LOOP, block_type)
    found = c.analysis.loops[control.start]
    control.live |= found.live
    found.instance |= c.tier_up
    control.label_live = control.live
    control.state = c.loop_state(control.base, control.arity, control.live, found)
    c.transfer(control.state, control.arity).perform(c)
    c.restore(control.state)
    c.asm.bind(control.label)
    c.note(control.start)
    c.emit("CMP_r64_m64", RSP, STACK_LIMIT)
    back = Label()
    c.asm.jcc("BE", call_aside(c, "poll_loop", control.live, back))
    c.asm.bind(back)
    count_down(c, 1 + (control.end - control.start) // _INSTRUCTIONS_PER_COST, "tier_up_loop", control.live)


def if_(c: Compiler, block_type: FuncType) -> None:
    """if: the state here is where the else part starts."""
    condition = c.take_condition()
    control = c.open(op.IF, block_type)
    label = Label()
    control.otherwise = (label, c.save(control.base))
    c.jump_if(NEGATED[condition], label)


def else_(c: Compiler, _: None) -> None:
    """else: the then part, if it gets here, goes to the end."""
    control = c.controls[-1]
    if c.reachable:
        c.finish_branch(control, c.branch_moves(control))
    assert control.otherwise is not None
    label, state = control.otherwise
    control.otherwise = None
    c.asm.bind(label)
    c.restore(state)
    c.reachable = True


def end(c: Compiler, _: None) -> None:
    """end: join what comes here and what has branched here. See also calls/exceptions.py."""
    control = c.controls.pop()
    if not control.kind:
        if c.reachable:
            c.finish_branch(control, c.branch_moves(control))
            c.reachable = False
        return
    if control.kind == op.LOOP:
        return
    if control.otherwise is not None:
        _end_without_else(c, control)
        return
    if control.state is None:
        if not (c.reachable and control.arms):
            return
        control.state = c.label_state(control.base, control.arity, control.label_live)  # drops the catch's exception
    if c.reachable:
        c.transfer(control.state, control.arity).perform(c)
    c.asm.bind(control.label)
    c.restore(control.state)
    c.reachable = True


def _end_without_else(c: Compiler, control: Control) -> None:
    """The missing else part goes to the end as well, from the state at the if; the label takes that state if it can."""
    assert control.otherwise is not None
    label, otherwise = control.otherwise
    if not c.reachable:
        c.asm.bind(label)
        c.restore(otherwise)
        if control.state is not None:
            c.transfer(control.state, control.arity).perform(c)
            c.asm.bind(control.label)
            c.restore(control.state)
        c.reachable = True
        return
    here = c.save(control.base)
    c.restore(otherwise)
    from_else = c.branch_moves(control)
    c.restore(here)
    c.branch_moves(control).perform(c)
    if from_else:
        c.asm.jmp(control.label)
        c.asm.bind(label)
        from_else.perform(c)
    else:
        c.asm.bind(label)
    c.asm.bind(control.label)
    assert control.state is not None
    c.restore(control.state)


def br(c: Compiler, depth: int) -> None:
    """br: move and jump."""
    control = c.controls[-1 - depth]
    c.finish_branch(control, c.branch_moves(control))
    c.reachable = False


def br_if(c: Compiler, depth: int) -> None:
    """br_if: moves go out of line, except at the bottom of a loop, where going on needs the same state."""
    control = c.controls[-1 - depth]
    condition = c.take_condition()
    moves = c.branch_moves(control)
    if not control.kind or (moves and not _adopts(c, control)):
        c.jump_if(condition, c.defer(lambda: c.finish_branch(control, moves)))
        return
    if moves:
        moves.perform(c)
        assert control.state is not None
        c.restore(control.state)
    c.jump_if(condition, control.label)


def _adopts(c: Compiler, control: Control) -> bool:
    """Can the code after a branch back go on with the header's state? Not if that forgets something still needed."""
    state = control.state
    if control.kind != op.LOOP or state is None or len(c.entries) != control.base or c.next_opcode() != op.END:
        return False
    live = c.analysis.live[c.index] | c.controls[-1].live
    forgotten = live & ~state.live
    if not forgotten:
        return True
    held = [index for owners in c.owners for index in owners if index < c.locals and index not in c.clean]
    return not any(forgotten >> index & 1 for index in (*held, *c.constant_locals))


def br_table(c: Compiler, depths: tuple[int, ...]) -> None:
    """br_table: one jump through a table; targets that need moves get them out of line."""
    index = c.pop()
    if len(depths) == 1:
        br(c, depths[0])
        return
    target = c.allocate(1 << index)
    labels: dict[int, Label] = {}
    for depth in dict.fromkeys(depths):
        control = c.controls[-1 - depth]
        moves = c.branch_moves(control)
        if moves or not control.kind:
            labels[depth] = c.defer(lambda control=control, moves=moves: c.finish_branch(control, moves))  # type: ignore[misc]
        else:
            labels[depth] = control.label
    table = c.asm.table([labels[depth] for depth in depths[:-1]])
    c.emit("CMP_r32_i32", index, len(depths) - 1)
    c.asm.jcc("AE", labels[depths[-1]])
    c.emit("LEA_r64_m", SCRATCH, Rip(table))
    c.emit("MOVSXD_r64_m32", target, Mem(SCRATCH, 0, index, 4))
    c.emit("ADD_r64_r64", target, SCRATCH)
    c.emit("JMP_r64", target)
    c.reachable = False


def return_(c: Compiler, _: None) -> None:
    """return: results into their places."""
    function = c.controls[0]
    c.finish_branch(function, c.branch_moves(function))
    c.reachable = False


def unreachable(c: Compiler, _: None) -> None:
    """unreachable: trap."""
    c.trap("unreachable")
    c.reachable = False


def nop(c: Compiler, _: None) -> None:
    """nop: nothing."""


HANDLERS: Final[dict[int, Handler]] = {
    op.UNREACHABLE: unreachable,
    op.NOP: nop,
    op.BLOCK: block,
    op.LOOP: loop,
    op.IF: if_,
    op.ELSE: else_,
    op.BR: br,
    op.BR_IF: br_if,
    op.BR_TABLE: br_table,
    op.RETURN: return_,
}
