"""Stubs that make objects."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.backend.assembler import Assembler, Mem
from seaofnodes.backend.layout import OBJECT_STATE, R8, R9, RAX, RCX, RDX, RSI
from seaofnodes.javascript.baseline.layout import CLONE_SIZE
from seaofnodes.javascript.baseline.stubs.parts import allocate, call_python
from seaofnodes.runtime.code.stub_tools import Safepoints


def _clone(a: Assembler) -> Safepoints:
    """rax: a copy of the object in rcx, which something else holds; r8: address of the feedback slot."""
    a.emit("MOV_r64_m64", RSI, Mem(R8, CLONE_SIZE))
    a.emit("MOV_r64_r64", R9, RSI)
    allocate(a, RSI, (), {})
    a.emit("LEA_r64_m", RAX, Mem(RDX, 1))
    copy = a.mark()
    a.emit("SUB_r64_i32", R9, 8)
    a.emit("MOV_r64_m64", RSI, Mem(RCX, -1, R9, 1))
    a.emit("MOV_m64_r64", Mem(RDX, 0, R9, 1), RSI)
    a.jcc("NE", copy)
    a.emit("MOV_m8_i8", Mem(RDX, OBJECT_STATE), 0)
    a.ret()
    return {}


def _make(a: Assembler) -> Safepoints:
    """What Python makes for a site; it may leave a model to copy. r9d: the bytecode's offset; rax: the accumulator."""
    safepoints: Safepoints = {}
    call_python(a, "js_make", (R9, R8, RAX), (RAX,), safepoints)
    a.ret()
    return safepoints


def builders() -> dict[str, Callable[[Assembler], Safepoints | None]]:
    """By name."""
    return {"js_clone": _clone, "js_make": _make}
