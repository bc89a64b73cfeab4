"""Loads, stores, and the size of a memory. Guard pages check the bounds of 32-bit memories: the fault is the trap."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.layout import MEMORY_BYTES
from seaofnodes.backend.template.values import MEM, SCRATCH, XMM, constant_bits, signed
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.arithmetic.integer import usable
from seaofnodes.wasm.baseline.compiler import Compiler, Handler
from seaofnodes.wasm.baseline.memory64 import OUT_OF_BOUNDS, checked_address

Access = tuple[int, int, int]  # log2 of the alignment, offset, memory index

_PAGE_BITS: Final = 16


def _address(c: Compiler, access: Access, width: int, entry: int, index: int, pinned: int) -> Mem:
    """start + index + offset, for `width` bits; index and offset are unsigned 32-bit numbers and the sum has 34 bits.

    In a 64-bit memory, where they have 64 bits, bounds are checked.
    """
    _, offset, memory = access
    if c.wide_memories[memory]:
        return checked_address(c, memory, offset, width // 8, entry, index, pinned)
    if 0 <= entry < XMM:
        pinned |= 1 << entry
    start = c.memory_start(memory, pinned)
    if entry < 0:
        offset += constant_bits(entry)
        if offset < 0x8000_0000:
            return Mem(start, offset)
    elif entry >= MEM:
        # The scratch register may hold the start: index through a fresh one.
        register = c.allocate(pinned | (1 << start))
        c.emit("MOV_r32_m32", register, c.home(index))
        entry = register
    if offset < 0x8000_0000:
        return Mem(start, offset, entry)
    if entry < 0:
        if start == SCRATCH:
            register = c.allocate(pinned)
            c.asm.move_constant(register, offset)
            return Mem(start, 0, register)
        c.asm.move_constant(SCRATCH, offset)
        return Mem(start, 0, SCRATCH)
    register = c.allocate(pinned | 1 << entry | 1 << start) if start == SCRATCH else SCRATCH
    c.asm.move_constant(register, offset)
    c.emit("ADD_r64_r64", register, entry)
    return Mem(start, 0, register)


def _width(form: str) -> int:
    """Bits of the memory operand."""
    return next(int(kind[1:]) for kind in form.split("_")[1:] if kind[0] == "m")


def load(form: str) -> Handler:
    """A load into an integer register."""
    width = _width(form)

    def handler(c: Compiler, access: Access) -> None:
        entry = c.take()
        index = len(c.entries)
        address = _address(c, access, width, entry, index, 0)
        to = entry if 0 <= entry < XMM and usable(c, entry) else c.allocate()
        c.may_fault(OUT_OF_BOUNDS)
        c.emit(form, to, address)
        c.push(to)

    return handler


def load_float(form: str) -> Handler:
    """A load into a float register."""
    width = _width(form)

    def handler(c: Compiler, access: Access) -> None:
        entry = c.take()
        address = _address(c, access, width, entry, len(c.entries), 0)
        to = c.allocate_float()
        c.may_fault(OUT_OF_BOUNDS)
        c.emit(form, to - XMM, address)
        c.push(to)

    return handler


def store(form: str, immediate_form: str, width: int) -> Handler:
    """A store from an integer register, or of a constant. One instruction: where it faults, nothing is stored."""

    def handler(c: Compiler, access: Access) -> None:
        value = c.take()
        value_index = len(c.entries)
        entry = c.take()
        pinned = 1 << entry if 0 <= entry < XMM else 0
        if value < 0:
            bits = signed(constant_bits(value) & ((1 << width) - 1), width)
            if -0x8000_0000 <= bits < 0x8000_0000:
                address = _address(c, access, width, entry, value_index - 1, 0)
                c.may_fault(OUT_OF_BOUNDS)
                c.emit(immediate_form, address, bits)
                return
        value = c.to_register(value, value_index, pinned)
        address = _address(c, access, width, entry, value_index - 1, 1 << value)
        c.may_fault(OUT_OF_BOUNDS)
        c.emit(form, address, value)

    return handler


def store_float(form: str) -> Handler:
    """A store from a float register."""
    width = _width(form)

    def handler(c: Compiler, access: Access) -> None:
        value = c.pop_float()
        entry = c.take()
        address = _address(c, access, width, entry, len(c.entries), 0)
        c.may_fault(OUT_OF_BOUNDS)
        c.emit(form, address, value - XMM)

    return handler


def memory_size(c: Compiler, memory: int) -> None:
    """memory.size, in pages."""
    register = c.allocate()
    instance = c.instance(1 << register)
    c.emit("MOV_r64_m64", register, Mem(instance, c.layout.memories[memory] + 8))
    c.emit("MOV_r64_m64", register, Mem(register, MEMORY_BYTES))
    c.emit("SHR_r64_i8", register, _PAGE_BITS)
    c.push(register)


HANDLERS: Final[dict[int, Handler]] = {
    op.I32_LOAD: load("MOV_r32_m32"),
    op.I64_LOAD: load("MOV_r64_m64"),
    op.F32_LOAD: load_float("MOVSS_x_m32"),
    op.F64_LOAD: load_float("MOVSD_x_m64"),
    op.I32_LOAD8_S: load("MOVSX_r32_m8"),
    op.I32_LOAD8_U: load("MOVZX_r32_m8"),
    op.I32_LOAD16_S: load("MOVSX_r32_m16"),
    op.I32_LOAD16_U: load("MOVZX_r32_m16"),
    op.I64_LOAD8_S: load("MOVSX_r64_m8"),
    op.I64_LOAD8_U: load("MOVZX_r32_m8"),
    op.I64_LOAD16_S: load("MOVSX_r64_m16"),
    op.I64_LOAD16_U: load("MOVZX_r32_m16"),
    op.I64_LOAD32_S: load("MOVSXD_r64_m32"),
    op.I64_LOAD32_U: load("MOV_r32_m32"),
    op.I32_STORE: store("MOV_m32_r32", "MOV_m32_i32", 32),
    op.I64_STORE: store("MOV_m64_r64", "MOV_m64_i32", 64),
    op.F32_STORE: store_float("MOVSS_m32_x"),
    op.F64_STORE: store_float("MOVSD_m64_x"),
    op.I32_STORE8: store("MOV_m8_r8", "MOV_m8_i8", 8),
    op.I32_STORE16: store("MOV_m16_r16", "MOV_m16_i16", 16),
    op.I64_STORE8: store("MOV_m8_r8", "MOV_m8_i8", 8),
    op.I64_STORE16: store("MOV_m16_r16", "MOV_m16_i16", 16),
    op.I64_STORE32: store("MOV_m32_r32", "MOV_m32_i32", 32),
    op.MEMORY_SIZE: memory_size,
}
