"""Machine code between Python and compiled code, one piece per signature: entry stubs and host-call trampolines.

A call buffer is what an entry stub works on: [address of the entry slot, instance, arguments..., results...], 8
bytes each.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import (
    CONTEXT_ENTRY_FRAME,
    CONTEXT_EXIT_FRAME,
    CONTEXT_REAL_LIMIT,
    FRAME_ARGUMENTS,
    HOST_CALLABLE,
    R11,
    RAX,
    RBP,
    RBX,
    RDI,
    RSI,
    RSP,
    Locations,
    locations,
)
from seaofnodes.ir.types import Type
from seaofnodes.runtime.code.stub_tools import (
    ENTRY_BUFFER,
    ENTRY_SAVED,
    ENTRY_SIZE,
    STACK_EXHAUSTED,
    Safepoints,
    context,
)
from seaofnodes.runtime.entry.context import CONTEXT_NONE

BUFFER_HEADER: Final = 16  # bytes before the arguments


class Signature(NamedTuple):
    """What a function takes and gives, as the machine sees it; without the instance."""

    parameters: tuple[Type, ...]
    results: tuple[Type, ...]

    @property
    def locations(self) -> Locations:
        """Where they are at a call."""
        return locations([t.is_float for t in self.parameters], [t.is_float for t in self.results])

    @property
    def has_references(self) -> bool:
        """Are there any among them?"""
        return any(t.is_reference for t in self.parameters + self.results)

    def __str__(self) -> str:
        return f"({' '.join(map(str, self.parameters))}) -> ({' '.join(map(str, self.results))})"


def _load(a: Assembler, place: tuple[str, int], kind: Type, memory: Mem) -> None:
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


def entry_stub(a: Assembler, signature: Signature) -> None:
    """A C function int(buffer, stack limit), called with Python's lock held: calls the buffer's function, returns
    RETURNED or TAKEN, or leaves an exception in Python.

    It takes the engine for its thread, links its frame into the context, releases Python's lock, loads the arguments,
    calls, and stores the results; then it undoes all that. stack limit: of the thread.
    """
    places = signature.locations
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    for register in (*ENTRY_SAVED, RDI):
        a.emit("PUSH_r64", register)
    a.emit("PUSH_m64", context(CONTEXT_ENTRY_FRAME))
    a.emit("PUSH_i32", 0)
    a.emit("PUSH_m64", context(CONTEXT_EXIT_FRAME))
    a.emit("PUSH_i32", 0)  # aligns
    a.call_reloc("builtin", "entry_begin")
    cells = places.stack_arguments + places.stack_results
    if cells:
        a.emit("SUB_r64_i32", RSP, (8 * cells + 15) & -16)
    a.emit("MOV_r64_m64", R11, Mem(RBP, ENTRY_BUFFER))
    # Stack arguments first, because they go through rax; and they fill their cell.
    for i, place in enumerate(places.parameters):
        if place[0] == "s":
            memory = Mem(R11, BUFFER_HEADER + 8 * i)
            a.emit("MOV_r32_m32" if signature.parameters[i].bits == 32 else "MOV_r64_m64", RAX, memory)
            a.emit("MOV_m64_r64", Mem(RSP, 8 * place[1]), RAX)
    for i, place in enumerate(places.parameters):
        if place[0] != "s":
            _load(a, place, signature.parameters[i], Mem(R11, BUFFER_HEADER + 8 * i))
    a.emit("MOV_r64_m64", RSI, Mem(R11, 8))
    a.emit("MOV_r64_m64", R11, Mem(R11))
    a.emit("CALL_m64", Mem(R11))
    a.emit("MOV_r64_m64", R11, Mem(RBP, ENTRY_BUFFER))
    first = BUFFER_HEADER + 8 * len(signature.parameters)
    for i, place in enumerate(places.results):
        if place[0] != "s":
            _store(a, place, Mem(R11, first + 8 * i))
    for i, place in enumerate(places.results):
        if place[0] == "s":
            a.emit("MOV_r64_m64", RAX, Mem(RSP, 8 * place[1]))  # the callee popped the arguments
            a.emit("MOV_m64_r64", Mem(R11, first + 8 * i), RAX)
    if cells:
        a.emit("LEA_r64_m", RSP, Mem(RBP, -ENTRY_SIZE))
    a.emit("XOR_r32_r32", RBX, RBX)
    a.jmp_reloc("builtin", "entry_exit")


def frame_of_cells(signature: Signature) -> int:
    """How many bytes above the array of a host trampoline its [rbp, return address] are."""
    return (8 * max(len(signature.parameters), len(signature.results)) + 15 & -16) + 16


def host_trampoline(a: Assembler, signature: Signature) -> Safepoints:
    """What a host function's entry slot points to: calls the record's callable with the address of an array.

    The array has the arguments' bits in 8-byte cells (32-bit integers with zero upper bits); the callable puts the
    results' there and gives None, or puts an exception's word into the first one and gives True. rsi is the address of
    the host function's native data.
    """
    places = signature.locations
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("PUSH_r64", RSI)
    a.emit("PUSH_r64", RSI)  # aligns
    exhausted = Label()
    a.emit("CMP_r64_m64", RSP, context(CONTEXT_REAL_LIMIT))
    a.jcc("BE", exhausted)
    a.emit("SUB_r64_i32", RSP, frame_of_cells(signature) - 16)
    for i, place in enumerate(places.parameters):
        if place[0] != "s":
            _store(a, place, Mem(RSP, 8 * i))
    for i, place in enumerate(places.parameters):
        if place[0] == "s":
            a.emit("MOV_r64_m64", RAX, Mem(RBP, FRAME_ARGUMENTS + 8 * place[1]))
            a.emit("MOV_m64_r64", Mem(RSP, 8 * i), RAX)
    a.emit("MOV_r64_m64", RDI, Mem(RSI, HOST_CALLABLE))
    a.emit("MOV_r64_r64", RSI, RSP)
    a.call_reloc("builtin", "call_python")
    references = [i for i, type in enumerate(signature.parameters) if type.is_reference]
    safepoints = {a.pc: tuple(8 * i - frame_of_cells(signature) for i in references)}
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")
    thrown = Label()
    a.emit("CMP_r64_m64", RAX, context(CONTEXT_NONE))
    a.jcc("NE", thrown)
    area = FRAME_ARGUMENTS + 8 * places.stack_arguments
    for i, place in enumerate(places.results):
        if place[0] == "s":
            a.emit("MOV_r64_m64", RAX, Mem(RSP, 8 * i))
            a.emit("MOV_m64_r64", Mem(RBP, area + 8 * place[1]), RAX)
    for i, place in enumerate(places.results):
        if place[0] != "s":
            _load(a, place, signature.results[i], Mem(RSP, 8 * i))
    a.emit("LEAVE")
    a.ret(8 * places.stack_arguments)
    a.bind(thrown)
    a.emit("MOV_r64_m64", RAX, Mem(RSP))
    a.call_reloc("builtin", "throw_ref")
    a.bind(exhausted)
    a.call_reloc("builtin", f"trap_{STACK_EXHAUSTED}")
    return safepoints
