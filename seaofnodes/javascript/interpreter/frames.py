"""Activations of functions, and their code as the interpreter wants it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from seaofnodes.javascript.bytecode.array import BytecodeArray
from seaofnodes.javascript.bytecode.registers import CLOSURE, CONTEXT, THIS, index_of
from seaofnodes.javascript.objects.functions import SharedFunctionInfo

Operation = Callable[[list[int]], int]
"""An instruction: it works on the registers, and gives the index of the one that comes next, or RETURN."""

RETURN: Final = -1
ACCUMULATOR_INDEX: Final = 0
CONTEXT_INDEX: Final = 1
RECEIVER_INDEX: Final = 2


@dataclass(slots=True, eq=False)
class Code:
    """A function's bytecode, prepared. operations: by instruction; offsets: of each of them; indices: of instructions,
    by offset; handlers: (first instruction, end, target, register with the context), inner ones first; size: how many
    registers a frame has; closure: the register of the function itself; new_target: where it goes, or -1; callable: may
    it be called without `new`? converts: is its receiver made an object?
    """

    shared: SharedFunctionInfo
    array: BytecodeArray
    operations: list[Operation] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    indices: dict[int, int] = field(default_factory=dict)
    handlers: list[tuple[int, int, int, int]] = field(default_factory=list)
    size: int = 0
    closure: int = 0
    new_target: int = -1
    callable: bool = True
    converts: bool = False
    words: dict[int, int] = field(default_factory=dict)  # of constants by index, once they are made

    def register(self, number: int) -> int:
        """The index in a frame's registers of a register as bytecode has it: the accumulator comes first, then the
        context, the receiver, the parameters, the function, and the others.
        """
        if number >= THIS:
            return number
        if number == CONTEXT:
            return CONTEXT_INDEX
        if number == CLOSURE:
            return self.closure
        return self.closure + 1 + index_of(number)


class Frame:
    """One activation. function: its word; registers: words, in the order of `Code.register`; arguments: all that were
    passed, without the receiver; index: of the instruction that is executed, or comes next; mark: how many words are
    held that belong to callers; feedback: a place for the tiers.
    """

    __slots__ = ("arguments", "code", "feedback", "function", "index", "mark", "new_target", "registers")

    def __init__(
        self, code: Code, function: int, registers: list[int], arguments: list[int], new_target: int, index: int = 0
    ) -> None:
        self.code = code
        self.function = function
        self.registers = registers
        self.arguments = arguments
        self.new_target = new_target
        self.index = index
        self.mark = 0
        self.feedback: object = None

    @property
    def shared(self) -> SharedFunctionInfo:
        return self.code.shared

    @property
    def offset(self) -> int:
        """The offset in the bytecode of the instruction that is executed."""
        return self.code.offsets[self.index]

    @property
    def receiver(self) -> int:
        return self.registers[RECEIVER_INDEX]

    @property
    def context(self) -> int:
        return self.registers[CONTEXT_INDEX]

    @property
    def accumulator(self) -> int:
        return self.registers[ACCUMULATOR_INDEX]

    def position(self) -> int:
        """The offset in the source of what is executed, in UTF-16 code units; -1 if it is not known."""
        return position_at(self.code.array, self.offset)


def position_at(array: BytecodeArray, offset: int) -> int:
    """The offset in the source of the instruction at an offset of the bytecode."""
    found = bisect_right(array.positions, offset, key=lambda position: position.offset)
    return array.positions[found - 1].source if found else -1
