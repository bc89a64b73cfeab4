"""Values into fields and elements, and out of them: of 1, 2, 4 or 8 bytes, integers, floats and references."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.template.values import MEM, SCRATCH, XMM, constant_bits, signed
from seaofnodes.wasm.baseline.arithmetic.integer import usable
from seaofnodes.wasm.baseline.compiler import Compiler
from seaofnodes.wasm.object_layout import storage_size
from seaofnodes.wasm.types import FieldType

_LOADS: Final = {
    (1, True): "MOVSX_r32_m8",
    (1, False): "MOVZX_r32_m8",
    (2, True): "MOVSX_r32_m16",
    (2, False): "MOVZX_r32_m16",
    (4, False): "MOV_r32_m32",
    (8, False): "MOV_r64_m64",
}


def store(c: Compiler, field: FieldType, entry: int, index: int, to: Mem, reason: str | None = None) -> None:
    """Store a value just taken, whose slot has that index; of a packed type its lowest bits.

    May use the scratch register, which must not be in the address. reason: why the store may trap, which nothing
    precedes that has an effect.
    """
    size = storage_size(field)
    width = 8 * size
    if entry < 0:
        bits = constant_bits(entry) & (1 << width) - 1
        immediate = signed(bits, width)
        if -0x8000_0000 <= immediate < 0x8000_0000:
            _note(c, reason)
            c.emit(f"MOV_m{width}_i{min(width, 32)}", to, immediate)
            return
        c.asm.move_constant(SCRATCH, bits)
        entry = SCRATCH
    elif entry >= MEM:
        c.emit("MOV_r64_m64", SCRATCH, c.home(index))
        entry = SCRATCH
    _note(c, reason)
    if entry < XMM:
        c.emit(f"MOV_m{width}_r{width}", to, entry)
    else:
        c.emit("MOVSS_m32_x" if size == 4 else "MOVSD_m64_x", to, entry - XMM)


def load(c: Compiler, field: FieldType, base: int, where: Mem, is_signed: bool, reason: str | None = None) -> None:
    """Push a field's value. base: the register of the object just taken; reason: why the load may trap."""
    kind = field.type
    if kind.is_float:
        register = c.allocate_float()
        _note(c, reason)
        c.emit("MOVSS_x_m32" if kind.bits == 32 else "MOVSD_x_m64", register - XMM, where)
        c.push(register)
        return
    register = base if usable(c, base) else c.allocate()
    _note(c, reason)
    c.emit(_LOADS[storage_size(field), is_signed], register, where)
    if kind.is_reference:
        c.push_reference(register)
    else:
        c.push(register)


def _note(c: Compiler, reason: str | None) -> None:
    if reason is not None:
        c.may_fault(reason)
