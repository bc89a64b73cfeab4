"""The assembler: instructions in, bytes and relocations out."""

from __future__ import annotations

import functools
import struct
from typing import Final

from seaofnodes.backend.assembler.emitters import Emitters
from seaofnodes.backend.assembler.finish import ALIGNMENT, LONG, SHORT, SHRINKS, AssembledCode, Draft, nops
from seaofnodes.backend.assembler.forms import CONDITIONS
from seaofnodes.backend.assembler.learned import encodings
from seaofnodes.backend.assembler.operands import Label, Mem, Rip

_JMP: Final = 0xEB
_LONG_JMP = b"\xe9\0\0\0\0"
_NUMBERS = CONDITIONS | {"Z": 4, "NZ": 5, "C": 2, "NC": 3, "NAE": 2, "NB": 3, "NA": 6, "NBE": 7, "PE": 10, "PO": 11}
_SHORT_JCC = {name: 0x70 | number for name, number in _NUMBERS.items()}
_LONG_JCC = {name: bytes((0x0F, 0x80 | number, 0, 0, 0, 0)) for name, number in _NUMBERS.items()}


@functools.cache
def _emitters() -> Emitters:
    """Of all declared forms; what they compute is fixed, so all assemblers share them."""
    return Emitters(encodings())


class Assembler:
    """Collects one piece of code.

        asm = Assembler()
        asm.emit("ADD_r32_m32", RAX, Mem(RBP, -24))
        asm.jcc("O", slow)
        code = asm.finish()          # code.data, code.code_size, code.relocations; labels have their offsets

    Branches are short where they reach. So `pc` is provisional while assembling: `finish().offset(pc)` says what
    became of it, and labels (`mark()`) know. `buffer` is the code so far; only emitters write to it.
    """

    __slots__ = ("_draft", "_emitters", "buffer")

    def __init__(self) -> None:
        self._emitters = _emitters()
        self._draft = Draft()
        self.buffer = self._draft.buffer

    @property
    def pc(self) -> int:
        """Where the next instruction goes, before branch relaxation; never less than before."""
        return len(self.buffer)

    def emit(self, form: str, *operands: int | Mem) -> None:
        """Append one instruction, see forms.py; registers and immediates are ints, memory is Mem or Rip.

        Immediates are signed; where the operation is no wider than the immediate, unsigned values will do.
        Raises ValueError for an unknown form, or operands that do not fit it; Error for a new one that only
        PeachPy knows, where that is missing.
        """
        try:
            self._emitters[form](self, operands)
        except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
            raise ValueError(f"cannot encode {form} {', '.join(map(repr, operands))}: {error}") from error

    def fix(self, memory: Mem, trailing: int) -> None:
        """For emitters: the instruction just appended has `memory`, a Rip, and then `trailing` bytes of immediate."""
        assert memory.fixup is not None
        self._draft.fixups.append((len(self.buffer) - trailing - 4, trailing, memory.fixup, memory.disp))

    # Labels and branches.

    def bind(self, label: Label) -> Label:
        """The label is here. Raises ValueError when it was somewhere already."""
        if label.position >= 0:
            raise ValueError("the label is bound already")
        draft = self._draft
        here = label.position = len(self.buffer)
        draft.labels.append(label)
        if label.pending is not None:
            at, state, opcode = draft.at, draft.state, draft.opcode
            for index in label.pending:
                if here - at[index] - (5 if opcode[index] == _JMP else 6) <= 127:
                    state[index] = SHRINKS
            label.pending = None
        return label

    def mark(self) -> Label:
        """A new label, bound here."""
        return self.bind(Label())

    def jmp(self, label: Label) -> None:
        """Jump to a label."""
        self._branch(_JMP, _LONG_JMP, label)

    def jcc(self, condition: str, label: Label) -> None:
        """Jump to a label if the condition holds: "E", "NE", "B", "AE", "BE", "A", "L", "GE", "LE", "G", "O" ..."""
        self._branch(_SHORT_JCC[condition], _LONG_JCC[condition], label)

    def _branch(self, opcode: int, long: bytes, label: Label) -> None:
        draft, buffer = self._draft, self.buffer
        at = len(buffer)
        to = label.position
        state = LONG
        if to < 0:
            if label.pending is None:
                label.pending = []
            label.pending.append(len(draft.at))
            buffer += long
        elif at + 2 - to <= 128:
            state = SHORT
            buffer.append(opcode)
            buffer.append(0)
        else:
            buffer += long
        draft.at.append(at)
        draft.opcode.append(opcode)
        draft.target.append(label)
        draft.state.append(state)

    def call(self, label: Label) -> None:
        """Call a label."""
        self.buffer += b"\xe8\0\0\0\0"
        self._draft.fixups.append((len(self.buffer) - 4, 0, label, 0))

    def call_reloc(self, kind: str, target: int | str) -> None:
        """Call an external target, see Relocation."""
        self.buffer += b"\xe8\0\0\0\0"
        self._draft.fixups.append((len(self.buffer) - 4, 0, (kind, target), 0))

    def jmp_reloc(self, kind: str, target: int | str) -> None:
        """Jump to an external target, see Relocation."""
        self.buffer += _LONG_JMP
        self._draft.fixups.append((len(self.buffer) - 4, 0, (kind, target), 0))

    def jcc_reloc(self, condition: str, kind: str, target: int | str) -> None:
        """Jump to an external target if the condition holds."""
        self.buffer += _LONG_JCC[condition]
        self._draft.fixups.append((len(self.buffer) - 4, 0, (kind, target), 0))

    def call_mem(self, memory: Mem) -> None:
        """Call the address in memory: `call [rip + entry slot]`."""
        self.emit("CALL_m64", memory)

    def jmp_mem(self, memory: Mem) -> None:
        """Jump to the address in memory."""
        self.emit("JMP_m64", memory)

    def ret(self, pop_bytes: int = 0) -> None:
        """Return, and pop `pop_bytes` (0 to 65535) of arguments."""
        if pop_bytes:
            self.emit("RET_i16", pop_bytes)
        else:
            self.buffer.append(0xC3)

    # Data.

    def lea_label(self, width: str, dst: int, label: Label) -> None:
        """lea dst, [rip + label]; width: "r64" (or "r32")."""
        self.emit(f"LEA_{width}_m", dst, Rip(label))

    def constant(self, data: bytes, align: int = 0) -> Label:
        """The label of these bytes, after the code; equal ones are kept once. Align: 0 means their size."""
        align = align or len(data)
        if align & (align - 1):
            raise ValueError(f"not a power of two: {align}")
        known = self._draft.constants.get(data)
        label = known[0] if known else Label()
        self._draft.constants[data] = (label, max(align, known[1]) if known else align)
        return label

    def table(self, labels: list[Label]) -> Label:
        """The label of a jump table after the code: for each label, its signed 32-bit offset from the table."""
        label = Label()
        self._draft.tables.append((label, list(labels)))
        return label

    def align(self, to: int) -> None:
        """Pad with nops to a multiple of `to` bytes, a power of two, from the start of the code."""
        if to < 1 or to & (to - 1):
            raise ValueError(f"not a power of two: {to}")
        if to > 1:
            draft = self._draft
            draft.at.append(len(self.buffer))
            draft.opcode.append(to)
            draft.target.append(None)
            draft.state.append(ALIGNMENT)
            self.buffer += bytes(to - 1)

    def encoded(self, data: bytes) -> None:
        """Instructions that are machine code already; they must not depend on where they stand."""
        self.buffer += data

    def nop(self, size: int) -> None:
        """No-operations of that many bytes."""
        self.buffer += nops(size)

    def move_constant(self, dst: int, value: int, *, flags_dead: bool = False) -> None:
        """Put `value` (-2**63 to 2**64 - 1) into a 64-bit register, by the shortest instruction.

        It changes no flags unless told that they are dead.
        """
        if value < -0x80000000:
            self.emit("MOV_r64_i64", dst, value)
        elif value < 0:
            self.emit("MOV_r64_i32", dst, value)
        elif value == 0 and flags_dead:
            self.emit("XOR_r32_r32", dst, dst)
        elif value <= 0xFFFFFFFF:
            self.emit("MOV_r32_i32", dst, value)
        else:
            self.emit("MOV_r64_i64", dst, value)

    def finish(self) -> AssembledCode:
        """The finished code; all labels have their offsets. Call it once.

        Raises ValueError for a label that was used and never bound.
        """
        return AssembledCode(self._draft)
