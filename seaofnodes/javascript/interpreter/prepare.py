"""From a function's bytecode to operations."""

from __future__ import annotations

from typing import Final

from seaofnodes.errors import UnsupportedError
from seaofnodes.javascript.bytecode.array import BytecodeArray, Instruction
from seaofnodes.javascript.bytecode.opcodes import Operand
from seaofnodes.javascript.bytecode.registers import register
from seaofnodes.javascript.interpreter import global_variables, operators
from seaofnodes.javascript.interpreter.frames import Code, Operation
from seaofnodes.javascript.interpreter.makers import (
    calls,
    contexts,
    control,
    iteration,
    literals,
    loads,
    properties,
    quick,
    runtime_functions,
)
from seaofnodes.javascript.interpreter.preparation import Maker, Preparation
from seaofnodes.javascript.interpreter.state import State
from seaofnodes.javascript.objects.functions import SharedFunctionInfo
from seaofnodes.javascript.objects.isolate import Isolate

_GROUPS: Final = (
    calls, contexts, control, global_variables, iteration, literals, loads, operators, properties, quick,
    runtime_functions,
)  # fmt: skip
MAKERS: Final[dict[str, Maker]] = {name: maker for group in _GROUPS for name, maker in group.MAKERS.items()}

_REGISTERS: Final = {
    Operand.IN, Operand.OUT, Operand.LIST, Operand.PAIR, Operand.PAIR_IN, Operand.TRIPLE,
}  # fmt: skip


def prepare(iso: Isolate, state: State, shared: SharedFunctionInfo, array: BytecodeArray) -> Code:
    """The code of a function, ready to be interpreted."""
    code = Code(shared, array)
    code.callable = not shared.is_class
    code.converts = not shared.strict and shared.kind != "arrow"
    code.closure = 2 + array.parameters
    code.size = code.closure + 1 + array.registers
    if array.new_target is not None:
        code.new_target = code.register(array.new_target)
    instructions = array.instructions()
    code.offsets = [instruction.offset for instruction in instructions]
    code.indices = {offset: index for index, offset in enumerate(code.offsets)}
    code.indices[len(array.code)] = len(instructions)
    indices = code.indices
    code.handlers = [
        (indices[found.start], indices[found.end], indices[found.target], code.register(register(found.context)))
        for found in array.handlers
    ]
    code.handlers.sort(key=lambda found: found[1] - found[0])
    preparation = Preparation(iso, state, code)
    for index, instruction in enumerate(instructions):
        preparation.offset = instruction.offset
        code.operations.append(make_operation(preparation, instruction, index + 1))
    return code


def make_operation(p: Preparation, instruction: Instruction, next: int) -> Operation:
    """The operation of an instruction. next: the index of the one behind it."""
    maker = MAKERS.get(instruction.opcode.name)
    if maker is None:
        return _refuse(instruction.opcode.name)
    operands = []
    for kind, operand in zip(instruction.opcode.operands, instruction.operands, strict=True):
        if kind in _REGISTERS:
            operand = p.code.register(operand)
        elif kind is Operand.JUMP:
            operand = p.code.indices[instruction.target]
        operands.append(operand)
    return maker(p, next, *operands)


def _refuse(name: str) -> Operation:
    def refuse(r: list[int]) -> int:
        raise UnsupportedError(f"JavaScript: the bytecode {name} is not supported yet")

    return refuse
