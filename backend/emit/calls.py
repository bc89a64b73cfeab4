"""Emission of calls and returns: arguments, results, and values on entry for on-stack replacement."""

from __future__ import annotations

from typing import Any

from seaofnodes.backend.assembler import Mem, Rip
from seaofnodes.backend.code import PATCH_SIZE
from seaofnodes.backend.emit.control import jump
from seaofnodes.backend.emit.emitter import Emitter, Handler
from seaofnodes.backend.instruction import Instruction, frame_offset, is_memory
from seaofnodes.backend.layout import (
    FRAME_ARGUMENTS,
    INSTANCE,
    R12,
    R13,
    RBP,
    RECORD_INSTANCE,
    RECORD_SLOT,
    RSP,
    SCRATCH,
)


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
    e.safepoint(i)
    if target.lazy is not None:
        e.lazy_exits.append((asm.pc, i))
        asm.nop(PATCH_SIZE)
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
