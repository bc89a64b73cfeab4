"""How machine code looks into the frame table."""

from __future__ import annotations

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import CONTEXT_FRAME_TABLE, R8, R9, RCX, RDI, RSI
from seaofnodes.runtime.code.frame_table import HASH_FACTOR, HASH_SHIFT, RECORD_SHIFT, TABLE_MASK, TABLE_RECORDS
from seaofnodes.runtime.code.stub_tools import context


def look_up_frame(a: Assembler, missing: Label) -> None:
    """rcx: a return address; rdi: then the address of its record, unless the code goes on at `missing`. Clobbers rsi,
    r8 and r9.
    """
    found = Label()
    a.emit("MOV_r64_m64", R8, context(CONTEXT_FRAME_TABLE))
    a.emit("MOV_r64_i64", R9, HASH_FACTOR)
    a.emit("IMUL_r64_r64", R9, RCX)
    a.emit("SHR_r64_i8", R9, HASH_SHIFT)
    again = a.mark()
    a.emit("AND_r64_m64", R9, Mem(R8, TABLE_MASK))
    a.emit("MOV_r64_r64", RDI, R9)
    a.emit("SHL_r64_i8", RDI, RECORD_SHIFT)
    a.emit("LEA_r64_m", RDI, Mem(RDI, TABLE_RECORDS, R8, 1))
    a.emit("MOV_r64_m64", RSI, Mem(RDI))
    a.emit("CMP_r64_r64", RSI, RCX)
    a.jcc("E", found)
    a.emit("TEST_r64_r64", RSI, RSI)
    a.jcc("E", missing)
    a.emit("INC_r64", R9)
    a.jmp(again)
    a.bind(found)
