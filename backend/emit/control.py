"""Emission of jumps, switches, traps, polls, calls, returns, constants."""

from __future__ import annotations

from typing import Any

from seaofnodes.backend.assembler import Label, Mem, Rip
from seaofnodes.backend.assembler.forms import CONDITIONS
from seaofnodes.backend.emit.emitter import Emitter
from seaofnodes.backend.emit.exits import over_exit
from seaofnodes.backend.emit.forms import Handler
from seaofnodes.backend.instruction import REMATERIALIZE, Instruction, frame_offset, is_memory
from seaofnodes.backend.layout import (
    CONTEXT_STACK_LIMIT,
    FRAME_ARGUMENTS,
    INSTANCE,
    R12,
    R13,
    RAX,
    RBP,
    RECORD_INSTANCE,
    RECORD_SLOT,
    RECORD_TYPE,
    RSP,
    SCRATCH,
)
from seaofnodes.backend.select.compare import NEGATED
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
    """Leaves: here for good, or out of line if the condition holds."""
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
        asm.emit("PUSH_r64", RAX)
        asm.emit("MOV_r32_i32", RAX, expected)
        asm.call_reloc("builtin", "is_subtype")
        asm.emit("TEST_r32_r32", RAX, RAX)
        asm.emit("POP_r64", RAX)
        asm.jcc("NE", back)
        asm.call_reloc("builtin", f"trap_{reason}")

    asm.jcc("NE", e.out_of_line(slow))
    asm.bind(back)


def _poll_loop(e: Emitter, i: Instruction) -> None:
    asm = e.asm
    back = Label()

    def slow() -> None:
        asm.call_reloc("builtin", "poll_loop")
        asm.jmp(back)

    _compare_stack_limit(e, i)
    asm.jcc("BE", e.out_of_line(slow))
    asm.bind(back)


def _compare_stack_limit(e: Emitter, i: Instruction) -> None:
    e.asm.emit("CMP_r64_m64", RSP, Rip(reloc=("context", CONTEXT_STACK_LIMIT)))


def _poll_slow(e: Emitter, i: Instruction) -> None:
    e.asm.call_reloc("builtin", "poll_loop")


def _poll_entry(e: Emitter, i: Instruction) -> None:
    if e.block.index:  # of an inlined function
        _poll_loop(e, i)


def _unreachable(e: Emitter, i: Instruction) -> None:
    e.asm.emit("UD2")


# Calls and returns.


def _store_argument(e: Emitter, i: Instruction) -> None:
    cell: Any = i.payload
    _store_cell(e, Mem(RSP, 8 * cell), i.use_locations[0])


def _store_argument_constant(e: Emitter, i: Instruction) -> None:
    payload: Any = i.payload
    cell, value = payload
    _store_constant(e, RSP, 8 * cell, value)


def _store_result(e: Emitter, i: Instruction) -> None:
    cell: Any = i.payload
    _store_cell(e, Mem(RBP, FRAME_ARGUMENTS + 8 * cell), i.use_locations[0])


def _store_result_constant(e: Emitter, i: Instruction) -> None:
    payload: Any = i.payload
    cell, value = payload
    _store_constant(e, RBP, FRAME_ARGUMENTS + 8 * cell, value)


def _store_cell(e: Emitter, place: Mem, source: int) -> None:
    if source < 16:
        e.asm.emit("MOV_m64_r64", place, source)
    else:
        e.asm.emit("VMOVSD_m64_x" if e.avx else "MOVSD_m64_x", place, source & 15)


def _store_constant(e: Emitter, base: int, disp: int, value: int) -> None:
    if -0x80000000 <= value <= 0x7FFFFFFF:
        e.asm.emit("MOV_m64_i32", Mem(base, disp), value)
    else:
        e.asm.emit("MOV_m32_i32", Mem(base, disp), value & 0xFFFFFFFF)
        e.asm.emit("MOV_m32_i32", Mem(base, disp + 4), value >> 32 & 0xFFFFFFFF)


def _call(e: Emitter, i: Instruction) -> None:
    target: Any = i.payload
    asm = e.asm
    if target.kind == "slot":
        asm.call_mem(Rip(reloc=("slot", target.target)))
    elif target.kind == "builtin":
        asm.call_reloc("builtin", target.target)
    else:
        asm.emit("MOV_r64_m64", SCRATCH, Mem(INSTANCE, RECORD_SLOT))
        asm.emit("MOV_r64_m64", INSTANCE, Mem(INSTANCE, RECORD_INSTANCE))
        asm.call_mem(Mem(SCRATCH))
    slots = e.allocation.safepoints.get(i.position, ())
    e.safepoints.append((asm.pc, tuple(frame_offset(location) for location in slots)))
    if target.in_try:
        e.handlers.append((asm.pc, e.label(e.block.successors[1])))
    if target.arguments:  # the callee popped them
        asm.emit("SUB_r64_i32", RSP, 8 * target.arguments)
    if target.in_try:
        jump(e, e.block.successors[0])


def _tail_call(e: Emitter, i: Instruction) -> None:
    """The arguments are pushed first, so that none is overwritten while they go to their places, the last one first:
    those lie higher. Behind that nothing is needed of the frame but the return address and the caller's rbp.
    """
    target: Any = i.payload
    asm = e.asm
    if target.arguments or target.own:
        for use, number in reversed(target.cells):
            if use is None:
                asm.move_constant(SCRATCH, number)
                asm.emit("PUSH_r64", SCRATCH)
            else:
                _push(e, i.use_locations[use], number)
        shift = 8 * (target.own - target.arguments)
        asm.emit("MOV_r64_m64", R12, Mem(RBP))
        asm.emit("MOV_r64_m64", R13, Mem(RBP, 8))
        for cell in range(target.arguments - 1, -1, -1):
            asm.emit("MOV_r64_m64", SCRATCH, Mem(RSP, 8 * cell))
            asm.emit("MOV_m64_r64", Mem(RBP, FRAME_ARGUMENTS + shift + 8 * cell), SCRATCH)
        asm.emit("MOV_m64_r64", Mem(RBP, 8 + shift), R13)
        asm.emit("LEA_r64_m", RSP, Mem(RBP, 8 + shift))
        asm.emit("MOV_r64_r64", RBP, R12)
    elif e.has_frame:
        asm.emit("MOV_r64_r64", RSP, RBP)
        asm.emit("POP_r64", RBP)
    if target.kind == "slot":
        asm.emit("JMP_m64", Rip(reloc=("slot", target.target)))
    else:
        asm.emit("MOV_r64_m64", SCRATCH, Mem(INSTANCE, RECORD_SLOT))
        asm.emit("MOV_r64_m64", INSTANCE, Mem(INSTANCE, RECORD_INSTANCE))
        asm.emit("JMP_m64", Mem(SCRATCH))


def _push(e: Emitter, location: int, width: int) -> None:
    if is_memory(location):
        e.asm.emit(f"MOV_r{width}_m{width}", SCRATCH, Mem(RBP, frame_offset(location)))
        e.asm.emit("PUSH_r64", SCRATCH)
    elif location < 16:
        e.asm.emit("PUSH_r64", location)
    else:
        e.asm.emit("LEA_r64_m", RSP, Mem(RSP, -8))
        e.asm.emit("VMOVSD_m64_x" if e.avx else "MOVSD_m64_x", Mem(RSP), location & 15)


def _load_result(form: str) -> Handler:
    def handler(e: Emitter, i: Instruction) -> None:
        cell: Any = i.payload
        e.asm.emit(form, i.def_locations[0] & 15, Mem(RSP, 8 * cell))

    return handler


def _load_result_float(width: int) -> Handler:
    suffix = "SS_x_m32" if width == 32 else "SD_x_m64"

    def handler(e: Emitter, i: Instruction) -> None:
        cell: Any = i.payload
        e.asm.emit(("VMOV" if e.avx else "MOV") + suffix, i.def_locations[0] & 15, Mem(RSP, 8 * cell))

    return handler


def _osr_value(code: str) -> Handler:
    def handler(e: Emitter, i: Instruction) -> None:
        index: Any = i.payload
        e.asm.emit(code, i.def_locations[0], Mem(i.use_locations[0], 8 * index))

    return handler


def _osr_value_float(width: int) -> Handler:
    suffix = "SS_x_m32" if width == 32 else "SD_x_m64"

    def handler(e: Emitter, i: Instruction) -> None:
        index: Any = i.payload
        e.asm.emit(("VMOV" if e.avx else "MOV") + suffix, i.def_locations[0] & 15, Mem(i.use_locations[0], 8 * index))

    return handler


def _return(e: Emitter, i: Instruction) -> None:
    arguments: Any = i.payload
    asm = e.asm
    if e.has_frame:
        asm.emit("MOV_r64_r64", RSP, RBP)
        asm.emit("POP_r64", RBP)
    asm.ret(8 * arguments)


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
    "STORE_ARGUMENT": _store_argument,
    "STORE_ARGUMENT_i": _store_argument_constant,
    "STORE_RESULT": _store_result,
    "STORE_RESULT_i": _store_result_constant,
    "CALL": _call,
    "LOAD_RESULT_r32": _load_result("MOV_r32_m32"),
    "LOAD_RESULT_r64": _load_result("MOV_r64_m64"),
    "LOAD_RESULT_x32": _load_result_float(32),
    "LOAD_RESULT_x64": _load_result_float(64),
    "OSR_VALUE_r32": _osr_value("MOV_r32_m32"),
    "OSR_VALUE_r64": _osr_value("MOV_r64_m64"),
    "OSR_VALUE_x32": _osr_value_float(32),
    "OSR_VALUE_x64": _osr_value_float(64),
    "RETURN": _return,
    "TAIL_CALL": _tail_call,
}
