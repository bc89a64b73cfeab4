"""Stubs of property loads and stores: tables of what a site has seen, the cache of megamorphic sites, then Python.

The object is in rcx, the value to store in rax, the feedback slot's address in r8, the bytecode's offset in r9, the key
in r10.
"""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import R8, R9, R10, RAX, RBX, RCX, RDI, RDX, RSI
from seaofnodes.javascript.baseline import layout
from seaofnodes.javascript.baseline.stubs.parts import box_number, call_python
from seaofnodes.javascript.baseline.words import root
from seaofnodes.javascript.objects.kinds import FIRST_STRING, LAST_STRING, Kind
from seaofnodes.javascript.objects.layout import (
    ELEMENTS,
    HOLE_NAN,
    LENGTH,
    OBJECT_ELEMENTS,
    OBJECT_KIND,
    OBJECT_PROPERTIES,
    STRING_LENGTH,
)
from seaofnodes.runtime.code.stub_tools import Safepoints


def _find_entry(a: Assembler, missing: Label) -> None:
    """rdi: the entry for the map of rcx, whose id is in edx then, and for the key r10; else go on at `missing`."""
    found, mega = Label(), Label()
    a.emit("TEST_r8_i8", RCX, 1)
    a.jcc("E", missing)
    a.emit("MOV_r32_m32", RDX, Mem(RCX, -1))
    a.emit("MOV_r64_m64", RDI, Mem(R8, layout.CACHE_TABLE))
    a.emit("CMP_r64_i32", RDI, layout.MEGAMORPHIC)
    a.jcc("B", missing)
    a.jcc("E", mega)
    again = a.mark()
    a.emit("MOV_r32_m32", RBX, Mem(RDI, layout.ENTRY_MAP))
    a.emit("CMP_r32_r32", RBX, RDX)
    a.jcc("E", found)
    a.emit("ADD_r64_i32", RDI, 1 << layout.ENTRY_SHIFT)
    a.emit("TEST_r32_r32", RBX, RBX)
    a.jcc("NE", again)
    a.jmp(missing)
    a.bind(mega)
    second = Label()
    a.emit("IMUL_r32_r32_i32", RDI, RDX, layout.MEGA_FACTOR)
    a.emit("ADD_r32_r32", RDI, R10)
    a.emit("IMUL_r32_r32_i32", RDI, RDI, layout.MEGA_FACTOR)
    a.emit("SHR_r32_i8", RDI, 32 - layout.MEGA_BITS)
    a.emit("SHL_r32_i8", RDI, layout.MEGA_SHIFT + 1)
    a.emit("ADD_r64_m64", RDI, root("mega"))
    a.emit("CMP_r32_m32", RDX, Mem(RDI, layout.ENTRY_MAP))
    a.jcc("NE", second)
    a.emit("CMP_r64_m64", R10, Mem(RDI, layout.MEGA_KEY))
    a.jcc("E", found)
    a.bind(second)
    a.emit("ADD_r64_i32", RDI, 1 << layout.MEGA_SHIFT)
    a.emit("CMP_r32_m32", RDX, Mem(RDI, layout.ENTRY_MAP))
    a.jcc("NE", missing)
    a.emit("CMP_r64_m64", R10, Mem(RDI, layout.MEGA_KEY))
    a.jcc("NE", missing)
    a.bind(found)


def _unless_epoch(a: Assembler, missing: Label) -> None:
    a.emit("MOV_r64_m64", RBX, root("epoch"))
    a.emit("CMP_r64_m64", RBX, Mem(RDI, layout.ENTRY_EPOCH))
    a.jcc("NE", missing)


def _get_named(a: Assembler) -> Safepoints:
    safepoints: Safepoints = {}
    python, cells, missing = Label(), Label(), Label()
    _find_entry(a, missing)
    a.emit("MOV_r32_m32", RDX, Mem(RDI, layout.ENTRY_HANDLER))
    a.emit("MOV_r64_m64", RSI, Mem(RDI, layout.ENTRY_PLACE))
    a.emit("CMP_r32_i32", RDX, layout.SLOT)
    slot = Label()
    a.jcc("E", slot)
    a.jcc("A", cells)
    a.emit("MOV_r64_m64", RAX, Mem(RCX, 0, RSI, 1))
    a.ret()
    a.bind(slot)
    a.emit("MOV_r64_m64", RCX, Mem(RCX, OBJECT_PROPERTIES - 1))
    a.emit("MOV_r64_m64", RAX, Mem(RCX, 0, RSI, 1))
    a.ret()
    a.bind(cells)
    _unless_epoch(a, missing)
    absent = Label()
    a.emit("CMP_r32_i32", RDX, layout.CELL)
    a.jcc("NE", absent)
    a.emit("MOV_r64_m64", RAX, Mem(RSI))
    a.ret()
    a.bind(absent)
    a.emit("MOV_r64_m64", RAX, root("undefined"))
    a.emit("CMP_r32_i32", RDX, layout.ABSENT)
    a.jcc("NE", missing)
    a.ret()
    a.bind(missing)
    # The length of a string needs no map.
    a.emit("CMP_r64_m64", R10, root("length"))
    a.jcc("NE", python)
    a.emit("TEST_r8_i8", RCX, 1)
    a.jcc("E", python)
    a.emit("MOVZX_r32_m8", RDX, Mem(RCX, OBJECT_KIND - 1))
    a.emit("SUB_r32_i32", RDX, int(FIRST_STRING))
    a.emit("CMP_r32_i32", RDX, LAST_STRING - FIRST_STRING)
    a.jcc("A", python)
    a.emit("MOV_r32_m32", RAX, Mem(RCX, STRING_LENGTH - 1))
    a.emit("SHL_r64_i8", RAX, 32)
    a.ret()
    a.bind(python)
    call_python(a, "js_get_named", (R10, R9, R8, RCX), (RCX, R10), safepoints)
    a.ret()
    return safepoints


def _store_named(name: str) -> Callable[[Assembler], Safepoints]:
    def build(a: Assembler) -> Safepoints:
        safepoints: Safepoints = {}
        missing, more, add, slot = Label(), Label(), Label(), Label()
        _find_entry(a, missing)
        a.emit("MOV_r32_m32", RDX, Mem(RDI, layout.ENTRY_HANDLER))
        a.emit("MOV_r64_m64", RSI, Mem(RDI, layout.ENTRY_PLACE))
        a.emit("CMP_r32_i32", RDX, layout.SLOT)
        a.jcc("E", slot)
        a.jcc("A", more)
        a.emit("MOV_m64_r64", Mem(RCX, 0, RSI, 1), RAX)
        a.ret()
        a.bind(slot)
        a.emit("MOV_r64_m64", RDX, Mem(RCX, OBJECT_PROPERTIES - 1))
        a.emit("MOV_m64_r64", Mem(RDX, 0, RSI, 1), RAX)
        a.ret()
        a.bind(more)
        _unless_epoch(a, missing)
        a.emit("MOV_r32_m32", RBX, Mem(RDI, layout.ENTRY_NEW_MAP))
        a.emit("CMP_r32_i32", RDX, layout.ADD_FIELD)
        a.jcc("NE", add)
        a.emit("MOV_m64_r64", Mem(RCX, 0, RSI, 1), RAX)
        a.emit("MOV_m32_r32", Mem(RCX, -1), RBX)
        a.ret()
        a.bind(add)
        a.emit("CMP_r32_i32", RDX, layout.ADD_SLOT)
        a.jcc("NE", missing)
        a.emit("MOV_r64_m64", RDX, Mem(RCX, OBJECT_PROPERTIES - 1))
        a.emit("TEST_r8_i8", RDX, 1)
        a.jcc("E", missing)
        # The place is from the tagged word: is it within the array?
        a.emit("MOV_r32_m32", R10, Mem(RDX, LENGTH - 1))
        a.emit("LEA_r64_m", R10, Mem(None, ELEMENTS - 1, R10, 8))
        a.emit("CMP_r64_r64", RSI, R10)
        full = Label()
        a.jcc("AE", full)
        a.emit("MOV_m64_r64", Mem(RDX, 0, RSI, 1), RAX)
        a.emit("MOV_m32_r32", Mem(RCX, -1), RBX)
        a.ret()
        a.bind(full)
        a.emit("XOR_r32_r32", R10, R10)
        a.bind(missing)
        call_python(a, name, (R10, R9, R8, RCX, RAX), (RCX, RAX, R10), safepoints)
        a.ret()
        return safepoints

    return build


def _get_keyed(a: Assembler) -> Safepoints:
    """Numbers in double arrays; else Python. The key is in rax."""
    safepoints: Safepoints = {}
    python = Label()
    a.emit("TEST_r8_i8", RCX, 1)
    a.jcc("E", python)
    a.emit("TEST_r8_i8", RAX, 1)
    a.jcc("NE", python)
    a.emit("CMP_m8_i8", Mem(RCX, OBJECT_KIND - 1), int(Kind.JS_ARRAY))
    a.jcc("NE", python)
    a.emit("MOV_r64_m64", RDX, Mem(RCX, OBJECT_ELEMENTS - 1))
    a.emit("TEST_r8_i8", RDX, 1)
    a.jcc("E", python)
    a.emit("MOV_r64_r64", RSI, RAX)
    a.emit("SHR_r64_i8", RSI, 32)
    a.emit("CMP_r32_m32", RSI, Mem(RDX, LENGTH - 1))
    a.jcc("AE", python)
    a.emit("CMP_m8_i8", Mem(RDX, OBJECT_KIND - 1), int(Kind.FIXED_DOUBLE_ARRAY))
    tagged = Label()
    a.jcc("NE", tagged)
    a.emit("MOV_r64_m64", RDI, Mem(RDX, ELEMENTS - 1, RSI, 8))
    a.emit("MOV_r64_i64", RBX, HOLE_NAN)
    a.emit("CMP_r64_r64", RDI, RBX)
    a.jcc("E", python)
    a.emit("MOVQ_x_r64", 0, RDI)
    box_number(a)
    a.ret()
    a.bind(tagged)
    a.emit("CMP_m8_i8", Mem(RDX, OBJECT_KIND - 1), int(Kind.FIXED_ARRAY))
    a.jcc("NE", python)
    a.emit("CMP_m32_i32", Mem(R8, layout.CACHE_MAP), 0)
    a.jcc("E", python)  # Python notes the map first
    a.emit("MOV_r64_m64", RDI, Mem(RDX, ELEMENTS - 1, RSI, 8))
    a.emit("CMP_r64_m64", RDI, root("hole"))
    a.jcc("E", python)
    a.emit("MOV_r64_r64", RAX, RDI)
    a.ret()
    a.bind(python)
    call_python(a, "js_get_keyed", (R9, R8, RAX, RCX), (RCX, RAX), safepoints)
    a.ret()
    return safepoints


def _set_keyed(a: Assembler) -> Safepoints:
    """The value is in rax, the key in r10."""
    safepoints: Safepoints = {}
    python, other, boxed = Label(), Label(), Label()
    a.emit("TEST_r8_i8", RCX, 1)
    a.jcc("E", python)
    a.emit("TEST_r8_i8", R10, 1)
    a.jcc("NE", python)
    a.emit("CMP_m8_i8", Mem(RCX, OBJECT_KIND - 1), int(Kind.JS_ARRAY))
    a.jcc("NE", python)
    a.emit("MOV_r64_m64", RDX, Mem(RCX, OBJECT_ELEMENTS - 1))
    a.emit("TEST_r8_i8", RDX, 1)
    a.jcc("E", python)
    a.emit("CMP_m8_i8", Mem(RDX, OBJECT_KIND - 1), int(Kind.FIXED_DOUBLE_ARRAY))
    a.jcc("NE", other)
    a.emit("MOV_r64_r64", RSI, R10)
    a.emit("SHR_r64_i8", RSI, 32)
    a.emit("CMP_r32_m32", RSI, Mem(RDX, LENGTH - 1))
    a.jcc("AE", python)
    a.emit("MOV_r64_i64", RBX, HOLE_NAN)
    a.emit("CMP_r64_m64", RBX, Mem(RDX, ELEMENTS - 1, RSI, 8))
    a.jcc("E", python)
    a.emit("TEST_r8_i8", RAX, 1)
    a.jcc("NE", boxed)
    a.emit("MOV_r64_r64", RDI, RAX)
    a.emit("SAR_r64_i8", RDI, 32)
    a.emit("CVTSI2SD_x_r32", 0, RDI)
    a.emit("MOVSD_m64_x", Mem(RDX, ELEMENTS - 1, RSI, 8), 0)
    a.ret()
    a.bind(boxed)
    a.emit("CMP_m8_i8", Mem(RAX, OBJECT_KIND - 1), int(Kind.HEAP_NUMBER))
    a.jcc("NE", python)
    a.emit("MOVSD_x_m64", 0, Mem(RAX, 7))
    a.emit("UCOMISD_x_x", 0, 0)
    a.jcc("P", python)  # every NaN but the hole is the same one
    a.emit("MOVSD_m64_x", Mem(RDX, ELEMENTS - 1, RSI, 8), 0)
    a.ret()
    a.bind(other)
    a.bind(python)
    call_python(a, "js_set_keyed", (R10, R9, R8, RCX, RAX), (RCX, RAX, R10), safepoints)
    a.ret()
    return safepoints


def _global(name: str) -> Callable[[Assembler], Safepoints]:
    def build(a: Assembler) -> Safepoints:
        safepoints: Safepoints = {}
        call_python(a, name, (R9, R8, RAX), (), safepoints)
        a.ret()
        return safepoints

    return build


def _set_global(a: Assembler) -> Safepoints:
    safepoints: Safepoints = {}
    call_python(a, "js_set_global", (R9, R8, RAX), (RAX,), safepoints)
    a.ret()
    return safepoints


def builders() -> dict[str, Callable[[Assembler], Safepoints | None]]:
    """By name."""
    return {
        "js_get_named": _get_named, "js_set_named": _store_named("js_set_named"),
        "js_define_named": _store_named("js_define_named"), "js_get_keyed": _get_keyed,
        "js_set_keyed": _set_keyed, "js_get_global": _global("js_get_global"), "js_set_global": _set_global,
    }  # fmt: skip
