"""Writes the bytecode of one function: labels, constants, positions in the source, feedback slots, handlers."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.bytecode.array import BytecodeArray, Handler, Position
from seaofnodes.javascript.bytecode.assemble import Label, Line, assemble
from seaofnodes.javascript.bytecode.opcodes import OPCODES, SHORT_STARS, Opcode, Operand
from seaofnodes.javascript.bytecode.registers import RegisterList, Registers, index_of
from seaofnodes.javascript.bytecode.transfers import Transfers

_FLUSHES: Final = {"Debugger", "SwitchOnSmiNoFeedback", "SuspendGenerator", "ResumeGenerator", "SwitchOnGeneratorState"}
_INPUTS: Final = {Operand.IN, Operand.LIST, Operand.PAIR_IN}
_OUTPUTS: Final = {Operand.OUT: 1, Operand.PAIR: 2, Operand.TRIPLE: 3}
_SLOT_SIZES: Final = {"BinaryOp": 1, "Literal": 1, "JumpLoop": 1, "ForIn": 1, "TypeOf": 1}

Argument = int | RegisterList | Label


class Builder:
    """parameters: with the receiver; variables: registers of the source's variables."""

    def __init__(self, name: str, parameters: int, variables: int) -> None:
        self.name = name
        self.parameters = parameters
        self.transfers = Transfers(parameters, variables, self._move)
        self.registers = Registers(variables, self.transfers)
        self.lines: list[Line] = []
        self.constants: list[object] = []
        self.known: dict[tuple[type, object], int] = {}
        self.slots: list[str] = []
        self.closures = 0
        self.tries: list[tuple[Label, Label, Label, int, bool]] = []
        self.position: tuple[int, bool] | None = None  # for the next instruction: offset in the source, of a statement?
        self.deferred: tuple[int, bool] | None = None  # of a move that may have been left out
        self.dead = False  # is nothing here ever executed?
        self.last: Line | None = None  # may be taken back

    # --- Instructions

    def emit(self, name: str, *operands: Argument) -> None:
        """An instruction. Operands: registers, lists of them (they have two operands), numbers, labels."""
        opcode = OPCODES[name]
        if opcode.jumps or name in _FLUSHES:
            self.transfers.flush()
        if opcode.reads:
            self.transfers.reads_accumulator()
        if opcode.writes:
            self.transfers.writes_accumulator()
        self._write(Line(opcode, self._operands(opcode, operands), self._take(opcode)))

    def _operands(self, opcode: Opcode, given: tuple[Argument, ...]) -> list[int | Label]:
        found: list[int | Label] = []
        kinds = iter(opcode.operands)
        for operand in given:
            kind = next(kinds)
            if isinstance(operand, RegisterList):
                found.append(self._list(kind, operand))
                if kind is Operand.LIST:
                    next(kinds)
                    found.append(operand.count)
            elif isinstance(operand, int) and kind in _INPUTS:
                found.append(self.transfers.reads(operand))
            else:
                if isinstance(operand, int) and kind in _OUTPUTS:
                    self.transfers.writes(operand)
                found.append(operand)
        assert next(kinds, None) is None, (opcode.name, given)
        return found

    def _list(self, kind: Operand, given: RegisterList) -> int:
        if kind in _OUTPUTS:
            for number in given:
                self.transfers.writes(number)
        elif given.count == 1:
            return self.transfers.reads(given[0])
        else:
            for number in given:
                self.transfers.reads_in_place(number)
        return given[0] if given.count else RegisterList(0, 1)[0]

    def load(self, register: int) -> None:
        """The accumulator gets the value of a register."""
        self._defer()
        self.transfers.load(register)

    def store(self, register: int) -> None:
        """A register gets the value of the accumulator."""
        self._defer()
        self.transfers.store(register)

    def move(self, source: int, target: int) -> None:
        """A register gets the value of another one."""
        self._defer()
        self.transfers.move(source, target)

    def _move(self, name: str, operands: tuple[int, ...]) -> None:
        if name == "Star" and 0 <= index_of(operands[0]) < SHORT_STARS:
            name, operands = f"Star{index_of(operands[0])}", ()
        self._write(Line(OPCODES[name], list(operands), None))

    # --- Labels

    def bind(self, label: Label) -> None:
        """The next instruction is where jumps to the label lead."""
        self.transfers.flush()
        label.line = len(self.lines)
        self.last = None
        if label.used or label.entered:
            self.dead = False

    def bind_loop(self, label: Label) -> None:
        """As bind, of a label that is jumped back to."""
        self.transfers.flush()
        label.line = len(self.lines)
        self.last = None

    def mark(self, label: Label) -> None:
        """Where a range of instructions begins or ends, which changes nothing."""
        self.transfers.flush()
        label.line = len(self.lines)
        self.last = None

    def jump(self, name: str, label: Label, *others: Argument) -> None:
        """A jump forward."""
        before = self.dead
        self.emit(name, label, *others)
        label.used |= not before

    def switch(self, first: int, labels: list[Label]) -> None:
        """Jump to one of some labels as the accumulator says; their distances are constants, from `first` on."""
        before = self.dead
        self.emit("SwitchOnSmiNoFeedback", first, len(labels), 0)
        if not before:
            self.lines[-1].table = labels

    def handle(self, start: Label, end: Label, handler: Label, context: int, caught: bool) -> None:
        """What is thrown between two labels goes to a third."""
        self.tries.append((start, end, handler, index_of(context), caught))

    # --- Constants and feedback

    def constant(self, value: object) -> int:
        """The index of a constant in the pool; equal strings and numbers have one."""
        if isinstance(value, str | int | float):
            key = (type(value), value if not isinstance(value, float) else value.hex())
            if key not in self.known:
                self.known[key] = self.reserve(value)
            return self.known[key]
        return self.reserve(value)

    def reserve(self, value: object = None) -> int:
        """An entry of its own, whose value may be set later."""
        self.constants.append(value)
        return len(self.constants) - 1

    def slot(self, kind: str) -> int:
        """A new feedback slot."""
        self.slots += [kind, *[""] * (_SLOT_SIZES.get(kind, 2) - 1)]
        return len(self.slots) - _SLOT_SIZES.get(kind, 2)

    def closure(self) -> int:
        """A new cell for the feedback of a closure."""
        self.closures += 1
        return self.closures - 1

    # --- Positions

    def statement(self, offset: int) -> None:
        self.position = (offset, True)

    def expression(self, offset: int) -> None:
        if self.position is None or not self.position[1]:
            self.position = (offset, False)

    def _take(self, opcode: Opcode) -> tuple[int, bool] | None:
        found = self.position
        if found is not None and (found[1] or not opcode.pure):
            self.position = None
            return found
        return None

    def _defer(self) -> None:
        found = self.position
        if found is not None and found[1]:
            self.deferred, self.position = found, None

    # --- Writing

    def _write(self, line: Line) -> None:
        if self.deferred is not None:
            if line.position is None:
                line.position = self.deferred
            elif self.deferred[1] and not line.position[1]:
                line.position = (line.position[0], True)
            self.deferred = None
        if self.dead:
            return
        last, opcode = self.last, line.opcode
        if (
            last is not None
            and last.opcode.loads
            and opcode.writes
            and not opcode.reads
            and not (last.position and line.position)
        ):
            self.lines.pop()
            line.position = line.position if line.position is not None else last.position
        self.lines.append(line)
        self.last = line
        self.dead = opcode.ends

    def finish(self, new_target: int | None = None) -> BytecodeArray:
        """All of it."""
        code, starts = assemble(self.lines, self.constants)
        positions = [Position(starts[index], *line.position) for index, line in enumerate(self.lines) if line.position]
        handlers = [
            Handler(starts[start.line], starts[end.line], starts[target.line], context, caught)
            for start, end, target, context, caught in self.tries
            if start.line < end.line
        ]
        used = self.transfers.used if new_target is None else max(self.transfers.used, index_of(new_target) + 1)
        return BytecodeArray(
            self.name,
            code,
            self.parameters,
            used,
            self.constants,
            handlers,
            positions,
            self.slots,
            self.closures,
            new_target,
        )
