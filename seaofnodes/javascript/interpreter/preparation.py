"""What makers of operations get: the isolate, the function's code, and its constants as words and keys."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.javascript.bytecode.constants import BigInt, Hole, ScopeInfo, SharedFunction, Symbol, Undefined
from seaofnodes.javascript.interpreter.frames import Code, Operation
from seaofnodes.javascript.interpreter.state import State
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.strings import key_of_text
from seaofnodes.javascript.objects.words import Key, smi
from seaofnodes.javascript.scope.scopes import FIRST_SLOT

_IF_TRUE = ("JumpIfTrue", "JumpIfToBooleanTrue")
_IF_FALSE = ("JumpIfFalse", "JumpIfToBooleanFalse")

Maker = Callable[..., Operation]
"""(preparation, index of the next instruction, operands) -> operation; registers come as indices, jumps as indices of
instructions.
"""


class Preparation:
    """Attributes: iso, state, code; strict: is the function's code strict? offset: of the instruction."""

    def __init__(self, iso: Isolate, state: State, code: Code) -> None:
        self.iso = iso
        self.state = state
        self.code = code
        self.strict = code.shared.strict
        self.offset = 0

    def raw(self, index: int) -> object:
        """A constant as it stands in the pool."""
        return self.code.array.constants[index]

    def constant(self, index: int) -> int:
        """The word of a constant; what is no value of the language is a Smi, its index."""
        found = self.code.words.get(index)
        if found is None:
            found = self.code.words[index] = self.iso.pin(self.word(self.raw(index), index))
        return found

    def word(self, value: object, index: int = -1) -> int:
        """The word of a value of the source."""
        iso = self.iso
        match value:
            case str():
                return iso.name(value)
            case bool():
                return iso.boolean(value)
            case int() | float():
                return iso.number(value)
            case None:
                return iso.null
            case BigInt(value=big):
                return iso.bigint(big)
            case Undefined():
                return iso.undefined
            case Hole():
                return iso.hole
            case Symbol(name=name):
                return self.state.private_symbol(name)
        assert index >= 0, value
        return smi(index)

    def key(self, index: int) -> Key:
        """The property key of a constant."""
        value = self.raw(index)
        return self.key_of(value) if isinstance(value, str) else self.constant(index)

    def key_of(self, text: str) -> Key:
        """The key that a text of the source is; a name is kept for the code that uses it."""
        found = key_of_text(self.iso, text)
        return found if found < 0 else self.iso.pin(found)

    def scope_info(self, index: int) -> int:
        """The index of a constant that is a ScopeInfo, for contexts."""
        found = self.raw(index)
        assert isinstance(found, ScopeInfo)
        return self.state.scope_info(found)

    def shared(self, index: int) -> int:
        """The index of the SharedFunctionInfo of a constant."""
        found = self.raw(index)
        assert isinstance(found, SharedFunction)
        return self.state.shared_index(found, self.code.shared)

    def slots(self, index: int) -> int:
        """The length of contexts whose ScopeInfo is a constant."""
        found = self.raw(index)
        assert isinstance(found, ScopeInfo)
        return max(found.scope.slots, FIRST_SLOT)

    def targets(self, first: int, count: int) -> list[int]:
        """The indices of the instructions that a table of jumps leads to."""
        found = []
        for distance in self.code.array.constants[first : first + count]:
            assert isinstance(distance, int)
            found.append(self.code.indices[self.offset + distance])
        return found

    def branches(self, next: int) -> tuple[int, int]:
        """Where to go on after a result that is true, and false: a jump that comes next is done at once."""
        instructions = self.code.array.instructions()
        if next < len(instructions):
            name = instructions[next].opcode.name
            if name in _IF_TRUE:
                return self.code.indices[instructions[next].target], next + 1
            if name in _IF_FALSE:
                return next + 1, self.code.indices[instructions[next].target]
        return next, next
