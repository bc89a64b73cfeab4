"""The pass of the first tier: templates one behind the other, with their holes filled in."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.code import MachineCode, Relocation
from seaofnodes.backend.layout import CONTEXT_STACK_LIMIT, R8, R9, RAX, RBP, RCX, RDI, RDX, RSP
from seaofnodes.backend.positions import Positions
from seaofnodes.javascript.baseline import layout
from seaofnodes.javascript.baseline.template import Code, Template
from seaofnodes.javascript.baseline.words import root
from seaofnodes.javascript.bytecode.array import BytecodeArray, Instruction
from seaofnodes.javascript.bytecode.opcodes import Operand
from seaofnodes.javascript.bytecode.registers import THIS, register
from seaofnodes.javascript.objects.kinds import FIRST_RECEIVER
from seaofnodes.javascript.objects.layout import OBJECT_KIND
from seaofnodes.runtime.code.stub_tools import context

_INT: Final = struct.Struct("<i")
_WORD: Final = struct.Struct("<Q")
_PUSHED: Final = 24  # more registers than this are filled in a loop


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
        self._rare: list[tuple[Code, Instruction, tuple[int, ...], int, list[tuple[int, int]]]] = []
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
        frame_patches = self._prologue()
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
        return self._finish(frame_patches, handlers)

    # --- Placing

    def _place(self, template: Template, instruction: Instruction, values: tuple[int, ...]) -> None:
        start = len(self._buffer)
        to_rare = self._copy(template.main, instruction, values, len(self._buffer))
        if template.rare is not None:
            self._rare.append((template.rare, instruction, values, len(self._buffer), to_rare))
        assert template.rare is not None or not to_rare, (instruction, start)

    def _place_rare(self) -> None:
        buffer = self._buffer
        for code, instruction, values, back, to_rare in self._rare:
            start = len(buffer)
            self._pcs.append(start)
            self._offsets.append(instruction.offset)
            self._copy(code, instruction, values, back)
            for at, entry in to_rare:
                _INT.pack_into(buffer, at, start + code.entries[entry] - at - 4)

    def _copy(self, code: Code, instruction: Instruction, values: tuple[int, ...], back: int) -> list[tuple[int, int]]:
        """Append a part; displacements to entries of the rare part, by position."""
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
            elif kind == "jump":
                assert isinstance(target, int)
                self._jumps.append((position, values[target]))
            elif kind == "rare":
                assert isinstance(target, int)
                to_rare.append((position, target))
            elif kind == "back":
                _INT.pack_into(buffer, position, back - position - 4)
            else:
                self._relocations.append(Relocation(position, kind, target, addend))
        for pc, arguments in code.calls:
            self._calls.append((start + pc, arguments, instruction.offset))
            self._outgoing = max(self._outgoing, arguments)
        return to_rare

    # --- Entry

    def _prologue(self) -> list[int]:
        """Check the number of arguments, make the frame; positions of the size of what is below the registers."""
        a = Assembler()
        body, poll, entered, adapt = Label(), Label(), Label(), Label()
        count, parameters = self.code.registers, self.code.parameters
        a.emit("CMP_r32_i32", RAX, parameters)
        a.jcc("B", adapt)
        a.bind(body)
        a.emit("PUSH_r64", RBP)
        a.emit("MOV_r64_r64", RBP, RSP)
        a.emit("PUSH_m64", Mem(RDI, self.site.context_offset))
        for number in (RDI, RAX, RDX):
            a.emit("PUSH_r64", number)
        a.emit("MOV_r64_m64", RAX, root("undefined"))
        a.emit("PUSH_r64", RAX)
        a.emit("PUSH_r64", RAX)
        if count <= _PUSHED:
            for _ in range(count):
                a.emit("PUSH_r64", RAX)
        else:
            a.emit("MOV_r32_i32", RCX, count)
            again = a.mark()
            a.emit("PUSH_r64", RAX)
            a.emit("DEC_r32", RCX)
            a.jcc("NE", again)
        a.emit("SUB_r64_i32", RSP, 0x4D61_0000)
        patches = [a.pc - 4]
        a.emit("CMP_r64_m64", RSP, context(CONTEXT_STACK_LIMIT))
        a.jcc("BE", poll)
        a.bind(entered)
        if self.code.new_target is not None:
            a.emit("MOV_m64_r64", Mem(RBP, 8 * self.code.new_target), RDX)
        code_start, convert = Label(), Label()
        if self.site.converts:
            a.emit("MOV_r64_m64", RCX, Mem(RBP, 8 * THIS))
            a.emit("TEST_r8_i8", RCX, 1)
            a.jcc("E", convert)
            a.emit("CMP_m8_i8", Mem(RCX, OBJECT_KIND - 1), int(FIRST_RECEIVER))
            a.jcc("B", convert)
        a.jmp(code_start)
        convert_pc = 0
        if self.site.converts:
            a.bind(convert)
            a.call_reloc("builtin", "js_receiver")
            convert_pc = a.pc
            a.emit("MOV_m64_r64", Mem(RBP, 8 * THIS), RAX)
            a.jmp(code_start)
        a.bind(adapt)
        a.lea_label("r64", R9, body)
        a.emit("MOV_r32_i32", R8, parameters)
        a.jmp_reloc("builtin", "js_adapt")
        a.bind(poll)
        a.call_reloc("builtin", "js_poll_entry")
        poll_pc = a.pc
        a.jmp(entered)
        a.bind(code_start)
        found = a.finish()
        data = bytes(found.data)
        self._buffer += data
        self._pcs.append(0)
        self._offsets.append(-1)
        self._relocations += found.relocations
        self._calls.append((found.offset(poll_pc), 0, -1))
        if convert_pc:
            self._calls.append((found.offset(convert_pc), 0, -1))
        return [data.index((0x4D61_0000).to_bytes(4, "little"))] if patches else []

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

    def _finish(self, frame_patches: list[int], handlers: dict[int, int]) -> MachineCode:
        fixed = layout.FIXED_REGISTERS + self.code.registers
        below = self._outgoing + (fixed + self._outgoing & 1)  # rsp is aligned at calls
        size = 8 * (fixed + below)
        for at in frame_patches:
            _INT.pack_into(self._buffer, at, 8 * below)
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
