"""Targets of calls: function records, checked, and the feedback that calls leave."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Label, Mem
from seaofnodes.backend.layout import (
    FEEDBACK_COUNT,
    FEEDBACK_ENTRY,
    FEEDBACK_HEADER,
    FEEDBACK_TARGET,
    INSTANCE,
    RECORD_SLOT,
    RECORD_TYPE,
    RSP,
)
from seaofnodes.backend.template.value_stack import INSTANCE_SLOT
from seaofnodes.backend.template.values import SCRATCH
from seaofnodes.wasm.baseline.compiler import Compiler
from seaofnodes.wasm.baseline.safepoints import reference_places
from seaofnodes.wasm.baseline.tables import entry_address

_MISMATCH: Final = "indirect call type mismatch"


def checked_record(c: Compiler, type_index: int, table: int) -> int:
    """Pop an index: a register, not pinned, with the record in that table entry, which is of that type."""
    index = c.pop()
    address = entry_address(c, table, index, 0, "undefined element")
    record = c.allocate(1 << index)
    c.emit("MOV_r64_m64", record, address)
    expected = c.type_ids[type_index]
    c.may_fault("uninitialized element")
    c.emit("CMP_m32_i32", Mem(record, RECORD_TYPE), expected)
    if c.module.function_type(type_index).final:
        c.asm.jcc("NE", c.trap_label(_MISMATCH))
        return record
    back = Label()
    places = reference_places(c, c.analysis.live.get(c.index, 0) | c.controls[-1].live)

    def subtype() -> None:
        c.emit("MOV_r32_m32", SCRATCH, Mem(record, RECORD_TYPE))
        c.emit("PUSH_i32", expected)
        c.asm.call_reloc("builtin", "is_subtype")
        if places:
            c.safepoints.append((c.asm.pc, places))
        c.emit("LEA_r64_m", RSP, Mem(RSP, 8))
        c.emit("TEST_r32_r32", SCRATCH, SCRATCH)
        c.asm.jcc("NE", back)
        c.trap(_MISMATCH)

    c.asm.jcc("NE", c.defer(subtype))
    c.asm.bind(back)
    return record


def not_null_record(c: Compiler) -> int:
    """Pop a reference: a register, not pinned, with the record, which is not null."""
    record = c.pop()
    c.may_fault("null function reference")
    c.emit("MOV_r64_m64", SCRATCH, Mem(record, RECORD_SLOT))
    return record


def _site(c: Compiler) -> int:
    """Offset of this call's feedback entry in the instance."""
    return c.layout.feedback.cells[c.own_index] + FEEDBACK_HEADER + FEEDBACK_ENTRY * c.analysis.sites[c.index]


def count_direct(c: Compiler) -> None:
    """The instance is in rsi: count the call."""
    if c.feedback:
        c.emit("INC_m64", Mem(INSTANCE, _site(c) + FEEDBACK_COUNT))


def count_indirect(c: Compiler) -> None:
    """The record in rsi is called: the same one as before is counted inline."""
    if not c.feedback:
        return
    site = _site(c)
    c.emit("MOV_r64_m64", SCRATCH, INSTANCE_SLOT)
    c.emit("CMP_m64_r64", Mem(SCRATCH, site + FEEDBACK_TARGET), INSTANCE)
    counted = Label()

    def slow() -> None:
        c.emit("LEA_r64_m", SCRATCH, Mem(SCRATCH, site))
        c.asm.call_reloc("builtin", "feedback_indirect")
        c.asm.jmp(counted)

    c.asm.jcc("NE", c.defer(slow))
    c.emit("INC_m64", Mem(SCRATCH, site + FEEDBACK_COUNT))
    c.asm.bind(counted)
