"""Templates that move words: registers, constants, contexts."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.layout import RAX, RCX, RDX
from seaofnodes.javascript.baseline.compiler import Choice, Chooser, Compiler
from seaofnodes.javascript.baseline.template import Template, Writer, build
from seaofnodes.javascript.baseline.templates.fallback import step
from seaofnodes.javascript.baseline.words import root
from seaofnodes.javascript.bytecode.array import Instruction
from seaofnodes.javascript.bytecode.opcodes import SHORT_STARS
from seaofnodes.javascript.bytecode.registers import CONTEXT, register
from seaofnodes.javascript.objects.layout import CONTEXT_PREVIOUS, CONTEXT_SLOTS
from seaofnodes.javascript.objects.words import smi

if TYPE_CHECKING:
    from collections.abc import Callable

_ODDBALLS = {
    "LdaUndefined": "undefined", "LdaNull": "null", "LdaTheHole": "hole", "LdaTrue": "true", "LdaFalse": "false",
}  # fmt: skip


@functools.cache
def _load_register() -> Template:
    return build(lambda w: w.main.emit("MOV_r64_m64", RAX, w.main.register(0)))


@functools.cache
def _store_register() -> Template:
    return build(lambda w: w.main.emit("MOV_m64_r64", w.main.register(0), RAX))


@functools.cache
def _move() -> Template:
    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_m64", RCX, w.main.register(0))
        w.main.emit("MOV_m64_r64", w.main.register(1), RCX)

    return build(builder)


@functools.cache
def _zero() -> Template:
    return build(lambda w: w.main.emit("XOR_r32_r32", RAX, RAX))


@functools.cache
def _word() -> Template:
    return build(lambda w: w.main.emit("MOV_r64_i64", RAX, w.main.word(0)))


@functools.cache
def _root(name: str) -> Template:
    return build(lambda w: w.main.emit("MOV_r64_m64", RAX, root(name)))


@functools.cache
def _push_context() -> Template:
    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_m64", RCX, w.main.frame(CONTEXT))
        w.main.emit("MOV_m64_r64", w.main.register(0), RCX)
        w.main.emit("MOV_m64_r64", w.main.frame(CONTEXT), RAX)

    return build(builder)


@functools.cache
def _pop_context() -> Template:
    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_m64", RCX, w.main.register(0))
        w.main.emit("MOV_m64_r64", w.main.frame(CONTEXT), RCX)

    return build(builder)


@functools.cache
def _context_slot(depth: int, store: bool) -> Template:
    """Operand 0: the register with the context, 1: displacement of the slot."""

    def builder(w: Writer) -> None:
        emit = w.main.emit
        emit("MOV_r64_m64", RCX, w.main.register(0))
        for _ in range(depth):
            emit("MOV_r64_m64", RCX, Mem(RCX, CONTEXT_PREVIOUS - 1))
        slot = Mem(RCX, w.main.immediate(1))
        emit("MOV_m64_r64", slot, RAX) if store else emit("MOV_r64_m64", RAX, slot)

    return build(builder)


def _plain(template: Callable[[], Template]) -> Chooser:
    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        return Choice(template(), instruction.operands)

    return choose


def _star(index: int) -> Chooser:
    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        return Choice(_store_register(), (register(index),))

    return choose


def _oddball(name: str) -> Chooser:
    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        return Choice(_root(name), ())

    return choose


def _smi(compiler: Compiler, instruction: Instruction) -> Choice:
    return Choice(_word(), (smi(instruction.operands[0]),))


def _constant(compiler: Compiler, instruction: Instruction) -> Choice:
    return Choice(_word(), (compiler.site.words(instruction.operands[0]),))


def _slot_place(index: int) -> int:
    return CONTEXT_SLOTS + 8 * index - 1


def _current_slot(store: bool) -> Chooser:
    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        return Choice(_context_slot(0, store), (CONTEXT, _slot_place(instruction.operands[0])))

    return choose


def _outer_slot(store: bool) -> Chooser:
    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        context, index, depth = instruction.operands
        return Choice(_context_slot(depth, store), (context, _slot_place(index)))

    return choose


@functools.cache
def _unless_hole() -> Template:
    """Operand 0: the bytecode's offset."""

    def builder(w: Writer) -> None:
        w.main.emit("CMP_r64_m64", RAX, root("hole"))
        w.main.to_rare("E")
        step(w.rare, 0)

    return build(builder)


def _throw_if_hole(compiler: Compiler, instruction: Instruction) -> Choice:
    return Choice(_unless_hole(), (instruction.offset,))


@functools.cache
def _is_root(name: str) -> Template:
    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_m64", RDX, root("false"))
        w.main.emit("CMP_r64_m64", RAX, root(name))
        w.main.emit("MOV_r64_m64", RAX, root("true"))
        w.main.emit("CMOVNE_r64_r64", RAX, RDX)

    return build(builder)


def _test_root(name: str) -> Chooser:
    def choose(compiler: Compiler, instruction: Instruction) -> Choice:
        return Choice(_is_root(name), ())

    return choose


@functools.cache
def _same_reference() -> Template:
    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_m64", RDX, root("false"))
        w.main.emit("CMP_r64_m64", RAX, w.main.register(0))
        w.main.emit("MOV_r64_m64", RAX, root("true"))
        w.main.emit("CMOVNE_r64_r64", RAX, RDX)

    return build(builder)


@functools.cache
def _logical_not() -> Template:
    def builder(w: Writer) -> None:
        w.main.emit("MOV_r64_m64", RDX, root("false"))
        w.main.emit("CMP_r64_r64", RAX, RDX)
        w.main.emit("CMOVE_r64_m64", RDX, root("true"))
        w.main.emit("MOV_r64_r64", RAX, RDX)

    return build(builder)


def choosers() -> dict[str, Chooser]:
    """By opcode."""
    found: dict[str, Chooser] = {name: _oddball(word) for name, word in _ODDBALLS.items()}
    found |= {f"Star{index}": _star(index) for index in range(SHORT_STARS)}
    for name in ("LdaCurrentContextSlot", "LdaCurrentContextSlotNoCell", "LdaImmutableCurrentContextSlot"):
        found[name] = _current_slot(False)
    for name in ("LdaContextSlot", "LdaContextSlotNoCell", "LdaImmutableContextSlot"):
        found[name] = _outer_slot(False)
    for name in ("StaCurrentContextSlot", "StaCurrentContextSlotNoCell"):
        found[name] = _current_slot(True)
    for name in ("StaContextSlot", "StaContextSlotNoCell"):
        found[name] = _outer_slot(True)
    return found | {
        "Ldar": _plain(_load_register), "Star": _plain(_store_register), "Mov": _plain(_move),
        "LdaZero": _plain(_zero), "LdaSmi": _smi, "LdaConstant": _constant,
        "PushContext": _plain(_push_context), "PopContext": _plain(_pop_context),
        "ThrowReferenceErrorIfHole": _throw_if_hole,
        "TestUndefined": _test_root("undefined"), "TestNull": _test_root("null"),
        "TestReferenceEqual": _plain(_same_reference), "LogicalNot": _plain(_logical_not),
    }  # fmt: skip
