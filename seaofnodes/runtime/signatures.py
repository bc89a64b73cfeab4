"""Machine code between Python and wasm, one piece per signature: entry stubs and host-call trampolines.

A call buffer is what an entry stub works on: [address of the entry slot, instance, arguments..., results...], 8
bytes each.
"""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import (
    CONTEXT_ENTRY_FRAME,
    CONTEXT_REAL_LIMIT,
    FRAME_ARGUMENTS,
    R11,
    RAX,
    RBP,
    RBX,
    RDI,
    RECORD_HANDLE,
    RSI,
    RSP,
    Locations,
    locations,
)
from seaofnodes.runtime.context import CONTEXT_THREAD, CONTEXT_THROWN
from seaofnodes.runtime.stub_tools import ENTRY_BUFFER, ENTRY_SAVED, STACK_EXHAUSTED, call_c, context
from seaofnodes.wasm.types import FuncType, ValType

BUFFER_HEADER: Final = 16  # bytes before the arguments


def signature_locations(kind: FuncType) -> Locations:
    """Where a function type's parameters and results are."""
    return locations([t.is_float for t in kind.params], [t.is_float for t in kind.results])


def _load(a: Assembler, place: tuple[str, int], kind: ValType, memory: Mem) -> None:
    """Memory to a register; a 32-bit integer gets zero upper bits."""
    where, number = place
    narrow = kind.bits == 32
    if where == "x":
        a.emit("MOVSS_x_m32" if narrow else "MOVSD_x_m64", number, memory)
    else:
        a.emit("MOV_r32_m32" if narrow else "MOV_r64_m64", number, memory)


def _store(a: Assembler, place: tuple[str, int], memory: Mem) -> None:
    """All 64 bits of a register to memory."""
    where, number = place
    a.emit("MOVSD_m64_x" if where == "x" else "MOV_m64_r64", memory, number)


def entry_stub(a: Assembler, kind: FuncType) -> None:
    """A C function int(buffer), called with Python's lock held: calls wasm, returns RETURNED, TRAPPED or RAISED.

    It links its frame into the context, releases Python's lock, loads the arguments, calls, and stores the results.
    """
    places = signature_locations(kind)
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    for register in (*ENTRY_SAVED, RDI):
        a.emit("PUSH_r64", register)
    a.emit("PUSH_m64", context(CONTEXT_ENTRY_FRAME))
    a.emit("PUSH_r64", RDI)  # aligns
    a.emit("MOV_m64_r64", context(CONTEXT_ENTRY_FRAME), RBP)
    call_c(a, "PyEval_SaveThread")
    a.emit("MOV_m64_r64", context(CONTEXT_THREAD), RAX)
    cells = places.stack_arguments + places.stack_results
    if cells:
        a.emit("SUB_r64_i32", RSP, (8 * cells + 15) & -16)
    a.emit("MOV_r64_m64", R11, Mem(RBP, ENTRY_BUFFER))
    # Stack arguments first, because they go through rax; and they fill their cell.
    for i, place in enumerate(places.parameters):
        if place[0] == "s":
            memory = Mem(R11, BUFFER_HEADER + 8 * i)
            a.emit("MOV_r32_m32" if kind.params[i].bits == 32 else "MOV_r64_m64", RAX, memory)
            a.emit("MOV_m64_r64", Mem(RSP, 8 * place[1]), RAX)
    for i, place in enumerate(places.parameters):
        if place[0] != "s":
            _load(a, place, kind.params[i], Mem(R11, BUFFER_HEADER + 8 * i))
    a.emit("MOV_r64_m64", RSI, Mem(R11, 8))
    a.emit("MOV_r64_m64", R11, Mem(R11))
    a.emit("CALL_m64", Mem(R11))
    a.emit("MOV_r64_m64", R11, Mem(RBP, ENTRY_BUFFER))
    first = BUFFER_HEADER + 8 * len(kind.params)
    for i, place in enumerate(places.results):
        if place[0] != "s":
            _store(a, place, Mem(R11, first + 8 * i))
    for i, place in enumerate(places.results):
        if place[0] == "s":
            a.emit("MOV_r64_m64", RAX, Mem(RSP, 8 * place[1]))  # the callee popped the arguments
            a.emit("MOV_m64_r64", Mem(R11, first + 8 * i), RAX)
    if cells:
        a.emit("LEA_r64_m", RSP, Mem(RBP, -64))
    a.emit("XOR_r32_r32", RBX, RBX)
    a.jmp_reloc("builtin", "entry_exit")


def frame_of_cells(kind: FuncType) -> int:
    """How far above the array of a host trampoline its [rbp, return address] are."""
    return (8 * max(len(kind.params), len(kind.results)) + 15 & -16) + 16


def host_trampoline(a: Assembler, kind: FuncType) -> None:
    """What a host function's entry slot points to: calls the record's callable with the address of an array.

    The array has the arguments' bits in 8-byte cells (32-bit integers with zero upper bits); the callable puts the
    results' there. rsi is the host function's record.
    """
    places = signature_locations(kind)
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("PUSH_r64", RSI)
    a.emit("PUSH_r64", RSI)  # aligns
    exhausted = Label()
    a.emit("CMP_r64_m64", RSP, context(CONTEXT_REAL_LIMIT))
    a.jcc("BE", exhausted)
    a.emit("SUB_r64_i32", RSP, frame_of_cells(kind) - 16)
    for i, place in enumerate(places.parameters):
        if place[0] != "s":
            _store(a, place, Mem(RSP, 8 * i))
    for i, place in enumerate(places.parameters):
        if place[0] == "s":
            a.emit("MOV_r64_m64", RAX, Mem(RBP, FRAME_ARGUMENTS + 8 * place[1]))
            a.emit("MOV_m64_r64", Mem(RSP, 8 * i), RAX)
    a.emit("MOV_r64_m64", RDI, Mem(RSI, RECORD_HANDLE))
    a.emit("MOV_r64_r64", RSI, RSP)
    a.call_reloc("builtin", "call_python")
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")
    thrown = Label()
    a.emit("CMP_m64_i32", context(CONTEXT_THROWN), 0)
    a.jcc("NE", thrown)
    area = FRAME_ARGUMENTS + 8 * places.stack_arguments
    for i, place in enumerate(places.results):
        if place[0] == "s":
            a.emit("MOV_r64_m64", RAX, Mem(RSP, 8 * i))
            a.emit("MOV_m64_r64", Mem(RBP, area + 8 * place[1]), RAX)
    for i, place in enumerate(places.results):
        if place[0] != "s":
            _load(a, place, kind.results[i], Mem(RSP, 8 * i))
    a.emit("LEAVE")
    a.ret(8 * places.stack_arguments)
    a.bind(thrown)
    a.emit("MOV_r64_m64", RAX, context(CONTEXT_THROWN))
    a.emit("MOV_m64_i32", context(CONTEXT_THROWN), 0)
    a.call_reloc("builtin", "throw_ref")
    a.bind(exhausted)
    a.call_reloc("builtin", f"trap_{STACK_EXHAUSTED}")
