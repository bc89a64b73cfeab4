"""Emission of jumps, switches, traps, polls, deoptimization exits, constants."""

from __future__ import annotations

from typing import Any

from seaofnodes.backend.assembler import Label, Mem, Rip
from seaofnodes.backend.assembler.forms import CONDITIONS
from seaofnodes.backend.emit.emitter import Emitter, Handler
from seaofnodes.backend.emit.exits import over_exit
from seaofnodes.backend.instruction import REMATERIALIZE, Instruction
from seaofnodes.backend.layout import (
    CONTEXT_STACK_LIMIT,
    RECORD_TYPE,
    RSP,
    SCRATCH,
)
from seaofnodes.backend.select.arithmetic.compare import NEGATED
from seaofnodes.backend.select.control import NEVER


def _nothing(e: Emitter, i: Instruction) -> None:
    """PARAMETERS are in place, so is an EXCEPTION, POLL_ENTRY is in the prologue."""


def _constant(e: Emitter, i: Instruction) -> None:
    [location] = i.def_locations
    if location != REMATERIALIZE:
        e.materialize(i.payload, location)


# Within the function.


def _jmp(e: Emitter, i: Instruction) -> None:
    jump(e, e.block.successors[0])


def jump(e: Emitter, target: int) -> None:
    """Go to a block."""
    if not e.falls_into(target):
        e.asm.jmp(e.label(target))


def _jcc(e: Emitter, i: Instruction) -> None:
    code: Any = i.payload
    then, otherwise = e.block.successors
    if e.falls_into(then) or (not e.falls_into(otherwise) and e.is_hotter(otherwise, then)):
        code, then, otherwise = NEGATED[code], otherwise, then
    if code == "FE":
        e.asm.jcc("P", e.label(otherwise))
        e.asm.jcc("E", e.label(then))
    elif code == "FNE":
        e.asm.jcc("P", e.label(then))
        e.asm.jcc("NE", e.label(then))
    else:
        e.asm.jcc(code, e.label(then))
    jump(e, otherwise)


def _table_switch(e: Emitter, i: Instruction) -> None:
    values: Any = i.payload
    asm = e.asm
    labels = [e.label(index) for index in e.block.successors]
    default = labels.pop()
    selector, temp = i.use_locations[0], i.temp_locations[0]
    low = values[0]
    if low:
        asm.emit("LEA_r32_m", temp, Mem(selector, -low))
        selector = temp
    asm.emit("CMP_r32_i32", selector, values[-1] - low)
    asm.jcc("A", default)
    by_value = dict(zip(values, labels, strict=True))
    table = asm.table([by_value.get(value, default) for value in range(low, values[-1] + 1)])
    asm.lea_label("r64", SCRATCH, table)
    asm.emit("MOVSXD_r64_m32", temp, Mem(SCRATCH, 0, selector, 4))
    asm.emit("ADD_r64_r64", temp, SCRATCH)
    asm.emit("JMP_r64", temp)


def _search_switch(e: Emitter, i: Instruction) -> None:
    values: Any = i.payload
    asm = e.asm
    labels = [e.label(index) for index in e.block.successors]
    default = labels.pop()
    selector = i.use_locations[0]

    def search(cases: list[tuple[int, Label]]) -> None:
        if len(cases) <= 3:
            for value, label in cases:
                asm.emit("CMP_r32_i32", selector, value)
                asm.jcc("E", label)
            asm.jmp(default)
            return
        middle = len(cases) // 2
        lower = Label()
        asm.emit("CMP_r32_i32", selector, cases[middle][0])
        asm.jcc("B", lower)
        search(cases[middle:])
        asm.bind(lower)
        search(cases[:middle])

    search(sorted(zip((value & 0xFFFFFFFF for value in values), labels, strict=True), key=lambda case: case[0]))


# Traps and polls.


def _trap(e: Emitter, i: Instruction) -> None:
    e.asm.call_reloc("builtin", f"trap_{i.payload}")


def _trapcc(e: Emitter, i: Instruction) -> None:
    payload: Any = i.payload
    code, reason = payload
    asm = e.asm
    _jump_if(e, code, e.out_of_line(lambda: asm.call_reloc("builtin", f"trap_{reason}")))


def _deopt(e: Emitter, i: Instruction) -> None:
    """A deoptimization exit: in line if it is unconditional, else out of line."""
    exit: Any = i.payload
    condition = exit.condition
    if exit.speculation.stress:
        jump = over_exit(condition)
        e.asm.nop(len(jump))  # the runtime puts the jump here when the exit has been taken once
        _leave(e, i, jump)
        if condition == NEVER or condition in CONDITIONS:
            return
    if not condition:
        return _leave(e, i)
    _jump_if(e, condition, e.out_of_line(lambda: _leave(e, i)))


def _leave(e: Emitter, i: Instruction, jump: bytes = b"") -> None:
    e.asm.call_reloc("builtin", "deoptimize")
    e.deopts.append((e.asm.pc, i, jump))


def _jump_if(e: Emitter, code: str, label: Label) -> None:
    asm = e.asm
    if code == "FE":
        skip = Label()
        asm.jcc("P", skip)
        asm.jcc("E", label)
        asm.bind(skip)
    elif code == "FNE":
        asm.jcc("P", label)
        asm.jcc("NE", label)
    else:
        asm.jcc(code, label)


def _trap_unless_subtype(e: Emitter, i: Instruction) -> None:
    """The record's type is not the expected one: is it a subtype?"""
    payload: Any = i.payload
    expected, reason = payload
    [record] = i.use_locations
    asm = e.asm
    back = Label()

    def slow() -> None:
        asm.emit("MOV_r32_m32", SCRATCH, Mem(record, RECORD_TYPE))
        asm.emit("PUSH_i32", expected)
        asm.call_reloc("builtin", "is_subtype")
        e.safepoint(i)
        asm.emit("LEA_r64_m", RSP, Mem(RSP, 8))
        asm.emit("TEST_r32_r32", SCRATCH, SCRATCH)
        asm.jcc("NE", back)
        asm.call_reloc("builtin", f"trap_{reason}")

    asm.jcc("NE", e.out_of_line(slow))
    asm.bind(back)


def _poll_loop(e: Emitter, i: Instruction) -> None:
    asm = e.asm
    back = Label()

    def slow() -> None:
        asm.call_reloc("builtin", "poll_loop")
        e.safepoint(i)
        asm.jmp(back)

    _compare_stack_limit(e, i)
    asm.jcc("BE", e.out_of_line(slow))
    asm.bind(back)


def _compare_stack_limit(e: Emitter, i: Instruction) -> None:
    e.asm.emit("CMP_r64_m64", RSP, Rip(reloc=("context", CONTEXT_STACK_LIMIT)))


def _poll_slow(e: Emitter, i: Instruction) -> None:
    e.asm.call_reloc("builtin", "poll_loop")
    e.safepoint(i)


def _poll_entry(e: Emitter, i: Instruction) -> None:
    if e.block.index:  # of an inlined function
        _poll_loop(e, i)


def _unreachable(e: Emitter, i: Instruction) -> None:
    e.asm.emit("UD2")


HANDLERS: dict[str, Handler] = {
    "PARAMETERS": _nothing,
    "EXCEPTION": _nothing,
    "CONSTANT": _constant,
    "JMP": _jmp,
    "JCC": _jcc,
    "TABLE_SWITCH": _table_switch,
    "SEARCH_SWITCH": _search_switch,
    "TRAP": _trap,
    "TRAPCC": _trapcc,
    "TRAPCC_SUBTYPE": _trap_unless_subtype,
    "DEOPTCC": _deopt,
    "DEOPT": _deopt,
    "DEOPT_END": _deopt,
    "POLL_ENTRY": _poll_entry,
    "POLL_LOOP": _poll_loop,
    "POLL_SLOW": _poll_slow,
    "CMP_STACK_LIMIT": _compare_stack_limit,
    "UNREACHABLE": _unreachable,
}
