"""Templates of property loads and stores: one map inline, what else has been seen in a stub."""

from __future__ import annotations

import functools

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.layout import R8, R9, R10, RAX, RBX, RCX, RDX
from seaofnodes.javascript.baseline import layout
from seaofnodes.javascript.baseline.compiler import Choice, Chooser as Chooser, Compiler
from seaofnodes.javascript.baseline.template import Part, Template, Writer, build
from seaofnodes.javascript.baseline.words import root
from seaofnodes.javascript.bytecode.array import Instruction
from seaofnodes.javascript.objects.layout import ELEMENTS, LENGTH, OBJECT_ELEMENTS


def _has_map(part: Part) -> None:
    """rare unless rcx is an object with the map that the slot has; edx is clobbered."""
    part.emit("TEST_r8_i8", RCX, 1)
    part.to_rare("E")
    part.emit("MOV_r32_m32", RDX, Mem(RCX, -1))
    part.emit("CMP_r32_m32", RDX, part.feedback(layout.CACHE_MAP))
    part.to_rare("NE")


def _call_stub(part: Part, name: str, offset_operand: int, key_operand: int | None = None) -> None:
    """The feedback slot's address in r8, the bytecode's offset in r9, the key in r10."""
    part.emit("LEA_r64_m", R8, part.feedback())
    part.emit("MOV_r32_i32", R9, part.immediate(offset_operand))
    if key_operand is not None:
        part.emit("MOV_r64_i64", R10, part.word(key_operand))
    part.call(name)
    part.back()


@functools.cache
def _get_named() -> Template:
    """Operands: object, key, offset, slot."""

    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_m64", RCX, w.main.register(0))
        _has_map(w.main)
        w.main.emit("MOVSXD_r64_m32", RDX, w.main.feedback(layout.CACHE_OFFSET))
        w.main.emit("MOV_r64_m64", RAX, Mem(RCX, 0, RDX, 1))
        _call_stub(w.rare, "js_get_named", 2, 1)

    return build(builder)


@functools.cache
def _set_named(stub: str) -> Template:
    """Operands: object, key, offset, slot."""

    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_m64", RCX, w.main.register(0))
        _has_map(w.main)
        w.main.emit("MOVSXD_r64_m32", RDX, w.main.feedback(layout.CACHE_OFFSET))
        w.main.emit("MOV_m64_r64", Mem(RCX, 0, RDX, 1), RAX)
        _call_stub(w.rare, stub, 2, 1)

    return build(builder)


def _element(part: Part, index: int) -> None:
    """rare unless rcx has an element, in tagged words, of the index in a Smi register; it is at [rdx + 8 * r9], and in
    rbx.
    """
    part.emit("TEST_r8_i8", index, 1)
    part.to_rare("NE")
    part.emit("MOV_r64_m64", RDX, Mem(RCX, OBJECT_ELEMENTS - 1))
    part.emit("MOV_r64_r64", R9, index)
    part.emit("SHR_r64_i8", R9, 32)
    part.emit("CMP_r32_m32", R9, Mem(RDX, LENGTH - 1))
    part.to_rare("AE")
    part.emit("MOV_r64_m64", RBX, Mem(RDX, ELEMENTS - 1, R9, 8))
    part.emit("CMP_r64_m64", RBX, root("hole"))
    part.to_rare("E")


@functools.cache
def _get_keyed() -> Template:
    """Operands: object, offset, slot."""

    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_m64", RCX, w.main.register(0))
        _has_map(w.main)
        _element(w.main, RAX)
        w.main.emit("MOV_r64_r64", RAX, RBX)
        _call_stub(w.rare, "js_get_keyed", 1)

    return build(builder)


@functools.cache
def _set_keyed() -> Template:
    """Operands: object, key, offset, slot."""

    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_m64", RCX, w.main.register(0))
        w.main.emit("MOV_r64_m64", R10, w.main.register(1))
        _has_map(w.main)
        w.main.emit("MOV_r32_m32", RDX, w.main.feedback(layout.CACHE_FORBIDDEN))
        w.main.emit("TEST_r32_r32", RAX, RDX)
        w.main.to_rare("NE")
        _element(w.main, R10)
        w.main.emit("MOV_m64_r64", Mem(RDX, ELEMENTS - 1, R9, 8), RAX)
        _call_stub(w.rare, "js_set_keyed", 2)

    return build(builder)


def _has_cell(part: Part) -> None:
    """rare unless the slot has a cell that is still the variable's; its address is in rcx."""
    part.emit("MOV_r64_m64", RDX, root("epoch"))
    part.emit("CMP_r64_m64", RDX, part.feedback(layout.CELL_EPOCH))
    part.to_rare("NE")
    part.emit("MOV_r64_m64", RCX, part.feedback(layout.CELL_ADDRESS))


@functools.cache
def _get_global() -> Template:
    """Operands: offset, slot."""

    def builder(w: Writer) -> None:
        _has_cell(w.main)
        w.main.emit("MOV_r64_m64", RAX, Mem(RCX))
        w.main.emit("CMP_r64_m64", RAX, root("hole"))
        w.main.to_rare("E")
        _call_stub(w.rare, "js_get_global", 0)

    return build(builder)


@functools.cache
def _set_global() -> Template:
    """Operands: offset, slot."""

    def builder(w: Writer) -> None:
        _has_cell(w.main)
        w.main.emit("MOV_r64_m64", RDX, Mem(RCX))
        w.main.emit("CMP_r64_m64", RDX, root("hole"))
        w.main.to_rare("E")
        w.main.emit("MOV_m64_r64", Mem(RCX), RAX)
        _call_stub(w.rare, "js_set_global", 0)

    return build(builder)


def _named(template: Template, compiler: Compiler, instruction: Instruction) -> Choice:
    receiver, name, slot = instruction.operands
    return Choice(template, (receiver, compiler.site.words(name), instruction.offset, slot))


def _choose_get_named(compiler: Compiler, instruction: Instruction) -> Choice:
    return _named(_get_named(), compiler, instruction)


def _choose_set_named(compiler: Compiler, instruction: Instruction) -> Choice:
    return _named(_set_named("js_set_named"), compiler, instruction)


def _choose_define_named(compiler: Compiler, instruction: Instruction) -> Choice:
    return _named(_set_named("js_define_named"), compiler, instruction)


def _choose_get_keyed(compiler: Compiler, instruction: Instruction) -> Choice:
    receiver, slot = instruction.operands
    return Choice(_get_keyed(), (receiver, instruction.offset, slot))


def _choose_set_keyed(compiler: Compiler, instruction: Instruction) -> Choice:
    receiver, key, slot = instruction.operands
    return Choice(_set_keyed(), (receiver, key, instruction.offset, slot))


def _choose_get_global(compiler: Compiler, instruction: Instruction) -> Choice:
    return Choice(_get_global(), (instruction.offset, instruction.operands[1]))


def _choose_set_global(compiler: Compiler, instruction: Instruction) -> Choice:
    return Choice(_set_global(), (instruction.offset, instruction.operands[1]))


def choosers() -> dict[str, Chooser]:
    """By opcode."""
    return {
        "GetNamedProperty": _choose_get_named, "SetNamedProperty": _choose_set_named,
        "DefineNamedOwnProperty": _choose_define_named,
        "GetKeyedProperty": _choose_get_keyed, "SetKeyedProperty": _choose_set_keyed,
        "LdaGlobal": _choose_get_global, "LdaGlobalInsideTypeof": _choose_get_global, "StaGlobal": _choose_set_global,
    }  # fmt: skip
