"""Stubs of calls: into machine code, with too few arguments, of functions in Python, polls."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import (
    CONTEXT_REAL_LIMIT,
    FRAME_ARGUMENTS,
    R8,
    R9,
    RAX,
    RBP,
    RBX,
    RCX,
    RDI,
    RDX,
    RSI,
    RSP,
)
from seaofnodes.javascript.baseline.layout import RECORD_CONSTRUCT, RECORD_ENTRY
from seaofnodes.javascript.baseline.stubs.parts import call_python, enter, finish_python
from seaofnodes.javascript.baseline.words import load_record, root
from seaofnodes.runtime.code.stub_tools import Safepoints, context, word


def _invoke(entry: int) -> Callable[[Assembler], None]:
    """Called as a function of Python's (closure, count, address of the words, new target) -> word, in rax rcx rdx rbx.

    The words are the receiver and the arguments; count: how many.
    """

    def build(a: Assembler) -> None:
        copy, done = Label(), Label()
        enter(a)
        a.emit("MOV_r64_r64", RDI, RAX)
        a.emit("MOV_r64_r64", RAX, RCX)
        a.emit("LEA_r64_m", R8, Mem(None, 15, RCX, 8))
        a.emit("AND_r64_i32", R8, -16)
        a.emit("SUB_r64_r64", RSP, R8)
        a.bind(copy)
        a.emit("DEC_r64", RCX)
        a.jcc("S", done)
        a.emit("MOV_r64_m64", R9, Mem(RDX, 0, RCX, 8))
        a.emit("MOV_m64_r64", Mem(RSP, 0, RCX, 8), R9)
        a.jmp(copy)
        a.bind(done)
        a.emit("MOV_r64_r64", RDX, RBX)
        load_record(a.emit)
        a.emit("CALL_m64", Mem(RCX, entry))
        a.emit("LEAVE")
        a.ret()

    return build


def _adapt(a: Assembler) -> None:
    """Jumped to by a function that got less arguments than it has parameters: r8d, at r9 it goes on.

    It is called once more, with a copy of the arguments (eax of them) and undefined for the others.
    """
    copy, fill, ready = Label(), Label(), Label()
    enter(a)
    a.emit("LEA_r64_m", RSI, Mem(None, 15, R8, 8))
    a.emit("AND_r64_i32", RSI, -16)
    a.emit("SUB_r64_r64", RSP, RSI)
    a.emit("CMP_r64_m64", RSP, context(CONTEXT_REAL_LIMIT))
    exhausted = Label()
    a.jcc("BE", exhausted)
    a.emit("MOV_r64_m64", RSI, root("undefined"))
    again = a.mark()
    a.emit("CMP_r64_r64", R8, RAX)
    a.jcc("E", copy)
    a.emit("DEC_r64", R8)
    a.emit("MOV_m64_r64", Mem(RSP, 0, R8, 8), RSI)
    a.jmp(again)
    a.bind(copy)
    a.bind(fill)
    a.emit("DEC_r64", R8)
    a.jcc("S", ready)
    a.emit("MOV_r64_m64", RSI, Mem(RBP, FRAME_ARGUMENTS, R8, 8))
    a.emit("MOV_m64_r64", Mem(RSP, 0, R8, 8), RSI)
    a.jmp(fill)
    a.bind(ready)
    a.emit("CALL_r64", R9)
    a.emit("LEAVE")
    a.ret()
    a.bind(exhausted)
    a.emit("LEAVE")
    a.jmp_reloc("builtin", "js_exhausted")


def _exhausted(a: Assembler) -> Safepoints:
    safepoints: Safepoints = {}
    call_python(a, "js_exhausted", (RAX,), (), safepoints)
    a.ret()
    return safepoints


def _poll_entry(a: Assembler) -> None:
    fine = Label()
    a.emit("CMP_r64_m64", RSP, context(CONTEXT_REAL_LIMIT))
    a.jcc("A", fine)
    a.jmp_reloc("builtin", "js_exhausted")
    a.bind(fine)
    a.jmp_reloc("builtin", "poll_loop")


def _poll(a: Assembler) -> None:
    a.jmp_reloc("builtin", "poll_loop")


def _python_function(name: str) -> Callable[[Assembler], Safepoints]:
    """The entry of functions that have no machine code: Python gets the address of [closure, new target, count, rbp,
    return address, receiver, arguments...] and leaves the result in the first word.
    """

    def build(a: Assembler) -> Safepoints:
        enter(a)
        exhausted = Label()
        a.emit("CMP_r64_m64", RSP, context(CONTEXT_REAL_LIMIT))
        a.jcc("BE", exhausted)
        for register in (RAX, RAX, RDX, RDI):
            a.emit("PUSH_r64", register)
        a.emit("MOV_r64_m64", RDI, word(name))
        a.emit("MOV_r64_r64", RSI, RSP)
        a.call_reloc("builtin", "call_python")
        safepoints: Safepoints = {a.pc: (-32, -24)}
        finish_python(a)
        a.emit("MOV_r64_m64", RAX, Mem(RSP))
        a.emit("LEAVE")
        a.ret()
        a.bind(exhausted)
        a.emit("LEAVE")
        a.jmp_reloc("builtin", "js_exhausted")
        return safepoints

    return build


def _step(a: Assembler) -> Safepoints:
    """One bytecode, in the interpreter: rax: accumulator, ecx: its offset; Python gets [offset, accumulator, rbp]."""
    safepoints: Safepoints = {}
    enter(a)
    a.emit("PUSH_r64", RAX)
    a.emit("PUSH_r64", RCX)
    a.emit("MOV_r64_m64", RDI, word("js_step"))
    a.emit("MOV_r64_r64", RSI, RSP)
    a.call_reloc("builtin", "call_python")
    safepoints[a.pc] = (-8,)
    finish_python(a)
    a.emit("MOV_r64_m64", RAX, Mem(RSP, 8))
    a.emit("LEAVE")
    a.ret()
    return safepoints


def _truth(a: Assembler) -> Safepoints:
    """rcx: is the heap object in rax true? Keeps rax."""
    safepoints: Safepoints = {}
    enter(a)
    a.emit("PUSH_r64", RAX)
    a.emit("PUSH_r64", RAX)
    a.emit("MOV_r64_m64", RDI, word("js_truth"))
    a.emit("MOV_r64_r64", RSI, RSP)
    a.call_reloc("builtin", "call_python")
    safepoints[a.pc] = (-8,)
    finish_python(a)
    a.emit("MOV_r64_m64", RCX, Mem(RSP))
    a.emit("MOV_r64_m64", RAX, Mem(RSP, 8))
    a.emit("LEAVE")
    a.ret()
    return safepoints


def _receiver(a: Assembler) -> Safepoints:
    """rax: what a function in sloppy mode has as its receiver in place of rcx."""
    safepoints: Safepoints = {}
    nothing = Label()
    a.emit("MOV_r64_m64", RAX, root("global_object"))
    for name in ("undefined", "null"):
        a.emit("CMP_r64_m64", RCX, root(name))
        a.jcc("E", nothing)
    call_python(a, "js_receiver", (RCX,), (RCX,), safepoints)
    a.bind(nothing)
    a.ret()
    return safepoints


def builders() -> dict[str, Callable[[Assembler], Safepoints | None]]:
    """By name; each refers only to those before it."""
    return {
        "js_exhausted": _exhausted, "js_poll_entry": _poll_entry, "js_poll": _poll, "js_adapt": _adapt,
        "js_invoke": _invoke(RECORD_ENTRY), "js_construct": _invoke(RECORD_CONSTRUCT),
        "js_call_function": _python_function("js_call_function"),
        "js_construct_function": _python_function("js_construct_function"),
        "js_step": _step, "js_truth": _truth, "js_receiver": _receiver,
    }  # fmt: skip
