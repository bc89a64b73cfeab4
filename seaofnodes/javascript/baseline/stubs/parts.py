"""What the stubs of the first tier share: calls of Python, throwing, boxes for doubles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import R8, R11, RAX, RBP, RCX, RDI, RDX, RSI, RSP
from seaofnodes.javascript.baseline.layout import SEEN_OTHER
from seaofnodes.javascript.baseline.words import root
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import NUMBER_SIZE, NUMBER_VALUE, OBJECT_KIND
from seaofnodes.runtime.code.stub_tools import Safepoints, context, word
from seaofnodes.runtime.entry.context import CONTEXT_NONE

THROWN: Final = 1  # what `throw_ref` is given: the value is in the word "exception"


def enter(a: Assembler) -> None:
    """Make a frame."""
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)


def call_python(
    a: Assembler, name: str, saved: Sequence[int], references: Sequence[int], safepoints: Safepoints
) -> None:
    """In a new frame: push registers, let Python have the address of what has been pushed last, take the frame down;
    rax: the word that Python has put there. An exception goes on.

    references: which of the registers have tagged words, or 0.
    """
    enter(a)
    for register in saved:
        a.emit("PUSH_r64", register)
    if len(saved) & 1:
        a.emit("PUSH_r64", saved[-1])
    a.emit("MOV_r64_m64", RDI, word(name))
    a.emit("MOV_r64_r64", RSI, RSP)
    a.call_reloc("builtin", "call_python")
    safepoints[a.pc] = tuple(-8 * (1 + i) for i, register in enumerate(saved) if register in references)
    finish_python(a)
    a.emit("MOV_r64_m64", RAX, Mem(RSP))
    a.emit("LEAVE")


def finish_python(a: Assembler) -> None:
    """Behind a call of `call_python`: go on only if nothing has been raised or thrown."""
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")
    fine = Label()
    a.emit("CMP_r64_m64", RAX, context(CONTEXT_NONE))
    a.jcc("E", fine)
    throw(a)
    a.bind(fine)


def throw(a: Assembler) -> None:
    """Leave for the handler of what is in the word "exception"."""
    a.emit("MOV_r32_i32", RAX, THROWN)
    a.call_reloc("builtin", "throw_ref")


def load_number(a: Assembler, source: int, to: int, other: Label) -> None:
    """The double of a tagged word, to an xmm register, or go on at `other`. Clobbers rdx."""
    boxed, done = Label(), Label()
    a.emit("TEST_r8_i8", source, 1)
    a.jcc("NE", boxed)
    a.emit("MOV_r64_r64", RDX, source)
    a.emit("SAR_r64_i8", RDX, 32)
    a.emit("CVTSI2SD_x_r32", to, RDX)
    a.jmp(done)
    a.bind(boxed)
    a.emit("CMP_m8_i8", Mem(source, OBJECT_KIND - 1), int(Kind.HEAP_NUMBER))
    a.jcc("NE", other)
    a.emit("MOVSD_x_m64", to, Mem(source, NUMBER_VALUE - 1))
    a.bind(done)


def allocate(a: Assembler, size: int, live: Sequence[int], safepoints: Safepoints) -> None:
    """rdx: address of a new object without a header; size: the register with its bytes, clobbered. live: registers with
    tagged words that are needed behind it. Clobbers r11.
    """
    full, done = Label(), Label()
    a.emit("MOV_r64_m64", RDX, word("heap_top"))
    a.emit("MOV_r64_r64", R11, size)
    a.emit("ADD_r64_r64", size, RDX)
    a.emit("CMP_r64_m64", size, word("heap_limit"))
    a.jcc("A", full)
    a.emit("MOV_m64_r64", word("heap_top"), size)
    a.jmp(done)
    a.bind(full)
    enter(a)
    a.call_reloc("builtin", "allocate")
    if live:
        safepoints[a.pc] = tuple(live)
    a.emit("LEAVE")
    a.emit("MOV_r64_r64", RDX, R11)
    a.bind(done)


def box_number(a: Assembler) -> None:
    """rax: a new HeapNumber of what is in xmm0. Clobbers rcx, rdx, r11."""
    a.emit("MOV_r32_i32", RCX, NUMBER_SIZE)
    allocate(a, RCX, (), {})
    a.emit("MOV_r64_m64", RCX, root("number_header"))
    a.emit("MOV_m64_r64", Mem(RDX), RCX)
    a.emit("MOVSD_m64_x", Mem(RDX, NUMBER_VALUE), 0)
    a.emit("LEA_r64_m", RAX, Mem(RDX, 1))


def small_or_box(a: Assembler) -> None:
    """rax: the Smi of the number in xmm0, if it is one, else a new HeapNumber. Clobbers rcx, rdx, r11, xmm1."""
    box, done = Label(), Label()
    a.emit("CVTTSD2SI_r32_x", RAX, 0)
    a.emit("CVTSI2SD_x_r32", 1, RAX)
    a.emit("UCOMISD_x_x", 0, 1)
    a.jcc("NE", box)
    a.jcc("P", box)
    a.emit("TEST_r32_r32", RAX, RAX)
    nonzero = Label()
    a.jcc("NE", nonzero)
    a.emit("MOVQ_r64_x", RDX, 0)
    a.emit("TEST_r64_r64", RDX, RDX)
    a.jcc("NE", box)  # -0
    a.bind(nonzero)
    a.emit("SHL_r64_i8", RAX, 32)
    a.jmp(done)
    a.bind(box)
    box_number(a)
    a.bind(done)


def see(a: Assembler, bits: int) -> None:
    """Note in the feedback at r8 what has been seen."""
    a.emit("OR_m8_i8", Mem(R8, SEEN_OTHER), bits)
