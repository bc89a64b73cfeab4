"""Stubs of exceptions, of growing tables, of subtype checks; builtins.py has the contracts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import RAX, RBP, RCX, RDI, RDX, RSI, RSP, TRAP_REASONS
from seaofnodes.runtime.context import CALLABLE
from seaofnodes.runtime.stub_tools import context

_NULL: Final = TRAP_REASONS.index("null exception reference")


def _call(a: Assembler, name: str) -> None:
    """Call the runtime's callable with the address of the words at rsp; rsp must be aligned."""
    a.emit("MOV_r64_m64", RDI, context(CALLABLE[name]))
    a.emit("MOV_r64_r64", RSI, RSP)
    a.call_reloc("builtin", "call_python")
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")


def _throw_ref(a: Assembler) -> None:
    null = Label()
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc("E", null)
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    for _ in range(4):
        a.emit("PUSH_r64", RAX)
    a.emit("MOV_r64_m64", RDI, context(CALLABLE["throw"]))
    a.emit("LEA_r64_m", RSI, Mem(RBP, -24))  # of [exception, -, -, rbp]
    a.emit("AND_r64_i32", RSP, -16)
    a.call_reloc("builtin", "call_python")
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")
    a.emit("MOV_r64_m64", RCX, Mem(RBP, -24))
    a.emit("MOV_r64_m64", RDX, Mem(RBP, -16))
    a.emit("MOV_r64_m64", RAX, Mem(RBP, -32))
    a.emit("MOV_r64_m64", RSP, Mem(RBP, -8))
    a.emit("MOV_r64_r64", RBP, RDX)
    a.emit("JMP_r64", RCX)
    a.bind(null)
    a.call_reloc("builtin", f"trap_{_NULL}")


def _exception_new(a: Assembler) -> None:
    """Calls Python with the address of [tag index, instance, rbp, return address], which is aligned as calls are; the
    exception comes back in the first word.
    """
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("PUSH_r64", RSI)
    a.emit("PUSH_r64", RAX)
    _call(a, "exception_new")
    a.emit("MOV_r64_m64", RAX, Mem(RSP))
    a.emit("LEAVE")
    a.ret()


def _table_grow(a: Assembler) -> None:
    """Calls Python with the address of [delta, table, value, instance]; the result comes back in the first word."""
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("AND_r64_i32", RSP, -16)
    for register in (RSI, RDX, RAX, RCX):
        a.emit("PUSH_r64", register)
    _call(a, "table_grow")
    a.emit("MOV_r64_m64", RAX, Mem(RSP))
    a.emit("LEAVE")
    a.ret()


BUILDERS: Final[dict[str, Callable[[Assembler], None]]] = {
    "throw_ref": _throw_ref,
    "exception_new": _exception_new,
    "table_grow": _table_grow,
}
