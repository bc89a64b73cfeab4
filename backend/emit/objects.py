"""Emission of what objects need: allocation by bumping a pointer, type tests."""

from __future__ import annotations

from typing import Any

from seaofnodes.backend.assembler import Label, Mem, Rip
from seaofnodes.backend.emit.emitter import Emitter, Handler
from seaofnodes.backend.instruction import Instruction
from seaofnodes.backend.layout import (
    ARRAY_ELEMENTS,
    ARRAY_LENGTH,
    OBJECT_TAG,
    OBJECT_TYPE,
    RECORD_TYPE,
    RSP,
    SCRATCH,
    TYPE_ARRAY,
    TYPE_DISPLAY,
    TYPE_KIND,
    TYPE_RECORD_SHIFT,
    TYPE_STRUCT,
)

_KINDS = {"struct": TYPE_STRUCT, "array": TYPE_ARRAY}


def _word(name: str) -> Rip:
    return Rip(reloc=("word", name))


def _allocate(e: Emitter, i: Instruction) -> None:
    """Zeroed memory of a size; the definition is the reference, of which the header is still to be written."""
    size: Any = i.payload
    [result] = i.def_locations
    asm = e.asm
    back = Label()

    def slow() -> None:
        asm.emit("MOV_r32_i32", SCRATCH, size)
        asm.call_reloc("builtin", "allocate")
        e.safepoint(i)
        asm.emit("LEA_r64_m", result, Mem(SCRATCH, OBJECT_TAG))
        asm.jmp(back)

    asm.emit("MOV_r64_m64", result, _word("heap_top"))
    asm.emit("LEA_r64_m", SCRATCH, Mem(result, size))
    asm.emit("CMP_r64_m64", SCRATCH, _word("heap_limit"))
    asm.jcc("A", e.out_of_line(slow))
    asm.emit("MOV_m64_r64", _word("heap_top"), SCRATCH)
    asm.emit("ADD_r64_i32", result, OBJECT_TAG)
    asm.bind(back)


def _allocate_array(e: Emitter, i: Instruction) -> None:
    """An array with its header and length; one of at most `most` elements, mostly, without a call."""
    asm = e.asm
    payload: Any = i.payload
    type_id, size, most = payload
    [length], [result] = i.use_locations, i.def_locations
    back = Label()

    def slow() -> None:
        asm.emit("MOV_r32_r32", SCRATCH, length)
        asm.emit("PUSH_i32", type_id)
        asm.call_reloc("builtin", "allocate_array")
        e.safepoint(i)
        asm.emit("LEA_r64_m", RSP, Mem(RSP, 8))
        asm.emit("LEA_r64_m", result, Mem(SCRATCH, OBJECT_TAG))
        asm.jmp(back)

    generic = e.out_of_line(slow)
    asm.emit("MOV_r32_r32", SCRATCH, length)
    asm.emit("CMP_r32_i32", SCRATCH, most)
    asm.jcc("A", generic)
    rounded = size < 8
    asm.emit("LEA_r64_m", SCRATCH, Mem(None, ARRAY_ELEMENTS + 7 * rounded, SCRATCH, size))
    if rounded:
        asm.emit("AND_r64_i32", SCRATCH, -8)
    asm.emit("ADD_r64_m64", SCRATCH, _word("heap_top"))
    asm.emit("CMP_r64_m64", SCRATCH, _word("heap_limit"))
    asm.jcc("A", generic)
    if result == length:
        asm.emit("PUSH_r64", length)
    asm.emit("MOV_r64_m64", result, _word("heap_top"))
    asm.emit("MOV_m64_r64", _word("heap_top"), SCRATCH)
    if result == length:
        asm.emit("POP_r64", SCRATCH)
    asm.emit("MOV_m64_i32", Mem(result, OBJECT_TYPE), type_id)
    asm.emit("MOV_m32_r32", Mem(result, ARRAY_LENGTH), SCRATCH if result == length else length)
    asm.emit("ADD_r64_i32", result, OBJECT_TAG)
    asm.bind(back)


def _test_type(e: Emitter, i: Instruction) -> None:
    """Zero flag set: it is of the type; for "eq" the other way round."""
    plan: Any = i.payload
    [word] = i.use_locations
    asm = e.asm
    done = Label()
    if plan.kind == "i31":
        _test_i31(e, word, plan.nullable, done)
    elif plan.kind == "eq":
        _test_eq(e, word, plan.nullable, done)
    else:
        _test_object(e, word, plan, done)
    asm.bind(done)


def _test_i31(e: Emitter, word: int, nullable: bool, done: Label) -> None:
    """Its low half is zero; so is null's."""
    asm = e.asm
    asm.emit("TEST_r32_i32", word, 3)
    if not nullable:
        asm.jcc("NE", done)
        _not_null(e, word)


def _not_null(e: Emitter, word: int) -> None:
    """Zero flag set: it is not null."""
    e.asm.emit("CMP_r64_i32", word, 1)
    e.asm.emit("SBB_r64_r64", SCRATCH, SCRATCH)


def _test_eq(e: Emitter, word: int, nullable: bool, done: Label) -> None:
    """All but what the engine numbers."""
    asm = e.asm
    if not nullable:
        asm.emit("TEST_r64_r64", word, word)
        asm.jcc("E", done)
    asm.emit("MOV_r32_r32", SCRATCH, word)
    asm.emit("AND_r32_i32", SCRATCH, 3)
    asm.emit("CMP_r32_i32", SCRATCH, 2)


def _test_object(e: Emitter, word: int, plan: Any, done: Label) -> None:
    asm = e.asm
    header = Mem(word, OBJECT_TYPE - OBJECT_TAG)
    if plan.operand != "object":
        if plan.nullable:
            asm.emit("TEST_r64_r64", word, word)
            asm.jcc("E", done)
        if plan.operand == "any" or not plan.nullable:
            asm.emit("LEA_r32_m", SCRATCH, Mem(word, -OBJECT_TAG))
            asm.emit("TEST_r8_i8", SCRATCH, OBJECT_TAG)
            asm.jcc("NE", done)
    if plan.kind == "type" and plan.final:
        asm.emit("CMP_m32_i32", header, plan.type_id)
        return
    asm.emit("MOV_r32_m32", SCRATCH, header)
    if plan.kind == "type":
        asm.emit("CMP_r32_i32", SCRATCH, plan.type_id)
        asm.jcc("E", done)
    asm.emit("SHL_r64_i8", SCRATCH, TYPE_RECORD_SHIFT)
    asm.emit("ADD_r64_m64", SCRATCH, _word("heap_types"))
    if plan.kind == "type":
        asm.emit("CMP_m32_i32", Mem(SCRATCH, TYPE_DISPLAY + 4 * plan.depth), plan.type_id)
    else:
        asm.emit("CMP_m32_i32", Mem(SCRATCH, TYPE_KIND), _KINDS[plan.kind])


def _test_function_type(e: Emitter, i: Instruction) -> None:
    """Zero flag set: the record is of the type, or null where that passes."""
    payload: Any = i.payload
    expected, is_open, nullable = payload
    [record] = i.use_locations
    asm = e.asm
    done = Label()
    if nullable:
        asm.emit("TEST_r64_r64", record, record)
        asm.jcc("E", done)
    else:
        _not_null(e, record)
        asm.jcc("NE", done)
    asm.emit("CMP_m32_i32", Mem(record, RECORD_TYPE), expected)
    if is_open:

        def slow() -> None:
            asm.emit("MOV_r32_m32", SCRATCH, Mem(record, RECORD_TYPE))
            asm.emit("PUSH_i32", expected)
            asm.call_reloc("builtin", "is_subtype")
            e.safepoint(i)
            asm.emit("LEA_r64_m", RSP, Mem(RSP, 8))
            asm.emit("CMP_r32_i32", SCRATCH, 1)
            asm.jmp(done)

        asm.jcc("NE", e.out_of_line(slow))
    asm.bind(done)


HANDLERS: dict[str, Handler] = {
    "ALLOCATE": _allocate,
    "ALLOCATE_ARRAY": _allocate_array,
    "TEST_TYPE": _test_type,
    "TEST_FUNCTION_TYPE": _test_function_type,
}
