"""The prologue: makes the function's frame; and the count down to better code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler import Label, Mem, Rip
from seaofnodes.backend.layout import (
    CONTEXT_STACK_LIMIT,
    FEEDBACK_BUDGET,
    FEEDBACK_INVOCATIONS,
    INSTANCE,
    RBP,
    RSP,
)
from seaofnodes.backend.template.values import SCRATCH, XMM, constant, float_constant
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.safepoints import call_aside

if TYPE_CHECKING:
    from seaofnodes.wasm.baseline.compiler import Compiler

STACK_LIMIT: Final = Rip(reloc=("context", CONTEXT_STACK_LIMIT))

_BY_REFERENCE: Final = frozenset((op.CALL_REF, op.RETURN_CALL_REF))
_PATCHED: Final = -0x1000_0000  # a displacement that takes four bytes; the frame size is known only in the end
_SMALL_FRAME: Final = 2000  # locals, instructions and results of calls: no frame is larger than 16 KiB
_LAZY_ZEROS: Final = 12  # zero locals kept as constants; more are stored in the prologue
_UNROLLED_ZEROS: Final = 24  # stored one by one


def prologue(c: Compiler) -> None:
    """Make the frame, check for stack overflow, count the invocation, and note where the parameters are."""
    emit, asm = c.emit, c.asm
    emit("PUSH_r64", RBP)
    emit("MOV_r64_r64", RBP, RSP)
    emit("PUSH_r64", INSTANCE)
    frame = Mem(RSP, _PATCHED)
    small = c.locals + len(c.body.opcodes) + _results(c) <= _SMALL_FRAME
    if small:
        emit("LEA_r64_m", RSP, frame)
        c.frame_patches.append(asm.pc)
        emit("CMP_r64_m64", RSP, STACK_LIMIT)
    else:
        emit("LEA_r64_m", SCRATCH, frame)
        c.frame_patches.append(asm.pc)
        emit("CMP_r64_m64", SCRATCH, STACK_LIMIT)
    back = Label()
    asm.jcc("BE", c.defer(lambda: _poll_entry(c, small, back)))
    asm.bind(back)
    if not small:
        emit("LEA_r64_m", RSP, frame)
        c.frame_patches.append(asm.pc)
    c.instance_register = INSTANCE
    c.free &= ~(1 << INSTANCE)
    for index, (kind, number) in enumerate(c.signature.parameters):
        if kind != "s":
            register = number if kind == "r" else XMM + number
            c.entries[index] = register
            c.owners[register].append(index)
            c.free &= ~(1 << register)
    if c.feedback:
        emit("INC_m32", Mem(INSTANCE, c.layout.feedback.cells[c.own_index] + FEEDBACK_INVOCATIONS))
    _zero_locals(c, len(c.signature.parameters))
    count_down(c, 1, "tier_up", c.analysis.live_at_entry)


def _results(c: Compiler) -> int:
    """Number of results of all calls, and of what all catches push."""
    count = 0
    module, opcodes, immediates = c.module, c.body.opcodes, c.body.immediates
    for index in c.analysis.sites:
        called = immediates[index]
        if isinstance(called, tuple):
            kind = module.function_type(called[0])
        else:
            kind = module.function_type(called) if opcodes[index] in _BY_REFERENCE else module.functions[called]
        count += len(kind.results)
    for index in c.analysis.tries:
        caught = [immediates[index]] if opcodes[index] == op.CATCH else [one.tag for one in immediates[index].catches]
        count += sum(1 + len(module.tags[tag].type.params) for tag in caught if tag is not None)
    return count


def _poll_entry(c: Compiler, small: bool, back: Label) -> None:
    """The slow path."""
    if small:
        c.emit("MOV_r64_r64", SCRATCH, RSP)
    c.asm.call_reloc("builtin", "poll_entry")
    places = [
        number if kind == "r" else c.home(index).disp
        for index, (kind, number) in enumerate(c.signature.parameters)
        if c.type.params[index].is_reference
    ]
    if places:
        c.safepoints.append((c.asm.pc, tuple(places)))
    c.asm.jmp(back)


def _zero_locals(c: Compiler, first: int) -> None:
    """Locals start as zero; those that are written before they are read may hold anything."""
    live = c.analysis.live_at_entry
    zeros = [index for index in range(first, c.locals) if live >> index & 1] if live else []
    if len(zeros) <= _LAZY_ZEROS:
        for index in zeros:
            c.entries[index] = float_constant(0) if c.float_locals[index] else constant(0)
            c.constant_locals.add(index)
        return
    count = zeros[-1] - zeros[0] + 1
    if count <= _UNROLLED_ZEROS:
        for index in zeros:
            c.emit("MOV_m64_i32", c.home(index), 0)
        return
    # Slots of consecutive locals lie downwards: zero them from the last one up.
    end = c.home(zeros[0]).disp + 8
    c.emit("MOV_r64_i32", SCRATCH, -count)
    again = c.asm.mark()
    c.emit("MOV_m64_i32", Mem(RBP, end, SCRATCH, 8), 0)
    c.emit("INC_r64", SCRATCH)
    c.asm.jcc("NE", again)


def count_down(c: Compiler, cost: int, builtin: str, live: int) -> None:
    """Take `cost` off the function's budget; below zero, call a builtin that asks for better code.

    live: the locals that are live here.
    """
    if not c.tier_up:
        return
    budget = Mem(c.instance(), c.layout.feedback.cells[c.own_index] + FEEDBACK_BUDGET)
    c.emit("SUB_m32_i32", budget, cost)
    back = Label()
    c.asm.jcc("S", call_aside(c, builtin, live, back))
    c.asm.bind(back)
