"""Reading, writing and measuring tables. What grows, fills and copies them is in builtin_calls.py."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.layout import TABLE_BASE, TABLE_LENGTH
from seaofnodes.backend.template.values import MEM, SCRATCH
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.compiler import Compiler, Handler


def entry_address(c: Compiler, table: int, index: int, pinned: int, reason: str) -> Mem:
    """Check an index, in a register, and give the address of the table's entry, through the scratch register.

    reason: of the trap.
    """
    instance = c.instance(pinned | 1 << index)
    c.emit("MOV_r64_m64", SCRATCH, Mem(instance, c.layout.tables[table] + 8))
    c.emit("CMP_r64_m64", index, Mem(SCRATCH, TABLE_LENGTH))
    c.asm.jcc("AE", c.trap_label(reason))
    c.emit("MOV_r64_m64", SCRATCH, Mem(SCRATCH, TABLE_BASE))
    return Mem(SCRATCH, 0, index, 8)


def table_get(c: Compiler, table: int) -> None:
    """table.get."""
    index = c.pop()
    address = entry_address(c, table, index, 0, "out of bounds table access")
    register = c.allocate()
    c.emit("MOV_r64_m64", register, address)
    c.push_reference(register)


def table_set(c: Compiler, table: int) -> None:
    """table.set."""
    value = c.take()
    value_index = len(c.entries)
    pinned = 1 << value if 0 <= value < MEM else 0
    index = c.pop(pinned)
    if value >= MEM:
        value = c.to_register(value, value_index, 1 << index)
        pinned = 1 << value
    address = entry_address(c, table, index, pinned, "out of bounds table access")
    if value < 0:
        c.emit("MOV_m64_i32", address, 0)
    else:
        c.emit("MOV_m64_r64", address, value)


def table_size(c: Compiler, table: int) -> None:
    """table.size."""
    register = c.allocate()
    instance = c.instance(1 << register)
    c.emit("MOV_r64_m64", register, Mem(instance, c.layout.tables[table] + 8))
    c.emit("MOV_r64_m64", register, Mem(register, TABLE_LENGTH))
    c.push(register)


HANDLERS: Final[dict[int, Handler]] = {op.TABLE_GET: table_get, op.TABLE_SET: table_set, op.TABLE_SIZE: table_size}
