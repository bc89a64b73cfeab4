"""The pass of the first tier: templates one behind the other, with their holes filled in."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from seaofnodes.backend.assembler import Assembler, Mem
from seaofnodes.backend.code import MachineCode, Relocation
from seaofnodes.backend.layout import RAX, RBP, RCX
from seaofnodes.backend.positions import Positions
from seaofnodes.javascript.baseline import layout
from seaofnodes.javascript.baseline.prologue import MOST_PUSHED, prologue
from seaofnodes.javascript.baseline.template import Code, Template
from seaofnodes.javascript.baseline.words import root
from seaofnodes.javascript.bytecode.array import BytecodeArray, Instruction
from seaofnodes.javascript.bytecode.opcodes import Operand
from seaofnodes.javascript.bytecode.registers import register

_INT: Final = struct.Struct("<i")
_WORD: Final = struct.Struct("<Q")
_BELOW: Final = 0x4D61_7F7F  # in place of a size that is not known yet


@dataclass(frozen=True, slots=True)
class Site:
    """What the compiler is told of a function.

    Attributes: index: of its SharedFunctionInfo; feedback: address of its feedback, from the context; words: gives the
    tagged words of its constants, by index; context_offset: where in a closure the context is, from the tagged word;
    converts: must its receiver be made an object first?
    """

    index: int
    feedback: int
    words: Callable[[int], int]
    context_offset: int
    converts: bool


class Choice(NamedTuple):
    """How an instruction is compiled: a template, and what fills its holes beside the operands."""

    template: Template
    values: tuple[int, ...]


Chooser = Callable[["Compiler", Instruction], Choice]


class Compiler:
    """Compiles one function. Attributes: code: its bytecode; site; also: what a chooser adds behind its choice."""

    def __init__(self, code: BytecodeArray, site: Site, choose: Mapping[str, Chooser]) -> None:
        self.code = code
        self.site = site
        self._choose = choose
        self._buffer = bytearray()
        self._relocations: list[Relocation] = []
        self._calls: list[tuple[int, int, int]] = []  # pc behind, cells of arguments, bytecode offset
        self._starts: dict[int, int] = {}  # pc by bytecode offset
        self._jumps: list[tuple[int, int]] = []  # position of a displacement, bytecode offset of the target
        self._rare: list[tuple[Template, Instruction | None, tuple[int, ...], int, list[tuple[int, int]]]] = []
        self._pcs: list[int] = []
        self._offsets: list[int] = []
        self._extra = 0
        self._outgoing = 0
        self.also: list[Choice] = []

    def extra_slot(self) -> int:
        """The next feedback slot that the bytecode does not number: of a comparison, or of what makes objects."""
        self._extra += 1
        return len(self.code.slots) + self._extra - 1

    def run(self) -> MachineCode:
        """The function's machine code."""
        instructions = self.code.instructions()
        self._outgoing = 0
        below = self._prologue()
        choose, buffer, starts = self._choose, self._buffer, self._starts
        for instruction in instructions:
            starts[instruction.offset] = len(buffer)
            self._pcs.append(len(buffer))
            self._offsets.append(instruction.offset)
            template, values = choose[instruction.opcode.name](self, instruction)
            self._place(template, instruction, values)
            if self.also:
                for template, values in self.also:
                    self._place(template, instruction, values)
                self.also = []
        self._place_rare()
        handlers = self._handlers()
        for at, target in self._jumps:
            _INT.pack_into(buffer, at, starts[target] - at - 4)
        return self._finish(below, handlers)

    # --- Placing

    def _place(self, template: Template, instruction: Instruction | None, values: tuple[int, ...]) -> None:
        start = len(self._buffer)
        to_rare = self._copy(template.main, instruction, values, ())
        if template.rare is not None:
            self._rare.append((template, instruction, values, start, to_rare))

    def _place_rare(self) -> None:
        buffer = self._buffer
        for template, instruction, values, main, to_rare in self._rare:
            code = template.rare
            assert code is not None
            start = len(buffer)
            self._pcs.append(start)
            self._offsets.append(-1 if instruction is None else instruction.offset)
            backs = (main + len(template.main.data), *(main + place for place in template.main.entries))
            self._copy(code, instruction, values, backs)
            for at, entry in to_rare:
                _INT.pack_into(buffer, at, start + code.entries[entry] - at - 4)

    def _copy(
        self, code: Code, instruction: Instruction | None, values: tuple[int, ...], backs: tuple[int, ...]
    ) -> list[tuple[int, int]]:
        """Append a part; displacements to entries of the rare part, by position. backs: places in the first part."""
        buffer = self._buffer
        start = len(buffer)
        buffer += code.data
        for at, kind, operand, further in code.holes:
            value = values[operand]
            if kind == "register":
                _INT.pack_into(buffer, start + at, 8 * (value - further))
            elif kind == "immediate":
                _INT.pack_into(buffer, start + at, value)
            else:
                _WORD.pack_into(buffer, start + at, value)
        to_rare = []
        for at, kind, target, addend in code.relocations:
            position = start + at
            if kind == "feedback":
                place = self.site.feedback + layout.FEEDBACK_SLOT * values[-1]
                self._relocations.append(Relocation(position, "context", place, addend))
            elif isinstance(target, str) or kind == "context":
                self._relocations.append(Relocation(position, kind, target, addend))
            elif kind == "jump":
                self._jumps.append((position, values[target]))
            elif kind == "rare":
                to_rare.append((position, target))
            else:
                _INT.pack_into(buffer, position, backs[target] - position - 4)
        offset = -1 if instruction is None else instruction.offset
        for pc, arguments in code.calls:
            self._calls.append((start + pc, arguments, offset))
            self._outgoing = max(self._outgoing, arguments)
        return to_rare

    # --- Entry

    def _prologue(self) -> int:
        """Check the number of arguments, make the frame; where the size of what is below its registers belongs."""
        code = self.code
        template = prologue(min(code.registers, MOST_PUSHED + 1), code.new_target is not None, self.site.converts)
        self._pcs.append(0)
        self._offsets.append(-1)
        values = (code.parameters, self.site.context_offset, code.registers, _BELOW, code.new_target or 0)
        self._place(template, None, values)
        return self._buffer.index(_INT.pack(_BELOW))

    # --- The end

    def _handlers(self) -> dict[int, int]:
        """Code that enters a handler, and the calls from which it is entered: pc behind a call -> pc."""
        found: dict[int, int] = {}
        if not self.code.handlers:
            return found
        entries = []
        for handler in self.code.handlers:
            a = Assembler()
            a.emit("MOV_r64_m64", RAX, Mem(RBP, 8 * register(handler.context)))
            a.emit("MOV_m64_r64", Mem(RBP, 8 * -1), RAX)
            a.emit("XOR_r32_r32", RCX, RCX)
            a.emit("MOV_r64_m64", RAX, root("exception"))
            a.emit("MOV_m64_r64", root("exception"), RCX)
            a.jmp_reloc("jump", 0)
            code = a.finish()
            entries.append(len(self._buffer))
            for relocation in code.relocations:
                position = len(self._buffer) + relocation.offset
                if relocation.kind == "jump":
                    self._jumps.append((position, handler.target))
                else:
                    self._relocations.append(
                        Relocation(position, relocation.kind, relocation.target, relocation.addend)
                    )
            self._buffer += code.data
        for pc, _, offset in self._calls:
            innermost = None
            for handler, entry in zip(self.code.handlers, entries, strict=True):
                if handler.start <= offset < handler.end and (
                    innermost is None or handler.end - handler.start <= innermost[0]
                ):
                    innermost = handler.end - handler.start, entry
            if innermost is not None:
                found[pc] = innermost[1]
        return found

    def _finish(self, patch: int, handlers: dict[int, int]) -> MachineCode:
        fixed = layout.FIXED_REGISTERS + self.code.registers
        below = self._outgoing + (fixed + self._outgoing & 1)  # rsp is aligned at calls
        size = 8 * (fixed + below)
        _INT.pack_into(self._buffer, patch, 8 * below)
        places = (
            *layout.FIXED_REFERENCES,
            *(8 * register(i) for i in range(self.code.registers)),
            *(16 + 8 * i for i in range(self.code.parameters)),
        )
        by_arguments: dict[int, tuple[int, ...]] = {0: places}
        safepoints = {}
        for pc, arguments, _ in self._calls:
            found = by_arguments.get(arguments)
            if found is None:
                found = by_arguments[arguments] = (*places, *(8 * i - size for i in range(arguments)))
            safepoints[pc] = found
        data = bytes(self._buffer)
        return MachineCode(
            self.site.index,
            "baseline",
            data,
            len(data),
            self._relocations,
            {},
            Positions.of_baseline(self._pcs, self._offsets),
            size,
            safepoints=safepoints,
            handlers=handlers,
        )


def slot_of(instruction: Instruction) -> int:
    """The feedback slot that an instruction names."""
    return instruction.operands[instruction.opcode.operands.index(Operand.SLOT)]
