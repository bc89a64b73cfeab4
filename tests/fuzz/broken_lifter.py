"""Lifts i32.add as a subtraction: no pass is to blame."""

from __future__ import annotations

from seaofnodes.ir.ops.machine import INT32_ADD, INT32_SUB
from seaofnodes.wasm.lift import tables as lift_tables

INT32 = next(code for code, (op, _) in lift_tables.BINARY.items() if op is INT32_ADD)
lift_tables.BINARY[INT32] = (INT32_SUB, False)
