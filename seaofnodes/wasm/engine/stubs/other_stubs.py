"""Builtins that make exceptions, grow tables and check subtypes."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Assembler, Mem
from seaofnodes.backend.layout import RAX, RBP, RCX, RDI, RDX, RSI, RSP
from seaofnodes.runtime.code.builtins import Builtins
from seaofnodes.runtime.code.stub_tools import word
from seaofnodes.runtime.entry.stubs import calling_python_saving_all


def _call(a: Assembler, name: str) -> None:
    """Call the runtime's callable with the address of the words at rsp; rsp must be aligned."""
    a.emit("MOV_r64_m64", RDI, word(name))
    a.emit("MOV_r64_r64", RSI, RSP)
    a.call_reloc("builtin", "call_python")
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")


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


def _is_subtype(a: Assembler) -> None:
    calling_python_saving_all(a, "is_subtype")


BUILTINS: Final = Builtins({"exception_new": _exception_new, "table_grow": _table_grow, "is_subtype": _is_subtype})
