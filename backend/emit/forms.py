"""Handlers of instructions that are one machine instruction, made from their opcodes.

An opcode is an assembler form in which `s` may stand for a source in a register or in a frame slot (`ADD_r32_s32`).
The first operand is the definition, unless the mnemonic only sets flags or the operand is memory. All other registers
are the instruction's uses, in order. The payload is the immediate, the Address, or both as a tuple.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from seaofnodes.backend.emit.emitter import Handler

_FLAGS_ONLY = ("BT_", "CMP", "TEST", "UCOMI", "VUCOMI")
_TIED = frozenset(
    "ADD SUB AND OR XOR NEG NOT SHL SHR SAR ROL ROR ADDSS ADDSD SUBSS SUBSD MULSS MULSD DIVSS DIVSD ANDPS XORPS".split()
)


def _is_tied(mnemonic: str, kinds: list[str]) -> bool:
    if mnemonic == "IMUL":
        return len(kinds) == 2
    return mnemonic in _TIED or mnemonic.startswith("CMOV")


@functools.cache
def _maker(tied: bool, defines: bool, shape: str, both: bool) -> Callable[[str, str], Handler]:
    """Compile the function that makes handlers of a shape.

    shape: one letter an operand: r (register), s (register or slot), m (memory), i (immediate), c (cl: nothing to
    write); both: the payload is (address, immediate). The functions made take the form with a register and the one
    with memory in place of `s`.
    """
    operands: list[str] = []
    rest = shape
    if defines:
        operands.append("i.def_locations[0] & 15")
        rest = shape[1:]
    slot = ""
    seen = 0
    for letter in rest:
        if letter in "rs":
            after_memory = "m" in rest and rest.index(letter) > rest.index("m")
            place = "uses[-1]" if seen or tied or after_memory else "uses[0]"
            seen += 1
            if letter == "s":
                slot = place
                operands.append("SOURCE")
            else:
                operands.append(f"{place} & 15")
        elif letter == "m":
            operands.append(f"e.memory({'i.payload[0]' if both else 'i.payload'}, uses)")
        elif letter == "i":
            operands.append("i.payload[1]" if both else "i.payload")
    body = ["uses = i.use_locations"]

    def call(form: str, source: str) -> str:
        written = ", ".join(source if operand == "SOURCE" else operand for operand in operands)
        return f"e.asm.emit({form}, {written})"

    if slot:
        body += [
            f"location = {slot}",
            "if 0 <= location < 32:",
            f"    {call('form', 'location & 15')}",
            "else:",
            f"    {call('memory_form', 'e.slot(location)')}",
        ]
    else:
        body.append(call("form", ""))
    source = [
        "def make(form, memory_form):",
        "    def handler(e, i):",
        *("        " + line for line in body),
        "    return handler",
    ]
    namespace: dict[str, Any] = {}
    exec(compile("\n".join(source), f"<handler {shape}>", "exec"), namespace)
    made: Callable[[str, str], Handler] = namespace["make"]
    return made


def make_handler(opcode: str) -> Handler:
    """The handler of an opcode that names a form."""
    mnemonic, *kinds = opcode.split("_")
    letters = "".join("c" if kind == "cl" else "r" if kind[0] == "x" else kind[0] for kind in kinds)
    defines = letters[0] not in "m" and not opcode.startswith(_FLAGS_ONLY)
    tied = defines and _is_tied(mnemonic, kinds)
    both = "m" in letters and "i" in letters
    floats = "x" in kinds or "CVTT" in mnemonic  # is the source?
    form = "_".join([mnemonic, *(("x" if floats else "r" + kind[1:]) if kind[0] == "s" else kind for kind in kinds)])
    memory_form = "_".join([mnemonic, *("m" + kind[1:] if kind[0] == "s" else kind for kind in kinds)])
    return _maker(tied, defines, letters, both)(form, memory_form)


class Handlers(dict[str, Handler]):
    """Opcode -> handler; the macros given, others made at first use."""

    def __missing__(self, opcode: str) -> Handler:
        handler = self[opcode] = make_handler(opcode)
        return handler
