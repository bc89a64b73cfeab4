"""Listings of machine code, in Intel syntax with names for what relocations and labels refer to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from seaofnodes.backend.code import Relocation

if TYPE_CHECKING:
    from iced_x86 import Formatter, Instruction

_RIP: Final = re.compile(r"\[rip[^]]*\]")
_DATA_WIDTH: Final = 16


class Line(NamedTuple):
    """One instruction, or up to 16 bytes of data.

    offset: from the start of the code; hex: the bytes; text: what they mean; label: the name of this place, or "".
    """

    offset: int
    hex: str
    text: str
    label: str = ""


def describe(relocation: Relocation) -> str:
    """A relocation's target in words: `context+0x10`, `slot 3`, a builtin's name."""
    if relocation.kind == "context" and isinstance(relocation.target, int):
        return f"context+{relocation.target:#x}"
    return str(relocation.target) if relocation.kind == "builtin" else f"{relocation.kind} {relocation.target}"


def _formatter() -> Formatter:
    import iced_x86 as iced  # only listings need it

    formatter = iced.Formatter(iced.FormatterSyntax.INTEL)
    formatter.hex_prefix, formatter.hex_suffix = "0x", ""
    formatter.uppercase_hex = False
    formatter.branch_leading_zeros = False
    formatter.show_branch_size = False
    formatter.space_after_operand_separator = True
    formatter.signed_immediate_operands = True
    formatter.rip_relative_addresses = True
    return formatter


def disassemble(
    data: bytes,
    code_size: int,
    address: int = 0,
    relocations: Iterable[Relocation] = (),
    labels: Mapping[int, str] | None = None,
    name: Callable[[Relocation], str] = describe,
) -> list[Line]:
    """Disassemble data[:code_size], and dump the constants after it.

    `address`: where data[0] is, or will be. `labels`: offset -> name; another target of a branch is called after its
    offset: `L48`. Branches and rip-relative operands show `name(relocation)` where there is a relocation; for a place
    inside `data` its label, or its offset when it has none; for a place outside, the address.
    """
    from iced_x86 import Decoder

    names = dict(labels or {})
    fields = {relocation.offset: relocation for relocation in relocations}
    formatter = _formatter()
    decoder = Decoder(64, data[:code_size], ip=address)
    decoded = [(instruction, decoder.get_constant_offsets(instruction)) for instruction in decoder]
    for instruction, constants in decoded:
        place = instruction.near_branch_target - address
        field = instruction.ip - address + constants.immediate_offset
        if _is_branch(instruction) and field not in fields and 0 <= place < code_size:
            names.setdefault(place, f"L{place:x}")
    lines = []
    for instruction, constants in decoded:
        offset = instruction.ip - address
        branch = _is_branch(instruction)
        text = formatter.format(instruction)
        if branch or instruction.is_ip_rel_memory_operand:
            target = instruction.near_branch_target if branch else instruction.ip_rel_memory_address
            relocation = fields.get(offset + (constants.immediate_offset if branch else constants.displacement_offset))
            if relocation is not None:
                shown = name(relocation)
            elif 0 <= target - address <= len(data):
                shown = names.get(target - address, f"{target - address:#x}")
            else:
                shown = f"{target:#x}"
            if branch:
                text = f"{formatter.format_mnemonic(instruction)} {shown}"
            else:
                text = f"[{shown}]".join(_RIP.split(text))
        lines.append(Line(offset, data[offset : offset + instruction.len].hex(), text, names.get(offset, "")))
    return lines + _dump(data, code_size, names)


def _is_branch(instruction: Instruction) -> bool:
    return instruction.is_call_near or instruction.is_jmp_short_or_near or instruction.is_jcc_short_or_near


def _dump(data: bytes, start: int, names: Mapping[int, str]) -> list[Line]:
    """The constants from `start` on; a name begins a new line."""
    lines = []
    bounds = sorted({start, len(data), *(offset for offset in names if start < offset < len(data))})
    for begin, end in pairwise(bounds):
        for offset in range(begin, end, _DATA_WIDTH):
            piece = data[offset : min(end, offset + _DATA_WIDTH)]
            text = "db " + ", ".join(f"{byte:#04x}" for byte in piece)
            lines.append(Line(offset, piece.hex(), text, names.get(offset, "")))
    return lines
