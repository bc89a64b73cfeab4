"""The last step of assembling: relax branches, pad alignments, place constants, fill in displacements."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from struct import Struct
from typing import Final

from seaofnodes.backend.assembler.operands import Label
from seaofnodes.backend.code import Relocation

# How a branch stands in the buffer: with 32 bits of displacement; with 8; with 32, of which 8 are enough.
# Or it is no branch, but an alignment.
LONG, SHORT, SHRINKS, ALIGNMENT = range(4)

_INT32 = Struct("<i")
_PASSES = 3  # over branches that are still long; the first finds nearly all
_PADDING = b"\xcc"

# Recommended multi-byte nops, by length (Intel's manual, and PeachPy's).
_NOPS: Final = (
    b"", b"\x90", b"\x66\x90", b"\x0f\x1f\0", b"\x0f\x1f\x40\0", b"\x0f\x1f\x44\0\0", b"\x66\x0f\x1f\x44\0\0",
    b"\x0f\x1f\x80\0\0\0\0", b"\x0f\x1f\x84\0\0\0\0\0", b"\x66\x0f\x1f\x84\0\0\0\0\0",
)  # fmt: skip


def nops(size: int) -> bytes:
    """No-operations of `size` bytes, as few as possible."""
    count, rest = divmod(size, 9)
    return _NOPS[9] * count + _NOPS[rest]


@dataclass(slots=True)
class Draft:
    """What an assembler collected.

    at, opcode, target, state: parallel lists of branches (opcode: of the short form) and alignments (opcode: the
    alignment; the buffer has one byte less), in buffer order. labels: the bound ones. fixups: (position of a 32-bit
    displacement, bytes between it and the end of the instruction, target, addend). constants: bytes -> (label,
    alignment). tables: (label, targets).
    """

    buffer: bytearray = field(default_factory=bytearray)
    at: list[int] = field(default_factory=list)
    opcode: list[int] = field(default_factory=list)
    target: list[Label | None] = field(default_factory=list)
    state: bytearray = field(default_factory=bytearray)
    labels: list[Label] = field(default_factory=list)
    fixups: list[tuple[int, int, Label | tuple[str, int | str], int]] = field(default_factory=list)
    constants: dict[bytes, tuple[Label, int]] = field(default_factory=dict)
    tables: list[tuple[Label, list[Label]]] = field(default_factory=list)


def _relax(draft: Draft) -> None:
    """Mark long branches for which a byte of displacement is enough.

    A marked branch only brings others nearer to their targets, as alignments count with their greatest padding here: so
    any number of passes gives right code, and more than a few gain nothing.
    """
    at, opcode, state = draft.at, draft.opcode, draft.state
    for _ in range(_PASSES):
        ends: list[int] = []  # of shrinking branches, in the buffer
        saved = [0]  # bytes saved before, parallel to ends and one more
        for index, kind in enumerate(state):
            if kind == SHRINKS:
                size = 5 if opcode[index] == 0xEB else 6
                ends.append(at[index] + size)
                saved.append(saved[-1] + size - 2)
        changed = False
        for index, kind in enumerate(state):
            if kind != LONG:
                continue
            target = draft.target[index]
            assert target is not None
            start, to = at[index], target.position
            if to > start:
                start += 5 if opcode[index] == 0xEB else 6
                reach = 127
            else:
                start += 2
                reach = 128
            distance = to - saved[bisect_right(ends, to)] - (start - saved[bisect_right(ends, start)])
            if -reach <= distance <= reach:
                state[index] = SHRINKS
                changed = True
        if not changed:
            return


class AssembledCode:
    """Final bytes and offsets.

    Attributes: data: code and constants; code_size: bytes of instructions; relocations: in order of their offsets.
    """

    __slots__ = ("_cuts", "_shifts", "code_size", "data", "relocations")

    def __init__(self, draft: Draft) -> None:
        for target in draft.target:
            if target is not None and target.position < 0:
                raise ValueError("a branch goes to a label that was never bound")
        if LONG in draft.state:
            _relax(draft)
        self._cuts: list[int] = []  # buffer positions from which on the next shift holds
        self._shifts = [0]  # final offset minus buffer position, parallel to _cuts and one more
        self.relocations: list[Relocation] = []
        code, starts = self._shrink(draft)
        self.code_size = len(code)
        for label in draft.labels:
            label.offset = self.offset(label.position)
        self._place_constants(draft, code)
        self._patch_branches(draft, code, starts)
        self._patch_fixups(draft, code)
        self.data = bytes(code)

    def offset(self, pc: int) -> int:
        """The final offset of what Assembler.pc was."""
        return pc + self._shifts[bisect_right(self._cuts, pc)]

    def offsets(self, pcs: list[int]) -> list[int]:
        """The final offsets of many, ascending."""
        found: list[int] = []
        at = 0
        for cut, shift in zip(self._cuts, self._shifts, strict=False):
            end = bisect_left(pcs, cut, at)
            if end > at:
                found += [pc + shift for pc in pcs[at:end]]
                at = end
        last = self._shifts[-1]
        return found + [pc + last for pc in pcs[at:]]

    def _shrink(self, draft: Draft) -> tuple[bytearray, list[int]]:
        """The code with branches and alignments in their final sizes, and where each of them starts."""
        buffer, state, opcode = draft.buffer, draft.state, draft.opcode
        starts: list[int] = []
        code = bytearray()
        done = shift = 0
        for index, at in enumerate(draft.at):
            starts.append(at + shift)
            kind = state[index]
            if kind < SHRINKS:
                continue
            code += buffer[done:at]
            if kind == ALIGNMENT:
                old = opcode[index] - 1
                new = nops(-len(code) % opcode[index])
            else:
                old = 5 if opcode[index] == 0xEB else 6
                new = bytes((opcode[index], 0))
            code += new
            done = at + old
            if len(new) != old:
                shift += len(new) - old
                self._cuts.append(done)
                self._shifts.append(shift)
        code += buffer[done:]
        return code, starts

    def _place_constants(self, draft: Draft, code: bytearray) -> None:
        """After the code: constants, the most aligned first, and jump tables."""
        for data, (label, align) in sorted(draft.constants.items(), key=lambda item: -item[1][1]):
            code += _PADDING * (-len(code) % align)
            label.offset = len(code)
            code += data
        for label, targets in draft.tables:
            code += _PADDING * (-len(code) % 4)
            start = label.offset = len(code)
            for target in targets:
                if target.offset < 0:
                    raise ValueError("a jump table has a label that was never bound")
                code += _INT32.pack(target.offset - start)

    def _patch_branches(self, draft: Draft, code: bytearray, starts: list[int]) -> None:
        put = _INT32.pack_into
        for index, target in enumerate(draft.target):
            if target is None:
                continue
            start = starts[index]
            if draft.state[index] == LONG:
                field_at = start + (1 if draft.opcode[index] == 0xEB else 2)
                put(code, field_at, target.offset - field_at - 4)
            else:
                displacement = target.offset - start - 2
                assert -128 <= displacement <= 127
                code[start + 1] = displacement & 0xFF

    def _patch_fixups(self, draft: Draft, code: bytearray) -> None:
        for position, trailing, target, addend in draft.fixups:
            at = self.offset(position)
            if isinstance(target, Label):
                if target.offset < 0:
                    raise ValueError("an instruction refers to a label that was never bound")
                _INT32.pack_into(code, at, target.offset + addend - (at + 4 + trailing))
            else:
                self.relocations.append(Relocation(at, target[0], target[1], addend - 4 - trailing))
