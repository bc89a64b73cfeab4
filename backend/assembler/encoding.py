"""How a form is encoded: plain data, read out of PeachPy's bytes, and the head bytes it gives for registers."""

from __future__ import annotations

from typing import NamedTuple

# What an operand fills: ModRM.reg, a register in ModRM.rm, memory in ModRM.rm, VEX.vvvv, the low bits of the opcode,
# an immediate; or nothing (cl).
ROLES = "RMAVOI-"


class Encoding(NamedTuple):
    """One encoding of a form.

    prefix: legacy prefix bytes; rex: constant REX bits (0x48 where W is set, 0 where REX is optional); vex: the
    constant bits of a VEX prefix as map << 8 | W << 7 | L << 2 | pp, -1 when there is none; short_vex: may use the
    two-byte VEX prefix; opcode: with its escape bytes (without, under VEX); modrm: constant bits of ModRM, -1 when
    there is none; roles: one letter of ROLES per operand; byte_registers: which operands are 8-bit registers;
    immediate: bytes of it.
    """

    prefix: bytes
    rex: int
    vex: int
    short_vex: bool
    opcode: bytes
    modrm: int
    roles: str
    byte_registers: tuple[int, ...]
    immediate: int


def head(encoding: Encoding, operands: tuple[int, ...]) -> bytes:
    """The bytes up to and with ModRM, for register numbers and Mem.key (operands in the form's order, no immediates).

    Raises ValueError for a register outside 0 to 15.
    """
    reg = vvvv = low = extended = rm = 0
    modrm = encoding.modrm
    force = False
    for index, operand in enumerate(operands):
        role = encoding.roles[index]
        if role == "A":
            extended, rm = operand >> 8, operand & 0xC7
            continue
        if not 0 <= operand <= 15:
            raise ValueError(f"no such register: {operand}")
        if index in encoding.byte_registers and 4 <= operand <= 7:
            force = True  # without REX these would be ah, ch, dh, bh
        if role == "R":
            reg = operand
        elif role == "M":
            extended, rm = operand >> 3, operand & 7
        elif role == "V":
            vvvv = operand
        elif role == "O":
            extended, low = operand >> 3, operand & 7
    opcode = encoding.opcode if not low else encoding.opcode[:-1] + bytes((encoding.opcode[-1] | low,))
    tail = opcode if modrm < 0 else opcode + bytes((modrm | (reg & 7) << 3 | rm,))
    rxb = (reg >> 3) << 2 | extended
    if encoding.vex < 0:
        rex = encoding.rex | rxb | (0x40 if rxb or force else 0)
        return encoding.prefix + (bytes((rex,)) if rex else b"") + tail
    last = (encoding.vex & 0x87) | (vvvv ^ 15) << 3
    if encoding.short_vex and extended == 0:
        return bytes((0xC5, last | (0 if rxb else 0x80))) + tail
    return bytes((0xC4, (rxb ^ 7) << 5 | encoding.vex >> 8, last)) + tail
