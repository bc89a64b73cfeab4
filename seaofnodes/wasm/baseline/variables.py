"""Constants, locals, globals, drop and select."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seaofnodes.backend.assembler import Label, Mem
from seaofnodes.backend.template.values import (
    MEM,
    MEM_FLOAT,
    SCRATCH,
    XMM,
    constant,
    float_constant,
    is_float_entry,
    signed,
)
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.compiler import NEGATED, Compiler, Handler
from seaofnodes.wasm.types import F32, F64, I32

if TYPE_CHECKING:
    from seaofnodes.wasm.types import ValType


def const(c: Compiler, bits: int) -> None:
    """i32.const, i64.const."""
    c.entries.append(~(bits << 1))


def float_const(c: Compiler, bits: int) -> None:
    """f32.const, f64.const."""
    c.entries.append(~(bits << 1 | 1))


def drop(c: Compiler, _: None) -> None:
    """drop."""
    c.take()


def local_get(c: Compiler, index: int) -> None:
    """local.get: one more owner of the local's register; of a local in memory, the register stays the local's too."""
    entries = c.entries
    if c.reference_locals >> index & 1:
        c.references.append(len(entries))
    entry = entries[index]
    if entry < 0:
        entries.append(entry)
        return
    dies = c.index in c.analysis.last_uses and not c.controls[-1].live >> index & 1
    if entry >= MEM:
        entry = c.allocate() if entry == MEM else c.allocate_float()
        c.fill(entry, index)
        if not dies:
            entries[index] = entry
            c.owners[entry].append(index)
            c.clean.add(index)
    elif dies:
        _forget(c, index, entry)
    c.owners[entry].append(len(entries))
    c.free &= ~(1 << entry)
    entries.append(entry)


def _forget(c: Compiler, index: int, register: int) -> None:
    """A local loses its register."""
    owners = c.owners[register]
    owners.remove(index)
    if not owners:
        c.free |= 1 << register
    c.entries[index] = MEM if register < XMM else MEM_FLOAT
    c.clean.discard(index)


def local_set(c: Compiler, index: int) -> None:
    """local.set: the local takes over the operand's register."""
    _release(c, index)
    entry = c.take()
    if entry >= MEM:
        entry = c.to_new_register(entry, len(c.entries))
    _assign(c, index, entry)


def local_tee(c: Compiler, index: int) -> None:
    """local.tee: the local shares the operand's register."""
    _release(c, index)
    entry = c.entries[-1]
    if entry >= MEM:
        entry = c.pop_new()
        if c.reference_locals >> index & 1:
            c.references.append(len(c.entries))
        c.push(entry)
    _assign(c, index, entry)


def _release(c: Compiler, index: int) -> None:
    """The local's old value is not needed any more."""
    entry = c.entries[index]
    if entry < 0:
        c.constant_locals.discard(index)
        c.entries[index] = MEM_FLOAT if c.float_locals[index] else MEM
    elif entry < MEM:
        _forget(c, index, entry)


def _assign(c: Compiler, index: int, entry: int) -> None:
    c.entries[index] = entry
    if entry < 0:
        c.constant_locals.add(index)
    else:
        c.owners[entry].append(index)
        c.free &= ~(1 << entry)


def _global(c: Compiler, index: int, pinned: int = 0) -> Mem:
    """Where a global is; through the scratch register when it belongs to another instance."""
    cell = Mem(c.instance(pinned), c.layout.globals[index])
    if not c.layout.global_indirect[index]:
        return cell
    c.emit("MOV_r64_m64", SCRATCH, cell)
    return Mem(SCRATCH)


def global_get(c: Compiler, index: int) -> None:
    """global.get; an own immutable global with a constant value is that constant."""
    known = c.module.globals[index]
    kind = known.type.type
    if not known.type.mutable and known.init is not None and len(known.init) == 1:
        opcode, bits = known.init[0]
        if opcode in (op.I32_CONST, op.I64_CONST, op.F32_CONST, op.F64_CONST):
            c.entries.append(float_constant(bits) if kind.is_float else constant(bits))
            return
    where = _global(c, index)
    if kind.is_float:
        register = c.allocate_float()
        c.emit("MOVSS_x_m32" if kind is F32 else "MOVSD_x_m64", register - XMM, where)
    else:
        register = c.allocate()
        c.emit("MOV_r32_m32" if kind is I32 else "MOV_r64_m64", register, where)
    if kind.is_reference:
        c.references.append(len(c.entries))
    c.push(register)


def global_set(c: Compiler, index: int) -> None:
    """global.set."""
    kind = c.module.globals[index].type.type
    entry = c.take()
    pinned = 0
    if entry >= MEM or entry < 0 and not _fits(kind, entry):
        entry = c.to_new_register(entry, len(c.entries))
    if entry >= 0:
        pinned = 1 << entry
    where = _global(c, index, pinned)
    if entry < 0:
        bits = ~entry >> 1
        width = 32 if kind is I32 else 64
        c.emit(f"MOV_m{width}_i32", where, signed(bits, width))
    elif kind.is_float:
        c.emit("MOVSS_m32_x" if kind is F32 else "MOVSD_m64_x", where, entry - XMM)
    else:
        c.emit("MOV_m32_r32" if kind is I32 else "MOV_m64_r64", where, entry)


def _fits(kind: ValType, entry: int) -> bool:
    """Can the constant be stored as an immediate?"""
    if kind is I32:
        return True
    return kind is not F32 and kind is not F64 and -0x8000_0000 <= signed(~entry >> 1, 64) < 0x8000_0000


def select(c: Compiler, _: None) -> None:
    """select: a conditional move, or for floats a jump around a move."""
    condition = c.take_condition()
    other = c.take()
    other_index = len(c.entries)
    pinned = 1 << other if 0 <= other < MEM else 0
    entry = c.take()
    floating = is_float_entry(entry)
    if other < 0 and not floating:
        other = c.to_register(other, other_index, pinned | (1 << entry if 0 <= entry < MEM else 0))
        pinned = 1 << other
    register = c.to_new_register(entry, len(c.entries), pinned)
    if floating:
        chosen = Label()
        c.jump_if(condition, chosen)
        c.load(register, other, other_index)
        c.asm.bind(chosen)
    else:
        for code in {"E_NP": ("NE", "P"), "NE_P": ()}.get(condition, (NEGATED[condition],)):
            _conditional_move(c, code, register, other, other_index)
        if condition == "NE_P":
            _conditional_move_if_equal(c, register, other, other_index)
    c.flags_live = False
    c.push(register)


def _conditional_move(c: Compiler, condition: str, register: int, other: int, index: int) -> None:
    if other >= MEM:
        c.emit(f"CMOV{condition}_r64_m64", register, c.home(index))
    else:
        c.emit(f"CMOV{condition}_r64_r64", register, other)


def _conditional_move_if_equal(c: Compiler, register: int, other: int, index: int) -> None:
    """After a float compare: equal and not unordered takes two tests."""
    chosen = Label()
    c.asm.jcc("NE", chosen)
    c.asm.jcc("P", chosen)
    c.load(register, other, index)
    c.asm.bind(chosen)


HANDLERS: Final[dict[int, Handler]] = {
    op.DROP: drop,
    op.SELECT: select,
    op.LOCAL_GET: local_get,
    op.LOCAL_SET: local_set,
    op.LOCAL_TEE: local_tee,
    op.GLOBAL_GET: global_get,
    op.GLOBAL_SET: global_set,
    op.I32_CONST: const,
    op.I64_CONST: const,
    op.F32_CONST: float_const,
    op.F64_CONST: float_const,
}
