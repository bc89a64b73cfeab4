"""Templates: machine code of a bytecode with holes, assembled once and copied for each instruction.

A template has two parts: what is executed mostly, and what is put behind the function's code. Its builder writes both
with an assembler each; operands of the bytecode stand in it as holes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from seaofnodes.backend.assembler import Assembler, Mem, Rip
from seaofnodes.backend.layout import RBP

_REGISTER: Final = 0x4D61_0000  # displacements that nothing else has; the low bits are the operand's index
_IMMEDIATE: Final = 0x4E71_0000
_WORD: Final = 0x4F81_6A35_2B9C_0000
_MOST: Final = 8  # operands

# Kinds of relocations in templates, beside those of code: "feedback" (a byte of the slot), "jump" (the target of an
# operand), "rare" (an entry of the template's other part), "back" (0: behind its first part; else a place in that).
Relocations = tuple[tuple[int, str, "int | str", int], ...]


class Part:
    """What builders write one part with. Attributes: a: the assembler; emit: its method; calls: (pc behind, cells of
    arguments) of each.
    """

    def __init__(self) -> None:
        self.a = Assembler()
        self.emit = self.a.emit
        self.calls: list[tuple[int, int]] = []

    def register(self, operand: int) -> Mem:
        """The frame's register that an operand of the bytecode names."""
        return Mem(RBP, _REGISTER + operand)

    def next_register(self, operand: int, further: int) -> Mem:
        """One behind it in a list of registers."""
        return Mem(RBP, _REGISTER + operand + (further << 8))

    def frame(self, number: int) -> Mem:
        """A register of the frame that the bytecode does not name."""
        return Mem(RBP, 8 * number)

    def immediate(self, operand: int) -> int:
        """An operand that is a number of 32 bits."""
        return _IMMEDIATE + operand

    def word(self, operand: int) -> int:
        """The tagged word that an operand stands for: 64 bits."""
        return _WORD + operand

    def feedback(self, byte: int = 0) -> Rip:
        """A byte of the instruction's feedback slot."""
        return Rip(reloc=("feedback", 0), addend=byte)

    def jump(self, operand: int, condition: str = "") -> None:
        """Jump to the target that an operand names; always, or if a condition holds."""
        if condition:
            self.a.jcc_reloc(condition, "jump", operand)
        else:
            self.a.jmp_reloc("jump", operand)

    def to_rare(self, condition: str, label: int = 0) -> None:
        """Jump to the rare part if a condition holds; label: which of its entries."""
        self.a.jcc_reloc(condition, "rare", label)

    def call(self, builtin: str, arguments: int = 0) -> None:
        """Call a builtin; a safepoint. arguments: cells of outgoing arguments in the frame."""
        self.a.call_reloc("builtin", builtin)
        self.calls.append((self.a.pc, arguments))

    def called(self, arguments: int = 0) -> None:
        """The instruction just written is a call."""
        self.calls.append((self.a.pc, arguments))

    def back(self, place: int = 0) -> None:
        """To behind the first part, or to a place in that (see Writer.place)."""
        self.a.jmp_reloc("back", place)


@dataclass(frozen=True, slots=True)
class Code:
    """A finished part. holes: (offset, kind, operand, further): "register" and "immediate" of 4 bytes, "word" of 8."""

    data: bytes
    holes: tuple[tuple[int, str, int, int], ...]
    relocations: Relocations
    calls: tuple[tuple[int, int], ...]
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """main: what is executed mostly; rare: the rest, or None. Their entries: offsets of places that the other part
    jumps to.
    """

    main: Code
    rare: Code | None


class Writer:
    """What a builder gets. Attributes: main, rare: its parts."""

    def __init__(self) -> None:
        self.main = Part()
        self.rare = Part()
        self._entries: list[int] = []
        self._places: list[int] = []

    def place(self) -> int:
        """The place in the first part that is here, for `Part.back`."""
        self._places.append(self.main.a.pc)
        return len(self._places)

    def entry(self) -> None:
        """The next entry of the rare part is here; the first is at its start."""
        self._entries.append(self.rare.a.pc)

    def finish(self) -> Template:
        """The template."""
        rare = _finish(self.rare, tuple(self._entries or (0,))) if self.rare.a.pc else None
        return Template(_finish(self.main, tuple(self._places)), rare)


Builder = Callable[[Writer], None]


def build(builder: Builder) -> Template:
    """Assemble a template."""
    writer = Writer()
    builder(writer)
    return writer.finish()


def _finish(part: Part, entries: tuple[int, ...]) -> Code:
    code = part.a.finish()
    assert code.code_size == len(code.data)  # constants would not be copied
    data = bytes(code.data)
    calls = tuple((code.offset(pc), arguments) for pc, arguments in part.calls)
    relocations = tuple((found.offset, found.kind, found.target, found.addend) for found in code.relocations)
    return Code(data, tuple(_holes(data)), relocations, calls, tuple(code.offset(entry) for entry in entries))


def _holes(data: bytes) -> list[tuple[int, str, int, int]]:
    found = []
    for base, kind in ((_REGISTER, "register"), (_IMMEDIATE, "immediate")):
        high = (base >> 16).to_bytes(2, "little")
        at = data.find(high)
        while at >= 0:
            operand, further = data[at - 2], data[at - 1]
            assert operand < _MOST
            found.append((at - 2, kind, operand, further))
            at = data.find(high, at + 1)
    high = (_WORD >> 16).to_bytes(6, "little")
    at = data.find(high)
    while at >= 0:
        found.append((at - 2, "word", data[at - 2], 0))
        at = data.find(high, at + 1)
    return sorted(found)
