"""Builtins that make exceptions, grow tables and check subtypes."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Assembler, Mem
from seaofnodes.backend.layout import RAX, RBP, RCX, RDI, RDX, RSI, RSP
from seaofnodes.runtime.code.builtins import Builtins
from seaofnodes.runtime.code.stub_tools import Safepoints, word
from seaofnodes.runtime.entry.stubs import calling_python_saving_all


def _call(a: Assembler, name: str) -> int:
    """Call the runtime's callable with the address of the words at rsp; rsp must be aligned. The pc behind the call."""
    a.emit("MOV_r64_m64", RDI, word(name))
    a.emit("MOV_r64_r64", RSI, RSP)
    a.call_reloc("builtin", "call_python")
    returns = a.pc
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")
    return returns


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


def _table_grow(a: Assembler) -> Safepoints:
    """Calls Python with the address of [delta, table, value, instance]; the result comes back in the first word."""
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    a.emit("AND_r64_i32", RSP, -16)
    for register in (RSI, RDX, RAX, RCX):
        a.emit("PUSH_r64", register)
    safepoints: Safepoints = {_call(a, "table_grow"): (-16,)}
    a.emit("MOV_r64_m64", RAX, Mem(RSP))
    a.emit("LEAVE")
    a.ret()
    return safepoints


def _is_subtype(a: Assembler) -> None:
    """The expected type's id is on the stack, above the return address; the caller takes it off."""
    calling_python_saving_all(a, "is_subtype")


BUILTINS: Final = Builtins({"exception_new": _exception_new, "table_grow": _table_grow, "is_subtype": _is_subtype})
